package charset

import (
	"strings"
	"sync"
	"unicode/utf8"
)

//go:generate go run ./gen/pages

// single is a charset of one octet for each character. What an octet does not
// stand for is U+FFFD.
type single interface{ DecodeByte(c byte) rune }

// page is a charset of one octet: the characters of all octets, or of those
// that are not ASCII.
type page struct {
	chars string
	once  sync.Once
	table [256]rune
}

func (p *page) DecodeByte(c byte) rune {
	p.once.Do(func() {
		at := 0
		if utf8.RuneCountInString(p.chars) == 128 {
			for ; at < 128; at++ {
				p.table[at] = rune(at)
			}
		}
		for _, r := range p.chars {
			p.table[at] = r
			at++
		}
	})
	return p.table[c]
}

// readEBCDIC reads a charset in which nothing stands where ASCII has it. Line
// ends may be those of the mail around it.
func (c *charset) readEBCDIC(b []byte) string {
	var s strings.Builder
	s.Grow(len(b) * 5 / 4)
	for _, octet := range b {
		r := c.single.DecodeByte(octet)
		if octet == '\n' || r == 0x85 { // NEL
			r = '\n'
		}
		s.WriteRune(r)
	}
	return s.String()
}
