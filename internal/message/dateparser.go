package message

import (
	"strings"
	"time"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

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
	case n.digits == 5 && value%10 == 0:
		value /= 10
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
