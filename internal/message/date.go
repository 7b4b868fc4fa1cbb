package message

import (
	"bytes"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"github.com/traymail/traymail/internal/plaintext"
)

// maxDate is how many octets of a field are searched for a date.
const maxDate = 1000

// date reads what programs write into Date fields, RFC 5322 (3.3 and 4.3) or
// not quite: other orders, other languages, ISO 8601. It keeps the zone; a
// date that names none, or an unknown one, is taken for UTC (4.3). What is
// out of range, ambiguous or without a time of day gives the zero time, since
// a Received field tells better.
func date(value []byte) time.Time {
	if len(value) > maxDate {
		value = value[:maxDate]
	}
	if utf8.Valid(value) && !bytes.Contains(value, []byte("=?")) {
		return dateIn(plaintext.Clean(string(value)))
	}
	t := dateIn(decoder{}.text(value))
	if t.IsZero() {
		// A month's name is too short to guess its charset by.
		for _, charset := range []string{"iso-8859-15", "windows-1251", "koi8-r", "iso-8859-2", "iso-8859-7", "iso-8859-9", "gb18030", "big5"} {
			if t = dateIn(plaintext.Clean(decoder{}.declared(value, charset))); !t.IsZero() {
				break
			}
		}
	}
	return t
}

func dateIn(s string) time.Time {
	text, comment := cutComments(s)
	p := dateParser{tokens: dateTokens(text), year: -1, month: -1, day: -1, hour: -1}
	if stamp := p.stamp(); stamp != 0 {
		return plausible(time.Unix(stamp, 0).UTC())
	}
	if !p.parse() {
		return time.Time{}
	}
	if !p.zoned && comment != "" {
		p.tokens, p.at, p.zoneOnly = dateTokens(comment), 0, false
		if p.zoneAt() && p.named && p.peek(1).mark != 0 { // (GMT+08:00)
			p.at++
			p.zoneAt()
		}
	}
	return p.time()
}

// receivedDate reads the time of a Received field, which stands after its
// last semicolon (RFC 5321, section 4.4).
func receivedDate(value []byte) time.Time {
	if over := len(value) - 8*maxDate; over > 0 {
		value = value[over:]
	}
	// A comment may hold semicolons, and follow the date.
	value, _ = bytes.CutSuffix(value, []byte(";"))
	text, _ := cutComments(string(value))
	for range 4 {
		i := strings.LastIndexByte(text, ';')
		if i < 0 {
			break
		}
		if t := date([]byte(text[i+1:])); !t.IsZero() {
			return t
		}
		text = text[:i]
	}
	return time.Time{}
}

// cutComments removes comments, which nest (RFC 5322, section 3.2.2), and
// gives the last one.
func cutComments(s string) (text, comment string) {
	if !strings.Contains(s, "(") {
		return s, ""
	}
	var out strings.Builder
	depth, start := 0, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && depth > 0:
			i++
		case c == '(':
			if depth++; depth == 1 {
				start = i + 1
				out.WriteByte(' ')
			}
		case c == ')' && depth > 0:
			if depth--; depth == 0 {
				comment = s[start:i]
			}
		case depth == 0:
			out.WriteByte(c)
		}
	}
	if depth > 0 {
		comment = s[start:]
	}
	return out.String(), comment
}

// dateToken is a number, a word in lower case without accents, or a mark.
type dateToken struct {
	word   string
	mark   rune
	n      int
	digits int  // of a number
	unit   rune // of a number: y, o (month), d, h, m, s where a Chinese, Japanese or Korean unit follows
	blank  bool // white space stands before it
}

var dateUnits = map[rune]rune{
	'年': 'y', '년': 'y', '月': 'o', '월': 'o', '日': 'd', '일': 'd', '号': 'd', '號': 'd',
	'时': 'h', '時': 'h', '点': 'h', '點': 'h', '시': 'h', '分': 'm', '분': 'm', '秒': 's', '초': 's',
}

