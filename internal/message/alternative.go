package message

import (
	"strings"
	"unicode"
)

// alternative picks one of several forms of the same text (RFC 2046, section
// 5.1.4): plain text, unless that says less than the HTML. Attachments and
// invitations count whichever form they stand in.
func (r *reader) alternative(p *part) (t text) {
	var plain, rich, description Document
	var havePlain, haveRich bool
	var notices []Block
	room := r.room
	for _, child := range p.parts {
		r.room = room
		if _, ok := richDocument(child.kind, ""); !ok && strings.HasPrefix(child.kind, "text/") && child.kind != "text/calendar" && !child.isHTML() && !child.attached() {
			continue // a form of the text for other programs
		}
		one := r.entity(child)
		t.files = append(t.files, one.files...)
		if child.kind == "text/calendar" {
			for _, b := range one.doc.Blocks {
				if b.Kind == Notice {
					notices = append(notices, b)
				} else {
					description.Blocks = append(description.Blocks, b)
				}
			}
			continue
		}
		switch {
		case one.doc.Empty():
		case one.html:
			rich, haveRich, t.html = one.doc, true, true
		case !havePlain || child.kind == "text/plain" && plain.letters() == 0:
			plain, havePlain = one.doc, true
		}
	}
	switch {
	case havePlain && (!haveRich || !saysLess(plain, rich)):
		t.doc, t.html = plain, false
	case haveRich:
		t.doc = rich
	default: // else it is another form of the text
		t.doc = description
	}
	r.room = max(0, room-t.doc.size())
	// When and where come first: what invites to meetings on the web adds pages
	// on how to dial in.
	t.doc.Blocks = append(notices, t.doc.Blocks...)
	return t
}

// saysLess says whether a plain text is not worth reading beside the HTML: it
// is far shorter, or short and only tells to use a reader of HTML.
func saysLess(plain, rich Document) bool {
	p, h := plain.letters(), rich.letters()
	if p*3 < h && h-p > 20 {
		return true
	}
	return p < 400 && plain.mentions("html") && !rich.mentions("html")
}

// letters counts what carries meaning. Targets of links do not: plain text has
// them where the HTML hides them.
func (d Document) letters() (n int) {
	d.each(func(s Span) {
		text := s.Text
		for more := true; more; {
			var before string
			before, text, more = strings.Cut(text, "://")
			for _, r := range before {
				if unicode.IsLetter(r) || unicode.IsDigit(r) {
					n++
				}
			}
			text = strings.TrimLeftFunc(text, func(r rune) bool { return r > ' ' && r < 0x7f })
		}
	})
	return n
}

// said are the letters and digits, without what is between them.
func (d Document) said() string {
	var b strings.Builder
	d.each(func(s Span) {
		for _, r := range s.Text {
			if unicode.IsLetter(r) || unicode.IsDigit(r) {
				b.WriteRune(r)
			}
		}
	})
	return b.String()
}

func (d Document) size() (n int) {
	d.each(func(s Span) { n += len(s.Text) })
	return n
}

func (d Document) mentions(word string) (found bool) {
	d.each(func(s Span) { found = found || strings.Contains(strings.ToLower(s.Text), word) })
	return found
}

func (d Document) each(f func(Span)) {
	for _, b := range d.Blocks {
		for _, s := range b.Spans {
			f(s)
		}
		for _, cell := range b.Cells {
			for _, s := range cell {
				f(s)
			}
		}
	}
}
