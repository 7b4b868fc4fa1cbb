package typeset

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/message"
)

// grid is a font in which each character is 1 wide, East Asian ones 2, and
// marks nothing; lines are 1 high, those of headings 2.
type grid struct{}

func (grid) Width(s string, _ Face) (w float32) {
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Cf):
		case r >= 0x2e80:
			w += 2
		default:
			w++
		}
	}
	return w
}

func (grid) Height(f Face) float32 {
	if f.Heading > 0 {
		return 2
	}
	return 1
}

var words = Words{
	Notice: func(b message.Block) string { return "notice " + string(b.Code) },
	Folded: func(n int) string { return fmt.Sprint(n, " quoted lines") },
}

func span(text string) []message.Span { return []message.Span{{Text: text}} }

func set(d message.Document, width float32) *Page {
	p := &Page{Units: Units(d, words, nil)}
	p.Fit(width, grid{})
	return p
}

// drawn are the lines of a page as they look, from left to right.
func drawn(p *Page) []string {
	var lines []string
	first, last, _ := p.Show(0, p.Height)
	for i := first; i < last; i++ {
		u := &p.Units[i]
		for _, l := range u.Lines {
			line := ""
			for _, one := range p.Pieces(u, l) {
				text := strings.Trim(one.Text, rightToLeftMark)
				if one.Leftward {
					text = reversed(text)
				}
				line += text
			}
			lines = append(lines, line)
		}
	}
	return lines
}

// reversed is a text as it is drawn from right to left, brackets mirrored.
func reversed(s string) string {
	r := []rune(strings.NewReplacer("(", ")", ")", "(", "[", "]", "]", "[").Replace(s))
	slices.Reverse(r)
	return string(r)
}

var everything = message.Document{Blocks: []message.Block{
	{Kind: message.Heading, Level: 1, Spans: span("A heading")},
	{Kind: message.Paragraph, Spans: []message.Span{{Text: "Some "}, {Text: "bold", Bold: true}, {Text: " text with "}, {Text: "a link", Link: "https://example.org/"}, {Text: "."}}},
	{Kind: message.ListItem, Level: 1, Spans: span("one")},
	{Kind: message.ListItem, Level: 2, Mark: "3", Spans: span("two")},
	{Kind: message.Rule},
	{Kind: message.Row, Cells: [][]message.Span{span("Name"), span("Price")}},
	{Kind: message.Row, Cells: [][]message.Span{span("Tea and cake"), span("9.50")}},
	{Kind: message.Preformatted, Spans: span("a\tb\n  c")},
	{Kind: message.Notice, Code: message.Encrypted},
	{Kind: message.Paragraph, Quote: 1, Spans: span("you said")},
	{Kind: message.Paragraph, Quote: 3, Spans: span("hidden\nat first")},
	{Kind: message.ListItem, Level: 1, Quote: 4, Spans: span("so is this")},
	{Kind: message.Paragraph, Spans: span("Regards\n-- \nAnn\nhttps://example.org")},
}}

func TestUnits(t *testing.T) {
	p := set(everything, 60)
	want := []string{
		"A heading", "Some bold text with a link.", "one", "two", "Name", "Price", "Tea and cake", "9.50", "a       b", "  c",
		"notice encrypted", "you said", "3 quoted lines", "Regards", "--", "Ann", "https://example.org",
	}
	if got := drawn(p); !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
	copied := "A heading\n\nSome bold text with a link.\n\n• one\n  3. two\n\n──────────\n\nName\tPrice\nTea and cake\t9.50\n\n" +
		"a       b\n  c\n\nnotice encrypted\n\nyou said\n\nRegards\n-- \nAnn\nhttps://example.org"
	if got := p.Text(Place{}, p.End()); got != copied {
		t.Errorf("copied %q", got)
	}
	last := p.Units[len(p.Units)-1]
	for _, r := range last.Runs {
		if r.Signature != (r.From >= len("Regards\n")) {
			t.Errorf("signature: %+v", last.Runs)
		}
	}
	if n := len(p.Stops()); n != 2 { // the link and the fold
		t.Errorf("%d stops: %+v", n, p.Stops())
	}
	p = &Page{Units: Units(everything, words, map[int]bool{0: true})}
	p.Fit(60, grid{})
	if got := drawn(p); !slices.Contains(got, "at first") || !slices.Contains(got, "so is this") {
		t.Errorf("unfolded: %q", got)
	}
}