// plainDigit gives the ASCII form of digits and marks as they stand in Asian
// text.
func plainDigit(r rune) rune {
	switch {
	case r >= 0xff01 && r <= 0xff5e:
		return r - 0xfee0
	case r >= 0x660 && r <= 0x669:
		return r - 0x660 + '0'
	case r >= 0x6f0 && r <= 0x6f9:
		return r - 0x6f0 + '0'
	case r == 0x2010, r == 0x2011, r == 0x2012, r == 0x2013, r == 0x2212:
		return '-'
	}
	return r
}

// plainLetters is s in lower case without accents.
func plainLetters(s string) string {
	decomposed := norm.NFD.String(strings.ToLower(s))
	return norm.NFC.String(strings.Map(func(r rune) rune {
		if unicode.Is(unicode.Mn, r) {
			return -1
		}
		return r
	}, decomposed))
}

func dateTokens(s string) (tokens []dateToken) {
	runes := []rune(strings.Map(plainDigit, s))
	blank := false
	for i := 0; i < len(runes); {
		r := runes[i]
		t := dateToken{blank: blank}
		blank = false
		start := i
		switch {
		case unicode.IsSpace(r):
			blank = true
			i++
			continue
		case r >= '0' && r <= '9':
			for ; i < len(runes) && runes[i] >= '0' && runes[i] <= '9'; i++ {
				if t.digits++; t.digits <= 14 {
					t.n = t.n*10 + int(runes[i]-'0')
				}
			}
			next := i
			if next+1 < len(runes) && runes[next] == ' ' {
				next++
			}
			if next < len(runes) {
				if t.unit = dateUnits[runes[next]]; t.unit != 0 {
					i = next + 1
				}
			}
		case unicode.IsLetter(r):
			// A word ends where the script changes to or from Chinese.
			han := unicode.Is(unicode.Han, r)
			for ; i < len(runes) && (unicode.IsLetter(runes[i]) || unicode.Is(unicode.Mn, runes[i])) && unicode.Is(unicode.Han, runes[i]) == han; i++ {
			}
			t.word = plainLetters(string(runes[start:i]))
		default:
			t.mark = r
			i++
		}
		tokens = append(tokens, t)
	}
	return tokens
}

// dateParser finds the pieces of a date in whatever order they stand.
type dateParser struct {
	tokens              []dateToken
	at                  int
	year, month, day    int // -1 where unknown
	hour, minute        int
	second, nanosecond  int
	half                rune // 'a' or 'p'
	zone                int  // seconds east of UTC
	zoned               bool
	named               bool // the zone is a name: a number that follows is more exact
	monthFirst          bool // the month was the first word: it may be a day of the week
	zoneOnly            bool // something unknown followed: only a numeric zone counts
	failed              bool
	clockEnd            int  // what follows the time
	slashed             bool // the day and the month are in the order of numbers with slashes
	first, middle, last dateToken
}

func (p *dateParser) peek(n int) dateToken {
	if p.at+n < len(p.tokens) {
		return p.tokens[p.at+n]
	}
	return dateToken{}
}

// stamp is the Unix time that some scripts write.
func (p *dateParser) stamp() int64 {
	if len(p.tokens) == 1 && (p.tokens[0].digits == 10 || p.tokens[0].digits == 9) && p.tokens[0].unit == 0 {
		return int64(p.tokens[0].n)
	}
	return 0
}

func (p *dateParser) dated() bool { return p.year >= 0 && p.month >= 0 && p.day >= 0 || p.slashed }

func (p *dateParser) parse() bool {
	for ; p.at < len(p.tokens) && !p.failed; p.at++ {
		t := p.tokens[p.at]
		complete := p.dated() && p.hour >= 0
		switch {
		case complete && p.zoned && !p.named:
			return true // the rest is garbage
		case t.digits > 0:
			p.number(t, complete)
		case t.word != "":
			p.word(t, complete)
		case t.mark == '+' || t.mark == '-':
			if p.hour >= 0 {
				p.numericZone()
			}
		}
	}
	return !p.failed && p.dated() && p.hour >= 0
}

