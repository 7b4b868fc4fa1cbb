// Package typeset lays out the document of a message in lines: where they
// break, what stands beside each other, in which order the eye meets it, and
// which place of the text is where. It draws nothing and knows no toolkit; how
// wide a text is, it asks. A message of a megabyte is laid out as far as it is
// looked at, and for the rest its height is estimated.
package typeset

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/message"
)

// Face is what a text looks like, as far as its size depends on it.
type Face struct {
	Bold, Italic, Mono bool
	// Heading is the level of a heading, 1 to 6; 0 is other text.
	Heading int8
}

// Fonts measures text, in a unit of its own, which all lengths here have.
type Fonts interface {
	// Width is that of a text as it is drawn, from left to right.
	Width(text string, f Face) float32
	// Height is that of a line.
	Height(f Face) float32
}

// Role says what a unit is.
type Role int8

// The roles of units.
const (
	Paragraph Role = iota
	Heading
	Item
	Row
	Preformatted
	Rule   // a line across
	Notice // a sentence about the message, which is not its author's
	Fold   // stands for quotations that are folded, or above those that are not
)

// Run is a piece of text in one style. It ends where the next begins.
type Run struct {
	From int // in the unit's text, in octets
	Face Face
	Link string
	// Struck is crossed out.
	Struck bool
	// Signature is below the mark of one.
	Signature bool
}

// Line is one line of a unit, or of a cell.
type Line struct {
	From, To int // in the unit's text, without the line break
	// X and Width are those of the column, Y is from the unit's top.
	X, Width, Y float32
	// Leftward: it is read from right to left.
	Leftward bool
}

// Unit is a block, a piece of a long one, or what stands for folded ones.
type Unit struct {
	Role Role
	Text string
	Runs []Run
	// Quote is how many quotations it stands in.
	Quote int
	// Mark stands before an item, Depth says how deep its list is, from 1.
	Mark  string
	Depth int
	// Group counts the quotations that can be folded; of a Fold it is its own.
	Group  int
	Folded bool // of a Fold
	// Top is where it begins on the page, and Height how much it takes, without
	// the gap above it.
	Top, Height float32
	// Lines are nil while it is out of sight.
	Lines []Line

	cells []cell
	table *table
	join  string  // between the unit before and this when they are copied
	gap   float32 // above, in lines
	width float32 // that it was laid out for; 0 if it never was
}

// cell is one of a row.
type cell struct{ from, to int }

// table is rows that follow each other and so have the same columns.
type table struct {
	first, last int
	natural     []float32 // widths of the columns if there were room
}

// Words are those that a document lacks.
type Words struct {
	// Notice is the sentence of a notice; an empty one is left out.
	Notice func(message.Block) string
	// Folded says that so many lines are quoted there.
	Folded func(lines int) string
}

// Bounds.
const (
	// OpenQuotes is how many quotations within each other are shown unasked.
	OpenQuotes = 2
	// maxPiece is how much text one unit has, in octets, so that one takes no
	// longer to lay out than a screenful.
	maxPiece = 2000
	// maxColumns is how many cells stand side by side; of more, one follows the
	// other.
	maxColumns = 12
	// tabWidth is in blanks.
	tabWidth = 8
)

// Units makes units of a document. unfolded are the groups that are shown.
func Units(d message.Document, words Words, unfolded map[int]bool) []Unit {
	b := setter{words: words, unfolded: unfolded}
	for i := 0; i < len(d.Blocks); {
		if d.Blocks[i].Quote <= OpenQuotes {
			b.block(&d.Blocks[i])
			i++
			continue
		}
		end := i
		for end < len(d.Blocks) && d.Blocks[end].Quote > OpenQuotes {
			end++
		}
		b.quotation(d.Blocks[i:end])
		i = end
	}
	return b.units
}

type setter struct {
	words    Words
	unfolded map[int]bool
	units    []Unit
	groups   int
	last     message.Kind
	quote    int
	signed   bool // what follows in this quotation is a signature
}

