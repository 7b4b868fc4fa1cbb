package message

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text prints a document as plain text, as commands and the reading pane show
// it. notice makes the sentence of a Notice; without it notices are left out.
// Of each link whose text is not its target, the target is printed behind it.
// A line of text that reads as the end of a forwarded message is printed with a
// mark of quotation, so that nobody can end one and go on as somebody else.
func (d Document) Text(notice func(Block) string) string {
	p := printer{shown: map[string]bool{}}
	if notice != nil && slices.ContainsFunc(d.Blocks, func(b Block) bool { return b.Code == Forwarded }) {
		p.end = lettersOf(notice(Block{Kind: Notice, Code: ForwardedEnd}))
	}
	for i := range d.Blocks {
		p.print(&d.Blocks[i], notice)
	}
	return p.out.String()
}

// bound leaves out what is printed beyond so many octets, and says whether
// there is any. Quotations count with their marks, links with their targets.
func (d *Document) bound(most int) bool {
	total := 0
	for i := range d.Blocks {
		total += d.Blocks[i].longest()
	}
	if total <= most {
		return false
	}
	p := printer{shown: map[string]bool{}}
	for i := range d.Blocks {
		b := &d.Blocks[i]
		room := most - p.out.Len()
		longest := b.longest()
		if longest <= room || longest <= 2*most {
			p.print(b, nil)
		}
		if longest <= room || longest <= 2*most && p.out.Len() <= most {
			continue
		}
		begun := b.cut(room)
		if d.Blocks = d.Blocks[:i]; len(begun.Spans) > 0 {
			d.Blocks = append(d.Blocks, begun)
		}
		return true
	}
	return false
}

// margin is what is printed before each line of a block, at most.
func (b *Block) margin() int {
	n := len("> ") * b.Quote
	if b.Kind == ListItem {
		n += 2*b.Level + len("2147483647. ")
	}
	return n
}

// longest is how many octets a block is printed as, at most.
func (b *Block) longest() int {
	const around = 40 // line ends, a rule
	margin := b.margin()
	n := around + 2*margin
	Document{Blocks: []Block{*b}}.each(func(s Span) {
		n += len(s.Text) + strings.Count(s.Text, "\n")*margin + len("  ")
		if s.Struck {
			n += 2 * len(struck)
		}
		if s.Link != "" {
			n += len(s.Link) + len(" <>")
		}
	})
	return n
}

// cut is the beginning of a block that is printed as so many octets, at most.
func (b *Block) cut(room int) Block {
	begun := *b
	begun.Spans, begun.Cells = nil, nil
	margin := b.margin()
	room -= begun.longest()
	for _, s := range b.Spans {
		if s.Link != "" {
			room -= len(s.Link) + len(" <>")
		}
		if s.Struck {
			room -= 2 * len(struck)
		}
		end := 0
		for ; end < len(s.Text) && room > 0; end++ {
			room--
			if s.Text[end] == '\n' {
				room -= margin
			}
		}
		if end < len(s.Text) {
			s.Text = strings.ToValidUTF8(s.Text[:end], "")
		}
		if s.Text == "" {
			break
		}
		begun.Spans = append(begun.Spans, s)
		if room <= 0 {
			break
		}
	}
	return begun
}

// Empty says whether there is nothing to read. A notice is something.
func (d Document) Empty() bool {
	for i := range d.Blocks {
		b := &d.Blocks[i]
		if b.Kind == Notice || anySeen(b.Spans) {
			return false
		}
		for _, cell := range b.Cells {
			if anySeen(cell) {
				return false
			}
		}
	}
	return true
}

func anySeen(spans []Span) bool {
	for _, s := range spans {
		if strings.TrimFunc(s.Text, notSeen) != "" {
			return true
		}
	}
	return false
}

// printer writes blocks below each other.
type printer struct {
	out   strings.Builder
	last  *Block
	shown map[string]bool // targets
	final string          // the target shown last
	end   string          // the letters of the notice that ends a forwarded message

	decoded, shownAs string // a target, and what it is shown as
}