// Cells of one column begin below each other, and where there is no room for
// columns one stands below the other.
func TestTable(t *testing.T) {
	p := set(everything, 60)
	rows := p.Units[5:7]
	if a, b := rows[0].Lines, rows[1].Lines; a[1].X != b[1].X || a[1].X <= b[0].X+float32(len("Tea and cake")) {
		t.Errorf("%+v, %+v", a, b)
	}
	p = set(everything, 6)
	if l := p.Units[6].Lines; l[len(l)-1].X != 0 || l[len(l)-1].Y == 0 {
		t.Errorf("%+v", l)
	}
	p = set(message.Document{Blocks: []message.Block{{Kind: message.Row, Cells: [][]message.Span{span(strings.Repeat("long words ", 20)), span("short")}}}}, 40)
	if l := p.Units[0].Lines; len(l) < 5 || l[len(l)-1].Width < 5 || l[len(l)-1].Y != 0 {
		t.Errorf("%+v", l)
	}
}

func TestVisualOrder(t *testing.T) {
	for text, want := range map[string]string{
		"abc":                "abc",
		"שלום":               "םולש",
		"abc שלום עולם def":  "abc םלוע םולש def",
		"שלום abc עולם":      "םלוע abc םולש",
		"שלום 123 עולם":      "םלוע 123 םולש",
		"abc שלום 123, עולם": "abc םלוע ,123 םולש",
		"שלום (abc) 1.5":     "1.5 (abc) םולש",
		"price: 12 ש\"ח.":    "price: 12 ח\"ש.",
		"مرحبا 12":           "12 ابحرم",
		"עולם: a-b, 50%":     "a-b, 50% :םלוע",
		"abc (שלום) def":     "abc (םולש) def",
		"שלום (עולם) [x":     "x] (םלוע) םולש",
		"中文 שלום":            "中文 םולש",
	} {
		line := ""
		for _, s := range visual(text, leftward(text)) {
			piece := text[s.from:s.to]
			if s.leftward {
				piece = reversed(piece)
			}
			line += piece
		}
		if line != want {
			t.Errorf("%q looks like %q, want %q", text, line, want)
		}
	}
}