func (p *dateParser) number(t dateToken, complete bool) {
	switch t.unit {
	case 'y':
		p.year = year(t)
		return
	case 'o':
		p.month = t.n
		return
	case 'd':
		p.day = t.n
		return
	case 'h':
		if p.hour < 0 {
			p.hour = t.n
		}
		return
	case 'm':
		p.minute = t.n
		return
	case 's':
		p.second = t.n
		return
	}
	mark, second := p.peek(1), p.peek(2)
	switch {
	case p.hour < 0 && t.digits <= 2 && second.digits > 0 && second.digits <= 2 && (mark.mark == ':' || mark.word == "h" && !mark.blank):
		p.clock(':')
	case p.hour < 0 && p.dated() && t.digits <= 2 && second.digits == 2 && mark.mark == '.' && !mark.blank && !second.blank:
		p.clock('.')
	case !p.dated() && p.triple(t):
	case complete:
		if !p.zoned && !p.zoneOnly && t.digits == 4 {
			p.setZone(1, t.n) // 0800, without a sign
		}
		p.zoneOnly = true
	case p.hour < 0 && p.dated() && (t.digits == 6 || t.digits == 4):
		// 20261128T100000
		if t.digits == 4 {
			t.n *= 100
		}
		p.hour, p.minute, p.second = t.n/10000, t.n/100%100, t.n%100
	case t.digits == 14:
		p.compact(t.n / 1000000)
		p.hour, p.minute, p.second = t.n/10000%100, t.n/100%100, t.n%100
	case t.digits == 8:
		p.compact(t.n)
	case t.digits == 4 && p.year < 0:
		p.year = t.n
	case t.digits <= 2 && p.day < 0:
		p.day = t.n
	case t.digits <= 2 && p.month < 0:
		p.month = t.n // 28 11 2026
	case t.digits <= 3 && p.day >= 0 && p.month >= 0 && p.year < 0:
		p.year = year(t)
	}
}

func (p *dateParser) compact(n int) { p.year, p.month, p.day = n/10000, n/100%100, n%100 }

// year reads a year of two or three digits as RFC 5322, section 4.3, does.
func year(t dateToken) int {
	switch {
	case t.digits == 2 && t.n < 50:
		return 2000 + t.n
	case t.digits <= 3:
		return 1900 + t.n
	}
	return t.n
}

// clock reads 10:00, 10:00:00 or 10:00:00.000, of which the parser is at the
// first number.
func (p *dateParser) clock(sep rune) {
	defer func() { p.clockEnd = p.at + 1 }()
	p.hour, p.minute = p.tokens[p.at].n, p.peek(2).n
	p.at += 2
	if mark, s := p.peek(1), p.peek(2); (mark.mark == sep || mark.mark == ':') && s.digits > 0 && !s.blank {
		if s.digits > 2 {
			p.failed = true
			return
		}
		p.second = s.n
		p.at += 2
		if mark, f := p.peek(1), p.peek(2); (mark.mark == '.' || mark.mark == ',') && f.digits > 0 && !mark.blank && !f.blank {
			n, digits := f.n, min(f.digits, 14)
			for ; digits > 9; digits-- {
				n /= 10
			}
			for ; digits < 9; digits++ {
				n *= 10
			}
			p.nanosecond = n
			p.at += 2
		}
	}
}

// triple reads three numbers with the same mark between them.
func (p *dateParser) triple(a dateToken) bool {
	m, b, n, c := p.peek(1), p.peek(2), p.peek(3), p.peek(4)
	sep := m.mark
	if sep != '-' && sep != '/' && sep != '.' || n.mark != sep || b.digits == 0 || b.digits > 2 || c.digits == 0 || c.digits > 4 {
		return false
	}
	if a.digits > 2 && a.digits != 4 || a.digits == 4 && c.digits > 2 {
		return false
	}
	p.at += 4
	if p.monthFirst {
		p.month = -1
	}
	switch {
	case a.digits == 4:
		p.year, p.month, p.day = a.n, b.n, c.n
	case c.digits == 4 || c.digits == 2 && sep == '.':
		p.year = year(c)
		if sep == '.' {
			p.day, p.month = a.n, b.n
			break
		}
		p.first, p.middle, p.slashed = a, b, true
	case c.digits == 2:
		p.year, p.first, p.middle, p.last, p.slashed = year(c), a, b, c, true
	default:
		p.failed = true
	}
	return true
}

