//go:build cgo && !nowindow

package window

import (
	"image/color"
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// mailView is a list of messages of any length, of which it draws what is in
// view, with headings between some rows. One row is the open one, one is the
// current one, which the keys act on, and any number are picked. Fyne's list
// knows one row and, with rows of several heights, counts all of them at every
// step of scrolling.
type mailView struct {
	widget.BaseWidget
	keys *keys
	// length is the number of rows, and update shows one.
	length func() int
	update func(i int, r *mailRow)
	// picked says whether a row is picked.
	picked func(i int) bool
	// open is told of the row to open, pick of a change to what is picked, and
	// remove that the Delete key was pressed.
	open   func(i int)
	pick   func(picking)
	remove func()
	// menu is what a click of the other button does at a place of the window;
	// moved is told that other rows are in view. Both may be nil.
	menu  func(i int, at fyne.Position)
	moved func()

	// current is the row that the keys are on, anchor where a range begins.
	current, anchor int
	// headings are the rows with a heading above them, in order, with its text.
	headings []dayHeading

	height  float32 // of a row
	scroll  *container.Scroll
	content *fyne.Container
	rows    map[int]*mailRow
	titles  []*line
	spare   []*mailRow
	ring    *canvas.Rectangle
	focused bool
	shift   bool // the key is down
	keyed   bool // keys have led here, or were pressed since
	quiet   bool // the focus comes without the ring
	hovered *mailRow
	first   int // in view
	last    int // the one behind
}

// dayHeading stands above a row.
type dayHeading struct {
	row  int
	text string
}

// picking is a change to what is picked.
type picking struct {
	// from and to are the rows that it is about, in order, with both ends.
	from, to int
	// toggle changes those rows; else they are what is picked from now on. None
	// are where from is beyond to.
	toggle bool
}

// headingHeight is the room for a heading.
const headingHeight = 26

func newMailView(k *keys) *mailView {
	v := &mailView{keys: k, rows: map[int]*mailRow{}, ring: canvas.NewRectangle(color.Transparent)}
	v.ring.StrokeWidth, v.ring.CornerRadius = 1.5, 5
	v.ring.Hide()
	v.content = container.New(viewLayout{v})
	v.scroll = container.NewVScroll(v.content)
	v.scroll.OnScrolled = func(fyne.Position) {
		v.fill(false)
		if v.moved != nil {
			v.moved()
		}
	}
	v.height = newMailRow().MinSize().Height
	v.ExtendBaseWidget(v)
	return v
}

// viewLayout gives a view's rows their places.
type viewLayout struct{ v *mailView }

func (l viewLayout) Layout([]fyne.CanvasObject, fyne.Size) { l.v.fill(false) }
func (l viewLayout) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, l.v.total()) }

// total is the height of all rows.
func (v *mailView) total() float32 {
	return float32(v.length())*v.height + float32(len(v.headings))*headingHeight
}

// headingsTo counts the headings down to the one above a row.
func (v *mailView) headingsTo(i int) int {
	return sort.Search(len(v.headings), func(n int) bool { return v.headings[n].row > i })
}

// top is where a row begins, below its heading.
func (v *mailView) top(i int) float32 {
	return float32(i)*v.height + float32(v.headingsTo(i))*headingHeight
}

// at is the row at a height, or the one below a heading there.
func (v *mailView) at(y float32) int {
	return sort.Search(v.length(), func(i int) bool { return v.top(i)+v.height > y })
}