func (b *setter) quotation(blocks []message.Block) {
	lines := 0
	for i := range blocks {
		lines++
		for _, s := range blocks[i].Spans {
			lines += strings.Count(s.Text, "\n")
		}
	}
	group := b.groups
	b.groups++
	open := b.unfolded[group]
	text := b.words.Folded(lines)
	b.add(Unit{Role: Fold, Text: text, Runs: []Run{{}}, Quote: OpenQuotes, Group: group, Folded: !open, gap: betweenBlocks, join: "\n\n"})
	b.last = ""
	if !open {
		b.signed = false
		return
	}
	for i := range blocks {
		b.block(&blocks[i])
	}
}

// Gaps, in lines.
const (
	betweenBlocks = 0.6
	betweenItems  = 0.2
	aboveHeading  = 0.9
)

func (b *setter) add(u Unit) {
	if len(b.units) == 0 {
		u.gap, u.join = 0, ""
	}
	b.units = append(b.units, u)
}

// block adds the units of a block.
func (b *setter) block(of *message.Block) {
	u := Unit{Quote: of.Quote, gap: betweenBlocks, join: "\n\n"}
	b.signed = b.signed && of.Quote == b.quote && of.Kind != message.Notice
	if of.Kind == b.last && of.Quote == b.quote && (of.Kind == message.ListItem || of.Kind == message.Row) {
		u.gap, u.join = betweenItems, "\n"
	}
	b.last, b.quote = of.Kind, of.Quote
	face := Face{}
	switch of.Kind {
	case message.Rule:
		u.Role = Rule
		b.add(u)
		return
	case message.Notice:
		if u.Text = ""; b.words.Notice != nil {
			u.Text = b.words.Notice(*of)
		}
		if u.Text == "" {
			return
		}
		u.Role, u.Runs = Notice, []Run{{}}
		b.pieces(u)
		return
	case message.Row:
		b.row(u, of.Cells)
		return
	case message.Heading:
		u.Role, u.gap = Heading, aboveHeading
		face = Face{Bold: true, Heading: int8(min(max(of.Level, 1), 6))}
	case message.ListItem:
		u.Role, u.Depth, u.Mark = Item, max(1, of.Level), "•"
		if of.Mark != "" {
			u.Mark = of.Mark + "."
		}
	case message.Preformatted:
		u.Role, face.Mono = Preformatted, true
	default:
		u.Role = Paragraph
	}
	b.spans(&u, of.Spans, face)
	if u.Text == "" {
		return
	}
	if u.Role == Paragraph && !b.signed {
		b.sign(&u)
	} else if b.signed {
		for i := range u.Runs {
			u.Runs[i].Signature = true
		}
	}
	b.pieces(u)
}

// spans adds text.
func (b *setter) spans(u *Unit, spans []message.Span, face Face) {
	var text strings.Builder
	text.WriteString(u.Text)
	for _, s := range spans {
		if s.Text == "" {
			continue
		}
		f := face
		f.Bold, f.Italic, f.Mono = f.Bold || s.Bold, f.Italic || s.Italic, f.Mono || s.Code
		r := Run{From: text.Len(), Face: f, Link: s.Link, Struck: s.Struck}
		if n := len(u.Runs); n == 0 || u.Runs[n-1] != (Run{From: u.Runs[n-1].From, Face: f, Link: s.Link, Struck: s.Struck}) {
			u.Runs = append(u.Runs, r)
		}
		expand(&text, s.Text)
	}
	u.Text = text.String()
}

// expand writes text with blanks for tabs, as far as the next tab stop.
func expand(to *strings.Builder, text string) {
	if !strings.ContainsAny(text, "\t") {
		to.WriteString(text)
		return
	}
	column := 0
	for _, r := range text {
		switch r {
		case '\t':
			n := tabWidth - column%tabWidth
			to.WriteString(strings.Repeat(" ", n))
			column += n
			continue
		case '\n':
			column = -1
		}
		to.WriteRune(r)
		column++
	}
}