// order decides which of 11/28 is the month.
func (p *dateParser) order() bool {
	a, b := p.first.n, p.middle.n
	switch {
	case p.half != 0 && a <= 12: // as in America
		p.month, p.day = a, b
	case p.last.digits > 0:
		return false // 26/11/28 has more readings than one
	case a > 12 || a == b:
		p.day, p.month = a, b
	case b > 12:
		p.month, p.day = a, b
	default:
		return false
	}
	return true
}

func (p *dateParser) word(t dateToken, complete bool) {
	if half := p.halfDay(t); half != 0 {
		p.half = half
		return
	}
	if p.hour >= 0 && !p.zoned && !p.zoneOnly && p.zoneAt() {
		return
	}
	if m := month(t.word); m != 0 && !complete {
		// In French, Spanish and Italian "mar" is also a Tuesday.
		if p.month < 0 || p.monthFirst {
			p.monthFirst = p.at == 0 && p.month < 0
			p.month = m
		}
		return
	}
	if complete {
		switch t.word {
		case "uhr", "h", "hrs", "at", "o", "clock":
		default:
			p.zoneOnly = true
		}
	}
}

// halfDay recognises AM and PM, of which Asian languages put theirs before
// the time.
func (p *dateParser) halfDay(t dateToken) rune {
	switch t.word {
	case "am", "上午", "凌晨", "早上", "午前", "오전", "清晨":
		return 'a'
	case "pm", "下午", "晚上", "午後", "午后", "오후", "中午", "傍晚":
		return 'p'
	case "a", "p":
		if p.hour >= 0 && p.peek(1).mark == '.' && p.peek(2).word == "m" {
			p.at += 2
			return rune(t.word[0])
		}
	}
	switch { // 星期六下午
	case strings.HasSuffix(t.word, "上午"), strings.HasSuffix(t.word, "午前"):
		return 'a'
	case strings.HasSuffix(t.word, "下午"), strings.HasSuffix(t.word, "午後"):
		return 'p'
	}
	return 0
}

// numericZone reads +0800, +08:00, +8, of which the parser is at the sign.
func (p *dateParser) numericZone() {
	sign, n := p.tokens[p.at], p.peek(1)
	if n.digits == 0 || n.blank && n.digits != 4 || p.zoned && !p.named {
		return
	}
	if !p.dated() && !sign.blank && !p.named && p.at != p.clockEnd {
		return // 28-Nov-2026, after the time
	}
	if p.zoneOnly && (n.digits != 4 || !sign.blank) {
		return
	}
	factor := 1
	if sign.mark == '-' {
		factor = -1
	}
	p.at++
	value := n.n
	mark, minutes := p.peek(1), p.peek(2)
	switch {
	case n.digits <= 2 && (mark.mark == ':' || mark.mark == '.') && !mark.blank && minutes.digits == 2 && !minutes.blank:
		value = value*100 + minutes.n
		p.at += 2
	case n.digits <= 2:
		value *= 100
	case n.digits == 6 && value%100 == 0:
		value /= 100
	case n.digits > 4:
		p.failed = true
		return
	}
	p.setZone(factor, value)
}

// setZone takes hours and minutes as they are written in RFC 5322.
func (p *dateParser) setZone(sign, hhmm int) {
	if hhmm/100 > 23 || hhmm%100 > 59 {
		p.failed = true
		return
	}
	p.zone, p.zoned, p.named = sign*(hhmm/100*60+hhmm%100)*60, true, false
}

// zoneAt reads a zone at the parser's place: a number, a name, or a long name
// of several words.
func (p *dateParser) zoneAt() bool {
	t := p.peek(0)
	if t.mark == '+' || t.mark == '-' {
		p.numericZone()
		return p.zoned
	}
	if t.word == "" {
		return false
	}
	phrase := t.word
	for i := 1; i < 6; i++ {
		next := p.peek(i)
		if next.mark == '.' {
			continue
		}
		if next.word == "" {
			break
		}
		phrase += " " + next.word
		if zone, ok := longZones[phrase]; ok {
			p.zone, p.zoned, p.named = zone*60, true, true
			p.at += i
			return true
		}
	}
	if zone, ok := longZones[t.word]; ok {
		p.zone, p.zoned, p.named = zone*60, true, true
		return true
	}
	zone, ok := zones[t.word]
	if !ok && len(t.word) > 1 {
		return false
	}
	if !ok && (t.word[0] < 'a' || t.word[0] > 'z') {
		return false
	}
	// The letters of RFC 822 mean nothing, since it had them backwards (RFC
	// 5322, section 4.3).
	p.zone, p.zoned, p.named = zone*60, true, true
	if t.word == "z" {
		p.named = false
	}
	if n, summer := p.peek(1), p.peek(2); n.digits > 0 && n.digits <= 2 && !n.blank && summer.word != "" && !summer.blank {
		p.at += 2 // EST5EDT
	}
	return true
}

