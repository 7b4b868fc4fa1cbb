package charset

//go:generate go run ./gen

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// How a reading is judged.
//
// The same octets mean one text in one charset and another in the next. Of all
// readings the one is taken that a writer of some language would most likely
// have written: each language says with what probability one letter follows
// another in it (of Chinese, Japanese and Korean, how frequent a character
// is), and the product of these is the probability of the text. Instead of
// small probabilities we add their logarithms, as costs: of two readings, the
// one that costs n bits less is 2^n times as likely. All readings account for
// all octets, so that the costs of two letters and of one hanzi for the same
// two octets are comparable as they are, and nothing else needs weights.
//
// "Größe" in ISO-8859-1 is 22 bits of German. As GBK it is "Gr鲞e", 47 bits of
// Chinese: a hanzi that is in no list of frequencies (17 bits), and Latin
// letters beside it that make no word. "会议" in GBK is 12 bits of Chinese;
// "»áÒé" is 47 and more in every language, since its letters never meet, a
// quotation mark does not stand where it stands, and a capital does not follow
// a small letter.
//
// To this comes what is known beforehand: how usual the charset is, what the
// hints and the declaration say.

// cost is in quarters of a bit.
type cost int

const bit cost = 4

// alphabet is a language that is written in letters. costs has sixteen steps
// of three quarters of a bit, two to an octet, for every pair of: no letter,
// a to z if latin, letters.
type alphabet struct {
	name    string
	latin   bool
	letters []uint16
	costs   string
}

func nibble(table string, i int) cost {
	return cost(table[i/2] >> (4 * (i % 2)) & 15)
}

// class is where r, in lower case, stands in costs; 0 if it is none of the
// language's letters.
func (a *alphabet) class(r rune) int {
	base := 1
	if a.latin {
		if r >= 'a' && r <= 'z' {
			return int(r-'a') + 1
		}
		base = 27
	}
	if r < 0x80 || r > 0xffff {
		return 0
	}
	if i, ok := slices.BinarySearch(a.letters, uint16(r)); ok {
		return base + i
	}
	return 0
}

// pair is the cost of a letter, by its class, after another.
func (a *alphabet) pair(before, class int) cost {
	n := len(a.letters) + 1
	if a.latin {
		n += 26
	}
	return 2 + 3*nibble(a.costs, before*n+class)
}

// The costs of what is in no table.
const (
	unreadable  = 16 * bit // an octet that the charset has not
	cutOff      = 10 * bit // a character that lacks its end, at the end of the text
	control     = 20 * bit
	otherLetter = 15 * bit // a letter of the same script that the language does not use
	foreign     = 18 * bit // a letter of another script
	glued       = 7 * bit  // letters of two scripts that touch
	wrongCase   = 9 * bit  // a capital inside of a word, a small letter behind capitals
	rareHan     = 20 * bit
)

// letter is a character as languages look at it.
type letter struct {
	r, small rune
	kind     byte
}

const (
	aSign = iota
	aLatin
	aLetter
	aMark
)

// letters looks at text once for all languages.
func letters(text string) []letter {
	all := make([]letter, 0, len(text))
	for _, r := range text {
		l := letter{r: r, small: toLower(r)}
		switch {
		case l.small >= 'a' && l.small <= 'z':
			l.kind = aLatin
		case r < 0x80:
		case unicode.IsLetter(r):
			l.kind = aLetter
		case r >= 0x300 && unicode.Is(unicode.Mn, r):
			l.kind = aMark
		}
		all = append(all, l)
	}
	return all
}

