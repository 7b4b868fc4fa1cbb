// Package onetime finds the one-time code in a message: what a service sends
// to prove that somebody can read their mail. It is pure, and would rather find
// none than the wrong one: a code that is shown is believed.
package onetime

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// Mail is what is looked at. All of it is text from strangers.
type Mail struct {
	// From is the sender's name, and Address their address; either may be empty.
	From, Address string
	Subject       string
	// Text is the body, or its beginning, as a person reads it; it may be empty.
	Text string
}

const (
	maxSubject = 1 << 10 // octets that are looked at
	maxText    = 16 << 10
	maxLines   = 400
	maxWords   = 24 // places that may name a code
	// wide is how far around them a line is looked at, in octets.
	wide = 160
)

// Find returns the code as it is typed: without the blanks and dashes that
// group digits. There is none where two are as likely.
func Find(m Mail) (code string, ok bool) {
	subject := fold(cut(m.Subject, maxSubject))
	if answered().MatchString(subject) {
		return "", false // it quotes what somebody has used already
	}
	lines := append([]string{subject}, split(fold(cut(m.Text, maxText)))...)
	all := strings.Join(lines, "\n")
	s := scan{lines: lines, automatic: automatic(m.Address), supported: support.in(small(all)), invoice: strings.Contains(all, "发票") || strings.Contains(all, "發票")}
	return s.best()
}

// Likely says whether a header suggests that the message has a code, so that
// its first lines are worth asking for.
func Likely(from, address, subject string) bool {
	subject = fold(cut(subject, maxSubject))
	switch {
	case answered().MatchString(subject):
		return false
	case len(called(subject)) > 0, len(called(fold(cut(from, maxSubject)))) > 0:
		return true
	}
	return automatic(address) && hint.in(small(subject))
}

// automatic says whether an address is one that programs send from.
func automatic(address string) bool {
	local, _, ok := strings.Cut(address, "@")
	return ok && machine().MatchString(local)
}

func cut(s string, most int) string {
	if len(s) <= most {
		return s
	}
	for most > 0 && !utf8.RuneStart(s[most]) {
		most--
	}
	return s[:most]
}

// fold makes the letters, digits and signs of full width, which East Asian
// services send, those of ASCII, and blanks of what is seen as such.
func fold(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0xff01 && r <= 0xff5e && r != '，' && r != '．':
			return r - 0xff01 + '!'
		case r == 0x3000, r == 0xa0, r == 0x2002, r == 0x2003, r == 0x2009, r == 0x202f, r == '\t', r == '\r':
			return ' '
		case r == 0x2010, r == 0x2011, r == 0x2012:
			return '-'
		case r == 0x200b, r == 0x200c, r == 0x200d, r == 0x2060, r == 0xfeff, r == 0xad:
			return -1
		case r == utf8.RuneError:
			return ' '
		}
		return r
	}, s)
}

// split returns the lines that have something.
func split(text string) (lines []string) {
	for line := range strings.SplitSeq(text, "\n") {
		// Quotations are of other messages.
		if line = strings.TrimSpace(line); line != "" && line[0] != '>' && len(lines) < maxLines {
			lines = append(lines, line)
		}
	}
	return lines
}

// scan is a search in the lines of a message, of which the first is the subject.
type scan struct {
	lines []string
	// automatic: a program sends it. supported: it says what comes with codes.
	automatic, supported bool
	// invoice: what Chinese invoices call a check code is printed on them.
	invoice bool
	found   map[string]int
}

// How much speaks for a candidate.
const (
	byName  = 100 // it is called a code, in so many words
	alone   = 70  // on a line of its own near those words
	nearby  = 40  // in the line with them
	digits6 = 5
)

// reach is how many lines a code may stand behind the words for it, and before
// how many before them.
const (
	reach  = 6
	before = 2
)