// row adds a row of a table.
func (b *setter) row(u Unit, cells [][]message.Span) {
	u.Role = Row
	if len(cells) > maxColumns {
		u.Role = Paragraph
	}
	for i, spans := range cells {
		if i > 0 {
			between := "\t"
			if u.Role == Paragraph {
				between = "  "
			}
			b.spans(&u, []message.Span{{Text: " "}}, Face{})
			u.Text = u.Text[:len(u.Text)-1] + between
		}
		from := len(u.Text)
		b.spans(&u, spans, Face{})
		if u.Role == Row {
			u.cells = append(u.cells, cell{from, len(u.Text)})
		}
	}
	if strings.TrimSpace(u.Text) == "" {
		return
	}
	if u.Role == Paragraph {
		b.pieces(u)
		return
	}
	n := len(b.units)
	b.add(u)
	if n > 0 && b.units[n-1].table != nil && b.units[n-1].Quote == u.Quote {
		b.units[n].table = b.units[n-1].table
		b.units[n].table.last = n
	} else {
		b.units[n].table = &table{n, n, nil}
	}
}

// signature is the line above one (RFC 3676, section 4.3).
const signature = "-- "

// sign marks what stands below the mark of a signature.
func (b *setter) sign(u *Unit) {
	at := 0
	for line := range strings.Lines(u.Text) {
		if strings.TrimSuffix(line, "\n") == signature {
			b.signed = true
			break
		}
		at += len(line)
	}
	if !b.signed {
		return
	}
	for i := range u.Runs {
		if u.Runs[i].From >= at {
			u.Runs[i].Signature = true
			continue
		}
		if i+1 == len(u.Runs) || u.Runs[i+1].From > at {
			below := u.Runs[i]
			below.From, below.Signature = at, true
			u.Runs = slices.Insert(u.Runs, i+1, below)
		}
	}
}

// pieces adds a unit, in pieces if it is long: at a line break if there is one,
// else at a blank, or within a word.
func (b *setter) pieces(u Unit) {
	text, runs, from, run := u.Text, u.Runs, 0, 0
	for {
		end, next, join := len(text), len(text), ""
		if end-from > maxPiece {
			end, next, join = cut(text, from)
		}
		u.Text = text[from:end]
		// The runs of this piece; the last of them may go on in the next.
		for run+1 < len(runs) && runs[run+1].From <= from {
			run++
		}
		last := run
		for last+1 < len(runs) && runs[last+1].From < end {
			last++
		}
		u.Runs = slices.Clone(runs[run : last+1])
		for i := range u.Runs {
			u.Runs[i].From = max(0, u.Runs[i].From-from)
		}
		b.add(u)
		if from = next; from >= len(text) {
			return
		}
		u.gap, u.join, u.Mark = 0, join, ""
	}
}

// cut says where a piece that begins at an octet ends, where the next begins,
// and what is between them.
func cut(text string, from int) (end, next int, join string) {
	some := text[from : from+maxPiece]
	if end = strings.LastIndexByte(some, '\n'); end > 0 {
		return from + end, from + end + 1, "\n"
	}
	if end = strings.LastIndexByte(some, ' ') + 1; end <= 0 {
		end = maxPiece
		for end > 1 && !utf8.RuneStart(text[from+end]) {
			end--
		}
	}
	return from + end, from + end, ""
}

// runAt is which run an octet belongs to.
func (u *Unit) runAt(at int) int {
	n, found := slices.BinarySearchFunc(u.Runs, at, func(r Run, at int) int { return r.From - at })
	if found {
		return n
	}
	return max(0, n-1)
}

// runEnd is where a run ends.
func (u *Unit) runEnd(i int) int {
	if i+1 < len(u.Runs) {
		return u.Runs[i+1].From
	}
	return len(u.Text)
}
