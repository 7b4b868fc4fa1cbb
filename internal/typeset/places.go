package typeset

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/linebreak"
)

// Place is between two characters: of a unit, an octet of its text.
type Place struct{ Unit, At int }

// Before says whether a place comes before another in the text.
func (a Place) Before(b Place) bool {
	return a.Unit < b.Unit || a.Unit == b.Unit && a.At < b.At
}

// Piece is a text in one style and one direction, as it is drawn.
type Piece struct {
	From, To int // in the unit's text
	// Text is From to To, with marks around it that keep its direction.
	Text     string
	Leftward bool
	X, Width float32
	Run      *Run
}

const rightToLeftMark = "\u200f"

// Pieces are those of a line, from left to right.
func (p *Page) Pieces(u *Unit, l Line) []Piece {
	text := strings.TrimRight(u.Text[l.From:l.To], " ")
	var all []Piece
	var x float32
	for _, s := range visual(text, l.Leftward) {
		var some []Piece
		for from, end := l.From+s.from, l.From+s.to; from < end; {
			r := u.runAt(from)
			to := min(end, u.runEnd(r))
			if s.leftward {
				to = from + alike(u.Text[from:to])
			}
			one := Piece{From: from, To: to, Text: u.Text[from:to], Leftward: s.leftward, Run: &u.Runs[r]}
			if s.leftward { // blanks and brackets at its ends would go left to right
				one.Text = rightToLeftMark + one.Text + rightToLeftMark
			}
			one.Width = p.fonts.Width(one.Text, one.Run.Face)
			if s.leftward {
				some = append([]Piece{one}, some...)
			} else {
				some = append(some, one)
			}
			from = to
		}
		for _, one := range some {
			one.X = x
			x += one.Width
			all = append(all, one)
		}
	}
	begin := l.X
	if l.Leftward {
		begin = max(l.X, l.X+l.Width-x)
	}
	for i := range all {
		all[i].X += begin
	}
	return all
}

// alike is how much at the beginning of a text is letters, or else none. Fyne
// takes another font where its letters end, and draws what is of different fonts
// from left to right.
func alike(text string) int {
	first, _ := utf8.DecodeRuneInString(text)
	letters := isLetter(first)
	for i, r := range text {
		if isLetter(r) != letters && r != ' ' {
			return i
		}
	}
	return len(text)
}

func isLetter(r rune) bool { return unicode.IsLetter(r) || unicode.IsMark(r) }

// offset is how far a place in a piece is from the piece's left end.
func (p *Page) offset(one *Piece, at int, text string) float32 {
	w := p.fonts.Width(text[one.From:at], one.Run.Face)
	if at >= one.To {
		w = one.Width
	}
	if one.Leftward {
		return one.Width - w
	}
	return w
}

// At is the place next to a point of the page.
func (p *Page) At(x, y float32) Place {
	if len(p.Units) == 0 {
		return Place{}
	}
	i := p.unitAt(y)
	if line := p.fonts.Height(Face{}); i+1 < len(p.Units) && y > p.Units[i].Top+p.Units[i].Height+p.Units[i+1].gap*line/2 {
		i++
	}
	p.lay(i)
	u := &p.Units[i]
	best := -1
	for n, l := range u.Lines {
		if best < 0 || p.distance(u, l, x, y) < p.distance(u, u.Lines[best], x, y) {
			best = n
		}
	}
	if best < 0 {
		return Place{i, 0}
	}
	return Place{i, p.inLine(u, u.Lines[best], x)}
}

// distance compares how far lines are from a point: first above and below.
func (p *Page) distance(u *Unit, l Line, x, y float32) float32 {
	const far = 10_000
	var d float32
	y -= u.Top + l.Y
	switch height := p.LineHeight(u); {
	case y < 0:
		d = -y * far
	case y > height:
		d = (y - height) * far
	}
	switch {
	case x < l.X:
		d += l.X - x
	case x > l.X+l.Width:
		d += x - l.X - l.Width
	}
	return d
}

