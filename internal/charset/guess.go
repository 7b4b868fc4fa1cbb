package charset

import (
	"bytes"
	"math"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxSample is how many octets are judged. More say nothing new.
const maxSample = 4 << 10

// around is how much ASCII beside other octets is judged. The rest of it says
// nothing of them, and would outweigh them.
const around = 12

// marks are what programs put before a subject: they say nothing of the language
// that the rest is in.
var marks = regexp.MustCompile(`^(?i:\s|(?:re|fwd?|aw|wg|sv|vs|tr|rv|enc|antw)(?:\[\d+\])?:|\[[ -Z\\^-~]*\]|\([ -'*-~]*\))+`)

// titled is how some words of ASCII end that stand before a text of its own:
// "Ticket 5: ", "PO 4711 - ". A colon of a reply is a mark.
var titled = regexp.MustCompile(`^[ -~]*[:#*>|0-9-] +`)

// tag is how long the marks before b are, and what is written there in ASCII as a
// title of the rest: programs do so in English, whatever follows.
func tag(b []byte) int {
	const longest = 200
	end := 0
	for end < len(b) && end < longest && b[end] < 0x80 && b[end] != '\n' {
		end++
	}
	n := len(marks.Find(b[:min(len(b), longest)]))
	if n += len(titled.Find(b[min(n, end):end])); n <= len("Fwd: ") {
		return 0 // few enough to say little
	}
	return n
}

// sample takes what is not ASCII out of b, with what stands around it.
func sample(b []byte) []byte {
	b = b[tag(b):]
	s := make([]byte, 0, min(len(b), maxSample))
	for i := 0; i < len(b) && len(s) < maxSample; {
		end := i
		for end < len(b) && b[end] < 0x80 {
			end++
		}
		if run := b[i:end]; len(run) <= 2*around+1 {
			s = append(s, run...)
		} else {
			if i > 0 {
				s = append(s, run[:around]...)
			}
			s = append(s, ' ')
			if end < len(b) {
				s = append(s, run[len(run)-around:]...)
			}
		}
		for i = end; i < len(b) && b[i] >= 0x80 && len(s) < maxSample; i++ {
			s = append(s, b[i])
		}
	}
	return s
}

// reading is a charset that undeclared text is tried in.
type reading struct {
	charset   string
	languages []string
	unusual   cost // how much rarer mail is in it than in others of its languages
}

var (
	western = []string{"en", "fr", "de", "es", "pt", "it", "nl", "sv", "da", "no", "fi", "is", "ca", "et"}
	central = []string{"cs", "pl", "hu", "sk", "hr", "sl", "ro", "de"}
	baltic  = []string{"lt", "lv", "et"}
)

var readings = [...]reading{
	{"utf-8", nil, -5 * bit},
	{"windows-1252", western, 0},
	{"gb18030", []string{"zh"}, 0},
	{"big5", []string{"zh_Hant"}, 0},
	{"shift_jis", []string{"ja"}, 0},
	{"euc-jp", []string{"ja"}, 2 * bit},
	{"euc-kr", []string{"ko"}, 2 * bit},
	{"windows-1251", []string{"ru", "uk", "bg", "sr", "mk", "be"}, 0},
	{"koi8-r", []string{"ru"}, bit},
	{"koi8-u", []string{"uk", "ru"}, 2 * bit},
	{"iso-8859-5", []string{"ru", "uk", "bg", "sr", "mk", "be"}, 4 * bit},
	{"ibm866", []string{"ru", "uk", "be"}, 6 * bit},
	{"x-mac-cyrillic", []string{"ru", "uk"}, 8 * bit},
	{"windows-1250", central, bit},
	{"iso-8859-2", central, 2 * bit},
	{"windows-1253", []string{"el"}, 0},
	{"iso-8859-7", []string{"el"}, bit},
	{"windows-1254", []string{"tr"}, 0},
	{"windows-1255", []string{"he"}, 0},
	{"windows-1256", []string{"ar", "fa"}, 0},
	{"iso-8859-6", []string{"ar"}, 2 * bit},
	{"windows-1257", baltic, bit},
	{"iso-8859-13", baltic, 3 * bit},
	{"iso-8859-4", baltic, 4 * bit},
	{"windows-1258", []string{"vi"}, bit},
	{"windows-874", []string{"th"}, 2 * bit},
	{"iso-8859-15", western, 4 * bit},
	{"macintosh", western, 14 * bit},
	{"ibm850", western, 14 * bit},
	{"ibm852", central, 16 * bit},
}

// rare says which languages little mail is in, and how much less.
func rare(language string) cost {
	switch language {
	case "is", "ca", "et", "sl", "be", "mk", "fa":
		return 2 * bit
	case "sr", "lt", "lv", "hr", "sk":
		return bit
	}
	return 0
}

// What hints and declarations are worth.
const (
	hintedCharset  = 24 * bit
	hintedLatin    = 8 * bit // by a label that says little
	hintedLanguage = 12 * bit
	cleanLatin     = 16 * bit // a word of Latin letters that nothing speaks against, beside an Asian reading
	onlySigns      = 16 * bit // what is written has letters
	// A declared charset is right, unless others are this much better. Latin
	// 1 is what many programs write that know nothing, and what is declared
	// as UTF-8 should be valid; against all other charsets of one octet only
	// UTF-8 is considered, by the last, and those of the same letters.
	declaredLatin  = 24 * bit
	declaredOther  = 60 * bit
	declaredSingle = 16 * bit
	declaredAbroad = 16 * bit // against letters of other languages in Latin 1
)

// guess chooses the charset in which b is most likely to be what somebody has
// written. declared is nil, or the charset that is declared.
func guess(b []byte, declared *charset, h Hints) *charset {
	latin := declared != nil && declared.name == "windows-1252"
	if latin && westernUTF8(b) {
		return named("utf-8")
	}
	if declared != nil && declared.single != nil && !latin && !utf8.Valid(b) {
		return declared.instead(b, cyrillics, declaredLatin)
	}
	if declared != nil && declared.double != nil && !utf8.Valid(b) && !sure(b) {
		// What can be read as declared is what is declared, however little.
		if _, lost := declared.try(b[:min(len(b), 16*maxSample)]); lost == 0 {
			return declared.instead(b, doubles, declaredOther)
		}
	}
	j := judge{octets: sample(b), hints: h, declared: declared, least: math.MaxInt / 2, latinLeast: math.MaxInt / 2}
	if declared != nil && declared.single != nil && !latin {
		j.try(declared, nil, -declaredSingle, 0)
		j.try(named("utf-8"), nil, readings[0].unusual, 0)
		return j.best
	}
	hinted := map[*charset]cost{}
	for i, label := range h.Charsets {
		if c := find(label); c != nil && c.whole == nil && !c.ebcdic && hinted[c] == 0 {
			hinted[c] = hintedCharset / cost(1+min(i, 3))
			if c.name == "windows-1252" {
				hinted[c] = min(hinted[c], hintedLatin)
			}
		}
	}
	for _, r := range readings {
		c := named(r.charset)
		extra, bonus := r.unusual, hinted[c]
		delete(hinted, c)
		switch {
		case c.name == "utf-8" && declared != nil && declared != c && !utf8.Valid(b) && !sure(b),
			c.name == "iso-8859-15" && !bytes.ContainsAny(b, "\xa4\xa6\xa8\xb4\xb8\xbc\xbd\xbe"),
			// Of another charset of Latin letters it is rarely said that it is
			// declared wrongly: see abroad.
			latin && c != declared && c.single != nil && isLatin(r.languages[0]),
			c != declared && c.double != nil && inWord(c, j.octets),
			c.name == "utf-8" && !someUTF8(j.octets, c == declared):
			continue
		case declared == nil:
			if two, more, wrong := tally(b); c.name == "utf-8" && two <= 2 && more+wrong == 0 && !h.names(c) {
				extra = 0 // it may as well be a hanzi or two
			}
		case c == declared && (latin || c.name == "utf-8"):
			extra -= declaredLatin
		case c == declared:
			extra -= declaredOther
		case c.name == "utf-8" && !latin:
			extra -= declaredOther - declaredSingle
		case latin && c.single != nil:
			extra += declaredLatin
		}
		j.try(c, r.languages, extra, bonus)
	}
	for c, bonus := range hinted {
		j.try(c, nil, 0, bonus)
	}
	if best := j.verdict(); best != declared || !latin {
		return best
	}
	return declared.abroad(b)
}

// westernUTF8 says whether b is UTF-8, and has only what Western languages write,
// among letters of ASCII. One such character is enough: in Latin 1 it would be
// two, of which the second is a control or a sign in the middle of a word.
func westernUTF8(b []byte) bool {
	if !utf8.Valid(b) {
		return false
	}
	letters, others := 0, 0
	for _, r := range string(b) {
		switch {
		case r < utf8.RuneSelf && unicode.IsLetter(r):
			letters++
		case r < utf8.RuneSelf:
		case r >= 0xa0 && r < 0x180, r >= 0x2010 && r < 0x2070, r == '€', r == '™':
			others++
		default:
			return false
		}
	}
	return letters >= others
}

// names says whether a charset is among the hints.
func (h Hints) names(c *charset) bool {
	return slices.ContainsFunc(h.Charsets, func(label string) bool { return find(label) == c })
}

// Charsets of the same letters or of the same octets, of which one is at times
// declared for another: programs take the label of the system they run on.
var (
	cyrillics = []string{"windows-1251", "koi8-r", "iso-8859-5"}
	doubles   = []string{"gb18030", "big5", "euc-kr"}
	latins    = []string{"windows-1254", "windows-1250", "iso-8859-2", "windows-1257"}
)

// instead is c, which is declared, unless another of a group reads far better,
// by margin and by a quarter of what it costs.
func (c *charset) instead(b []byte, group []string, margin cost) *charset {
	if !slices.Contains(group, c.name) {
		return c
	}
	octets := sample(b)
	text, _ := c.try(octets)
	declared, best := cheapest(text), c
	least := declared
	for _, name := range group {
		other := named(name)
		if text, lost := other.try(octets); lost == 0 && other != c {
			if sum := cheapest(text); sum < least {
				best, least = other, sum
			}
		}
	}
	if least+margin < declared && 4*least < 3*declared {
		return best
	}
	return c
}

// abroad is c, which is declared and has the letters of the West, unless the
// same octets read far better as letters of other languages: there, too, are
// programs that declare ISO-8859-1 whatever they write.
func (c *charset) abroad(b []byte) *charset {
	octets := sample(b)
	text, _ := c.try(octets)
	declared, best := cheapest(text), c
	least := min(declared-declaredAbroad, declared*9/10)
	for i := range readings {
		r := &readings[i]
		if !slices.Contains(latins, r.charset) {
			continue
		}
		other := named(r.charset)
		read, lost := other.try(octets)
		if lost > 0 || read == text {
			continue
		}
		all := letters(read)
		for i := range alphabets {
			if a := &alphabets[i]; slices.Contains(r.languages, a.name) {
				if sum, _ := a.of(all, least); sum < least {
					best, least = other, sum
				}
			}
		}
	}
	return best
}

// judge compares readings of the same octets.
type judge struct {
	octets   []byte
	hints    Hints
	declared *charset
	best     *charset
	least    cost
	// The same of what is clean in Latin letters.
	latin      *charset
	latinLeast cost
}

// try reads the octets in c, as text of one of the languages; nil means any.
// extra is what is held against c, hinted what hints say for it.
func (j *judge) try(c *charset, languages []string, extra, hinted cost) {
	read, lost := c.try(j.octets)
	text := letters(read)
	extra += lost
	if lost > 0 && c != j.declared && !slices.ContainsFunc(text, func(l letter) bool { return l.kind == aLatin }) && len(text) < 3 {
		extra += unreadable // nobody writes one character and the half of another
	}
	hints := j.hints.Languages
	if c.double == nil && lost > 0 {
		hinted, hints = 0, nil
	}
	if c.double != nil {
		count, run, longest := 0, 0, 0
		for _, l := range text {
			if run++; l.kind != aLetter {
				run = 0
				continue
			}
			count++
			longest = max(longest, run)
		}
		switch doubtful, word := doubtful(text); {
		case c == j.declared:
		case word, scattered(j.octets) && longest < c.scatters():
			return
		case doubtful, count < 3 && lost > 0:
			hinted, hints = 0, nil // they make nothing good
		}
		if count == 0 {
			extra += onlySigns
		}
	}
	extra -= hinted
	for i := range asians {
		if a := &asians[i]; languages == nil || slices.Contains(languages, a.name) {
			extra := extra + known(a.name, hints)
			j.note(c, a.of(text, j.least-extra)+extra)
		}
	}
	for i := range alphabets {
		if a := &alphabets[i]; languages == nil || slices.Contains(languages, a.name) {
			extra := extra + known(a.name, hints)
			sum, clean := a.of(text, j.least+cleanLatin-extra)
			sum += extra
			j.note(c, sum)
			if a.latin && clean && c.single != nil && sum < j.latinLeast {
				j.latin, j.latinLeast = c, sum
			}
		}
	}
}

// verdict is the cheapest charset, but what may well be a word of Latin letters
// is not Asian.
func (j *judge) verdict() *charset {
	if j.best.double != nil && j.best != j.declared && j.latinLeast < j.least+cleanLatin {
		return j.latin
	}
	return j.best
}

// known is what is known of a language beforehand.
func known(name string, tags []string) cost {
	for i, tag := range tags {
		if speaks(tag, name) {
			return rare(name) - hintedLanguage/cost(1+min(i, 3))
		}
	}
	return rare(name)
}

func (j *judge) note(c *charset, sum cost) {
	if sum < j.least {
		j.best, j.least = c, sum
	}
}

func isLatin(language string) bool {
	for i := range alphabets {
		if alphabets[i].name == language {
			return alphabets[i].latin
		}
	}
	return false
}

// speaks says whether a tag of BCP 47 is of the language.
func speaks(tag, language string) bool {
	tag = strings.ToLower(strings.ReplaceAll(tag, "_", "-"))
	primary, rest, _ := strings.Cut(tag, "-")
	switch primary {
	case "zh", "yue":
		traditional := strings.Contains(rest, "hant") || strings.Contains(rest, "tw") || strings.Contains(rest, "hk") || strings.Contains(rest, "mo")
		return traditional && language == "zh_Hant" || !traditional && language == "zh"
	case "nb", "nn":
		primary = "no"
	case "iw":
		primary = "he"
	case "sh", "bs":
		primary = "hr"
	}
	return primary == language
}

// inWord says whether c would make something Asian of accented letters of Latin
// words: of octets that stand singly between ASCII letters, or together with an
// ASCII letter beside another. One of them among many others is an odd name or
// sign in an Asian text, and costs no more than itself.
func inWord(c *charset, b []byte) bool {
	at := func(i int) byte {
		if i < 0 || i >= len(b) {
			return ' '
		}
		return b[i]
	}
	odd, high := 0, 0
	for i, octet := range b {
		if octet < 0x80 {
			continue
		}
		high++
		if !isLetter(at(i + 1)) {
			continue
		}
		// An ASCII letter can be the second half of a character, the one
		// before as well.
		if c.name != "big5" && c.name != "shift_jis" && isLetter(at(i-1)) && at(i-2) < 0x80 {
			odd++
			continue
		}
		alone := at(i-1) < 0x80 && at(i-2) < 0x80 && (at(i+2) < 0x80 || i+3 >= len(b))
		if alone && (isLetter(at(i-1)) || isLetter(at(i+2))) {
			odd++
		}
	}
	const few = 8 // of the others, for each
	return odd > 0 && high < (few+1)*odd
}

// scatters is how many characters in a row convince that they are of two
// octets each, the second of which is in ASCII.
func (c *charset) scatters() int {
	if c.name == "big5" || c.name == "shift_jis" {
		return 2
	}
	return 3
}

// scattered says whether no two octets beyond ASCII are together in b.
func scattered(b []byte) bool {
	for i := 1; i < len(b); i++ {
		if b[i] >= 0x80 && b[i-1] >= 0x80 {
			return false
		}
	}
	return true
}

// doubtful says whether all that is Asian in text are one or two characters,
// each time beside a letter of a Latin word, which are then likely to be
// letters with accents; word says that they are nothing else, since they are
// one and it is a word for sure.
func doubtful(text []letter) (doubtful, word bool) {
	is := func(i int, kind byte) bool { return i >= 0 && i < len(text) && text[i].kind == kind }
	word = true
	for i := 0; i < len(text); i++ {
		start := i
		for is(i, aLetter) {
			i++
		}
		if i == start {
			continue
		}
		if i-start > 2 || !is(start-1, aLatin) && !is(i, aLatin) {
			return false, false
		}
		doubtful = true
		word = word && i-start == 1 && (is(start-1, aLatin) && is(start-2, aLatin) || is(i, aLatin) && is(i+1, aLatin))
	}
	return doubtful, doubtful && word
}

// someUTF8 says whether there is any character of UTF-8 beyond ASCII, or
// nothing but the beginning of one, if that is enough.
func someUTF8(b []byte, cut bool) bool {
	cut = cut && !utf8.FullRune(b[max(bytes.IndexFunc(b, func(r rune) bool { return r >= 0x80 }), 0):])
	for len(b) > 0 {
		_, size := utf8.DecodeRune(b)
		if _, pair := surrogates(b); pair || size > 1 {
			return true
		}
		b = b[1:]
	}
	return cut
}
