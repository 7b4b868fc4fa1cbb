package charset

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/encoding/unicode/utf32"
)

// bad stands for what cannot be read.
const bad = "\uFFFD"

// readUTF8 reads UTF-8 and CESU-8. Octets of no character are one U+FFFD; a
// character that was cut off at the end is left out.
func readUTF8(b []byte) string {
	text, _ := tryUTF8(b)
	return text
}

// tryUTF8 reads UTF-8, and says what the octets cost that it could not read.
func tryUTF8(b []byte) (text string, lost cost) {
	b = stripMark(b)
	if utf8.Valid(b) {
		return string(b), 0
	}
	var s strings.Builder
	s.Grow(len(b))
	failed := false
	for i := 0; i < len(b); {
		r, size := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && size == 1 {
			if !utf8.FullRune(b[i:]) {
				lost += cutOff
				break
			}
			if pair, ok := surrogates(b[i:]); ok {
				s.WriteRune(pair)
				i += 6
				continue
			}
			if !failed {
				s.WriteString(bad)
			}
			failed = true
			n := subpart(b[i:])
			lost += unreadable * cost(n)
			i += n
			continue
		}
		failed = false
		s.Write(b[i : i+size])
		i += size
	}
	return s.String(), lost
}

// subpart is how many octets at the start of b began a character and did not
// end it.
func subpart(b []byte) int {
	n := 1
	for n < min(len(b), 4) && !utf8.FullRune(b[:n]) {
		n++
	}
	return max(n-1, 1)
}

func stripMark(b []byte) []byte {
	if len(b) >= 3 && b[0] == 0xef && b[1] == 0xbb && b[2] == 0xbf {
		return b[3:]
	}
	return b
}

// surrogates reads a character beyond the first plane as CESU-8 writes it, as
// the two surrogates of UTF-16.
func surrogates(b []byte) (rune, bool) {
	if len(b) < 6 || b[0] != 0xed || b[3] != 0xed || b[1]&0xf0 != 0xa0 || b[4]&0xf0 != 0xb0 || b[2]&0xc0 != 0x80 || b[5]&0xc0 != 0x80 {
		return 0, false
	}
	unit := func(b []byte) rune { return 0xd000 | rune(b[1]&0x3f)<<6 | rune(b[2]&0x3f) }
	return utf16.DecodeRune(unit(b), unit(b[3:])), true
}

// readUTF16 reads UTF-16: by its mark, else in the order in which it makes
// sense, else in the declared order.
func readUTF16(order unicode.Endianness) func(b []byte) string {
	return func(b []byte) string {
		b = b[:len(b)&^1]
		in := func(order unicode.Endianness, b []byte) string {
			return whole(unicode.UTF16(order, unicode.UseBOM), b)
		}
		other := unicode.BigEndian
		if order == other {
			other = unicode.LittleEndian
		}
		sample := b[:min(len(b), maxSample)]
		if cheapest(in(other, sample))+2*bit < cheapest(in(order, sample)) {
			order = other
		}
		return in(order, b)
	}
}

func readUTF32(order utf32.Endianness) func(b []byte) string {
	return func(b []byte) string {
		order := order
		if len(b) >= 4 && b[0] != 0 && b[3] == 0 {
			order = utf32.LittleEndian
		} else if len(b) >= 4 && b[0] == 0 && b[3] != 0 {
			order = utf32.BigEndian
		}
		return whole(utf32.UTF32(order, utf32.UseBOM), b[:len(b)&^3])
	}
}

// whole reads b by an encoding that never gives up.
func whole(e encoding.Encoding, b []byte) string {
	text, err := e.NewDecoder().Bytes(b)
	if err != nil {
		return readUTF8(b)
	}
	return strings.ToValidUTF8(string(text), bad)
}

// readUTF7 reads UTF-7 (RFC 2152).
func readUTF7(b []byte) string {
	text, _ := tryUTF7(b)
	return text
}

