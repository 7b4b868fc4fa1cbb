package typeset

import (
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/linebreak"
)

// Page is units below each other. It is for one goroutine.
type Page struct {
	Units []Unit
	// Height is that of all units, as far as it is known; else as estimated.
	Height float32

	fonts    Fonts
	width    float32
	advances map[advanceKey]float32
}

type advanceKey struct {
	text string
	face Face
}

// Lengths, in lines of usual text.
const (
	quoteIndent = 0.9 // for each quotation
	listIndent  = 1.5 // for each list
	columnGap   = 1.1
	leastColumn = 3.2
	noticeInset = 0.5
	foldInset   = 1.1
	markGap     = 0.4
	ruleHeight  = 0.5
)

// wholly is how much text is laid out at once, in octets: less than that has its
// exact height from the beginning.
const wholly = 64 << 10

// Fit lays out the units for a width, or for other fonts. What is longer than
// a few screens is laid out by Show.
func (p *Page) Fit(width float32, fonts Fonts) {
	p.fonts, p.width, p.advances = fonts, max(width, 1), map[advanceKey]float32{}
	octets := 0
	for i := range p.Units {
		u := &p.Units[i]
		u.width, u.Lines = 0, nil
		if u.table != nil {
			u.table.natural = nil
		}
		octets += len(u.Text)
	}
	em := fonts.Width("n", Face{})
	for i := range p.Units {
		if octets <= wholly {
			p.lay(i)
		} else {
			p.estimate(i, em)
		}
	}
	p.stack()
}

// stack puts the units below each other.
func (p *Page) stack() {
	line := p.fonts.Height(Face{})
	var y float32
	for i := range p.Units {
		u := &p.Units[i]
		y += u.gap * line
		u.Top = y
		y += u.Height
	}
	p.Height = y
}

// Show lays out what stands between two heights of the page. It returns the
// units there, first to last without the last, and by how much what was at the
// top has moved because more is known now.
func (p *Page) Show(top, bottom float32) (first, last int, moved float32) {
	if len(p.Units) == 0 {
		return 0, 0, 0
	}
	// Laying out changes heights, and so what is in view; it ends, because each
	// unit is laid out once.
	for {
		first = p.unitAt(top)
		before := p.Units[first].Top
		last = first
		changed := false
		for last < len(p.Units) && p.Units[last].Top < bottom {
			height := p.Units[last].Height
			p.lay(last)
			if d := p.Units[last].Height - height; d != 0 {
				changed = true
				if last == first && p.Units[first].Top+height < top {
					moved, top, bottom = moved+d, top+d, bottom+d
				}
			}
			last++
		}
		if changed {
			p.stack()
			if d := p.Units[first].Top - before; d != 0 {
				moved, top, bottom = moved+d, top+d, bottom+d
			}
		}
		if last == len(p.Units) || p.Units[last].Top >= bottom {
			p.forget(first, last)
			return first, last, moved
		}
	}
}

// forget drops the lines of units far from those in view: a message can have a
// million.
func (p *Page) forget(first, last int) {
	const near = 64
	for i := range p.Units {
		if i < first-near || i >= last+near {
			p.Units[i].Lines = nil
		}
	}
}

// unitAt is the last unit that begins at a height or above it.
func (p *Page) unitAt(y float32) int {
	return max(0, sort.Search(len(p.Units), func(i int) bool { return p.Units[i].Top > y })-1)
}

// Left is where the text of a unit begins.
func (p *Page) Left(u *Unit) float32 {
	line := p.fonts.Height(Face{})
	left := p.QuoteLeft(u.Quote)
	switch u.Role {
	case Item:
		depth := float32(min(u.Depth, maxDepth(p.width, line)))
		left += listIndent*line*max(0, depth-1) + max(listIndent*line, p.MarkWidth(u))
	case Notice:
		left += noticeInset * line
	case Fold:
		left += foldInset * line
	}
	return left
}

// MarkWidth is that of an item's mark, and of the gap behind it.
func (p *Page) MarkWidth(u *Unit) float32 {
	if u.Mark == "" {
		return 0
	}
	return p.fonts.Width(u.Mark, Face{}) + markGap*p.fonts.Height(Face{})
}

// QuoteLeft is where what stands in so many quotations begins. The bar of each
// stands to the left of it.
func (p *Page) QuoteLeft(quote int) float32 {
	line := p.fonts.Height(Face{})
	return quoteIndent * line * float32(min(quote, maxDepth(p.width, line)))
}

// maxDepth keeps half of a narrow page for the text.
func maxDepth(width, line float32) int { return max(0, int(width/line/4)) }

// right is the end of what there is for a unit's text.
func (p *Page) right(u *Unit) float32 {
	if u.Role == Notice {
		return p.width - noticeInset*p.fonts.Height(Face{})
	}
	return p.width
}

// LineHeight is that of the lines of a unit.
func (p *Page) LineHeight(u *Unit) float32 {
	if len(u.Runs) == 0 {
		return p.fonts.Height(Face{})
	}
	return p.fonts.Height(Face{Mono: u.Role == Preformatted, Heading: u.Runs[0].Face.Heading})
}