// of is what text costs in the language, or anything above limit. clean says
// that nothing in it is odd: no letter that the language has not, no capital
// where none belongs, no sign that is not one of writing.
func (a *alphabet) of(text []letter, limit cost) (sum cost, clean bool) {
	clean = true
	var (
		before  int    // the class of the letter before
		latin   int    // in other scripts: the class of the Latin letter before
		word    bool   // some letter stands before, known or not
		last    letter // what stands before
		between bool   // that is a sign behind a letter
		upper   int    // capitals since the word began
		lower   bool   // small letters in it
	)
	english := &alphabets[0]
	for _, l := range text {
		if sum > limit {
			return sum, false
		}
		class := a.class(l.small)
		switch {
		case class > 0:
			if latin > 0 {
				sum += glued + english.pair(latin, 0)
				latin = 0
			}
			sum += a.pair(before, class)
			before, word = class, true
		case l.kind == aLatin: // a Latin word in other letters
			if before > 0 {
				sum += glued + a.pair(before, 0)
				before = 0
			} else if latin == 0 {
				sum += 3 * bit
			}
			class = int(l.small-'a') + 1
			sum += english.pair(latin, class) + bit/2
			latin, word = class, true
		case l.kind == aLetter:
			clean = false
			if sameScript(a, l.r) {
				sum += otherLetter
			} else {
				sum += foreign
				if word {
					sum += glued
				}
			}
			before, latin, word = 0, 0, true
		case l.kind == aMark:
			clean = false
			sum += otherLetter
			if !word {
				sum += glued // a mark on nothing
			}
		default:
			sum += a.pair(before, 0) + sign(l.r)
			clean = clean && (l.r < 0x80 || sign(l.r) <= 8*bit && l.r != utf8.RuneError)
			if latin > 0 {
				sum += english.pair(latin, 0)
			}
			between = last.kind != aSign
			before, latin, word = 0, 0, false
			upper, lower, last = 0, false, l
			continue
		}
		if last.r >= 0x80 && last.kind == aSign {
			clean = clean && (!between || strings.ContainsRune("’·–\u00a0\u00ad", last.r))
			if strange(last.r) {
				sum += 4 * bit
			}
		}
		switch {
		case l.small != l.r:
			if lower && (l.r >= 0x80 || last.r >= 0x80) {
				clean = false
				sum += wrongCase
			} else if upper > 0 && l.r >= 0x80 {
				sum += bit
			}
			upper++
		case l.kind == aLatin || unicode.IsLower(l.r):
			if upper > 1 && !lower && (l.r >= 0x80 || last.r >= 0x80) {
				clean = false
				sum += wrongCase
			}
			lower = true
		}
		last = l
	}
	return sum + a.pair(before, 0), clean
}

// strange says whether a sign does not stand directly before a letter.
func strange(r rune) bool {
	switch r {
	case '“', '„', '”', '«', '»', '‘', '‚', '’', '‹', '›', '¡', '¿', '·', '–', '—', '•', '…', '€', '£', '№', '°', '\u00a0', '\u00ad', utf8.RuneError:
		return false
	}
	return !unicode.IsMark(r)
}

func toLower(r rune) rune {
	switch {
	case r < 0x80:
		if r >= 'A' && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	case r == 'İ':
		return 'i'
	case r == 'ș', r == 'Ș': // as the charsets of one octet have them
		return 'ş'
	case r == 'ț', r == 'Ț':
		return 'ţ'
	}
	return unicode.ToLower(r)
}

func sameScript(a *alphabet, r rune) bool {
	if a.latin {
		return unicode.Is(unicode.Latin, r)
	}
	first := rune(a.letters[0])
	switch {
	case unicode.Is(unicode.Cyrillic, first):
		return unicode.Is(unicode.Cyrillic, r)
	case unicode.Is(unicode.Greek, first):
		return unicode.Is(unicode.Greek, r)
	case unicode.Is(unicode.Hebrew, first):
		return unicode.Is(unicode.Hebrew, r)
	case unicode.Is(unicode.Arabic, first):
		return unicode.Is(unicode.Arabic, r)
	}
	return unicode.Is(unicode.Thai, r)
}

// sign is the cost of what is no letter. Signs of ASCII cost little, since
// all readings have them, but not nothing, since some readings make them the
// second half of a character.
func sign(r rune) cost {
	switch {
	case r == ' ' || r == '\n' || r == '\r':
		return bit
	case r == '\t':
		return 3 * bit
	case r < ' ', r == 0x7f, r >= 0x80 && r < 0xa0:
		return control
	case r >= '0' && r <= '9', r == '.', r == ',', r == '-', r == ':':
		return 3 * bit
	case r < 0x80:
		return 5 * bit
	case r == utf8.RuneError:
		return 2 * bit // beside what is counted as lost
	case r == '\u00a0', r == '’', r == '–', r == '“', r == '”', r == '„', r == '«', r == '»', r == '€', r == '…', r == '°', r == '£':
		return 6 * bit
	case r == '—', r == '•', r == '‘', r == '§', r == '¡', r == '¿', r == '·', r == '№', r == '®', r == '™', r == '©':
		return 8 * bit
	case r >= 0x3001 && r <= 0x3002, r >= 0xff08 && r <= 0xff09, r == '，', r == '！', r == '：', r == '？', r == '；':
		return 7 * bit
	case r >= 0x3003 && r <= 0x3011, r == '、', r == '～', r == '【', r == '】':
		return 8 * bit
	case r >= 0xff01 && r <= 0xff5e, r == '\u3000', r == '→', r == '★', r == '☆', r == '■', r == '●', r == '※', r == '◆', r == '♪', r == '○', r == '①', r == '②', r == '③':
		return 10 * bit
	case r >= 0x1f300 && r < 0x1fb00:
		return 12 * bit
	case r >= 0x2500 && r <= 0x259f: // boxes: KOI8-R and the charsets of DOS
		return 14 * bit
	case r >= 0xe000 && r <= 0xf8ff, r >= 0xf0000, r >= 0x2400 && r < 0x2440:
		return control // private use, pictures of controls
	case r < 0x100 && unicode.IsGraphic(r):
		return 11 * bit
	case unicode.IsSymbol(r), unicode.IsPunct(r), unicode.IsSpace(r):
		return 13 * bit
	}
	return foreign
}

