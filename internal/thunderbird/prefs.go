package thunderbird

import (
	"bufio"
	"bytes"
	"errors"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Bounds of what is read from a profile. Real ones are far smaller.
const (
	maxFile  = 8 << 20 // octets of prefs.js or profiles.ini
	maxLine  = 1 << 20
	maxPrefs = 200_000
	// maxStrange bounds the lines that are not understood: a file with more
	// of them is no prefs.js.
	maxStrange = 10_000
)

// prefs are the preferences of a prefs.js. Values are strings as Thunderbird
// means them; numbers and booleans are as written there.
type prefs map[string]string

// parsePrefs reads the lines user_pref("key", value); of a prefs.js, and
// comments. The numbers of lines that are something else are returned; such a
// line is not guessed at.
func parsePrefs(raw []byte) (p prefs, strange []int, err error) {
	p = prefs{}
	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(raw, []byte("\xef\xbb\xbf"))))
	lines.Buffer(nil, maxLine)
	comment := false
	for n := 1; lines.Scan(); n++ {
		line := strings.TrimSpace(lines.Text())
		switch {
		case comment:
			comment = !strings.Contains(line, "*/")
		case strings.HasPrefix(line, "/*"):
			comment = !strings.Contains(line, "*/")
		case line == "", strings.HasPrefix(line, "//"), strings.HasPrefix(line, "#"):
		default:
			key, value, ok := parsePref(line)
			if !ok {
				if strange = append(strange, n); len(strange) > maxStrange {
					return nil, nil, errors.New("too many lines that are no preferences")
				}
				continue
			}
			if p[key] = value; len(p) > maxPrefs {
				return nil, nil, errors.New("too many preferences")
			}
		}
	}
	return p, strange, lines.Err()
}

// parsePref reads one line.
func parsePref(line string) (key, value string, ok bool) {
	rest, ok := strings.CutPrefix(line, "user_pref(")
	if !ok {
		return "", "", false
	}
	key, rest, ok = parseString(strings.TrimSpace(rest))
	if !ok || key == "" {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(strings.TrimSpace(rest), ",")
	if !ok {
		return "", "", false
	}
	rest = strings.TrimSpace(rest)
	if strings.HasPrefix(rest, `"`) {
		value, rest, ok = parseString(rest)
	} else {
		value, rest, ok = strings.Cut(rest, ")")
		if value = strings.TrimSpace(value); value != "true" && value != "false" {
			if _, err := strconv.ParseInt(value, 10, 64); err != nil {
				return "", "", false
			}
		}
		rest = ")" + rest
	}
	if !ok {
		return "", "", false
	}
	rest, ok = strings.CutPrefix(strings.TrimSpace(rest), ")")
	return key, value, ok && strings.TrimSpace(rest) == ";"
}

// parseString reads a string in double quotes, with the escapes of
// JavaScript, and returns what follows it.
func parseString(s string) (value, rest string, ok bool) {
	if !strings.HasPrefix(s, `"`) {
		return "", "", false
	}
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch c := s[i]; c {
		case '"':
			return b.String(), s[i+1:], utf8.ValidString(b.String())
		case '\\':
			r, n, ok := parseEscape(s[i+1:])
			if !ok {
				return "", "", false
			}
			b.WriteRune(r)
			i += n
		default:
			b.WriteByte(c)
		}
	}
	return "", "", false
}

// parseEscape reads what follows a backslash, and says how long it was.
func parseEscape(s string) (r rune, n int, ok bool) {
	if s == "" {
		return 0, 0, false
	}
	digits := 0
	switch s[0] {
	case '"', '\'', '\\':
		return rune(s[0]), 1, true
	case 'n':
		return '\n', 1, true
	case 'r':
		return '\r', 1, true
	case 't':
		return '\t', 1, true
	case 'x':
		digits = 2
	case 'u':
		digits = 4
	}
	if digits == 0 || len(s) <= digits {
		return 0, 0, false
	}
	code, err := strconv.ParseUint(s[1:1+digits], 16, 32)
	if err != nil {
		return 0, 0, false
	}
	return rune(code), 1 + digits, true //nolint:gosec // G115: four hexadecimal digits at most
}
