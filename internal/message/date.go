package message

import (
	"bytes"
	"strings"
	"time"
	"unicode/utf8"

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

// neverSet says whether a date is the first that clocks of computers have.
func neverSet(t time.Time) bool { return t.Unix() < 24*60*60 }

// plausible gives the zero time for a past without mail, and for a future that
// only mistakes and junk have.
func plausible(t time.Time) time.Time {
	if t.Unix() < 0 || t.Year() > 2100 {
		return time.Time{}
	}
	return t
}
