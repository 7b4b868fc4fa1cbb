package message

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/gogs/chardet"
	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/htmlindex"
	"golang.org/x/text/encoding/ianaindex"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// decode turns octets into text. The declared charset is believed unless the
// octets contradict it: "gb2312" is really GB18030, and much mail that
// declares ASCII or nothing is something else.
func decode(b []byte, charset string) string {
	if len(b) == 0 {
		return ""
	}
	charset = strings.ToLower(strings.Trim(charset, ` "'`))
	if enc, sure := lookup(charset); enc != nil {
		if text, ok := try(enc, b); ok {
			return text
		}
		if utf8.Valid(b) {
			return string(b)
		}
		if !sure {
			return guess(b)
		}
		// Damaged or cut: what can be read is worth more than a guess, unless
		// the guess reads all of it.
		if text := guess(b); !strings.ContainsRune(text, utf8.RuneError) && charset != "utf-8" {
			return text
		}
		text, err := enc.NewDecoder().Bytes(b)
		if err != nil {
			return strings.ToValidUTF8(string(b), "\uFFFD")
		}
		return string(text)
	}
	if isASCII(b) && !strings.Contains(string(b), "\x1b$") {
		return string(b)
	}
	if utf8.Valid(b) && charset != "iso-2022-jp" && !strings.Contains(string(b), "\x1b$") {
		return string(b)
	}
	if charset == "utf-8" || charset == "utf8" {
		// Cut in the middle of a character, or mislabelled.
		if valid := strings.ToValidUTF8(string(b), "\uFFFD"); strings.Count(valid, "\uFFFD")*8 < utf8.RuneCountInString(valid) {
			return valid
		}
	}
	return guess(b)
}

// lookup finds the encoding for a label. sure is false for the labels that
// programs use without meaning them. UTF-8, ASCII and unknown labels have none.
func lookup(label string) (enc encoding.Encoding, sure bool) {
	switch label {
	case "", "utf-8", "utf8", "us-ascii", "ascii", "unknown-8bit", "x-unknown", "8bit", "binary", "default":
		return nil, false
	case "gb2312", "gbk", "gb_2312-80", "x-gbk", "cp936", "ms936", "gb18030", "euc-cn":
		return simplifiedchinese.GB18030, true
	case "hz-gb-2312":
		return simplifiedchinese.HZGB2312, true
	case "iso-8859-1", "latin1", "windows-1252":
		// The label of programs that know only one.
		enc, _ := htmlindex.Get("windows-1252")
		return enc, false
	case "ks_c_5601-1987", "euc-kr", "cp949":
		return korean.EUCKR, true
	case "cp932", "ms932", "windows-31j", "sjis":
		return japanese.ShiftJIS, true
	case "iso-2022-jp-ms", "cp50220", "cp50221":
		return japanese.ISO2022JP, true
	}
	if enc, err := htmlindex.Get(label); err == nil {
		if name, err := htmlindex.Name(enc); err == nil && (name == "utf-8" || name == "replacement" || name == "x-user-defined") {
			return nil, false
		}
		return enc, true
	}
	if enc, err := ianaindex.MIME.Encoding(label); err == nil && enc != nil {
		return enc, true
	}
	return nil, false
}

// try decodes b and says whether all of it was text in that encoding.
func try(enc encoding.Encoding, b []byte) (string, bool) {
	if windows1252, _ := htmlindex.Get("windows-1252"); enc == windows1252 && !isASCII(b) {
		// It reads anything. Believe it only where the result looks written
		// in a Latin alphabet.
		text, err := enc.NewDecoder().Bytes(b)
		return string(text), err == nil && latin(string(text)) && !utf8.Valid(b)
	}
	text, err := enc.NewDecoder().Bytes(b)
	if err != nil || strings.ContainsRune(string(text), utf8.RuneError) {
		return "", false
	}
	return string(text), true
}

// latin says whether accented letters stand alone among others, as they do in
// European text, and not in a row, as in Asian text read wrongly.
func latin(text string) bool {
	run, high := 0, 0
	for _, r := range text {
		if r < 0x80 {
			run = 0
			continue
		}
		high++
		if run++; run > 2 || unicode.IsControl(r) {
			return false
		}
	}
	return high*3 <= utf8.RuneCountInString(text)
}

// detect asks statistics, which are often equally sure of several alphabets.
// Among those the reading with the fewest capitals is taken: in the wrong
// Greek or Cyrillic charset small letters become capitals.
func detect(b []byte) (best string, ok bool) {
	found, err := chardet.NewTextDetector().DetectAll(b)
	if err != nil {
		return "", false
	}
	// Equals come in any order.
	slices.SortFunc(found, func(a, b chardet.Result) int {
		return cmp.Or(cmp.Compare(b.Confidence, a.Confidence), strings.Compare(a.Charset, b.Charset))
	})
	capitals := 0
	for _, f := range found {
		// A confidence of 10 means that nothing speaks against it.
		if f.Confidence <= 10 || ok && f.Confidence < found[0].Confidence {
			break
		}
		enc, _ := lookup(strings.ToLower(f.Charset))
		if enc == nil {
			continue
		}
		text, read := try(enc, b)
		if !read {
			continue
		}
		upper := 0
		for _, r := range text {
			if unicode.IsUpper(r) {
				upper++
			}
		}
		if !ok || upper < capitals {
			best, ok, capitals = text, true, upper
		}
	}
	return best, ok
}

// candidates are tried in order of how much undeclared mail is written in
// them; among equal scores the first wins.
var candidates = []struct {
	enc    encoding.Encoding
	common func(r rune) int
}{
	{simplifiedchinese.GB18030, commonSimplified},
	{traditionalchinese.Big5, commonTraditional},
	{japanese.ShiftJIS, commonJapanese},
	{japanese.EUCJP, commonJapanese},
	{korean.EUCKR, commonKorean},
}