// inLine is the place of a line that is next to x.
func (p *Page) inLine(u *Unit, l Line, x float32) int {
	pieces := p.Pieces(u, l)
	if len(pieces) == 0 {
		return l.From
	}
	one := pieces[0]
	for _, other := range pieces[1:] {
		if x >= other.X {
			one = other
		}
	}
	x -= one.X
	// The characters are in order; the first whose middle is behind x.
	ends := linebreak.Characters(u.Text[one.From:one.To])
	before, at := float32(0), one.From
	for _, end := range ends {
		w := p.fonts.Width(u.Text[one.From:one.From+end], one.Run.Face)
		middle := (before + w) / 2
		if one.Leftward {
			if x > one.Width-middle {
				break
			}
		} else if x < middle {
			break
		}
		before, at = w, one.From+end
	}
	return at
}

// LineAt is the line of a unit that a place is on; its number, or -1.
func (p *Page) LineAt(at Place) int {
	if at.Unit >= len(p.Units) {
		return -1
	}
	p.lay(at.Unit)
	found := -1
	for n, l := range p.Units[at.Unit].Lines {
		if l.From <= at.At && at.At <= l.To {
			found = n
			if at.At < l.To {
				break
			}
		}
	}
	return found
}

// Caret is where a place is on the page: its left and top.
func (p *Page) Caret(at Place) (x, y float32) {
	n := p.LineAt(at)
	if n < 0 {
		if at.Unit < len(p.Units) {
			return p.Left(&p.Units[at.Unit]), p.Units[at.Unit].Top
		}
		return 0, p.Height
	}
	u := &p.Units[at.Unit]
	l := u.Lines[n]
	x = l.X
	if l.Leftward {
		x += l.Width
	}
	for _, one := range p.Pieces(u, l) {
		if one.From <= at.At && at.At <= one.To {
			x = one.X + p.offset(&one, at.At, u.Text)
			if at.At < one.To {
				break
			}
		}
	}
	return x, u.Top + l.Y
}

// Span is a piece of a line between two places, from left to right.
type Span struct{ X, Width float32 }

// Spans are the pieces of a line that are between two places of its unit.
func (p *Page) Spans(u *Unit, l Line, from, to int) []Span {
	var all []Span
	for _, one := range p.Pieces(u, l) {
		a, b := max(from, one.From), min(to, one.To)
		if a >= b {
			continue
		}
		x1, x2 := p.offset(&one, a, u.Text), p.offset(&one, b, u.Text)
		s := Span{one.X + min(x1, x2), max(x1, x2) - min(x1, x2)}
		if n := len(all); n > 0 && s.X <= all[n-1].X+all[n-1].Width+1 {
			all[n-1].Width = s.X + s.Width - all[n-1].X
		} else {
			all = append(all, s)
		}
	}
	return all
}

// End is the place behind all text.
func (p *Page) End() Place {
	if n := len(p.Units); n > 0 {
		return Place{n - 1, len(p.Units[n-1].Text)}
	}
	return Place{}
}

// Text is what stands between two places, as it is copied: the marks of items
// with it, the words about folded quotations without.
func (p *Page) Text(from, to Place) string {
	if to.Before(from) {
		from, to = to, from
	}
	var out strings.Builder
	for i := from.Unit; i <= to.Unit && i < len(p.Units); i++ {
		u := &p.Units[i]
		begin, end := 0, len(u.Text)
		if i == from.Unit {
			begin = min(from.At, end)
		}
		if i == to.Unit {
			end = min(to.At, end)
		}
		if u.Role == Fold {
			continue
		}
		if out.Len() > 0 {
			out.WriteString(u.join)
		}
		if u.Role == Rule && from.Unit != to.Unit {
			out.WriteString("──────────")
		}
		if begin > end {
			continue
		}
		if u.Role == Item && u.Mark != "" && begin == 0 && from.Unit != to.Unit {
			out.WriteString(strings.Repeat("  ", u.Depth-1) + u.Mark + " ")
		}
		out.WriteString(u.Text[begin:end])
	}
	return out.String()
}

