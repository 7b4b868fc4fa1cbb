package message

import (
	"cmp"
	"strconv"
	"strings"

	"github.com/traymail/traymail/internal/plaintext"
)

// smallDigits raises or lowers a text of digits and signs only, so that a
// power or a formula does not read as another number.
func smallDigits(s, to string) string {
	digits := []rune(to)
	var out strings.Builder
	for _, c := range s {
		i := strings.IndexRune("0123456789+-=()", c)
		switch {
		case i >= 0:
			out.WriteRune(digits[i])
		case c == ' ' || c == '\n':
			out.WriteRune(c)
		default:
			return s
		}
	}
	return out.String()
}

// opened does what an element does at its beginning.
func (r *renderer) opened(t *token, e *element) {
	e.begun = true
	switch t.name {
	case "ul", "ol", "menu", "dir":
		l := &list{ordered: t.name == "ol", next: 1, step: 1, numbering: cmp.Or(e.style.numbering, t.attributes.kind)}
		if n, err := strconv.Atoi(strings.TrimSpace(t.attributes.start)); err == nil && n > -1e9 && n < 1e9 {
			l.next = n
			if t.attributes.reversed {
				l.step = -1
			}
		} else {
			l.reversed = t.attributes.reversed
		}
		r.lists = append(r.lists, l)
	case "li":
		r.listItem(&t.attributes, e.style.numbering)
	case "table":
		r.finish()
		border := t.attributes.border
		r.tables = append(r.tables, &table{data: border != "" && border != "0"})
	case "tr":
		r.startRow()
	case "td", "th":
		r.startCell(t.name == "th")
	case "q":
		r.characters("“")
	case "rt":
		r.characters("(")
	case "button":
		r.characters(" ")
	case "mfrac":
		if n := r.text.Len(); n > 0 && isDigit(r.text.String()[n-1]) {
			r.characters(" ")
		}
	}
	if e.style.display == "table-cell" && e.role&roleCell == 0 {
		r.characters(" ")
	}
	r.characters(e.lead + r.sheet.writes(e, r.stack[:len(r.stack)-1], 'b'))
	e.after += r.sheet.writes(e, r.stack[:len(r.stack)-1], 'a')
	if e.style.listLevel > 0 {
		r.inWord, r.word, r.begun = true, "", nil
		r.item = &item{level: min(e.style.listLevel, maxListDepth)}
	}
}

// strikesOut says whether a text is struck out, by its element or by CSS.
func (e *element) strikesOut() bool {
	switch e.name {
	case "s", "strike", "del":
		return !e.style.unmarked
	}
	return e.style.struck
}

// action is where a button sends its form.
func (r *renderer) action(a *attributes) string {
	if a.action != "" {
		return target(a.action, r.base)
	}
	for i := len(r.stack) - 1; i >= 0 && r.count["form"] > 0; i-- {
		if r.stack[i].name == "form" {
			return r.stack[i].action
		}
	}
	return ""
}

// submits says whether a button of a type sends its form.
func submits(kind string) bool {
	return !strings.EqualFold(kind, "button") && !strings.EqualFold(kind, "reset")
}

// void does what an element without content does.
func (r *renderer) void(t *token, e *element) {
	a := &t.attributes
	hidden := e.state.gone || e.state.invisible
	if t.name == "img" || t.name == "image" || t.name == "input" && strings.EqualFold(a.kind, "image") {
		r.countPicture(a, e)
	}
	if hidden && !r.resort.hidden {
		r.hid = true
		return
	}
	switch t.name {
	case "br":
		r.lineFeed()
	case "hr":
		r.rule()
	case "img", "image":
		r.picture(a, e)
	case "area":
		if link := target(a.href, r.base); link != "" {
			r.write(a.alt, mode{link: link})
			r.breakLine(1)
		}
	case "input":
		switch strings.ToLower(a.kind) {
		case "hidden", "password", "file", "color", "range":
		case "button", "reset":
			r.write(" "+a.value+" ", e.state.mode())
		case "submit", "image":
			text := a.value
			if strings.EqualFold(a.kind, "image") {
				text = a.alt
			}
			mode := e.state.mode()
			mode.link = cmp.Or(r.action(a), mode.link)
			r.write(" "+text+" ", mode)
		case "checkbox", "radio":
			r.write(map[bool]string{false: " [ ] ", true: " [x] "}[a.checked], e.state.mode())
		default: // fields of text, of which there are many kinds
			if a.value != "" {
				r.write(" "+a.value+" ", e.state.mode())
			}
		}
	}
}