func (p *printer) print(b *Block, notice func(Block) string) {
	var text, first, further string
	switch b.Kind {
	case Notice:
		if notice != nil {
			text = notice(*b)
		}
	case Rule:
		text = "──────────"
	case Row:
		cells := make([]string, len(b.Cells))
		for i, cell := range b.Cells {
			cells[i] = strings.ReplaceAll(p.spans(cell), "\n", " ")
		}
		text = strings.TrimRight(strings.Join(cells, "  "), " ")
	case ListItem:
		text = p.spans(b.Spans)
		first = "• "
		if b.Mark != "" {
			first = b.Mark + ". "
		}
		first = strings.Repeat("  ", max(0, b.Level-1)) + first
		further = strings.Repeat(" ", len([]rune(first)))
	default:
		text = p.spans(b.Spans)
	}
	if text == "" {
		return
	}
	quote := strings.Repeat("> ", b.Quote)
	if p.last != nil {
		p.out.WriteByte('\n')
		if b.Kind != p.last.Kind || b.Kind != ListItem && b.Kind != Row || b.Quote != p.last.Quote {
			p.out.WriteString(strings.TrimRight(strings.Repeat("> ", min(b.Quote, p.last.Quote)), " "))
			p.out.WriteByte('\n')
		}
	}
	for i, line := range strings.Split(text, "\n") {
		if i > 0 {
			p.out.WriteByte('\n')
			first = further
		}
		prefix := quote + first
		if line == "" {
			prefix = strings.TrimRight(prefix, " ")
		}
		if p.end != "" && b.Kind != Notice && lettersOf(line) == p.end {
			prefix += "> "
		}
		p.out.WriteString(prefix)
		p.out.WriteString(line)
	}
	p.last = b
}

// lettersOf are the letters of a line, by which it is known however it is
// written.
func lettersOf(line string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsLetter(r) {
			return -1
		}
		return r
	}, fold(line))
}

// spans are the texts, with the targets of their links.
func (p *printer) spans(spans []Span) string {
	var out strings.Builder
	for i := 0; i < len(spans); {
		link := spans[i].Link
		if link == "" {
			out.WriteString(marked(spans, i))
			i++
			continue
		}
		var text strings.Builder
		for ; i < len(spans) && spans[i].Link == link; i++ {
			text.WriteString(marked(spans, i))
		}
		whole := text.String()
		seen := strings.TrimRight(whole, " ")
		out.WriteString(seen)
		target := p.behind(strings.TrimPrefix(strings.TrimSuffix(seen, struck), struck), link)
		out.WriteString(target)
		out.WriteString(whole[len(seen):])
		if target != "" && len(seen) == len(whole) && i < len(spans) && beginsWord(spans[i].Text) {
			out.WriteByte(' ')
		}
	}
	return out.String()
}

// struck stands around what is crossed out.
const struck = "~~"

// marked is the text of a span, with the marks where what is crossed out begins
// and ends.
func marked(spans []Span, i int) string {
	s := spans[i]
	if !s.Struck {
		return s.Text
	}
	if i == 0 || !spans[i-1].Struck {
		s.Text = struck + s.Text
	}
	if i+1 == len(spans) || !spans[i+1].Struck {
		s.Text += struck
	}
	return s.Text
}

func beginsWord(s string) bool {
	r, _ := utf8.DecodeRuneInString(s)
	return unicode.IsLetter(r) || unicode.IsDigit(r)
}

// maxRepeated is how long a target may be to be printed whole every time.
const maxRepeated = 120

// behind is what stands behind a link's text, so that nobody takes the text
// for the target. A target that has just been shown is not repeated, unless
// the text looks like another one; of a long one shown before, the host is enough.
func (p *printer) behind(text, link string) string {
	if link != p.decoded {
		p.decoded, p.shownAs = link, shownTarget(link)
	}
	shown := p.shownAs
	if sameTarget(text, link, shown) {
		p.final = link
		return ""
	}
	if p.final == link && !namesTarget(text) {
		return ""
	}
	if p.shown[link] && len(link) > maxRepeated && strings.HasPrefix(link, "http") {
		shown = shownTarget(origin(link)) + "…"
	}
	p.shown[link], p.final = true, link
	return " <" + shown + ">"
}
