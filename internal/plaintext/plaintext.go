// Package plaintext makes text from the network safe and fit to show: it
// decodes what has no declared charset, and removes what could hide, reorder
// or fake what a person reads. It must never interpret text, only reduce it.
package plaintext

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// FromBytes decodes b as UTF-8 when it is valid, else as GB18030, which
// contains GBK and GB2312 (P8). The result is not cleaned.
func FromBytes(b []byte) string {
	if utf8.Valid(b) {
		return string(b)
	}
	// The decoder never fails: it writes U+FFFD for what it cannot read.
	decoded, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(decoded)
}

// Clean reduces s to one line for display: escape sequences, control, bidi
// and invisible characters are removed, white space is folded to single
// blanks and trimmed, invalid UTF-8 becomes U+FFFD.
func Clean(s string) string {
	if isClean(s) {
		return s
	}
	return strings.Join(strings.Fields(clean(s, false)), " ")
}

// isClean says in one look of most lines of most mail that Clean changes
// nothing.
func isClean(s string) bool {
	blank := true
	for i := range len(s) {
		c := s[i]
		if c < ' ' || c >= 0x7f || c == ' ' && blank {
			return false
		}
		blank = c == ' '
	}
	return s == "" || !blank
}

// CleanText is Clean for text of several lines: line feeds and tabs stay,
// CRLF and lone CR become LF.
func CleanText(s string) string {
	s = strings.ReplaceAll(s, "\r\n", "\n")
	return clean(strings.ReplaceAll(s, "\r", "\n"), true)
}

// Escape makes octets visible that are not text of several lines: what is not
// seen is written by its code (\x1b, \u202e), octets that are not UTF-8 as
// well, and CRLF becomes LF. Nothing is removed.
func Escape(b []byte) string {
	var out strings.Builder
	out.Grow(len(b))
	for len(b) > 0 {
		r, size := utf8.DecodeRune(b)
		switch {
		case r == '\r' && len(b) > 1 && b[1] == '\n':
		case r == utf8.RuneError && size == 1:
			fmt.Fprintf(&out, `\x%02x`, b[0])
		case r == '\n' || r == '\t' || unicode.IsGraphic(r):
			out.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&out, `\x%02x`, r)
		case r <= 0xFFFF:
			fmt.Fprintf(&out, `\u%04x`, r)
		default:
			fmt.Fprintf(&out, `\U%08x`, r)
		}
		b = b[size:]
	}
	return out.String()
}

// Hides says whether s has characters that a reader does not see, or that
// move or fake what is seen: escapes and other control characters but tabs and
// line feeds, bidi and invisible characters.
func Hides(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' && c != '\n' && c != '\t' || c >= 0x7f {
			return strings.ContainsFunc(s[i:], unseen)
		}
	}
	return false
}

// Reveal writes what Hides speaks of as JSON does, such as \u001b, and leaves
// all else alone: a terminal obeys none of it, and text that is JSON says the
// same as before.
func Reveal(s string) string {
	if !Hides(s) {
		return s
	}
	var out strings.Builder
	for _, r := range s {
		switch high, low := utf16.EncodeRune(r); {
		case !unseen(r):
			out.WriteRune(r)
		case r > 0xFFFF:
			fmt.Fprintf(&out, `\u%04x\u%04x`, high, low)
		default:
			fmt.Fprintf(&out, `\u%04x`, r)
		}
	}
	return out.String()
}

func unseen(r rune) bool {
	return r != '\n' && r != '\t' && unicode.IsControl(r) || r == 0x2028 || r == 0x2029 || hidden(r)
}

// Truncate shortens s to at most n runes, the last of which is then "…".
func Truncate(s string, n int) string {
	if n <= 0 {
		return ""
	}
	cut := 0 // byte offset at which n-1 runes end
	count := 0
	for i := range s {
		if count == n-1 {
			cut = i
		}
		if count == n {
			return strings.TrimRight(s[:cut], " ") + "…"
		}
		count++
	}
	return s
}

// TruncateUTF16 shortens s to at most n units of UTF-16, in which Windows
// counts, without leaving half a character; the last unit is then "…".
func TruncateUTF16(s string, n int) string {
	units, cut := 0, 0 // cut is the byte offset at which n-1 units end
	for i, r := range s {
		if units <= n-1 {
			cut = i
		}
		if units += max(1, utf16.RuneLen(r)); units > n {
			if n <= 0 {
				return ""
			}
			return strings.TrimRight(s[:cut], " ") + "…"
		}
	}
	return s
}

func clean(s string, multiline bool) string {
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = stripEscapes(s)
	return strings.Map(func(r rune) rune {
		switch {
		case multiline && (r == '\n' || r == '\t'):
			return r
		case r == '\n' || r == '\r' || r == '\t' || r == '\v' || r == '\f' || r == 0x85 || r == 0x2028 || r == 0x2029:
			if multiline {
				return '\n'
			}
			return ' '
		case unicode.IsControl(r), hidden(r):
			return -1
		}
		return r
	}, s)
}

// hidden says whether r is a format character that changes how others are
// ordered or shown without being seen itself. Joiners that scripts and emoji
// need stay.
func hidden(r rune) bool {
	switch {
	case r == 0x200C || r == 0x200D: // ZWNJ, ZWJ
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r): // Arabic number signs and the like are seen
		return false
	case r >= 0xFFF9 && r <= 0xFFFB: // interlinear annotation
		return true
	case r >= 0xE0000 && r <= 0xE007F: // tags
		return true
	}
	return unicode.Is(unicode.Cf, r)
}

// stripEscapes removes ANSI sequences whole; without that, dropping ESC alone
// would leave their parameters as text.
func stripEscapes(s string) string {
	if !strings.ContainsAny(s, "\x1b\u009b") {
		return s
	}
	var b strings.Builder
	runes := []rune(s)
	for i := 0; i < len(runes); i++ {
		r := runes[i]
		csi := r == 0x9b
		if r == 0x1b && i+1 < len(runes) {
			i++
			switch runes[i] {
			case '[':
				csi = true
			case ']', 'P', '^', '_': // a string, up to BEL or ST
				for i++; i < len(runes) && runes[i] != 7 && runes[i] != 0x9c && runes[i] != 0x1b && runes[i] != '\n'; i++ {
				}
				switch {
				case i+1 < len(runes) && runes[i] == 0x1b && runes[i+1] == '\\':
					i++
				case i < len(runes) && (runes[i] == '\n' || runes[i] == 0x1b):
					i-- // not part of the string
				}
				continue
			default:
				continue
			}
		} else if !csi {
			b.WriteRune(r)
			continue
		}
		if csi {
			for i++; i < len(runes) && runes[i] >= 0x20 && runes[i] <= 0x3f; i++ {
			}
			// runes[i] is the final byte, or not part of the sequence.
			if i < len(runes) && (runes[i] < 0x40 || runes[i] > 0x7e) {
				i--
			}
		}
	}
	return b.String()
}