func (p *dateParser) time() time.Time {
	if p.failed || p.slashed && !p.order() {
		return time.Time{}
	}
	switch {
	case p.half == 'p' && p.hour < 12 && p.hour > 0:
		p.hour += 12
	case p.half == 'a' && p.hour == 12:
		p.hour = 0
	case p.half == 'a' && p.hour > 12:
		return time.Time{}
	}
	if p.month < 1 || p.month > 12 || p.day < 1 || p.minute > 59 || p.second > 60 ||
		p.hour > 24 || p.hour == 24 && p.minute+p.second > 0 {
		return time.Time{}
	}
	if time.Date(p.year, time.Month(p.month), p.day, 0, 0, 0, 0, time.UTC).Day() != p.day {
		return time.Time{} // 31 November
	}
	place := time.UTC
	if p.zone != 0 {
		place = time.FixedZone("", p.zone)
	}
	return plausible(time.Date(p.year, time.Month(p.month), p.day, p.hour, p.minute, p.second, p.nanosecond, place))
}

// plausible gives the zero time for what a clock says that was never set, and
// for a future that only mistakes and junk have.
func plausible(t time.Time) time.Time {
	if t.Unix() < 24*60*60 || t.Year() > 2100 {
		return time.Time{}
	}
	return t
}

// zones are minutes east of UTC. Where a name has several meanings it is the
// one of RFC 5322 (CST is American), or else of most people (IST is Indian,
// BST British).
var zones = map[string]int{
	"ut": 0, "utc": 0, "gmt": 0, "z": 0, "wet": 0,
	"est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
	"ast": -240, "adt": -180, "nst": -210, "ndt": -150, "akst": -540, "akdt": -480, "hst": -600, "hast": -600, "hdt": -540,
	"west": 60, "bst": 60, "cet": 60, "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120,
	"eet": 120, "eest": 180, "oez": 120, "oesz": 180, "msk": 180, "msd": 240, "trt": 180, "idt": 180,
	"wat": 60, "cat": 120, "sast": 120, "eat": 180,
	"gst": 240, "pkt": 300, "ist": 330, "npt": 345, "ict": 420, "wib": 420, "wita": 480, "wit": 540,
	"hkt": 480, "sgt": 480, "myt": 480, "pht": 480, "phst": 480, "jst": 540, "kst": 540,
	"awst": 480, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660, "nzst": 720, "nzdt": 780,
	"samt": 240, "yekt": 300, "omst": 360, "novt": 420, "krat": 420, "irkt": 480, "yakt": 540, "vlat": 600, "magt": 660,
	"brt": -180, "brst": -120, "art": -180, "uyt": -180, "clt": -240, "clst": -180, "cot": -300, "pet": -300, "vet": -240,
}

// longZones are what Windows and Java write instead of a zone.
var longZones = map[string]int{
	"eastern standard time": -300, "eastern daylight time": -240, "central standard time": -360, "central daylight time": -300,
	"mountain standard time": -420, "mountain daylight time": -360, "pacific standard time": -480, "pacific daylight time": -420,
	"greenwich mean time": 0, "coordinated universal time": 0, "gmt standard time": 0, "gmt daylight time": 60, "british summer time": 60,
	"central european time": 60, "central european standard time": 60, "central european summer time": 120,
	"w europe standard time": 60, "w europe daylight time": 120, "central europe standard time": 60, "central europe daylight time": 120,
	"romance standard time": 60, "romance daylight time": 120, "mitteleuropaische zeit": 60, "mitteleuropaische sommerzeit": 120, "westeuropaische normalzeit": 60, "westeuropaische sommerzeit": 120,
	"eastern european time": 120, "eastern european summer time": 180, "moscow standard time": 180, "russian standard time": 180,
	"india standard time": 330, "china standard time": 480, "taipei standard time": 480, "singapore standard time": 480,
	"tokyo standard time": 540, "japan standard time": 540, "korea standard time": 540,
	"中国标准时间": 480, "中國標準時間": 480, "北京时间": 480, "台北標準時間": 480, "日本標準時": 540, "日本標準時間": 540,
	"e australia standard time": 600, "aus eastern standard time": 600, "aus eastern daylight time": 660,
	"new zealand standard time": 720, "new zealand daylight time": 780,
}

