package charset

import (
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/transform"
)

// reader reads a charset whose characters have one or two octets, rarely three
// or four.
type reader struct {
	decoder  transform.Transformer
	language *asian // whose characters are looked for where octets are missing
	shiftJIS bool
	eucJP    bool
	gb18030  bool
	scratch  [4 * utf8.UTFMax]byte
}

func newReader(c *charset) *reader {
	d := &reader{decoder: c.double.NewDecoder().Transformer, language: &asians[0]}
	switch c.name {
	case "big5":
		d.language = &asians[1]
	case "shift_jis":
		d.language, d.shiftJIS = &asians[2], true
	case "euc-jp":
		d.language, d.eucJP = &asians[2], true
	case "euc-kr":
		d.language = &asians[3]
	case "gb18030":
		d.gb18030 = true
	}
	return d
}

// next reads the first character of b. size is 0 if there is none.
func (d *reader) next(b []byte) (r rune, size int) {
	if b[0] < 0x80 {
		return rune(b[0]), 1
	}
	n := d.length(b)
	if n > len(b) {
		return utf8.RuneError, 0
	}
	if d.shiftJIS && b[0] >= 0xf0 && b[0] <= 0xf9 && n == 2 && b[1] >= 0x40 && b[1] != 0x7f && b[1] <= 0xfc {
		return mobile(uint16(b[0])<<8 | uint16(b[1])), n
	}
	nDst, nSrc, _ := d.decoder.Transform(d.scratch[:], b[:n], true)
	if r, _ := utf8.DecodeRune(d.scratch[:nDst]); r != utf8.RuneError && nSrc == n {
		return r, n
	}
	return utf8.RuneError, 0
}

// emoji is one of those that Japan's mobile phones have in the private rows of
// Shift JIS.
type emoji struct {
	code uint16
	r    rune
}

// mobile is the emoji of a code, or U+FFFD.
func mobile(code uint16) rune {
	i, ok := slices.BinarySearchFunc(emojis[:], code, func(e emoji, code uint16) int { return int(e.code) - int(code) })
	if !ok {
		return utf8.RuneError
	}
	return emojis[i].r
}

// length is how many octets the first character of b has, if it is one.
func (d *reader) length(b []byte) int {
	c := b[0]
	switch {
	case c == 0x80 || c == 0xff:
		return 1 // at most the euro
	case d.shiftJIS && (c >= 0xa0 && c <= 0xdf || c > 0xfc):
		return 1 // half-width kana
	case d.eucJP && c == 0x8f:
		return 3
	case d.gb18030 && len(b) > 1 && b[1] >= '0' && b[1] <= '9' && (c <= 0x84 || c >= 0x90 && c <= 0x98) && (len(b) == 2 || b[2] >= 0x81):
		// What is in use begins with these. A pound sign before a number does not.
		return 4
	}
	return 2
}

// cut says whether b is only the beginning of a character.
func (d *reader) cut(b []byte) bool {
	return b[0] >= 0x80 && len(b) < d.length(b) && (!d.eucJP || b[0] >= 0xa1 || b[0] == 0x8e || b[0] == 0x8f)
}

// read decodes b, and says what the octets cost that it could not read. In these
// charsets an octet that is lost or too many makes pairs of the wrong halves
// from there on, up to the next blank or the end of the line. Where that seems
// to have happened, the division of the stretch into characters and left-over
// octets is sought that costs least; in all others the obvious one is taken.
func (d *reader) read(b []byte) (text string, lost cost) {
	const longest = 4 << 10 // of a stretch, which bounds memory
	var s strings.Builder
	s.Grow(len(b) * 3 / 2)
	for len(b) > 0 {
		// No second octet is below '0', so there all divisions agree.
		end := 0
		for end < len(b) && b[end] >= '0' && end < longest {
			end++
		}
		if end == longest {
			end = 0
			for end < min(len(b), longest) {
				_, size := d.next(b[end:])
				end += max(size, 1)
			}
		}
		if end > 0 {
			lost += d.stretch(&s, b[:end], end == len(b))
		}
		for end < len(b) && b[end] < '0' {
			s.WriteByte(b[end])
			end++
		}
		b = b[end:]
	}
	return s.String(), lost
}

// suspect is what three characters cost together where they are of the wrong
// halves.
const suspect = 37 * bit

// stretch appends what b means to s. last says that b is the end of the text.
func (d *reader) stretch(s *strings.Builder, b []byte, last bool) (lost cost) {
	if isASCII(b) {
		s.Write(b)
		return 0
	}
	text := make([]rune, 0, len(b))
	broken, n, odd := 0, 0, false
	var window [3]cost // of the last three characters
	for i := 0; i < len(b); {
		if last && len(b)-i < 4 && d.cut(b[i:]) {
			lost += cutOff
			break
		}
		r, size := d.next(b[i:])
		if size == 0 {
			r, size = utf8.RuneError, 1
			broken++
			lost += unreadable
		} else if r == utf8.RuneError { // of a private row
			lost += unreadable
		}
		if r >= 0x80 {
			window[n%3] = d.language.character(r)
			n++
			odd = odd || n >= 3 && window[0]+window[1]+window[2] > suspect
		}
		text = append(text, r)
		i += size
	}
	// What is hopeless is another charset.
	if broken > 0 && broken*4 < n+8 || odd {
		text, lost = d.divide(b, last)
	}
	for _, r := range text {
		s.WriteRune(r)
	}
	return lost
}

// divide finds the cheapest division, from the end to the beginning.
func (d *reader) divide(b []byte, last bool) (text []rune, lost cost) {
	const (
		leftOver  = 16 * bit // less than unreadable: here the charset is given
		wasCutOff = -1
	)
	type step struct {
		cost cost // from here to the end
		r    rune
		size int
	}
	steps := make([]step, len(b)+1)
	for i := len(b) - 1; i >= 0; i-- {
		best := step{steps[i+1].cost + leftOver, utf8.RuneError, 1}
		r, size := d.next(b[i:])
		switch {
		case last && len(b)-i < 4 && d.cut(b[i:]):
			best = step{cutOff, wasCutOff, len(b) - i}
		case size == 0:
			// Often a left-over octet takes one more with it.
			if i+2 < len(steps) && b[i+1] >= 0x80 {
				if c := steps[i+2].cost + leftOver + 6*bit; c < best.cost {
					best = step{c, utf8.RuneError, 2}
				}
			}
		case r < 0x80:
			best = step{steps[i+1].cost + 5*bit, r, 1}
		default:
			c := steps[i+size].cost + d.language.character(r)
			if r == utf8.RuneError {
				c += leftOver
			}
			if c < best.cost {
				best = step{c, r, size}
			}
		}
		steps[i] = best
	}
	text = make([]rune, 0, len(b))
	for i := 0; i < len(b); i += steps[i].size {
		r := steps[i].r
		switch r {
		case wasCutOff:
			lost += cutOff
			continue
		case utf8.RuneError:
			lost += unreadable
			if len(text) > 0 && text[len(text)-1] == r {
				continue // one for all of them
			}
		}
		text = append(text, r)
	}
	return text, lost
}
