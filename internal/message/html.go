package message

import (
	"html"
	"regexp"
	"strings"
	"sync"

	"github.com/traymail/traymail/internal/plaintext"
)

// forScreens says whether a style sheet is for every screen: one for paper, or
// for screens of some width, hides nothing here.
func forScreens(media string) bool {
	switch strings.ToLower(strings.TrimSpace(media)) {
	case "", "all", "screen":
		return true
	}
	return false
}

// lazily compiles an expression when it is first needed: most programs that
// start read no message.
func lazily(expression string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(expression) })
}

var metaTag = lazily(`(?i)<meta[^>]+charset\s*=\s*["']?([A-Za-z0-9_:.-]+)`)

var prolog = lazily(`^\s*<\?xml[^>]+encoding\s*=\s*["']([A-Za-z0-9_:.-]+)`)

// metaCharset finds what an HTML document says of itself.
func metaCharset(raw []byte) string {
	for _, tag := range []func() *regexp.Regexp{metaTag, prolog} {
		if m := tag().FindSubmatch(raw[:min(len(raw), 4096)]); m != nil {
			return string(m[1])
		}
	}
	return ""
}

// maxOpen bounds how many elements are open at a time. Further ones have no
// effect beyond their gaps.
const maxOpen = 300

// state is what an element's text inherits.
type state struct {
	gone, invisible, tiny, outside, transparent bool
	bold, italic, code                          bool
	preserved, preformatted, struck             bool
	raised, lowered                             bool
	colour, ground                              colour
	marker                                      bool // of a list of Word
	heading, quote, gap                         int
	link                                        string
}

func (s *state) unread() bool {
	return s.gone || s.invisible || s.tiny || s.outside || s.transparent || s.colour.same(s.ground)
}

// element is one that is open.
type element struct {
	node
	role   role
	style  style
	link   string
	action string // of a form: where it goes
	quote  bool
	begun  bool   // opened has seen it
	after  string // what CSS writes at its end
	script bool   // the second in <msup> or <msub>
	up     bool   // of these, the former
	apart  bool   // its parent puts a distance around it
	lead   string // what stands before it in a formula
	state  state

	children []node // as far as rules ask for them
	count    int    // of all
}

// renderer makes a document of HTML.
type renderer struct {
	builder
	markup  markup
	sheet   sheet
	base    string
	resort  resort
	hid     bool // something
	unnamed bool // there was a picture with a link and no words

	pictures, unseen int // see Document

	stack   []element
	top     element        // stands around all others
	painted int            // octets of style sheets when its colour was looked up
	count   map[string]int // of open elements by name
	lists   []*list
	tables  []*table
	choice  options
	word    string // the marker of an item in a list of Word
	inWord  bool
}

// resort is what is shown of a text without words for want of anything better.
type resort struct {
	hidden   bool // what is hidden
	pictures bool // the targets of pictures without words
}

// htmlDocument reads HTML. Nothing is fetched, no script runs; what a browser
// would not show is left out, unless then nothing remained. cut says that there
// is more of it, which is not known: what is hidden stays so.
func htmlDocument(source string, cut bool) Document {
	r := render(source, cut, resort{})
	d := r.document()
	if more := (resort{hidden: r.hid && !cut, pictures: r.unnamed}); more != (resort{}) && d.Empty() {
		r = render(source, cut, more)
		d = r.document()
	}
	d.Pictures, d.Unseen = r.pictures, r.unseen
	return d
}

func render(source string, cut bool, last resort) *renderer {
	r := &renderer{resort: last, markup: markup{source: strings.ReplaceAll(source, "\x00", ""), cut: cut}, count: map[string]int{}}
	r.skim()
	for {
		t := r.markup.next()
		switch t.kind {
		case endOfMarkup:
			r.closeTo(0)
			return r
		case textToken:
			r.characters(t.text)
		case startTag:
			r.start(&t)
		case endTag:
			r.end(t.name)
		}
	}
}

// skim reads the style sheets, which are for all elements wherever they stand.
func (r *renderer) skim() {
	r.markup.lowered() // for both
	m := r.markup
	if !strings.Contains(m.lower, "<style") {
		return
	}
	for {
		switch t := m.next(); {
		case t.kind == endOfMarkup:
			return
		case t.kind != startTag:
		case raws[t.name]:
			if text := m.unread(&t); t.name == "style" && forScreens(t.attributes.media) {
				r.sheet.add(text)
			}
		case holdsText[t.name] && m.closes(t.name):
			m.raw(t.name)
		}
	}
}

