package charset

import (
	"bytes"
	"strings"
	"unicode/utf8"
)

// read turns b into text in c, the charset that it was found to be in, but for
// those lines that are in another for sure: what mailing lists and gateways
// append is not converted. declared is nil, or the charset that is declared.
func (c *charset) read(b []byte, declared *charset, h Hints) string {
	other := c.odd(b, declared, h)
	if other == nil {
		text, _ := c.try(b)
		return text
	}
	var s strings.Builder
	for len(b) > 0 {
		// Lines of one charset are read together.
		odd := c.isOdd(line(b))
		end := len(line(b))
		for end < len(b) {
			next := line(b[end:])
			if !isASCII(next) && c.isOdd(next) != odd {
				break
			}
			end += len(next)
		}
		part := c
		if odd {
			part = other
		}
		text, _ := part.try(b[:end])
		s.WriteString(text)
		b = b[end:]
	}
	return s.String()
}

// line is the first line of b, with its end.
func line(b []byte) []byte {
	if i := bytes.IndexByte(b, '\n'); i >= 0 {
		return b[:i+1]
	}
	return b
}

// isOdd says whether a line is not in c: it is UTF-8 in a text that is not, or
// the other way round.
func (c *charset) isOdd(line []byte) bool {
	switch {
	case isASCII(line):
		return false
	case c.name == "utf-8":
		two, more, wrong := tally(line)
		return wrong > two+more
	case c.double != nil:
		return utf8.Valid(line) && sure(line)
	}
	return utf8.Valid(line)
}

// odd is the charset of the odd lines of b, or nil where there are none, or
// where they may as well be damage.
func (c *charset) odd(b []byte, declared *charset, h Hints) *charset {
	if c.whole != nil && c.name != "utf-8" || utf8.Valid(b) {
		return nil
	}
	var odd []byte
	usual := false // there is another line that is not ASCII
	for rest := b; len(rest) > 0 && (len(odd) < 4*maxSample || !usual); {
		one := line(rest)
		rest = rest[len(one):]
		switch {
		case isASCII(one):
		case c.isOdd(one):
			if len(odd) < 4*maxSample {
				odd = append(odd, one...)
			}
		default:
			usual = true
		}
	}
	if len(odd) == 0 || !usual {
		return nil
	}
	if c.name != "utf-8" {
		if c.double == nil && guess(odd, declared, h).name != "utf-8" {
			return nil
		}
		return named("utf-8")
	}
	if declared != nil && declared.name == "utf-8" {
		declared = nil
	}
	other := guess(odd, declared, h)
	if _, lost := other.try(odd); lost > 0 || other.name == "utf-8" {
		return nil
	}
	return other
}