// Step is the place one character further, or back.
func (p *Page) Step(at Place, by int) Place {
	if len(p.Units) == 0 {
		return Place{}
	}
	u := &p.Units[at.Unit]
	if by > 0 {
		if at.At < len(u.Text) {
			if u.Text[at.At] == '\n' {
				return Place{at.Unit, at.At + 1}
			}
			return Place{at.Unit, at.At + linebreak.Characters(lineFrom(u.Text[at.At:]))[0]}
		}
		if at.Unit+1 < len(p.Units) {
			return Place{at.Unit + 1, 0}
		}
		return at
	}
	if at.At > 0 {
		if u.Text[at.At-1] == '\n' {
			return Place{at.Unit, at.At - 1}
		}
		begin := strings.LastIndexByte(u.Text[:at.At], '\n') + 1
		ends := linebreak.Characters(u.Text[begin:at.At])
		if len(ends) > 1 {
			return Place{at.Unit, begin + ends[len(ends)-2]}
		}
		return Place{at.Unit, begin}
	}
	if at.Unit > 0 {
		return Place{at.Unit - 1, len(p.Units[at.Unit-1].Text)}
	}
	return at
}

// lineFrom is a text up to its first line break, or the beginning of that.
func lineFrom(text string) string {
	const enough = 200
	if end := strings.IndexByte(text, '\n'); end >= 0 {
		text = text[:end]
	}
	if len(text) > enough {
		end := enough
		for !utf8.RuneStart(text[end]) {
			end--
		}
		text = text[:end]
	}
	return text
}

// Down is the place so many lines further down (or up) next to x.
func (p *Page) Down(at Place, x float32, by int) Place {
	n := p.LineAt(at)
	if n < 0 {
		return at
	}
	u := &p.Units[at.Unit]
	y := u.Top + u.Lines[n].Y
	height := p.LineHeight(u)
	if by > 0 {
		y += height * (float32(by) + 0.5)
	} else {
		y -= height * (-float32(by) - 0.5)
	}
	if y > p.Height && by > 0 {
		return p.End()
	}
	if y < 0 {
		return Place{}
	}
	to := p.At(x, y)
	switch { // a gap may be higher than a line
	case by > 0 && !at.Before(to) && at.Unit+1 < len(p.Units):
		p.lay(at.Unit + 1)
		if next := &p.Units[at.Unit+1]; len(next.Lines) > 0 {
			return Place{at.Unit + 1, p.inLine(next, next.Lines[0], x)}
		}
		return Place{at.Unit + 1, 0}
	case by < 0 && !to.Before(at) && at.Unit > 0:
		p.lay(at.Unit - 1)
		if next := &p.Units[at.Unit-1]; len(next.Lines) > 0 {
			return Place{at.Unit - 1, p.inLine(next, next.Lines[len(next.Lines)-1], x)}
		}
		return Place{at.Unit - 1, 0}
	}
	return to
}

// Word is the word at a place: letters and digits, or what else is alike.
// Of Chinese, characters of one kind.
func (p *Page) Word(at Place) (from, to Place) {
	if at.Unit >= len(p.Units) {
		return at, at
	}
	text := p.Units[at.Unit].Text
	begin, end := at.At, at.At
	kind := 0
	if r, size := utf8.DecodeRuneInString(text[at.At:]); size > 0 && r != '\n' {
		kind = kindOf(r)
	} else if r, size := utf8.DecodeLastRuneInString(text[:at.At]); size > 0 {
		kind = kindOf(r)
	}
	for begin > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:begin])
		if kindOf(r) != kind {
			break
		}
		begin -= size
	}
	for end < len(text) {
		r, size := utf8.DecodeRuneInString(text[end:])
		if kindOf(r) != kind {
			break
		}
		end += size
	}
	return Place{at.Unit, begin}, Place{at.Unit, end}
}

// kindOf tells what makes a word with its like.
func kindOf(r rune) int {
	switch {
	case r == '\n' || r == '\t':
		return 1
	case unicode.IsSpace(r):
		return 2
	case unicode.Is(unicode.Han, r):
		return 3
	case unicode.In(r, unicode.Hiragana):
		return 4
	case unicode.In(r, unicode.Katakana) || r == 'ー':
		return 5
	case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r) || r == '_' || r == '\'' || r == '’':
		return 6
	}
	return 7
}