// Lines look as fribidi, a library of others, has them look.
func TestVisualOrderOfOthers(t *testing.T) {
	raw, err := os.ReadFile(filepath.Join("testdata", "visual.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for row := range strings.Lines(string(raw)) {
		field := strings.Split(strings.TrimSuffix(row, "\n"), "\t")
		if len(field) != 3 {
			continue
		}
		seen++
		line := ""
		for _, s := range visual(field[1], field[0] == "rtl") {
			piece := field[1][s.from:s.to]
			if s.leftward {
				piece = reversed(piece)
			}
			line += piece
		}
		if line != field[2] {
			t.Errorf("%s %q looks like %q, want %q", field[0], field[1], line, field[2])
		}
	}
	if seen != 500 {
		t.Errorf("%d lines", seen)
	}
}

// A place found at a point of the page is at that point, in any direction.
func TestPlacesAndPoints(t *testing.T) {
	d := message.Document{Blocks: []message.Block{
		{Kind: message.Paragraph, Spans: span("left to right, and שלום 12 עולם within, long enough for lines")},
		{Kind: message.Paragraph, Spans: span("שלום abc עולם, ועוד קצת טקסט כדי שיהיו שורות")},
		{Kind: message.Paragraph, Spans: span("中文也应当正常显示，每行都有。")},
	}}
	p := set(d, 20)
	for i := range p.Units {
		u := &p.Units[i]
		for _, l := range u.Lines {
			for _, one := range p.Pieces(u, l) {
				for at := one.From; at < one.To; {
					_, size := utf8.DecodeRuneInString(u.Text[at:])
					s := p.Spans(u, l, at, at+size)
					if len(s) != 1 {
						t.Fatalf("%q at %d: %v", u.Text, at, s)
					}
					middle := s[0].X + s[0].Width/2
					over, ok := p.Over(middle, u.Top+l.Y+0.5)
					if ok && (over.At > at+size || over.At < at) || !ok {
						t.Errorf("%q: at %v is %v, not %d (%v)", u.Text, middle, over, at, ok)
					}
					got := p.At(s[0].X+0.2, u.Top+l.Y+0.5)
					want := at
					if one.Leftward {
						want = at + size
					}
					if got != (Place{i, want}) {
						t.Errorf("%q: left of %d is %v, want %d", u.Text, at, got, want)
					}
					at += size
				}
			}
		}
	}
}

func TestWordsAndParagraphs(t *testing.T) {
	p := set(message.Document{Blocks: []message.Block{{Kind: message.Paragraph, Spans: span("The quick, don't\nlazy 中文 dog")}, {Kind: message.Paragraph, Spans: span(strings.Repeat("long ", 1000))}}}, 30)
	for at, want := range map[int]string{0: "The", 5: "quick", 9: ",", 12: "don't", 22: "中文", 17: "lazy"} {
		from, to := p.Word(Place{0, at})
		if got := p.Text(from, to); got != want {
			t.Errorf("at %d: %q, want %q", at, got, want)
		}
	}
	from, to := p.Paragraph(Place{0, 3})
	if got := p.Text(from, to); got != "The quick, don't" {
		t.Errorf("%q", got)
	}
	from, to = p.Paragraph(Place{2, 10})
	if got := p.Text(from, to); got != strings.Repeat("long ", 1000) {
		t.Errorf("%d octets from %v to %v", len(got), from, to)
	}
	steps := 0
	for at := (Place{}); at != p.End(); at = p.Step(at, 1) {
		if steps++; steps > 6000 {
			t.Fatal("it never ends")
		}
		if next := p.Step(at, 1); at.Before(next) && p.Step(next, -1) != at {
			t.Fatalf("back from %v is %v, not %v", next, p.Step(next, -1), at)
		}
	}
	last := Place{}
	for n := 0; last != p.End(); n++ {
		next := p.Down(last, 3, 1)
		if !last.Before(next) || n > 1000 {
			t.Fatalf("down from %v is %v", last, next)
		}
		last = next
	}
	for n := 0; last != (Place{}); n++ {
		next := p.Down(last, 0, -1)
		if !next.Before(last) || n > 1000 {
			t.Fatalf("up from %v is %v", last, next)
		}
		last = next
	}
}

// What is laid out where one looks is what is laid out at once.
func TestLongPage(t *testing.T) {
	d := message.Document{Blocks: []message.Block{{Kind: message.Paragraph, Spans: span(strings.Repeat("Many words, 也有中文，make many lines. ", 30_000))}}}
	for i := range 500 {
		d.Blocks = append(d.Blocks, message.Block{Kind: message.ListItem, Level: 1, Spans: span(fmt.Sprint("item ", i))})
	}
	p := set(d, 70)
	whole := 0
	for _, u := range p.Units {
		whole += len(u.Lines)
	}
	if whole > 100 {
		t.Errorf("%d lines are laid out at once", whole)
	}
	estimated := p.Height
	top := float32(0)
	for n := 0; top < p.Height; n++ {
		_, last, moved := p.Show(top, top+40)
		if p.Units[last-1].Top+p.Units[last-1].Height < min(top+moved+40, p.Height)-1 {
			t.Fatalf("at %v of %v units end at %v", top, p.Height, p.Units[last-1].Top)
		}
		if top += moved + 40; n > 100_000 {
			t.Fatal("it never ends")
		}
	}
	if p.Height < estimated*0.7 || p.Height > estimated*1.3 {
		t.Errorf("estimated %v, is %v", estimated, p.Height)
	}
	for i, u := range p.Units[:len(p.Units)-1] {
		if next := p.Units[i+1]; next.Top < u.Top+u.Height-0.01*u.Height-1 {
			t.Fatalf("unit %d ends at %v, the next begins at %v", i, u.Top+u.Height, next.Top)
		}
	}
	// Nobody sees a jump: what is at the top stays there.
	p.Fit(70, grid{})
	top = p.Height / 2
	first := p.unitAt(top)
	below := top - p.Units[first].Top
	_, _, moved := p.Show(top, top+40)
	if got := p.unitAt(top + moved); got != first || p.Units[first].Top+below > top+moved+p.Units[first].Height {
		t.Errorf("unit %d is at the top, was %d", got, first)
	}
}

func BenchmarkOpen(b *testing.B) {
	d := message.Document{Blocks: []message.Block{{Kind: message.Paragraph, Spans: span(strings.Repeat("Many words, 也有中文，make many lines. https://example.org/\n", 1<<20/60))}}}
	for b.Loop() {
		p := &Page{Units: Units(d.Linked(), words, nil)}
		p.Fit(70, grid{})
		p.Show(0, 40)
	}
}

// document makes one of octets.
func document(seed uint64, text string) message.Document {
	r := rand.New(rand.NewPCG(seed, 1))
	kinds := []message.Kind{message.Paragraph, message.Heading, message.ListItem, message.Row, message.Preformatted, message.Rule, message.Notice, "unknown"}
	piece := func() []message.Span {
		var spans []message.Span
		for range r.IntN(4) {
			from := r.IntN(len(text) + 1)
			to := from + r.IntN(len(text)-from+1)
			s := message.Span{Text: strings.ToValidUTF8(text[from:to], "x"), Bold: r.IntN(3) == 0, Code: r.IntN(5) == 0, Struck: r.IntN(7) == 0}
			if r.IntN(3) == 0 {
				s.Link = "https://example.org/"
			}
			spans = append(spans, s)
		}
		return spans
	}
	var d message.Document
	for range r.IntN(12) {
		b := message.Block{Kind: kinds[r.IntN(len(kinds))], Level: r.IntN(9) - 1, Quote: r.IntN(6), Spans: piece(), Code: message.Encrypted}
		for range r.IntN(4) {
			b.Cells = append(b.Cells, piece())
		}
		d.Blocks = append(d.Blocks, b)
	}
	return d
}

func FuzzLayout(f *testing.F) {
	f.Add(uint64(1), "Some text\nwith שלום 12 and 中文, https://example.org", float32(30))
	f.Add(uint64(2), "\n\n\n", float32(1))
	f.Add(uint64(3), "\t\u0301\u200d👩‍👩‍👧 ัั مرحبا", float32(-4))
	f.Add(uint64(5), strings.Repeat("x", 5000), float32(9))
	f.Fuzz(func(t *testing.T, seed uint64, text string, width float32) {
		if width > 1e6 || width != width || len(text) > 1<<16 {
			return
		}
		d := document(seed, text).Linked()
		p := &Page{Units: Units(d, words, map[int]bool{int(seed % 3): true})}
		p.Fit(width, grid{})
		y := float32(0)
		for n := 0; y < p.Height && n < 50; n++ {
			first, last, moved := p.Show(y, y+30)
			for i := first; i < last; i++ {
				u := &p.Units[i]
				seen := 0
				for _, l := range u.Lines {
					if l.From > l.To || l.To > len(u.Text) || l.Width <= 0 {
						t.Fatalf("%q has the line %+v", u.Text, l)
					}
					for _, one := range p.Pieces(u, l) {
						if one.From < l.From || one.To > l.To {
							t.Fatalf("%+v has the piece %+v", l, one)
						}
						seen += one.To - one.From
					}
				}
				if len(u.cells) == 0 && seen < len(strings.ReplaceAll(strings.ReplaceAll(u.Text, " ", ""), "\n", "")) {
					t.Fatalf("%q is drawn as %d octets", u.Text, seen)
				}
			}
			at := p.At(width/2, y)
			if at.Unit >= len(p.Units) || at.At > len(p.Units[at.Unit].Text) {
				t.Fatalf("place %v", at)
			}
			p.Caret(at)
			p.Word(at)
			p.Paragraph(at)
			p.Over(width/3, y)
			p.Down(at, 2, 3)
			p.Down(at, 2, -3)
			p.WordStep(at, 1)
			p.WordStep(at, -1)
			if next := p.Step(at, 1); next.Before(at) {
				t.Fatalf("after %v comes %v", at, next)
			}
			y += moved + 30
		}
		if len(p.Units) > 0 {
			p.Text(Place{}, p.End())
		}
		for _, s := range p.Stops() {
			if s.From >= s.To && s.Link != "" {
				t.Fatalf("stop %+v", s)
			}
		}
	})
}