// guess decodes octets of an unknown charset. UTF-8 is recognised for sure.
// Statistics need more text than a subject has, so the Asian encodings are
// judged first by how common the characters are that they would mean.
func guess(b []byte) string {
	if utf8.Valid(b) && !strings.Contains(string(b), "\x1b$") {
		return string(b)
	}
	if strings.Contains(string(b), "\x1b$") {
		if text, ok := try(japanese.ISO2022JP, b); ok {
			return text
		}
	}
	best, bestScore := "", 0.0
	for _, c := range candidates {
		text, ok := try(c.enc, b)
		if !ok {
			continue
		}
		score, n := 0, 0
		for _, r := range text {
			if r >= 0x80 {
				score += c.common(r)
				n++
			}
		}
		if n > 0 && float64(score)/float64(n) > bestScore {
			best, bestScore = text, float64(score)/float64(n)
		}
	}
	if bestScore < 2 {
		if text, ok := try(charmap.Windows874, b); ok && thai(text) {
			return text
		}
	}
	if bestScore >= 1 {
		return best
	}
	if text, ok := detect(b); ok {
		return text
	}
	if windows1252, err := htmlindex.Get("windows-1252"); err == nil {
		if text, ok := try(windows1252, b); ok {
			return text
		}
	}
	if best != "" {
		return best
	}
	// P8: the rest of the world that writes without declaring writes GBK.
	text, err := simplifiedchinese.GB18030.NewDecoder().Bytes(b)
	if err != nil {
		return strings.ToValidUTF8(string(b), "\uFFFD")
	}
	return string(text)
}

// thai says whether text is spelt as Thai is: its vowels and tone marks stand
// where they can. Other text read as Thai does not get as far as five letters.
func thai(text string) bool {
	carried, leading, letters := false, false, 0 // what stood before
	for _, r := range text {
		consonant := r >= 0x0e01 && r <= 0x0e2e
		switch {
		case leading && !consonant:
			return false
		case consonant:
			carried, leading, letters = true, false, letters+1
		case r >= 0x0e40 && r <= 0x0e44:
			carried, leading = false, true
		case r >= 0x0e30 && r <= 0x0e3a, r >= 0x0e47 && r <= 0x0e4e:
			if !carried {
				return false
			}
		default:
			carried = false
			if r >= 0x80 && r < 0x0e00 {
				return false
			}
		}
	}
	return letters > 4 && !leading
}

// level1 says whether r is one of the 3,755 characters of GB 2312 level 1,
// which are nearly all that Chinese text is made of.
func level1(r rune) bool {
	b, err := simplifiedchinese.GBK.NewEncoder().Bytes([]byte(string(r)))
	return err == nil && len(b) == 2 && b[0] >= 0xb0 && b[0] <= 0xd7 && b[1] >= 0xa1
}

func punctuation(r rune) bool {
	return r >= 0x3000 && r <= 0x3002 || r >= 0x3008 && r <= 0x3011 || r >= 0xff01 && r <= 0xff5e || r >= 0x2010 && r <= 0x2026
}

func commonSimplified(r rune) int {
	switch {
	case strings.ContainsRune(everydaySimplified, r):
		return 4
	case level1(r), punctuation(r):
		return 2
	case r >= 0x4e00 && r <= 0x9fff:
		return -1
	}
	return -2
}

// everyday characters tip the scales in short texts.
const (
	everydaySimplified  = "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心她本前开但因只从想实日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运您请谢邮件会议通知周末附收邀"
	everydayTraditional = "的一是不了在人有我他這個們中來上大為和國地到以說時要就出會可也你對生能而子那得於著下自之年過發後作裡用道行所然家種事成方多經麼去法學如都同現當沒動面起看定天分還進好小部其些主樣理心她本前開但因只從想實日軍者意無力它與長把機十民第公此已工使情明性知全三又關點正業外將兩高間由問很最重並物手應戰向頭文體政美相見被利什二等產或新己制身果加西斯月話合回特代內信表化老給世位次度門任常先海通教兒原東聲提立及比員解水名真論處走義各入幾口認條平系氣題活爾更別打女變四神總何電數安少報才結反受目太量再感建務做接必場件計管期市直德資命山金指克許統區保至隊形社便空決治展馬科司五基眼書非則聽白卻界達光放強即像難且權思王象完設式色路記南品住告類求據程北邊死張該交規萬取拉格望覺術領共確傳師觀清今切院讓識候帶導爭運您請謝郵件會議通知週末附收邀"
)

func commonTraditional(r rune) int {
	switch {
	case strings.ContainsRune(everydayTraditional, r):
		return 4
	case punctuation(r):
		return 2
	case r >= 0x4e00 && r <= 0x9fff:
		// Big5 puts its 5,401 frequent characters first.
		b, err := traditionalchinese.Big5.NewEncoder().Bytes([]byte(string(r)))
		if err == nil && len(b) == 2 && b[0] >= 0xa4 && b[0] <= 0xc6 {
			return 1
		}
		return -1
	}
	return -2
}

func commonJapanese(r rune) int {
	switch {
	case r >= 0x3041 && r <= 0x30ff: // kana
		return 4
	case punctuation(r):
		return 1
	case r >= 0xff61 && r <= 0xff9f: // half-width kana: what other encodings look like
		return -2
	case r >= 0x4e00 && r <= 0x9fff:
		return 1
	}
	return -2
}

func commonKorean(r rune) int {
	switch {
	case r >= 0xac00 && r <= 0xd7a3:
		return 3
	case punctuation(r):
		return 1
	}
	return -2
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= 0x80 {
			return false
		}
	}
	return true
}
