//go:build cgo && !nowindow

package window

import (
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/typeset"
)

// reading is the text of a message: a document that can be scrolled, selected
// and copied, with mouse and keyboard, and whose links can be followed. Fyne's
// rich text cannot be selected, and lays out all of it, seen or not.
type reading struct {
	widget.BaseWidget
	keys *keys
	// pointed is told where the link leads that the pointer or the focus is on;
	// nowhere if there is none.
	pointed func(link string)
	// follow is asked to open a link that reads so.
	follow func(link, text string)
	// copyLink is what the menu calls that, openLink what it calls to open one.
	copyLink, openLink string
	// now is the time of clicks, shifted whether the Shift key is down; tests
	// have their own.
	now     func() time.Time
	shifted func() bool

	text     string // all of it, as it is copied
	document message.Document
	words    typeset.Words
	unfolded map[int]bool
	page     typeset.Page
	stops    []typeset.Stop
	fitted   fitted
	scroll   *container.Scroll
	ring     *canvas.Rectangle

	objects []fyne.CanvasObject
	// drawnTop to drawnEnd is what objects draw, first to last its units.
	drawnTop, drawnEnd float32
	first, last        int
	painting           bool
	drops              drops
	scale              float32 // of the canvas

	selection
	focus   bool
	clicky  bool // the pointer brought the focus, and no key was pressed since
	stop    int  // of stops, that the focus is on; -1 for none
	hovered string
	pointer desktop.Cursor
}

// fitted is what the layout depends on.
type fitted struct {
	width, size float32
	bold        fyne.Resource
}

func newReading(k *keys) *reading {
	r := &reading{keys: k, now: time.Now, stop: -1, pointer: desktop.TextCursor}
	r.pointed, r.follow = func(string) {}, func(string, string) {}
	r.shifted = func() bool {
		d, ok := fyne.CurrentApp().Driver().(desktop.Driver)
		return ok && d.CurrentKeyModifiers()&fyne.KeyModifierShift != 0
	}
	r.ring = canvas.NewRectangle(nil)
	r.ring.StrokeWidth, r.ring.CornerRadius = 1.5, 5
	r.ring.Hide()
	r.ExtendBaseWidget(r)
	r.scroll = container.NewVScroll(r)
	r.scroll.OnScrolled = func(fyne.Position) { r.draw(false) }
	return r
}

// view is the text with its scroll bar, and the ring of the focus.
func (r *reading) view() fyne.CanvasObject { return container.NewStack(r.scroll, inset(2, 2, r.ring)) }

// show shows a document from its beginning.
func (r *reading) show(d message.Document, words typeset.Words) {
	r.document, r.words, r.unfolded = d.Linked(), words, map[int]bool{}
	r.selection, r.stop, r.hovered = selection{}, -1, ""
	r.pointed("")
	r.set()
	r.text = r.page.Text(typeset.Place{}, r.page.End())
	r.scroll.ScrollToTop()
	r.draw(true)
}

// links says whether there are any.
func (r *reading) links() bool {
	return slices.ContainsFunc(r.stops, func(s typeset.Stop) bool { return s.Link != "" })
}

// set makes the units anew.
func (r *reading) set() {
	r.page = typeset.Page{Units: typeset.Units(r.document, r.words, r.unfolded)}
	r.stops, r.fitted = r.page.Stops(), fitted{}
	r.fit()
}

// The page's margins.
const (
	readingSide   = 19
	readingTop    = 6
	readingBottom = 14
)

// fit breaks the lines if width or fonts are others than before. What is at the
// top stays there.
func (r *reading) fit() {
	width := r.Size().Width - 2*readingSide
	now := fitted{width, themedSize(theme.SizeNameText), currentLook().bold}
	if width <= 0 || now == r.fitted {
		return
	}
	offset := r.scroll.Offset.Y - readingTop
	var at typeset.Place
	var below float32
	if r.fitted.width > 0 && offset > 0 {
		at = r.page.At(0, offset)
		_, y := r.page.Caret(at)
		below = offset - y
	}
	r.fitted = now
	r.page.Fit(width, themeFonts{now.size})
	r.drawnEnd = 0
	if at != (typeset.Place{}) {
		_, y := r.page.Caret(at)
		r.scroll.Offset.Y = max(0, y+below+readingTop)
	}
	r.grow()
}

// grow gives the page the height it needs.
func (r *reading) grow() {
	size := fyne.NewSize(r.Size().Width, max(r.needs(), r.scroll.Size().Height))
	if size != r.Size() {
		r.BaseWidget.Resize(size)
	}
	if most := max(0, size.Height-r.scroll.Size().Height); r.scroll.Offset.Y > most {
		r.scroll.Offset.Y = most
	}
}

func (r *reading) needs() float32 {
	if len(r.page.Units) == 0 {
		return 0
	}
	return readingTop + r.page.Height + readingBottom
}

func (r *reading) MinSize() fyne.Size { return fyne.NewSize(0, r.needs()) }