// holdsText are elements whose content is text, whatever it looks like.
var holdsText = map[string]bool{"textarea": true, "xmp": true}

// now is the state of the innermost element.
func (r *renderer) now() *state {
	if len(r.stack) == 0 {
		return r.canvas()
	}
	return &r.stack[len(r.stack)-1].state
}

// canvas is the state around all elements: white, or what style sheets paint
// the body with, which may have no tag.
func (r *renderer) canvas() *state {
	if r.top.begun && r.painted == r.sheet.octets {
		return &r.top.state
	}
	r.top.begun, r.painted = true, r.sheet.octets
	r.top.state.ground = knownColour | 0xffffff
	for _, name := range []string{"html", "body"} {
		e := element{node: node{name: name, index: 1}}
		if ground := r.sheet.styleOf(&e, &attributes{}, nil).ground; ground != 0 {
			r.top.state.ground = ground
		}
	}
	if r.sheet.unsure {
		r.top.state.ground = unknownColour
	}
	return &r.top.state
}

func (s *state) mode() mode {
	return mode{bold: s.bold, italic: s.italic, code: s.code, struck: s.struck, link: s.link}
}

// characters adds a text.
func (r *renderer) characters(s string) {
	now := r.now()
	if now.unread() && !r.resort.hidden {
		r.hid = r.hid || strings.TrimSpace(s) != ""
		return
	}
	if now.gone && r.unreadElement() || r.count["svg"] > 0 && r.count["text"] == 0 && r.count["foreignobject"] == 0 {
		return
	}
	if now.marker {
		r.word += plaintext.Clean(s[:min(len(s), 40)])
		return
	}
	if r.inWord && strings.TrimFunc(s, notSeen) != "" {
		r.wordItem()
	}
	if now.raised {
		s = smallDigits(s, "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁼⁽⁾")
	} else if now.lowered {
		s = smallDigits(s, "₀₁₂₃₄₅₆₇₈₉₊₋₌₍₎")
	}
	if now.preserved {
		r.verbatim(s, now.mode())
	} else {
		r.write(s, now.mode())
	}
}

// unreads says whether nothing is read of an element that begins.
func (r *renderer) unreads(name string) bool {
	return unread[name] && (r.count["svg"] > 0 || !ofPictures[name])
}

// unreadElement says whether one of those that hold no text is open.
func (r *renderer) unreadElement() bool {
	for name := range unread {
		if r.count[name] > 0 {
			return true
		}
	}
	return false
}