// fill puts rows where they are in view. anew has all of them updated.
func (v *mailView) fill(anew bool) {
	size := v.scroll.Size()
	if size.Height <= 0 || v.height <= 0 {
		return
	}
	n := v.length()
	first := min(v.at(v.scroll.Offset.Y), n)
	last := min(v.at(v.scroll.Offset.Y+size.Height)+1, n)
	for i, r := range v.rows {
		if i < first || i >= last {
			delete(v.rows, i)
			v.spare = append(v.spare, r)
		}
	}
	objects := make([]fyne.CanvasObject, 0, last-first+4)
	titles := 0
	for i := first; i < last; i++ {
		r, shown := v.rows[i], true
		if r == nil {
			shown = false
			if k := len(v.spare); k > 0 {
				r, v.spare = v.spare[k-1], v.spare[:k-1]
			} else {
				r = newMailRow()
				r.view = v
			}
			v.rows[i] = r
			r.index = i
		}
		if !shown || anew {
			v.dress(r)
			v.update(i, r)
		}
		y := v.top(i)
		r.Move(fyne.NewPos(0, y))
		r.Resize(fyne.NewSize(size.Width, v.height))
		objects = append(objects, r)
		if k := v.headingsTo(i); k > 0 && v.headings[k-1].row == i {
			if titles == len(v.titles) {
				title := newLine(theme.SizeNameCaptionText, theme.ColorNamePrimary)
				v.titles = append(v.titles, title)
			}
			title := v.titles[titles]
			titles++
			title.set(v.headings[k-1].text)
			title.Move(fyne.NewPos(14, y-headingHeight+8))
			title.Resize(fyne.NewSize(max(0, size.Width-28), headingHeight-8))
			objects = append(objects, title)
		}
	}
	v.first, v.last = first, last
	v.content.Objects = objects
	canvas.Refresh(v.content)
}

// dress gives a row its background.
func (v *mailView) dress(r *mailRow) {
	selected := v.picked(r.index)
	r.wear(selected, v.hovered == r, v.focused && v.keyed && v.current == r.index)
}

// redress takes up what is picked, opened and current, of the rows in view.
func (v *mailView) redress() {
	for _, r := range v.rows {
		v.dress(r)
	}
}

// refreshRow shows a row anew, if it is in view.
func (v *mailView) refreshRow(i int) {
	if r := v.rows[i]; r != nil {
		v.dress(r)
		v.update(i, r)
	}
}

// Refresh takes up another number of rows, other headings or another theme.
func (v *mailView) Refresh() {
	v.height = newMailRow().MinSize().Height
	v.ring.StrokeColor = themed(theme.ColorNamePrimary)
	v.content.Resize(fyne.NewSize(v.scroll.Size().Width, max(v.total(), v.scroll.Size().Height)))
	if most := max(0, v.total()-v.scroll.Size().Height); v.scroll.Offset.Y > most {
		v.scroll.Offset.Y = most
	}
	v.scroll.Refresh()
	for _, t := range v.titles {
		t.Refresh()
	}
	v.fill(true)
	v.BaseWidget.Refresh()
}

// Resize has as many rows as there is room for.
func (v *mailView) Resize(size fyne.Size) {
	v.BaseWidget.Resize(size)
	v.fill(false)
	if v.moved != nil {
		v.moved()
	}
}

func (v *mailView) CreateRenderer() fyne.WidgetRenderer {
	return widget.NewSimpleRenderer(container.NewStack(v.scroll, v.ring))
}

// scrollTo brings a row into view, with its heading.
func (v *mailView) scrollTo(i int) {
	if i < 0 || i >= v.length() {
		return
	}
	y := v.top(i)
	above := y
	if k := v.headingsTo(i); k > 0 && v.headings[k-1].row == i {
		above -= headingHeight
	}
	offset := v.scroll.Offset.Y
	switch room := v.scroll.Size().Height; {
	case above < offset:
		offset = above
	case y+v.height > offset+room:
		offset = y + v.height - room
	default:
		return
	}
	v.scroll.ScrollToOffset(fyne.NewPos(0, offset))
	v.fill(false)
	if v.moved != nil {
		v.moved()
	}
}

// move brings the keys to a row; extend picks those up to it.
func (v *mailView) move(i int, extend bool) {
	n := v.length()
	if n == 0 {
		return
	}
	i = max(0, min(i, n-1))
	v.current = i
	if extend {
		v.anchor = min(v.anchor, n-1)
		v.pick(picking{from: min(v.anchor, i), to: max(v.anchor, i)})
	} else {
		v.anchor = i
	}
	v.scrollTo(i)
	v.redress()
}