// Paragraph is the paragraph at a place: of a unit, or a line of one that has
// line breaks; with pieces that were one.
func (p *Page) Paragraph(at Place) (from, to Place) {
	if at.Unit >= len(p.Units) {
		return at, at
	}
	first, last := at.Unit, at.Unit
	text := p.Units[at.Unit].Text
	begin := strings.LastIndexByte(text[:at.At], '\n') + 1
	for begin == 0 && first > 0 && p.Units[first].join == "" {
		first--
		begin = strings.LastIndexByte(p.Units[first].Text, '\n') + 1
	}
	end := strings.IndexByte(text[at.At:], '\n')
	if end >= 0 {
		end += at.At
	}
	for end < 0 {
		if last+1 == len(p.Units) || p.Units[last+1].join != "" {
			end = len(p.Units[last].Text)
			break
		}
		last++
		end = strings.IndexByte(p.Units[last].Text, '\n')
	}
	return Place{first, begin}, Place{last, end}
}

// WordStep is the place at the next word's end, or the beginning of that before.
func (p *Page) WordStep(at Place, by int) Place {
	if len(p.Units) == 0 {
		return at
	}
	text := p.Units[at.Unit].Text
	if by > 0 {
		end := at.At
		for end < len(text) {
			r, size := utf8.DecodeRuneInString(text[end:])
			if kindOf(r) > 2 {
				break
			}
			end += size
		}
		if end == len(text) {
			if at.Unit+1 < len(p.Units) && end == at.At {
				return Place{at.Unit + 1, 0}
			}
			return Place{at.Unit, end}
		}
		_, to := p.Word(Place{at.Unit, end})
		return to
	}
	begin := at.At
	for begin > 0 {
		r, size := utf8.DecodeLastRuneInString(text[:begin])
		if kindOf(r) > 2 {
			break
		}
		begin -= size
	}
	if begin == 0 {
		if at.Unit > 0 && at.At == 0 {
			return Place{at.Unit - 1, len(p.Units[at.Unit-1].Text)}
		}
		return Place{at.Unit, 0}
	}
	_, size := utf8.DecodeLastRuneInString(text[:begin])
	from, _ := p.Word(Place{at.Unit, begin - size})
	return from
}

// Stop is where the keyboard stops: a link, or a fold.
type Stop struct {
	Unit, From, To int
	// Link is empty for a fold.
	Link string
}

// Stops are the links and folds in order.
func (p *Page) Stops() []Stop {
	var all []Stop
	for i := range p.Units {
		u := &p.Units[i]
		if u.Role == Fold {
			all = append(all, Stop{i, 0, len(u.Text), ""})
			continue
		}
		for n := 0; n < len(u.Runs); n++ {
			s := Stop{i, u.Runs[n].From, u.runEnd(n), u.Runs[n].Link}
			if s.Link == "" {
				continue
			}
			for n+1 < len(u.Runs) && u.Runs[n+1].Link == s.Link {
				n++
				s.To = u.runEnd(n)
			}
			if strings.TrimSpace(u.Text[s.From:s.To]) != "" {
				all = append(all, s)
			}
		}
	}
	return all
}

// Over says whether there is text at a point, and which; and not only a margin.
func (p *Page) Over(x, y float32) (Place, bool) {
	if len(p.Units) == 0 || y < 0 || y > p.Height {
		return Place{}, false
	}
	i := p.unitAt(y)
	p.lay(i)
	u := &p.Units[i]
	for _, l := range u.Lines {
		if dy := y - u.Top - l.Y; dy < 0 || dy >= p.LineHeight(u) {
			continue
		}
		for _, one := range p.Pieces(u, l) {
			if x < one.X || x >= one.X+one.Width {
				continue
			}
			at := p.inLine(u, l, x)
			return Place{i, min(max(at, one.From), max(one.From, one.To-1))}, true
		}
	}
	return Place{}, false
}

// LinkAt is where the link at a place leads; empty if there is none.
func (p *Page) LinkAt(at Place) string {
	if u := &p.Units[at.Unit]; len(u.Runs) > 0 {
		return u.Runs[u.runAt(at.At)].Link
	}
	return ""
}