// start opens an element.
func (r *renderer) start(t *token) {
	if raws[t.name] {
		r.markup.unread(t)
		return
	}
	switch t.name {
	case "body", "html", "head":
		if r.count[t.name] > 0 {
			return
		}
	case "base":
		if r.base == "" {
			r.base = target(t.attributes.href, "")
		}
		return
	}
	if r.count["svg"] > 0 && gaps[t.name] > 0 { // browsers end an unfinished picture here, too
		r.closeUnless("svg", 0)
	}
	r.implyEnd(t.name)
	if t.name == "select" && t.begin >= r.choice.end {
		r.choice = r.markup.choose(t.begin)
	}

	e := element{node: node{name: t.name, id: strings.ToLower(t.attributes.id), tag: r.markup.source[t.begin:r.markup.at]}, role: roles[t.name]}
	e.classes = strings.Fields(strings.ToLower(t.attributes.class))
	e.classes = e.classes[:min(len(e.classes), maxClasses)]
	parent := &r.top
	if len(r.stack) > 0 {
		parent = &r.stack[len(r.stack)-1]
	}
	if t.name != "meta" && t.name != "link" { // they belong to the head, also where it has no tag
		r.sheet.place(&e.node, &parent.children, &parent.count)
	}
	e.style = r.sheet.styleOf(&e, &t.attributes, r.stack)
	if gaps[t.name] > 0 && t.name != "option" && t.name != "optgroup" {
		e.role |= roleBlock
	}
	e.quote = t.name == "blockquote" && (!e.style.indented || t.attributes.class != "" || t.attributes.kind != "" || t.attributes.cite != "")
	switch {
	case t.name == "a" && r.count["svg"] > 0 && t.attributes.href == "":
		e.link = target(t.attributes.xlink, r.base)
	case t.name == "a" && t.attributes.href != "":
		e.link = target(t.attributes.href, r.base)
	case t.name == "form":
		e.action = target(t.attributes.action, r.base)
	case t.name == "button" && submits(t.attributes.kind):
		e.link = r.action(&t.attributes)
	}
	e.inFormula(parent)
	// The attribute hides by a display that any other overrides.
	if t.attributes.hidden && !e.style.shown || r.unreads(t.name) && r.markup.closes(t.name) || t.name == "option" && !r.choice.shows(t.begin) || t.name == "dialog" && !e.style.shown && !isOpen(e.tag) {
		e.style.gone = true
	}
	e.state = r.inherit(r.now(), &e)
	if (t.name == "col" || t.name == "colgroup") && e.style.ground != 0 {
		r.sheet.unsure = true // it is behind cells that stand elsewhere
	}
	if parent.style.stacks() {
		e.state.gap = max(e.state.gap, 1)
	}
	gap := e.state.gap
	if !e.state.gone || r.resort.hidden {
		r.breakLine(gap)
		if e.apart = parent.style.spreads(); e.apart {
			r.characters(" ")
		}
	}
	if voids[t.name] {
		r.void(t, &e)
		return
	}
	if t.empty || len(r.stack) >= maxOpen {
		return
	}
	r.stack = append(r.stack, e)
	r.count[t.name]++
	r.reshape()
	if !e.state.gone || r.resort.hidden {
		r.opened(t, &r.stack[len(r.stack)-1])
	}
	if holdsText[t.name] && r.markup.closes(t.name) {
		text := r.markup.raw(t.name)
		if t.name == "textarea" {
			text = html.UnescapeString(text)
		}
		r.characters(text)
	}
}

// unread passes over an element without tags inside, and gives what it holds. One
// that is not closed ends with the next tag.
func (m *markup) unread(t *token) string {
	if !m.closes(t.name) || t.name == "title" && m.untitled() {
		if !t.empty {
			m.at = m.textEnd(m.at)
		}
		return ""
	}
	return m.raw(t.name)
}

// inherit is the state within an element.
func (r *renderer) inherit(outer *state, e *element) state {
	s := *outer
	s.gone = s.gone || e.style.gone
	s.invisible = e.style.invisible.over(s.invisible)
	s.tiny = e.style.tiny.over(s.tiny)
	s.outside = e.style.outside.over(s.outside)
	s.transparent = e.style.transparent.over(s.transparent)
	s.gap = e.gap()
	switch e.name {
	case "b", "strong":
		s.bold = true
	case "i", "em", "cite", "dfn", "var":
		s.italic = true
	case "code", "tt", "kbd", "samp":
		s.code = true
	case "pre", "listing", "xmp", "plaintext", "textarea":
		s.preserved, s.preformatted = true, true
		if e.name == "textarea" {
			s.colour, s.ground = unknownColour, unknownColour
		}
	case "h1", "h2", "h3", "h4", "h5", "h6":
		s.heading = int(e.name[1] - '0')
	case "sup":
		s.raised, s.lowered = true, false
	case "sub":
		s.raised, s.lowered = false, true
	case "table":
		s.preserved, s.preformatted, s.heading = false, false, 0
		s.colour = unknownColour // without a doctype, browsers have tables inherit none
	case "a":
		s.colour = unknownColour
	case "mark", "button", "select", "input", "svg": // SVG has other colours (fill)
		s.colour, s.ground = unknownColour, unknownColour
	case "p":
		if e.style.tight { // Word's lines are paragraphs without a margin
			s.gap = 1
		}
	}
	if e.name == "text" && r.count["svg"] > 0 {
		s.gap = 1
	}
	if e.script {
		s.raised, s.lowered = e.up, !e.up
	}
	if e.link != "" {
		s.link = e.link
	}
	if e.quote {
		s.quote = min(s.quote+1, maxQuote)
	}
	if e.style.listLevel > 0 {
		s.gap = 2
	}
	if e.style.colour != 0 {
		s.colour = e.style.colour
	}
	if e.style.ground != 0 {
		s.ground = e.style.ground
	}
	if r.sheet.unsure {
		s.ground = unknownColour
	}
	s.marker = s.marker || e.style.listMarker && r.inWord
	s.bold = e.style.bold.over(s.bold)
	s.italic = e.style.italic.over(s.italic)
	s.preserved = e.style.preserved.over(s.preserved)
	s.struck = s.struck || e.strikesOut()
	return s
}