// tryUTF7 reads UTF-7, and says whether b is that: every plus sign begins what
// an encoder would have written.
func tryUTF7(b []byte) (text string, strict bool) {
	var s strings.Builder
	strict = true
	for i := 0; i < len(b); {
		if b[i] != '+' {
			r, size := utf8.DecodeRune(b[i:])
			s.WriteRune(r)
			i += size
			continue
		}
		i++
		end := i
		for end < len(b) && isBase64(b[end]) {
			end++
		}
		n := end - i
		if n%4 == 1 {
			n-- // cut off, or no base64
			strict = false
		}
		octets := make([]byte, base64.RawStdEncoding.DecodedLen(n))
		got, err := base64.RawStdEncoding.Strict().Decode(octets, b[i:i+n])
		if err != nil || got%2 != 0 || got == 0 && (end >= len(b) || b[end] != '-') {
			strict = false
			got, _ = base64.RawStdEncoding.Decode(octets, b[i:i+n])
		}
		if got >= 6 && isASCII(octets[:got]) {
			strict = false // base64 of ASCII, as tokens are; three hanzi and more have other octets
		}
		if got < 2 {
			s.WriteByte('+')
		}
		s.WriteString(units(octets[:got]))
		i = end
		if i < len(b) && b[i] == '-' {
			i++
		}
	}
	return s.String(), strict
}