// estimate guesses the height of a unit.
func (p *Page) estimate(i int, em float32) {
	u := &p.Units[i]
	if u.Role == Rule || len(u.cells) > 0 {
		p.lay(i)
		return
	}
	room := max(1, (p.right(u)-p.Left(u))/em)
	lines := float32(0)
	for line := range strings.SplitSeq(u.Text, "\n") {
		n := float32(utf8.RuneCountInString(line))
		if n*2 < float32(len(line)) { // as wide as they are high
			n *= 2
		}
		lines += 1 + float32(int(n/room))
	}
	u.Height = lines * p.LineHeight(u)
}

// lay breaks a unit into lines.
func (p *Page) lay(i int) {
	u := &p.Units[i]
	if u.width == p.width && u.Lines != nil {
		return
	}
	u.width, u.Lines = p.width, []Line{}
	if u.Role == Rule {
		u.Height = ruleHeight * p.fonts.Height(Face{})
		return
	}
	left, right := p.Left(u), p.right(u)
	if len(u.cells) == 0 {
		u.Height = p.column(u, 0, len(u.Text), left, max(1, right-left))
		return
	}
	gap := columnGap * p.fonts.Height(Face{})
	columns := p.columns(u.table, right-left, gap)
	x := left
	u.Height = 0
	if columns == nil { // too narrow: one below the other
		for _, c := range u.cells {
			if c.to > c.from {
				begun := len(u.Lines)
				height := p.column(u, c.from, c.to, left, max(1, right-left))
				for n := begun; n < len(u.Lines); n++ {
					u.Lines[n].Y += u.Height
				}
				u.Height += height
			}
		}
		return
	}
	for n, c := range u.cells {
		u.Height = max(u.Height, p.column(u, c.from, c.to, x, columns[n]))
		x += columns[n] + gap
	}
}

// column breaks a part of a unit's text into lines in a column.
func (p *Page) column(u *Unit, from, to int, x, width float32) (height float32) {
	line := p.LineHeight(u)
	for {
		end := strings.IndexByte(u.Text[from:to], '\n')
		if end < 0 {
			end = to
		} else {
			end += from
		}
		base := leftward(u.Text[from:end])
		begin := from
		for _, at := range linebreak.Ends(u.Text[from:end], width, func(a, b int) float32 { return p.advance(u, from+a, from+b) }) {
			u.Lines = append(u.Lines, Line{begin, from + at, x, width, height, base})
			begin = from + at
			height += line
		}
		if end == to {
			return height
		}
		from = end + 1
	}
}

// maxAdvances bounds how many characters have their width remembered.
const maxAdvances = 20_000

// advance is the width of a character of a unit.
func (p *Page) advance(u *Unit, from, to int) float32 {
	key := advanceKey{u.Text[from:to], u.Runs[u.runAt(from)].Face}
	if r, size := utf8.DecodeRuneInString(key.text); size == len(key.text) && unicode.Is(unicode.Han, r) {
		key.text = "中" // they have one width
	}
	if w, known := p.advances[key]; known {
		return w
	}
	if len(p.advances) >= maxAdvances {
		clear(p.advances)
	}
	w := p.fonts.Width(key.text, key.face)
	key.text = strings.Clone(key.text)
	p.advances[key] = w
	return w
}

// sampled is how many rows of a table say how wide its columns are.
const sampled = 200

// columns are the widths of a table's columns; nil if there is no room for
// them beside each other.
func (p *Page) columns(t *table, room, gap float32) []float32 {
	if t.natural == nil {
		t.natural = []float32{}
		for i := t.first; i <= t.last && i < t.first+sampled; i++ {
			p.widen(t, &p.Units[i])
		}
	}
	for i := t.first + sampled; i <= t.last; i++ {
		for len(t.natural) < len(p.Units[i].cells) {
			t.natural = append(t.natural, leastColumn*p.fonts.Height(Face{}))
		}
	}
	room -= gap * float32(len(t.natural)-1)
	widths := make([]float32, len(t.natural))
	// Narrow columns get what they want, the others share the rest.
	left := len(widths)
	for {
		share, given := room/float32(max(1, left)), 0
		for i, want := range t.natural {
			if widths[i] == 0 && want <= share {
				widths[i] = max(want, 1)
				room -= widths[i]
				given++
			}
		}
		if left -= given; given == 0 || left == 0 {
			break
		}
	}
	if left == 0 {
		return widths
	}
	share := room / float32(left)
	if share < leastColumn*p.fonts.Height(Face{}) {
		return nil
	}
	for i := range widths {
		if widths[i] == 0 {
			widths[i] = share
		}
	}
	return widths
}

// widen has a table's columns hold the cells of a row.
func (p *Page) widen(t *table, u *Unit) {
	for n, c := range u.cells {
		if n == len(t.natural) {
			t.natural = append(t.natural, 0)
		}
		var x float32
		from := c.from
		for _, end := range linebreak.Characters(u.Text[c.from:min(c.to, c.from+maxPiece)]) {
			if u.Text[from] == '\n' {
				x = 0
			} else {
				x += p.advance(u, from, c.from+end)
			}
			t.natural[n] = max(t.natural[n], x+1)
			from = c.from + end
		}
	}
}