// isOpen says whether a dialog is, which browsers do not show else.
func isOpen(tag string) bool {
	_, open := attributeOf(strings.TrimPrefix(tag, "<"), "open")
	return open
}

// stacks and spreads say whether what stands within an element is one below the
// other, or beside each other at a distance, even if it is a part of a line.
func (s *style) stacks() bool {
	return strings.HasSuffix(s.display, "grid") || strings.HasSuffix(s.display, "flex") && s.column
}

func (s *style) spreads() bool { return strings.HasSuffix(s.display, "flex") && !s.column }

// gap is the break around an element, which CSS may give to those that have
// none, and take from a <div>.
func (e *element) gap() int {
	gap := gaps[e.name]
	switch e.style.display {
	case "block", "flex", "grid", "table", "table-row", "list-item":
		return max(gap, 1)
	case "inline":
		if e.name == "div" {
			return 0
		}
	}
	return gap
}

// reshape tells the builder what the next block will be.
func (r *renderer) reshape() {
	now := r.now()
	r.shape = shape{heading: now.heading, preformatted: now.preformatted && now.preserved, quote: now.quote}
}

// end closes an element.
func (r *renderer) end(name string) {
	switch {
	case name == "br": // browsers take </br> for <br>
		r.lineFeed()
		return
	case r.count[name] == 0:
		if name == "p" {
			r.breakLine(gaps[name])
		}
		return
	}
	phrase := gaps[name] == 0 && !formatting[name] && !unread[name]
	ofTable := roles[name]&(roleTable|roleSection|roleRow) != 0
	for i := len(r.stack) - 1; i >= 0; i-- {
		e := &r.stack[i]
		switch {
		case e.name == name && formatting[name]:
			r.remove(i)
			return
		case e.name == name:
			r.closeTo(i)
			return
		case e.role&roleTable != 0, e.role&roleFence != 0 && !ofTable, phrase && e.role&roleBlock != 0:
			return
		}
	}
}

// implyEnd closes what ends where an element begins.
func (r *renderer) implyEnd(name string) {
	if gaps[name] > 0 && r.count["p"] > 0 && !inParagraphs[name] {
		r.closeUnless("p", roleFence|roleButton)
	}
	if name == "a" && r.count["a"] > 0 {
		for i := len(r.stack) - 1; i >= 0 && r.stack[i].role&roleFence == 0; i-- {
			if r.stack[i].name == "a" {
				r.remove(i)
				break
			}
		}
	}
	rule, ok := implied[name]
	if !ok {
		return
	}
	last := -1
	for i := len(r.stack) - 1; i >= 0; i-- {
		role := r.stack[i].role
		if role&rule.closes != 0 {
			last = i
		} else if role&(rule.within|roleFence) != 0 {
			break
		}
	}
	if last >= 0 {
		r.closeTo(last)
	}
}

// closeUnless closes the innermost element of a name unless one of the fences
// stands before it.
func (r *renderer) closeUnless(name string, fences role) {
	for i := len(r.stack) - 1; i >= 0; i-- {
		if r.stack[i].name == name {
			r.closeTo(i)
			return
		}
		if r.stack[i].role&fences != 0 {
			return
		}
	}
}

// closeTo closes all elements from the i-th.
func (r *renderer) closeTo(i int) {
	for len(r.stack) > i {
		r.remove(len(r.stack) - 1)
	}
}

// remove closes the i-th element. Those within stay open, as in browsers,
// without what they had of it.
func (r *renderer) remove(i int) {
	e := r.stack[i]
	if e.begun {
		r.closing(&e)
	}
	r.stack = append(r.stack[:i], r.stack[i+1:]...)
	r.count[e.name]--
	outer := r.canvas()
	if i > 0 {
		outer = &r.stack[i-1].state
	}
	for ; i < len(r.stack); i++ {
		gap := r.stack[i].state.gap
		r.stack[i].state = r.inherit(outer, &r.stack[i])
		r.stack[i].state.gap = gap
		outer = &r.stack[i].state
	}
	if !e.state.gone || r.resort.hidden {
		gap := e.state.gap
		if e.name == "dt" { // its description follows closely
			gap = 1
		}
		r.breakLine(gap)
	}
	r.reshape()
}
