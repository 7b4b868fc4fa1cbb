package message

import (
	"bytes"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/charset"
)

const (
	// maxAligned is how many lines of base64 are mended where that reads best;
	// the rest of them are only kept from moving the lines behind them.
	maxAligned = 8
	// mostLost is how many digits a line lost, or got, of which it is known where
	// they are missing: of more, whole words are.
	mostLost = 3
)

// codedLine is a line of base64 in a body.
type codedLine struct {
	begin, end     int
	digits, strays int
	padding        int
}

// codedLines are the lines of a body up to the first that is padded, or is no
// base64.
func codedLines(body []byte) (all []codedLine) {
	for at := 0; at < len(body); {
		line := firstLine(body[at:])
		l := codedLine{begin: at, end: at + len(line)}
		at += len(line) + 1
		for _, c := range line {
			switch {
			case base64Digit(c) >= 0:
				l.digits++
			case c == '=':
				l.padding++
			case !isBlank(c):
				l.strays++
			}
		}
		n := len(all)
		switch {
		case l.digits+l.padding+l.strays == 0:
			continue
		case n > 0 && all[n-1].padding > 0:
			if l.digits+l.strays == 0 {
				all[n-1].padding += l.padding // a line end within it
			}
			return all
		case !looksBase64(line):
			return all
		}
		all = append(all, l)
	}
	return all
}

// usualLength is how many digits the lines have but the last: encoders write
// whole groups of four. It is 0 where these do not.
func usualLength(all []codedLine) int {
	const common = 76 // RFC 2045, section 6.8
	counts := map[int]int{}
	usual := 0
	for _, l := range all[:len(all)-1] {
		counts[l.digits]++
		if l.digits >= shortest && (counts[l.digits] > counts[usual] || counts[l.digits] == counts[usual] && l.digits%4 == 0) {
			usual = l.digits
		}
	}
	switch {
	case usual%4 == 0:
		return usual
	case len(all) == 2 && usual >= common-mostLost && usual <= common+mostLost:
		return common
	}
	return 0
}

// realigned mends lines of base64 that have lost digits, or got some, so that it
// costs the words where that was, and not all that follow: there, each group of
// four would begin with the end of another.
func (p *part) realigned(body []byte) []byte {
	all := codedLines(body)
	if len(all) == 0 {
		return body
	}
	usual := usualLength(all)
	var out []byte
	from := 0 // what of the body is not in out yet
	tries := maxAligned
	var before []byte // the line before, decoded
	for i := 0; i < len(all); i++ {
		l := &all[i]
		if l.digits%4 == 0 && l.padding == 0 {
			before = unbase64(body[l.begin:l.end])
			continue
		}
		lacks, extra := -l.digits&3, 0
		if i == len(all)-1 {
			if lacks, extra = -(l.digits+l.padding)&3, (l.digits+l.padding)&3; l.padding == 0 || l.padding > 2 || lacks == 0 || i > 0 && usual == 0 {
				break // whole, or without padding, or the end of other groups
			}
		} else {
			if usual == 0 || l.digits == usual {
				continue
			}
			sum, next := 0, i // lines may only be broken otherwise
			for ; next < len(all) && all[next].digits != usual; next++ {
				sum += all[next].digits + all[next].padding
			}
			if sum%4 == 0 {
				i, before = next-1, nil
				continue
			}
			switch missing := usual - l.digits; {
			case missing > 0 && missing <= mostLost:
				lacks = missing
			case missing < 0 && -missing <= mostLost:
				lacks, extra = 0, -missing
			}
		}
		a := aligner{part: p, before: before, line: body[l.begin:l.end]}
		if i+1 < len(all) {
			a.after = body[all[i+1].begin:all[i+1].end]
		}
		var mended []byte
		if tries--; tries >= 0 {
			mended = a.best(l, usual, lacks, extra)
		} else {
			mended = append(digitsAndPadding(a.line), bytes.Repeat([]byte("A"), -l.digits&3)...)
		}
		before = unbase64(body[l.begin:l.end])
		if mended != nil {
			out = append(append(out, body[from:l.begin]...), mended...)
			from, before = l.end, unbase64(mended)
		}
	}
	if from == 0 {
		return body
	}
	return append(out, body[from:]...)
}

// aligner tries how a line of base64 may have been.
type aligner struct {
	part          *part
	before        []byte // what stands before it, decoded
	line, after   []byte
	read          string
	wrong, placed int
	chance        int // so many octets that are torn may read as characters
}

// best is the line as it reads best with so many digits more, or fewer, or nil if
// that is as it is.
func (a *aligner) best(l *codedLine, usual, lacks, extra int) (best []byte) {
	a.read, a.wrong = a.reading(a.line)
	keep := func(at int, line []byte) {
		read, wrong := a.reading(line)
		if wrong+a.chance < a.wrong || wrong <= a.wrong+a.chance && charset.Likelier(read, a.read, true) {
			best, a.read, a.wrong, a.placed = line, read, wrong, at
		}
	}
	if l.strays > 0 && (l.digits+l.strays == usual || l.padding > 0 && l.strays == lacks) { // digits became something else
		line := bytes.Clone(a.line)
		for i, c := range line {
			if base64Digit(c) < 0 && c != '=' && !isBlank(c) {
				line[i] = 'A'
			}
		}
		if keep(0, line); best != nil {
			return best
		}
	}
	line := digitsAndPadding(a.line)
	n := l.digits
	for _, change := range []int{lacks, -extra} {
		if change == 0 || n+change < 4 {
			continue
		}
		a.placed = -1
		for at := 0; at <= n; at += 4 { // roughly where, then exactly
			keep(at, changed(line, at, change))
		}
		if near := a.placed; near >= 0 {
			for at := max(0, near-4); at <= min(n, near+4); at++ {
				keep(at, changed(line, at, change))
			}
		}
	}
	return best
}

// changed is a line with so many digits put in at a place, or taken out there.
func changed(line []byte, at, n int) []byte {
	if n < 0 {
		return slices.Concat(line[:at], line[min(len(line), at-n):])
	}
	return slices.Concat(line[:at], bytes.Repeat([]byte("A"), n), line[at:])
}

// reading is how the text reads around a line, and how much of it is wrong.
func (a *aligner) reading(line []byte) (text string, wrong int) {
	octets := append(bytes.Clone(a.before), unbase64(slices.Concat(line, a.after))...)
	declared := a.part.params.get("charset")
	for i := range octets {
		if hasControls(octets[i : i+1]) {
			octets[i] = 0xff // as bad as what the charset has not
		}
	}
	if declared == "" && utf8.Valid(a.before) {
		declared = "utf-8"
	}
	if charset.Same(declared, "utf-8") {
		for len(octets) > 0 {
			r, n := utf8.DecodeRune(octets)
			if r == utf8.RuneError {
				wrong++
			}
			text += string(r)
			octets = octets[n:]
		}
		a.chance = 0
		return text, wrong
	}
	a.chance = 3
	text, _ = charset.Decode(octets, declared, charset.Hints{})
	return text, strings.Count(text, "\ufffd")
}

// digitsAndPadding are those of a line.
func digitsAndPadding(line []byte) []byte {
	return slices.DeleteFunc(bytes.Clone(line), func(c byte) bool { return base64Digit(c) < 0 && c != '=' })
}
