// Package charset turns octets of mail into text: in any charset, declared,
// misdeclared or not declared at all. It must never fail, and never lose a
// whole text to one bad octet. What it returns is not cleaned for display.
package charset

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Hints break ties where the octets alone are not telling.
type Hints struct {
	// Charsets are labels that speak for the text, the most telling first:
	// what the body or another part declares, what this sender used before.
	Charsets []string
	// Languages are tags of BCP 47, the most telling first: the message's
	// Content-Language, the account's, the system's.
	Languages []string
}

// Decode turns octets into text, and says in what charset they were read, by
// its name in lower case ("utf-8" for ASCII as well). declared is the label
// that the message gives them, or empty. The declaration is believed unless
// the octets contradict it: "gb2312" is really GB18030, and much mail that
// declares ASCII or nothing is something else. An octet that cannot be read
// becomes U+FFFD; a character that was cut off at the end is left out.
func Decode(b []byte, declared string, h Hints) (text, used string) {
	if len(b) == 0 {
		return "", "utf-8"
	}
	b = withoutWebcodes(b)
	c := find(declared)
	switch {
	case c == nil || c.name == "utf-8":
		if len(b)%2 == 0 && (bytes.HasPrefix(b, []byte("\xff\xfe")) || bytes.HasPrefix(b, []byte("\xfe\xff"))) {
			c = named("utf-16")
			return c.whole(b), c.name
		}
		b = untorn(b)
	case strings.HasPrefix(c.name, "utf-16"), strings.HasPrefix(c.name, "utf-32"):
		// Letters of some languages are ASCII and controls there.
		if !utf8.Valid(b) || bytes.ContainsFunc(b, func(r rune) bool { return r < 7 || r > 0x0d && r < ' ' && r != 0x1b }) {
			return c.whole(b), c.name
		}
		c = nil // what was once converted and still has its old label
	case c.ebcdic:
		// A blank of ASCII is none there.
		if !isASCII(b) && (!utf8.Valid(b) || !sure(b) && bytes.IndexByte(b, ' ') < 0) {
			return c.readEBCDIC(b), c.name
		}
		c = nil
	case c.whole != nil && c.name != "johab" && c.name != "euc-tw":
		// Charsets of seven bits.
		if isASCII(b) {
			return c.whole(b), c.name
		}
		h = h.speaking(c.language())
		if m := c.mix(b, nil, h); m.means && (mostlyASCII(b) || !m.damaged) {
			return m.text, c.name
		}
		c = nil
	case c.whole != nil:
		return c.whole(b), c.name
	}
	if text, used := escaped(b, c, h); used != "" {
		return text, used
	}
	c = c.extended(b)
	if isASCII(b) {
		return string(b), "utf-8"
	}
	found := settle(b, c, h)
	return found.read(b, c, h), found.name
}

// settle chooses the charset of b, which is not ASCII.
func settle(b []byte, declared *charset, h Hints) *charset {
	if (declared == nil || declared.name == "utf-8") && (sure(b) || declared != nil && (utf8.Valid(b) || hasLine(b))) {
		return named("utf-8")
	}
	return guess(b, declared, h)
}

// hasLine says whether a line of b, which is declared to be UTF-8, is just that.
// Others may be longer, as what a mailing list appends in its own charset is.
func hasLine(b []byte) bool {
	for ; len(b) > 0; b = b[len(line(b)):] {
		if two, more, wrong := tally(line(b)); wrong == 0 && (more > 0 || two >= 3) {
			return true
		}
	}
	return false
}

// extensions are the charsets of Windows that have letters and quotation marks
// where those of the ISO have controls, which nobody writes.
var extensions = map[string]string{
	"iso-8859-2": "windows-1250", "iso-8859-7": "windows-1253", "iso-8859-8": "windows-1255",
	"iso-8859-13": "windows-1257", "iso-8859-15": "windows-1252",
}

// extended is the charset that was meant where c, which may be nil, is declared
// and b has octets that it lacks.
func (c *charset) extended(b []byte) *charset {
	if c == nil || extensions[c.name] == "" || !slices.ContainsFunc(b, func(octet byte) bool { return octet >= 0x80 && octet < 0xa0 }) {
		return c
	}
	wide := named(extensions[c.name])
	with, _ := wide.try(b)
	without, _ := c.try(b)
	if cheapest(head(with)) < cheapest(head(without)) {
		return wide
	}
	return c
}

// speaking puts a language before those that the hints name.
func (h Hints) speaking(language string) Hints {
	if language != "" {
		h.Languages = append([]string{language}, h.Languages...)
	}
	return h
}

// Likelier says whether somebody has rather written text than other, in whatever
// language: clearly so, unless a little is enough. Both are decoded already.
func Likelier(text, other string, little bool) bool {
	margin := 12 * bit
	if little {
		margin = 0
	}
	text, other = head(text), head(other)
	lost := func(s string) cost { return cost(strings.Count(s, "\ufffd")) * unreadable }
	return cheapest(text)+lost(text)+margin < cheapest(other)+lost(other)
}

// Same says whether two labels are of one charset.
func Same(label, other string) bool {
	c := find(label)
	return c != nil && c == find(other)
}

// better says whether text is clearly more likely than other.
func better(text, other string) bool {
	return text != other && cheapest(head(text))+12*bit < cheapest(head(other))
}

// head is enough of a text to judge it.
func head(text string) string {
	if len(text) <= maxSample {
		return text
	}
	return strings.ToValidUTF8(text[:maxSample], "")
}

// sure says whether b can be nothing but UTF-8. Two or three hanzi in GBK can
// pass for letters of UTF-8 in two octets, more can not.
func sure(b []byte) bool {
	two, more, wrong := tally(b)
	if wrong == 0 {
		return two >= 8 || more >= 2
	}
	return two >= 8*wrong+8 || more >= 3*wrong+2
}

// tally counts the characters of UTF-8 in b that have two octets or more, and
// what is wrong there. A character that was cut off at the end is not.
func tally(b []byte) (two, more, wrong int) {
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		switch {
		case r == utf8.RuneError && size == 1:
			if !utf8.FullRune(b[i:]) {
				i = len(b)
				continue
			}
			if _, ok := surrogates(b[i:]); ok {
				size = 6
				more++
			} else {
				size = subpart(b[i:])
				wrong++
			}
		case size == 2:
			two++
		case size > 2:
			more++
		}
		i += size
	}
	return two, more, wrong
}

// try turns b into text, and says what the octets cost that the charset has
// not.
func (c *charset) try(b []byte) (text string, lost cost) {
	switch {
	case c.name == "utf-8":
		return tryUTF8(b)
	case c.whole != nil:
		return c.whole(b), 0
	case c.double != nil:
		return newReader(c).read(b)
	}
	var s strings.Builder
	s.Grow(len(b) * 5 / 4)
	for _, octet := range b {
		r := c.single.DecodeByte(octet)
		if r == utf8.RuneError {
			lost += unreadable
			if octet < 0xa0 {
				r = rune(octet) // a control, as in the ISO's charset
			}
		}
		s.WriteRune(r)
	}
	if c.name == "windows-1258" || c.name == "tcvn" {
		return norm.NFC.String(s.String()), lost // their accents are characters of their own
	}
	return s.String(), lost
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// cheapest is what text costs in the language in which it costs least.
func cheapest(text string) cost {
	all := letters(text)
	least := cost(math.MaxInt)
	for i := range asians {
		least = min(least, asians[i].of(all, least))
	}
	for i := range alphabets {
		sum, _ := alphabets[i].of(all, least)
		least = min(least, sum)
	}
	return least
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
