package message

import "strings"

// Text prints a document as plain text, as commands and the reading pane show
// it. notice makes the sentence of a Notice; without it notices are left out.
// Of each link whose text is not its target, the target is printed behind it.
func (d Document) Text(notice func(Block) string) string {
	p := printer{shown: map[string]bool{}}
	for i := range d.Blocks {
		p.print(&d.Blocks[i], notice)
	}
	return p.out.String()
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
		p.out.WriteString(prefix)
		p.out.WriteString(line)
	}
	p.last = b
}

// spans are the texts, with the targets of their links.
func (p *printer) spans(spans []Span) string {
	var out strings.Builder
	for i := 0; i < len(spans); {
		link := spans[i].Link
		if link == "" {
			out.WriteString(spans[i].Text)
			i++
			continue
		}
		var text strings.Builder
		for ; i < len(spans) && spans[i].Link == link; i++ {
			text.WriteString(spans[i].Text)
		}
		whole := text.String()
		seen := strings.TrimRight(whole, " ")
		out.WriteString(seen)
		out.WriteString(p.behind(seen, link))
		out.WriteString(whole[len(seen):])
	}
	return out.String()
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