// picture is the text that stands for an image.
func (r *renderer) picture(a *attributes, e *element) {
	if isPixel(a.width) || isPixel(a.height) || e.style.flat || e.style.thin {
		return
	}
	alt := plaintext.Clean(a.alt)
	if alt == "" && a.title != "" {
		alt = plaintext.Clean(a.title)
	}
	if len(alt) == 0 || altFile().MatchString(alt) {
		if r.unnamed = r.unnamed || e.state.link != ""; !r.resort.pictures || e.state.link == "" {
			return
		}
		alt = shownTarget(e.state.link)
	}
	if r.inWord {
		r.wordItem()
	}
	r.write(plaintext.Truncate(alt, 1000), e.state.mode())
}

// countPicture counts a picture that a browser would load from elsewhere.
func (r *renderer) countPicture(a *attributes, e *element) {
	if r.count["noscript"] > 0 || !strings.HasPrefix(target(a.source, r.base), "http") {
		return
	}
	r.pictures++
	if s := &e.state; s.gone || s.invisible || s.outside || s.transparent || isPixel(a.width) || isPixel(a.height) || e.style.flat || e.style.thin {
		r.unseen++
	}
}

func isPixel(size string) bool {
	n, unit, ok := length(strings.TrimSpace(size))
	return ok && n <= 2 && unit != "%"
}

// altFile is an alternative text that says nothing.
var altFile = lazily(`(?i)^(?:[\w .@-]+\.(?:png|jpe?g|gif|bmp|svg|webp)|image|img|spacer|pixel|bild|\*)$`)

// closing does what an element does at its end.
func (r *renderer) closing(e *element) {
	if e.after != "" {
		r.characters(e.after)
	}
	switch e.name {
	case "ul", "ol", "menu", "dir":
		if len(r.lists) == 0 {
			return
		}
		l := r.lists[len(r.lists)-1]
		r.lists = r.lists[:len(r.lists)-1]
		if l.reversed {
			r.breakLine(2)
			r.finish()
			for _, i := range l.items {
				if i.block < len(r.blocks) && r.blocks[i.block].Kind == ListItem {
					r.blocks[i.block].Mark = ordinal(l.next-i.number, i.numbering)
				}
			}
		}
		r.item = nil
	case "li":
		r.item = nil
	case "table":
		r.endRow()
		if len(r.tables) > 0 {
			r.tables = r.tables[:len(r.tables)-1]
		}
	case "tr":
		r.endRow()
	case "td", "th":
		r.endCell()
	case "q":
		r.characters("”")
	case "rt":
		r.characters(")")
	case "button":
		r.characters(" ")
	}
	if e.style.listLevel > 0 {
		r.inWord, r.item = false, nil
	}
	if e.apart {
		r.characters(" ")
	}
}

// inFormula says how an element of MathML is written in a line, which stands in
// another one.
func (e *element) inFormula(parent *element) {
	switch parent.name {
	case "msup", "msub":
		e.script, e.up = e.index == 2, parent.name == "msup"
	case "msubsup":
		e.script, e.up = e.index > 1, e.index == 3
	case "mfrac":
		if e.index == 2 {
			e.lead = "/"
		}
		if e.name == "mrow" {
			e.lead, e.after = e.lead+"(", ")"
		}
	case "mroot":
		if e.index == 2 {
			e.lead, e.after = "^(1/", ")"
		}
	case "munder", "mover", "munderover", "mtr":
		if e.index > 1 {
			e.lead = " "
		}
	}
	if e.name == "msqrt" {
		e.lead, e.after = e.lead+"√(", ")"
	}
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
