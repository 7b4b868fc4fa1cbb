package charset

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
)

// language is that of a charset of seven bits.
func (c *charset) language() string {
	switch c.name {
	case "iso-2022-jp":
		return "ja"
	case "iso-2022-kr":
		return "ko"
	case "iso-2022-cn", "hz-gb-2312":
		return "zh"
	}
	return ""
}

// mostlyASCII says whether what is not ASCII in b is little of it.
func mostlyASCII(b []byte) bool {
	high := 0
	for _, c := range b {
		if c >= 0x80 {
			high++
		}
	}
	return high*8 <= len(b)
}

// escaped reads what has escapes of a charset of seven bits that mean
// something. used is empty if b has none. declared is nil, or a charset of
// eight bits.
func escaped(b []byte, declared *charset, h Hints) (text, used string) {
	name, ascii := "", isASCII(b)
	switch {
	case bytes.Contains(b, []byte("\x1b$)C")):
		name = "iso-2022-kr"
	case bytes.Contains(b, []byte("\x1b$)")):
		name = "iso-2022-cn"
	case bytes.Contains(b, []byte("\x1b$")), bytes.Contains(b, []byte("\x1b(I")):
		name = "iso-2022-jp"
	case declared == nil && meantAsHZ(b, h):
		name = "hz-gb-2312"
	case ascii && declared == nil && bytes.IndexByte(b, '+') >= 0: // else + is in tokens and addresses
		if text, strict := tryUTF7(b); strict && !isASCII([]byte(text)) && better(text, string(b)) {
			return text, "utf-7"
		}
	}
	if name == "" {
		return "", ""
	}
	c := named(name)
	m := mixture{found: c}
	if ascii {
		m.text = c.whole(b)
	} else if m = c.mix(b, declared, h.speaking(c.language())); !m.means || m.damaged && !mostlyASCII(b) {
		return "", ""
	}
	if strings.Count(m.text, bad)*8 > utf8.RuneCountInString(m.text) {
		return "", ""
	}
	if name == "hz-gb-2312" {
		plain := string(b)
		if !ascii {
			plain, _ = m.found.try(b)
		}
		if !better(m.text, plain) {
			return "", ""
		}
	}
	if !mostlyASCII(b) {
		c = m.found
	}
	return m.text, c.name
}

// meantAsHZ says whether the runs of b, "~{" to "~}", are hanzi that people use,
// and enough of them: programs and their documents have such brackets, too, and
// letters between them.
func meantAsHZ(b []byte, h Hints) bool {
	hanzi, words := 0, true
	for {
		_, after, found := bytes.Cut(b, []byte("~{"))
		if !found {
			break
		}
		run, rest, closed := bytes.Cut(after, []byte("~}"))
		if !closed {
			run, _, _ = bytes.Cut(after, []byte("\n")) // TOP may have cut it
			run, rest = run[:len(run)&^1], nil
		}
		if len(run)%2 != 0 {
			return false
		}
		for i := 0; i < len(run); i += 2 {
			switch row, cell := run[i], run[i+1]; {
			case cell < 0x21 || cell > 0x7e, row < 0x21, row > 0x29 && row < 0x30, row > 0x57:
				return false // GB 2312 has nothing there, or what is rare
			case row >= 0x30:
				hanzi++
			}
			words = words && isLetter(run[i]) && isLetter(run[i+1])
		}
		b = rest
	}
	const enough = 4
	return hanzi >= enough || hanzi > 0 && !words || hanzi > 0 && slices.ContainsFunc(h.Languages, func(tag string) bool { return speaks(tag, "zh") })
}

// mixture is a text of seven bits with parts that have eight: what mailing
// lists and gateways append is not converted.
type mixture struct {
	text    string
	found   *charset // of the parts
	means   bool     // the escapes do
	damaged bool     // where they do, not all can be read
}

// mix reads b, which is not ASCII, in a charset of seven bits, and what can be
// none of it in another. declared is nil, or the charset that is declared if
// that is of eight bits.
func (c *charset) mix(b []byte, declared *charset, h Hints) mixture {
	if declared == nil {
		declared = named("utf-8") // which most of what is added is in
	}
	var foreign []byte
	own := c.apart(b, func(part []byte) string {
		if !isASCII(part) && len(foreign) < 4*maxSample {
			foreign = append(append(foreign, part...), '\n')
		}
		return ""
	})
	m := mixture{means: !isASCII([]byte(own)), damaged: strings.Contains(own, bad)}
	if !m.means {
		return m
	}
	if len(foreign) == 0 { // what is not ASCII stands among the escapes
		m.text, m.found = c.whole(b), c
		return m
	}
	m.found = settle(foreign, declared, h)
	other := m.found.odd(foreign, declared, h)
	m.text = c.apart(b, func(part []byte) string {
		switch {
		case isASCII(part):
			return string(part)
		case other != nil && m.found.isOdd(part):
			text, _ := other.try(part)
			return text
		}
		text, _ := m.found.try(part)
		return text
	})
	return m
}

// apart reads what is in a charset of seven bits, and gives the rest of b to
// foreign.
func (c *charset) apart(b []byte, foreign func(part []byte) string) string {
	switch c.name {
	case "hz-gb-2312":
		return mixHZ(b, foreign)
	case "utf-7":
		var s strings.Builder
		for len(b) > 0 {
			one := line(b)
			if isASCII(one) {
				s.WriteString(readUTF7(one))
			} else {
				s.WriteString(foreign(one))
			}
			b = b[len(one):]
		}
		return s.String()
	}
	return mixISO2022(b, foreign)
}

func readHZ(b []byte) string {
	// A run that TOP has cut ends in half a character.
	return strings.TrimSuffix(whole(simplifiedchinese.HZGB2312, b), bad)
}

// mixHZ reads HZ (RFC 1843), and gives what is not ASCII between its runs to
// foreign.
func mixHZ(b []byte, foreign func(part []byte) string) string {
	var s strings.Builder
	for len(b) > 0 {
		one := line(b)
		b = b[len(one):]
		for len(one) > 0 {
			end := bytes.Index(one, []byte("~{"))
			switch {
			case end < 0:
				end = len(one)
			case end == 0: // a run
				if end = bytes.Index(one, []byte("~}")); end >= 0 {
					end += 2
				} else {
					end = len(bytes.TrimRight(one, "\r\n"))
				}
			}
			if part := one[:end]; isASCII(part) || bytes.HasPrefix(part, []byte("~{")) {
				s.WriteString(readHZ(part))
			} else {
				s.WriteString(foreign(part))
			}
			one = one[end:]
		}
	}
	return s.String()
}
