package message

import "strings"

// Bounds on the spans of a message, whatever its parts are: with them its text
// of 1 MB stays below what a window can be sent.
const (
	maxSpans = 40_000
	maxLinks = 1 << 20      // octets of all targets; beyond, only their hosts are kept
	maxHosts = maxLinks / 2 // octets of these; beyond, there are no links
)

// budget is what spans and targets have come to.
type budget struct{ spans, links, hosts int }

// link is what is kept of a target.
func (b *budget) link(target string) string {
	if target == "" {
		return ""
	}
	if b.links+len(target) <= maxLinks {
		b.links += len(target)
		return target
	}
	host := origin(target)
	if b.hosts+len(host) > maxHosts {
		return ""
	}
	b.hosts += len(host)
	return host
}

// charge has the spans of a part count, and leaves out what is too much: their
// styles, and the targets of links.
func (b *budget) charge(doc *Document) {
	for i := range doc.Blocks {
		block := &doc.Blocks[i]
		block.Spans = b.spend(block.Spans)
		for n := range block.Cells {
			block.Cells[n] = b.spend(block.Cells[n])
		}
	}
}

func (b *budget) spend(spans []Span) []Span {
	kept := spans[:0]
	var plain strings.Builder
	for _, s := range spans {
		if b.spans >= maxSpans {
			plain.WriteString(s.Text)
			continue
		}
		b.spans++
		s.Link = b.link(s.Link)
		kept = append(kept, s)
	}
	if plain.Len() > 0 {
		kept = append(kept, Span{Text: plain.String()})
	}
	return kept
}