// monthNames are full names as dates have them, without accents, and
// abbreviations that do not begin a full name.
var monthNames = [12]string{
	"january januar janvier enero janeiro gennaio januari januar ianuarie janeiro gener styczen stycznia leden ledna ocak januar tammikuu tammikuuta января январь januar jänner janner січень січня януари ιανουαριου ιανουαριος gen 一月",
	"february februar fevrier febrero fevereiro febbraio februari februarie febrer luty lutego unor unora subat helmikuu helmikuuta февраля февраль feber лютий лютого февруари φεβρουαριου φεβρουαριος 二月",
	"march mars marz marzo marco maart martie mart maret marc marec marcius marzec marca brezen brezna maaliskuu maaliskuuta марта март maerz mrz mrt березень березня μαρτιου μαρτιος 三月",
	"april avril abril aprile aprilie aprilis kwiecien kwietnia duben dubna nisan huhtikuu huhtikuuta апреля апрель avr abr квітень квітня април απριλιου απριλιος 四月",
	"may mai mayo maio maggio mei maj maig majus maja kveten kvetna mayıs mayis toukokuu toukokuuta мая май травень травня μαιου μαιος 五月",
	"june juni juin junio junho giugno iunie juny junius czerwiec czerwca cerven cervna haziran kesakuu kesakuuta июня июнь червень червня юни ιουνιου ιουνιος 六月",
	"july juli juillet julio julho luglio iulie juliol julius lipiec lipca cervenec cervence temmuz heinakuu heinakuuta июля июль липень липня юли ιουλιου ιουλιος 七月",
	"august aout agosto augustus augusti agustus agost augusztus sierpien sierpnia srpen srpna agustos elokuu elokuuta августа август серпень серпня αυγουστου αυγουστος 八月",
	"september septembre septiembre setembro settembre septembrie setembre szeptember wrzesien wrzesnia zari eylul syyskuu syyskuuta сентября сентябрь вересень вересня септември σεπτεμβριου σεπτεμβριος 九月",
	"october oktober octobre octubre outubro ottobre octombrie pazdziernik pazdziernika rijen rijna ekim lokakuu lokakuuta октября октябрь жовтень жовтня октомври οκτωβριου οκτωβριος 十月",
	"november novembre noviembre novembro noiembrie listopad listopada listopadu kasım kasim marraskuu marraskuuta ноября ноябрь листопад листопада ноември νοεμβριου νοεμβριος 十一月",
	"december dezember décembre diciembre dezembro dicembre decembrie desembre desember grudzien grudnia prosinec prosince aralık aralik joulukuu joulukuuta декабря декабрь грудень грудня декември δεκεμβριου δεκεμβριος 十二月",
}

var monthIndex = sync.OnceValue(func() map[string]int {
	index := map[string]int{}
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			runes := []rune(plainLetters(name))
			for n := 3; n < len(runes); n++ {
				short := string(runes[:n])
				if m, ok := index[short]; ok && m != i+1 {
					index[short] = 0 // it begins several
				} else if !ok {
					index[short] = i + 1
				}
			}
		}
	}
	for i, names := range monthNames {
		for name := range strings.FieldsSeq(names) {
			index[plainLetters(name)] = i + 1
		}
	}
	for i := range 12 { // Finnish may not take away the English ones
		index[strings.ToLower(time.Month(i + 1).String()[:3])] = i + 1
	}
	return index
})

// month is the number of a month by its name in one of many languages, whole
// or abbreviated, or 0.
func month(word string) int { return monthIndex()[word] }