func (s *scan) best() (code string, ok bool) {
	s.found = map[string]int{}
	seen := 0
	for i, line := range s.lines {
		if seen >= maxWords {
			break
		}
		for _, at := range called(line) {
			seen++
			if s.invoice && strings.HasPrefix(line[at[0]:], "校") || compound().MatchString(line[max(0, at[0]-20):at[0]]) {
				continue
			}
			s.around(i, at[0], at[1], true)
		}
		if lower := small(line); s.automatic && s.supported && !offer.in(lower) {
			for _, at := range weak.places(lower, maxWords) {
				seen++
				s.around(i, at[0], at[1], false)
			}
		}
	}
	most, twice := 0, false
	for candidate, score := range s.found {
		switch {
		case score > most:
			code, most, twice = candidate, score, false
		case score == most:
			twice = true
		}
	}
	return code, most > 0 && !twice
}

// around rates the candidates near words for a code in a line; sure: these
// words mean nothing else.
func (s *scan) around(i, from, to int, sure bool) {
	line, from, to := reachOf(s.lines[i], from, to, wide)
	if strange(line[:from]) && !sure {
		return
	}
	direct := false
	for _, t := range tokens(line) {
		score := 0
		switch {
		case t.from >= to:
			between := line[to:t.from]
			switch {
			case joint().MatchString(between):
				score, direct = byName, true
			case len(between) <= 90 && !ends(between) && !strange(between) && sure && !t.year():
				score = nearby - len(between)/4
			}
		case t.to <= from:
			between := line[t.to:from]
			switch {
			case tie().MatchString(between) && !strange(line[:t.from]) && (sure || strings.Contains(between, "your")):
				score, direct = byName, true
			case len(between) <= 30 && !ends(between) && sure && !t.year() && !strange(line[:t.from]):
				score = nearby/2 - len(between)/2
			}
		}
		s.rate(t, score, sure)
	}
	if direct {
		return // what stands on other lines is something else
	}
	for n := 1; n <= reach && i > 0 && i+n < len(s.lines); n++ {
		next := s.lines[i+n]
		if t, ok := single(next); ok && (n == 1 || !strange(s.lines[i+n-1])) {
			s.rate(t, alone-n, sure)
			return
		}
		if strange(next) {
			break
		}
	}
	for n := 1; n <= before && i-n > 0; n++ {
		if t, ok := single(s.lines[i-n]); ok && !t.year() && (i-n <= 1 || !strange(s.lines[i-n-1])) {
			s.rate(t, alone-15-n, sure)
			return
		}
	}
}

// called are the places in a line where something is called a one-time code.
func called(line string) (list [][2]int) {
	const longest = 70 // octets of such words
	for _, stem := range stems.places(small(line), maxWords) {
		around, from, to := reachOf(line, stem[0], stem[1], longest)
		for _, at := range strong().FindAllStringIndex(around, -1) {
			if at[0] < to && at[1] > from {
				place := [2]int{stem[0] - from + at[0], stem[0] - from + at[1]}
				if !slices.Contains(list, place) {
					list = append(list, place)
				}
				if len(list) == maxWords {
					return list
				}
			}
		}
	}
	return list
}

func (s *scan) rate(t token, score int, sure bool) {
	if score <= 0 || !t.digits && !sure {
		return
	}
	if t.digits && len(t.code) == 6 {
		score += digits6
	}
	if t.year() && score < alone-reach {
		return
	}
	s.found[t.code] = max(s.found[t.code], score)
}

// reachOf is what of a line stands around a place in it, and the place in that.
func reachOf(line string, from, to, wide int) (around string, newFrom, newTo int) {
	lo, hi := max(0, from-wide), min(len(line), to+wide)
	for lo > 0 && lo < from && !utf8.RuneStart(line[lo]) {
		lo++
	}
	for hi < len(line) && hi > to && !utf8.RuneStart(line[hi]) {
		hi--
	}
	return line[lo:hi], from - lo, to - lo
}

// strange says whether text speaks of numbers that are something else.
func strange(text string) bool { return other.in(small(text)) }

// ends says whether a sentence ends within text, but for a colon.
func ends(text string) bool {
	return strings.ContainsAny(text, "。！？!?;；") || strings.Contains(text, ". ") || strings.Contains(text, ".\u00a0")
}