func isBase64(c byte) bool {
	return c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// units reads UTF-16 in network order.
func units(b []byte) string {
	u := make([]uint16, 0, len(b)/2)
	for pair := range slices.Chunk(b[:len(b)&^1], 2) {
		u = append(u, uint16(pair[0])<<8|uint16(pair[1]))
	}
	return string(utf16.Decode(u))
}

// inSet is the character at a place of a set of 94 times 94 that ISO 2022
// designates with the octet set, or U+FFFD.
func inSet(set, c1, c2 byte) rune {
	switch set {
	case '@', 'B', 'O', 'Q': // JIS C 6226, X 0208, and X 0213 plane 1, which is mostly the same
		if row := c1 & 0x7f; row >= 0x75 && row <= 0x7c { // what KDDI's phones write for their emoji
			lead := [...]uint16{0xf6, 0xf7, 0xf3, 0xf4}[(row-0x75)/2]
			trail := uint16(c2&0x7f) - 0x21 + 0x40
			switch {
			case row%2 == 0:
				trail += 0x9f - 0x40
			case trail >= 0x7f:
				trail++
			}
			if r := mobile(lead<<8 | trail); r != utf8.RuneError {
				return r
			}
		}
		return one(japanese.EUCJP, []byte{c1, c2})
	case 'D': // JIS X 0212
		return one(japanese.EUCJP, []byte{0x8f, c1, c2})
	case 'A': // GB 2312
		return one(simplifiedchinese.GB18030, []byte{c1, c2})
	case 'C': // KS X 1001
		return one(korean.EUCKR, []byte{c1, c2})
	case 'G', 'H': // CNS 11643 planes 1 and 2
		return cns(int(set-'G')+1, c1, c2)
	}
	return utf8.RuneError
}

// readISO2022 reads ISO-2022-JP (RFC 1468, 1554), -KR (RFC 1557) and -CN
// (RFC 1922): escape sequences name a set, in JP at once, in KR and CN for
// what stands between SO and SI. Every line begins in ASCII.
func readISO2022(b []byte) string { return mixISO2022(b, nil) }

// mixISO2022 reads ISO-2022, and gives what stands between its sets to
// foreign, unless that is nil.
func mixISO2022(b []byte, foreign func(part []byte) string) string {
	var s strings.Builder
	var g0, g1 byte // 0 for ASCII, else the last octet of the designation; 'I' for katakana
	shifted := false
	for i := 0; i < len(b); {
		c := b[i]
		if c == 0x1b {
			g, final, size := designation(b[i:])
			switch {
			case size == 0:
				// Cut off, or not ours.
				if i+4 < len(b) {
					s.WriteString(bad)
				}
				size = 1
			case g == 0:
				g0 = final
			case g == 1:
				g1 = final
			}
			i += size
			continue
		}
		set := g0
		if shifted {
			set = g1
		}
		if foreign != nil && set == 0 && !endsPart(c) {
			end := i
			for end < len(b) && !endsPart(b[end]) {
				end++
			}
			s.WriteString(foreign(b[i:end]))
			i = end
			continue
		}
		switch {
		case c == 0x0e:
			shifted = true
		case c == 0x0f:
			shifted = false
		case c == '\n':
			g0, shifted = 0, false
			s.WriteByte(c)
		case c <= ' ' || c == 0x7f:
			s.WriteByte(c)
		case set == 'I' && c >= 0x21 && c <= 0x5f:
			s.WriteRune(rune(c) + 0xff61 - 0x21)
		case set == 0 && c < 0x80:
			s.WriteByte(c)
		case set == 0 || set == 'I' || c == 0x7f:
			s.WriteString(bad)
		case i+1 >= len(b):
			// Cut off.
		case b[i+1]&0x7f < 0x21 || b[i+1]&0x7f == 0x7f:
			s.WriteString(bad)
		default:
			s.WriteRune(inSet(set, c|0x80, b[i+1]|0x80))
			i++
		}
		i++
	}
	return s.String()
}

// endsPart says whether ISO-2022 can leave ASCII at c.
func endsPart(c byte) bool { return c == 0x1b || c == 0x0e || c == 0x0f || c == '\n' }

// designation reads an escape sequence: for which of G0 and G1 (or neither,
// 2), and what. size is 0 if b begins with none.
func designation(b []byte) (g int, final byte, size int) {
	if len(b) < 3 {
		return 0, 0, 0
	}
	i, g := 1, 0
	multi := b[1] == '$'
	if multi {
		i++
	}
	switch b[i] {
	case '(':
		i++
	case ')':
		g, i = 1, i+1
	case '*', '+', '.', '&', 'N':
		g, i = 2, i+1
	default:
		if !multi {
			return 0, 0, 0
		}
	}
	if i >= len(b) || b[i] < 0x30 || b[i] > 0x7e {
		return 0, 0, 0
	}
	final = b[i]
	if !multi && final != 'I' {
		final = 0 // ASCII, or so like it that it makes no difference
	}
	if multi && !strings.ContainsRune("@ABCDGHOQ", rune(final)) {
		return 0, 0, 0
	}
	return g, final, i + 1
}

// one reads the octets of one character.
func one(e encoding.Encoding, b []byte) rune {
	var dst [8]byte
	n, _, _ := e.NewDecoder().Transform(dst[:], b, true)
	r, size := utf8.DecodeRune(dst[:n])
	if size != n {
		return utf8.RuneError
	}
	return r
}

// readJohab reads the KS X 1001 annex 3 encoding, in which a syllable is three
// numbers of five bits.
func readJohab(b []byte) string {
	var s strings.Builder
	for i := 0; i < len(b); i++ {
		c := b[i]
		if c < 0x80 {
			s.WriteByte(c)
			continue
		}
		if i+1 >= len(b) {
			break // cut off
		}
		r := johab(c, b[i+1])
		if r != utf8.RuneError || b[i+1] >= 0x80 {
			i++
		}
		s.WriteRune(r)
	}
	return s.String()
}

func johab(c1, c2 byte) rune {
	if c1 >= 0xd9 {
		// Signs and hanja, two rows of KS X 1001 to each first octet.
		row := (int(c1) - 0xd9) * 2
		if c1 >= 0xe0 {
			row = (int(c1)-0xe0)*2 + 0x29
		}
		var place int
		switch {
		case c2 >= 0x31 && c2 <= 0x7e:
			place = int(c2) - 0x31
		case c2 >= 0x91 && c2 <= 0xfe:
			place = int(c2) - 0x91 + 78
		default:
			return utf8.RuneError
		}
		row += place / 94
		if row > 93 {
			return utf8.RuneError
		}
		return one(korean.EUCKR, []byte{0xa1 + byte(row), 0xa1 + byte(place%94)}) //nolint:gosec // both below 94
	}
	code := int(c1)<<8 | int(c2)
	initial, medial, final := code>>10&31-2, code>>5&31, code&31
	switch { // the numbers have gaps
	case medial >= 3 && medial <= 7:
		medial -= 3
	case medial >= 10 && medial <= 15:
		medial -= 5
	case medial >= 18 && medial <= 23:
		medial -= 7
	case medial >= 26 && medial <= 29:
		medial -= 9
	case medial == 2:
		medial = -1 // none
	default:
		return utf8.RuneError
	}
	switch {
	case final >= 1 && final <= 17:
		final--
	case final >= 19 && final <= 29:
		final -= 2
	default:
		return utf8.RuneError
	}
	switch {
	case initial >= 0 && initial <= 18 && medial >= 0:
		return rune(0xac00 + (initial*21+medial)*28 + final)
	case initial >= 0 && initial <= 18 && medial < 0 && final == 0:
		return []rune("ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ")[initial]
	case initial == -1 && medial >= 0 && final == 0:
		return rune(0x314f + medial)
	}
	return utf8.RuneError
}

// readEUCTW reads EUC-TW: CNS 11643 plane 1 in two octets, the others behind
// 8E and their number.
func readEUCTW(b []byte) string {
	var s strings.Builder
	for i := 0; i < len(b); {
		plane, at := 1, i
		if b[i] == 0x8e && i+1 < len(b) && b[i+1] > 0xa0 && b[i+1] < 0xb1 {
			plane, at = int(b[i+1])-0xa0, i+2
		}
		switch {
		case b[i] < 0x80:
			s.WriteByte(b[i])
			i++
		case at+1 >= len(b):
			return s.String() // cut off
		case b[at] <= 0xa0 || b[at+1] <= 0xa0 || b[at] == 0xff || b[at+1] == 0xff:
			s.WriteString(bad)
			i++
		default:
			s.WriteRune(cns(plane, b[at], b[at+1]))
			i = at + 2
		}
	}
	return s.String()
}

// The first two planes of CNS 11643 have the characters of Big5 in the same
// order but for some that were misplaced there. Each row is where a stretch
// begins, here and there (Unihan: kCNS1992, kBigFive).
var (
	plane1 = [...][2]uint16{
		{0x2121, 0xa140},
		{0x2279, 0xa259},
		{0x4421, 0xa440},
		{0x5323, 0xad40},
		{0x5753, 0xacfe},
		{0x5754, 0xafd0},
		{0x6b50, 0xbe52},
		{0x6b51, 0xbbc8},
		{0x6f5c, 0xbe53},
		{0x7535, 0xc2cb},
		{0x7536, 0xc1ab},
		{0x7737, 0xc2cc},
		{0x782d, 0xc456},
		{0x782e, 0xc361},
		{0x7864, 0xc3ba},
		{0x7865, 0xc3b9},
		{0x7866, 0xc3bb},
		{0x7962, 0xc457},
	}

	plane2 = [...][2]uint16{
		{0x2121, 0xc940},
		{0x212b, 0xc94b},
		{0x214c, 0xc9be},
		{0x214d, 0xc96c},
		{0x217d, 0xc9bf},
		{0x224d, 0xcaf7},
		{0x224e, 0xc9ed},
		{0x2439, 0xcaf8},
		{0x376f, 0xdadf},
		{0x3770, 0xd6cd},
		{0x387e, 0xd77b},
		{0x3e63, 0xd6cc},
		{0x3e64, 0xdae0},
		{0x3f6a, 0xd77a},
		{0x3f6b, 0xdba7},
		{0x4424, 0xddfd},
		{0x554b, 0xebf1},
		{0x554c, 0xe8a3},
		{0x5722, 0xecde},
		{0x5723, 0xe976},
		{0x5a28, 0xf0cb},
		{0x5a29, 0xeb5b},
		{0x5b3f, 0xebf2},
		{0x5c6a, 0xecdf},
		{0x5d74, 0xf056},
		{0x5d75, 0xedaa},
		{0x6039, 0xeeec},
		{0x6243, 0xf057},
		{0x6337, 0xf0cc},
		{0x642f, 0xeeeb},
		{0x6430, 0xf163},
		{0x6438, 0xf16c},
		{0x6573, 0xf269},
		{0x664d, 0xf4b5},
		{0x664e, 0xf2c3},
		{0x6761, 0xf16b},
		{0x6762, 0xf375},
		{0x6934, 0xf268},
		{0x6935, 0xf466},
		{0x6962, 0xf4b6},
		{0x6a4b, 0xf663},
		{0x6a4c, 0xf4fd},
		{0x6c52, 0xf664},
		{0x7166, 0xf9c4},
		{0x7167, 0xf977},
		{0x7234, 0xf9c5},
		{0x7235, 0xf9c7},
		{0x7240, 0xf9c6},
		{0x7241, 0xf9d2},
	}
)

// cns is a character of CNS 11643, or U+FFFD beyond the second plane.
func cns(plane int, c1, c2 byte) rune {
	stretches := plane1[:]
	switch plane {
	case 1:
	case 2:
		stretches = plane2[:]
	default:
		return utf8.RuneError
	}
	code := uint16(c1&0x7f)<<8 | uint16(c2&0x7f)
	i, ok := slices.BinarySearchFunc(stretches, code, func(s [2]uint16, code uint16) int { return int(s[0]) - int(code) })
	if !ok {
		i--
	}
	if i < 0 {
		return utf8.RuneError
	}
	place := func(code uint16) int { return int(code>>8)*94 + int(code&0xff) - 0x21 }
	from, to := stretches[i][0], stretches[i][1]
	// Big5 has 157 places to a first octet: 40 to 7E and A1 to FE.
	second := int(to & 0xff)
	if second -= 0x40; second >= 0x3f {
		second -= 0xa1 - 0x7f
	}
	n := int(to>>8)*157 + second + place(code) - place(from)
	b := []byte{byte(n / 157), byte(n%157 + 0x40)} //nolint:gosec // at most FE and DC
	if b[1] >= 0x7f {
		b[1] += 0xa1 - 0x7f
	}
	return one(traditionalchinese.Big5, b)
}