// Resize breaks the lines for another width.
func (r *reading) Resize(size fyne.Size) {
	if size == r.Size() {
		return
	}
	r.BaseWidget.Resize(size)
	r.fit()
	r.grow()
	r.draw(true)
}

// Refresh takes up a changed theme.
func (r *reading) Refresh() {
	r.fit()
	r.ring.StrokeColor = themed(theme.ColorNamePrimary)
	r.draw(true)
}

func (r *reading) CreateRenderer() fyne.WidgetRenderer { return &readingRenderer{r} }

type readingRenderer struct{ *reading }

func (r *readingRenderer) Layout(fyne.Size)             {}
func (r *readingRenderer) Destroy()                     {}
func (r *readingRenderer) MinSize() fyne.Size           { return r.reading.MinSize() }
func (r *readingRenderer) Objects() []fyne.CanvasObject { return r.objects }
func (r *readingRenderer) Refresh()                     { canvas.Refresh(r.reading) }

// onPage is a point of the widget on the page.
func onPage(at fyne.Position) (x, y float32) { return at.X - readingSide, at.Y - readingTop }

// hit is what is at a point.
type hit struct {
	place typeset.Place
	stop  int // the link or fold there; -1 for none
}

func (r *reading) at(point fyne.Position) hit {
	x, y := onPage(point)
	h := hit{r.page.At(x, y), -1}
	if len(r.page.Units) == 0 {
		return h
	}
	over, on := r.page.Over(x, y)
	if u := &r.page.Units[h.place.Unit]; u.Role == typeset.Fold && y >= u.Top && y < u.Top+u.Height {
		over, on = typeset.Place{Unit: h.place.Unit}, true
	}
	if on {
		h.stop = slices.IndexFunc(r.stops, func(s typeset.Stop) bool {
			return s.Unit == over.Unit && s.From <= over.At && over.At < max(s.To, 1)
		})
	}
	return h
}

// press does what a link or a fold is for.
func (r *reading) press(stop int) {
	s := r.stops[stop]
	if s.Link != "" {
		r.follow(s.Link, r.wholeText(stop))
		return
	}
	r.toggle(r.page.Units[s.Unit].Group)
}

// wholeText is what a link says, and what stands around it without a blank: who
// reads takes all of that for one address.
func (r *reading) wholeText(stop int) string {
	s := r.stops[stop]
	text := r.page.Units[s.Unit].Text
	from, to := s.From, s.To
	if first, _ := utf8.DecodeRuneInString(text[from:]); !outsideHost(first) {
		from = len(strings.TrimRightFunc(text[:from], func(r rune) bool { return !outsideHost(r) }))
	}
	if last, _ := utf8.DecodeLastRuneInString(text[:to]); !outsideHost(last) {
		to = len(text) - len(strings.TrimLeftFunc(text[to:], func(r rune) bool { return !outsideHost(r) }))
	}
	return text[from:to]
}

// toggle unfolds a quotation, or folds it.
func (r *reading) toggle(group int) {
	r.unfolded[group] = !r.unfolded[group]
	focused := r.stop >= 0
	offset := r.scroll.Offset
	r.selection, r.stop = selection{}, -1
	r.set()
	r.scroll.Offset = offset
	r.grow()
	if focused {
		r.stop = slices.IndexFunc(r.stops, func(s typeset.Stop) bool {
			u := &r.page.Units[s.Unit]
			return u.Role == typeset.Fold && u.Group == group
		})
	}
	r.scroll.Refresh()
	r.draw(true)
}

// MouseIn, MouseMoved and MouseOut say where a link leads.
func (r *reading) MouseIn(ev *desktop.MouseEvent) { r.MouseMoved(ev) }

// MouseMoved is MouseIn.
func (r *reading) MouseMoved(ev *desktop.MouseEvent) {
	link := ""
	r.pointer = desktop.TextCursor
	if h := r.at(ev.Position); h.stop >= 0 {
		link, r.pointer = r.stops[h.stop].Link, desktop.PointerCursor
	}
	r.hover(link)
}

// MouseOut ends it.
func (r *reading) MouseOut() { r.hover("") }

func (r *reading) hover(link string) {
	if link != r.hovered {
		r.hovered = link
		r.tell()
	}
}

// tell says where the link leads that counts.
func (r *reading) tell() {
	switch {
	case r.hovered != "":
		r.pointed(r.hovered)
	case r.focus && r.stop >= 0:
		r.pointed(r.stops[r.stop].Link)
	default:
		r.pointed("")
	}
}

// Cursor shows that text can be selected, and links followed.
func (r *reading) Cursor() desktop.Cursor { return r.pointer }

// FocusGained shows where the keyboard is.
func (r *reading) FocusGained() {
	r.focus = true
	r.keys.focused(r)
	r.outline()
	r.tell()
	r.draw(true)
}

// FocusLost hides it.
func (r *reading) FocusLost() {
	r.focus, r.clicky = false, false
	r.outline()
	r.tell()
	r.draw(true)
}

// outline draws the ring where the focus is on no link, unless the pointer has
// brought it.
func (r *reading) outline() {
	r.ring.StrokeColor = themed(theme.ColorNamePrimary)
	show(r.ring, r.focus && r.stop < 0 && !r.clicky)
}