// asian is a language that is written in characters of two octets. costs are
// steps of a bit above four.
type asian struct {
	name  string
	han   string // of U+4E00 to U+9FA5
	kana  bool
	hang  bool
	pairs string // characters that often stand together, sorted, six octets each
}

var asians = [...]asian{
	{name: "zh", han: simplified, pairs: simplifiedPairs},
	{name: "zh_Hant", han: traditional, pairs: traditionalPairs},
	{name: "ja", han: kanji, kana: true, pairs: japanesePairs},
	{name: "ko", hang: true, pairs: koreanPairs},
}

// together says whether s often follows r: of what is two characters long,
// more cannot be known.
func (a *asian) together(r, s rune) bool {
	if r < 0x3040 || s < 0x3040 || r >= 0xd7b0 || s >= 0xd7b0 {
		return false
	}
	var pair [6]byte
	utf8.EncodeRune(pair[:], r)
	utf8.EncodeRune(pair[3:], s)
	low, high := 0, len(a.pairs)/6
	for low < high {
		middle := (low + high) / 2
		if a.pairs[6*middle:6*middle+6] < string(pair[:]) {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low < len(a.pairs)/6 && a.pairs[6*low:6*low+6] == string(pair[:])
}

// character is what one character beyond ASCII costs.
func (a *asian) character(r rune) cost {
	switch {
	case r >= 0x4e00 && r <= 0x9fa5 && a.han != "":
		return bit * (4 + nibble(a.han, int(r-0x4e00)))
	case r >= 0x4e00 && r <= 0x9fff:
		return 17 * bit // hanja
	case r >= 0x3400 && r < 0x4e00, r >= 0xf900 && r < 0xfb00, r >= 0x20000 && r < 0x40000:
		return rareHan
	case r >= 0x3041 && r <= 0x30ff:
		if a.kana {
			return bit * (4 + nibble(kana, int(r-0x3040)))
		}
		return 15 * bit
	case r >= 0xac00 && r <= 0xd7a3:
		if a.hang {
			return bit * (4 + nibble(hangul, int(r-0xac00)))
		}
		return 18 * bit
	case narrow(r):
		if a.kana {
			return 14 * bit // the first of a word
		}
		return foreign
	case unicode.IsLetter(r):
		return foreign
	}
	return sign(r)
}

// narrow says whether r is one of the half-width kana.
func narrow(r rune) bool { return r >= 0xff61 && r <= 0xff9f }

// of is what text costs in the language, or anything above limit.
func (a *asian) of(text []letter, limit cost) cost {
	var sum cost
	english := &alphabets[0]
	latin, dense := 0, false // the class of the Latin letter before; or an Asian character is
	last := ' '
	for i, l := range text {
		if sum > limit {
			return sum
		}
		if l.kind == aLatin {
			class := int(l.small-'a') + 1
			if latin == 0 {
				sum += 3 * bit
				if dense {
					sum += bit
				}
			}
			sum += english.pair(latin, class) + bit/2
			latin, dense, last = class, false, l.r
			continue
		}
		if latin > 0 {
			sum += english.pair(latin, 0)
			if l.kind == aLetter {
				sum += 2 * bit
			}
		}
		if narrow(l.r) && !narrow(last) && (i+1 >= len(text) || !narrow(text[i+1].r)) {
			sum += 8 * bit // half-width kana come in words
		}
		switch {
		case a.kana && narrow(l.r) && narrow(last):
			sum += 6 * bit
		case l.r < 0x80:
			sum += sign(l.r)
		case a.together(last, l.r) && last == l.r: // 谢谢: the other half of them follow a first
			sum += bit
		case a.together(last, l.r):
			sum += 4 * bit
		default:
			sum += a.character(l.r)
		}
		latin, dense, last = 0, l.r >= 0x2000, l.r
	}
	if latin > 0 {
		sum += english.pair(latin, 0)
	}
	return sum
}