// choose opens a row, and nothing is picked any more.
func (v *mailView) choose(i int) {
	if i < 0 || i >= v.length() {
		return
	}
	v.current, v.anchor = i, i
	v.pick(picking{from: 1})
	v.open(i)
	v.redress()
}

// toggle picks a row beside others, or no longer.
func (v *mailView) toggle(i int) {
	if i < 0 || i >= v.length() {
		return
	}
	v.current, v.anchor = i, i
	v.pick(picking{from: i, to: i, toggle: true})
	v.redress()
}

// tapped acts on a click with the keys of a keyboard that were down.
func (v *mailView) tapped(i int, with fyne.KeyModifier) {
	v.keyed = false
	if c := fyne.CurrentApp().Driver().CanvasForObject(v); c != nil {
		v.focus(c)
	}
	v.outline()
	switch {
	case with&fyne.KeyModifierShift != 0:
		v.move(i, true)
	case with&fyne.KeyModifierShortcutDefault != 0:
		v.toggle(i)
	default:
		v.choose(i)
	}
}

// focus gives the list the focus, and no ring before a key is pressed in it.
func (v *mailView) focus(c fyne.Canvas) {
	v.quiet = true
	c.Focus(v)
	v.quiet = false
}

func (v *mailView) FocusGained() {
	v.focused = true
	if v.keys.last != v { // else the window has it again, and all is as it was
		v.keyed = !v.quiet
	}
	v.keys.last = v
	v.outline()
	v.redress()
}

func (v *mailView) FocusLost() {
	v.focused, v.shift = false, false
	v.outline()
	v.redress()
}

// outline shows the ring while the list has the focus by the keyboard.
func (v *mailView) outline() {
	v.ring.StrokeColor = themed(theme.ColorNamePrimary)
	show(v.ring, v.focused && v.keyed)
	v.ring.Refresh()
}

// KeyDown and KeyUp follow the Shift key, of which TypedKey is not told.
func (v *mailView) KeyDown(ev *fyne.KeyEvent) {
	if ev.Name == desktop.KeyShiftLeft || ev.Name == desktop.KeyShiftRight {
		v.shift = true
	}
}

// KeyUp is the other half of KeyDown.
func (v *mailView) KeyUp(ev *fyne.KeyEvent) {
	if ev.Name == desktop.KeyShiftLeft || ev.Name == desktop.KeyShiftRight {
		v.shift = false
	}
}

func (v *mailView) TypedRune(rune) {}

// page is how many rows Page Up and Page Down move.
func (v *mailView) page() int {
	return max(1, int(v.scroll.Size().Height/v.height)-1)
}

func (v *mailView) TypedKey(ev *fyne.KeyEvent) {
	if v.keys.key(ev) {
		return
	}
	v.keyed = true
	v.outline()
	switch ev.Name {
	case fyne.KeyDelete:
		if v.length() > 0 {
			v.remove()
		}
	case fyne.KeyReturn, fyne.KeyEnter:
		v.choose(v.current)
	case fyne.KeySpace:
		v.toggle(v.current)
	case fyne.KeyDown:
		v.move(v.current+1, v.shift)
	case fyne.KeyUp:
		v.move(v.current-1, v.shift)
	case fyne.KeyPageDown:
		v.move(v.current+v.page(), v.shift)
	case fyne.KeyPageUp:
		v.move(v.current-v.page(), v.shift)
	case fyne.KeyHome:
		v.move(0, v.shift)
	case fyne.KeyEnd:
		v.move(v.length()-1, v.shift)
	}
	v.redress()
}

func (v *mailView) TypedShortcut(s fyne.Shortcut) {
	if _, all := s.(*fyne.ShortcutSelectAll); all {
		if n := v.length(); n > 0 {
			v.pick(picking{from: 0, to: n - 1})
			v.redress()
		}
		return
	}
	v.keys.shortcut(s)
}