// AcceptsTab says whether Tab leads to another link here.
func (r *reading) AcceptsTab() bool { return r.next() >= 0 }

// next is the stop that Tab leads to, or -1: the one behind (or before) the
// focus, or else what is in view.
func (r *reading) next() int {
	back := r.shifted()
	switch {
	case r.stop >= 0 && back:
		return r.stop - 1
	case r.stop >= 0 && r.stop+1 < len(r.stops):
		return r.stop + 1
	case r.stop >= 0 || back:
		return -1
	}
	y := r.scroll.Offset.Y - readingTop
	return slices.IndexFunc(r.stops, func(s typeset.Stop) bool {
		u := &r.page.Units[s.Unit]
		return u.Top+u.Height > y
	})
}

// TypedRune ignores text.
func (r *reading) TypedRune(rune) {}

// TypedKey scrolls, moves between links and follows them, and with Shift
// extends the selection.
func (r *reading) TypedKey(ev *fyne.KeyEvent) {
	if r.keys.key(ev) {
		return
	}
	r.clicky = false
	r.outline()
	if r.shifted() && r.extend(ev.Name) {
		return
	}
	line := themeFonts{themedSize(theme.SizeNameText)}.Height(typeset.Face{})
	view := r.scroll.Size().Height
	switch ev.Name {
	case fyne.KeyTab:
		r.focusStop(r.next())
	case fyne.KeyReturn, fyne.KeyEnter:
		if r.stop >= 0 {
			r.press(r.stop)
		}
	case fyne.KeyUp:
		r.scrollBy(-3 * line)
	case fyne.KeyDown:
		r.scrollBy(3 * line)
	case fyne.KeyPageUp:
		r.scrollBy(line - view)
	case fyne.KeyPageDown, fyne.KeySpace:
		r.scrollBy(view - line)
	case fyne.KeyHome:
		r.scrollBy(-r.Size().Height)
	case fyne.KeyEnd:
		r.scrollBy(r.Size().Height)
	}
}

func (r *reading) focusStop(stop int) {
	if r.stop = stop; stop >= 0 {
		s := r.stops[stop]
		_, y := r.page.Caret(typeset.Place{Unit: s.Unit, At: s.From})
		r.reveal(y)
	}
	r.outline()
	r.tell()
	r.draw(true)
}

// reveal scrolls so that a line is in view.
func (r *reading) reveal(y float32) {
	line := themeFonts{themedSize(theme.SizeNameText)}.Height(typeset.Face{})
	top, end := r.scroll.Offset.Y-readingTop, r.scroll.Offset.Y-readingTop+r.scroll.Size().Height
	switch {
	case y < top:
		r.scrollBy(y - top - line)
	case y+2*line > end:
		r.scrollBy(y + 2*line - end)
	}
}

func (r *reading) scrollBy(dy float32) {
	most := max(0, r.Size().Height-r.scroll.Size().Height)
	to := min(max(0, r.scroll.Offset.Y+dy), most)
	if to == r.scroll.Offset.Y {
		return
	}
	r.scroll.Offset.Y = to
	r.draw(false)
	r.scroll.Refresh()
}

// TypedShortcut copies, and selects all or by words.
func (r *reading) TypedShortcut(s fyne.Shortcut) {
	if r.keys.shortcut(s) {
		return
	}
	switch s := s.(type) {
	case *fyne.ShortcutCopy:
		if text := r.selected(); text != "" {
			s.Clipboard.SetContent(text)
		}
	case *fyne.ShortcutSelectAll:
		r.selectAll()
	case *desktop.CustomShortcut:
		if s.Modifier&fyne.KeyModifierShift != 0 && s.Modifier&fyne.KeyModifierShortcutDefault != 0 {
			r.extendFar(s.KeyName)
		}
	}
}

// TappedSecondary offers what a reader can do.
func (r *reading) TappedSecondary(ev *fyne.PointEvent) {
	if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil {
		widget.ShowPopUpMenuAtPosition(fyne.NewMenu("", r.offers(ev.Position)...), c, ev.AbsolutePosition)
	}
}

// offers are the entries of the menu at a point.
func (r *reading) offers(point fyne.Position) []*fyne.MenuItem {
	clipboard := fyne.CurrentApp().Clipboard()
	var items []*fyne.MenuItem
	if h := r.at(point); h.stop >= 0 && r.stops[h.stop].Link != "" {
		link, text := r.stops[h.stop].Link, r.wholeText(h.stop)
		items = append(items,
			fyne.NewMenuItem(r.openLink, func() { r.follow(link, text) }),
			fyne.NewMenuItem(r.copyLink, func() { clipboard.SetContent(link) }),
			fyne.NewMenuItemSeparator())
	}
	do := fyne.NewMenuItem(lang.L("Copy"), func() { clipboard.SetContent(r.selected()) })
	do.Disabled = r.selected() == ""
	return append(items, do, fyne.NewMenuItem(lang.L("Select all"), r.selectAll))
}
