//go:build cgo && !nowindow

package window

import (
	"image/color"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// keys are the keys of a whole window. Fyne gives a key to the focused widget
// alone, and most swallow what they don't know, so every widget here that can
// have the focus asks keys first.
type keys struct {
	// escape is what Ctrl+W does, and Esc where there is nothing to undo.
	escape func()
	// undo takes back what was chosen, and says whether there was anything;
	// nil for nothing.
	undo func() bool
	// check is what Ctrl+R does; nil for nothing.
	check func()
	// turn is what Ctrl+Page Up (-1) and Ctrl+Page Down (1) do; nil for nothing.
	turn func(by int)
	// find is what Ctrl+F does, and takeBack what Ctrl+Z does where nothing was
	// typed; takeBack says whether there was anything. nil for nothing.
	find     func()
	takeBack func() bool
	// help is what F1 does; nil for nothing. bound are more keys.
	help  func()
	bound map[desktop.CustomShortcut]func()
	// reveal scrolls to what has got the focus; nil where nothing scrolls.
	reveal func(fyne.CanvasObject)
	// last is what had the focus last, or has it.
	last fyne.CanvasObject
}

func (k *keys) focused(o fyne.CanvasObject) {
	k.last = o
	if k.reveal != nil {
		k.reveal(o)
	}
}

// key handles ev and says whether it did.
func (k *keys) key(ev *fyne.KeyEvent) bool {
	if ev.Name == fyne.KeyF1 && k.help != nil {
		k.help()
		return true
	}
	if ev.Name != fyne.KeyEscape {
		return false
	}
	if k.undo == nil || !k.undo() {
		k.escape()
	}
	return true
}

// shortcut handles s and says whether it did.
func (k *keys) shortcut(s fyne.Shortcut) bool {
	if _, undo := s.(*fyne.ShortcutUndo); undo {
		return k.takeBack != nil && k.takeBack()
	}
	custom, ok := s.(*desktop.CustomShortcut)
	if ok {
		if do := k.bound[*custom]; do != nil {
			do()
			return true
		}
	}
	if !ok || custom.Modifier != fyne.KeyModifierShortcutDefault {
		return false
	}
	switch {
	case custom.KeyName == fyne.KeyW:
		k.escape()
	case custom.KeyName == fyne.KeyR && k.check != nil:
		k.check()
	case custom.KeyName == fyne.KeyF && k.find != nil:
		k.find()
	case custom.KeyName == fyne.KeyPageUp && k.turn != nil:
		k.turn(-1)
	case custom.KeyName == fyne.KeyPageDown && k.turn != nil:
		k.turn(1)
	default:
		return false
	}
	return true
}

// attach handles the keys that no widget gets.
func (k *keys) attach(c fyne.Canvas) {
	c.SetOnTypedKey(func(ev *fyne.KeyEvent) { k.key(ev) })
	for _, name := range []fyne.KeyName{fyne.KeyW, fyne.KeyR, fyne.KeyF, fyne.KeyPageUp, fyne.KeyPageDown} {
		c.AddShortcut(&desktop.CustomShortcut{KeyName: name, Modifier: fyne.KeyModifierShortcutDefault},
			func(s fyne.Shortcut) { k.shortcut(s) })
	}
	c.AddShortcut(&fyne.ShortcutUndo{}, func(s fyne.Shortcut) { k.shortcut(s) })
	for s := range k.bound {
		c.AddShortcut(&s, func(s fyne.Shortcut) { k.shortcut(s) })
	}
}

// field is a text entry of one line.
type field struct {
	widget.Entry
	keys *keys
	// left is called when the focus goes elsewhere.
	left func()
	// revert brings back what was there before the typing, for Esc, and says
	// whether that was something else; nil for nothing.
	revert func() bool
}

func newField(k *keys) *field {
	f := &field{keys: k}
	f.ExtendBaseWidget(f)
	return f
}

func (f *field) FocusGained() {
	f.Entry.FocusGained()
	f.keys.focused(f)
}

func (f *field) TypedKey(ev *fyne.KeyEvent) {
	if ev.Name == fyne.KeyEscape && f.revert != nil && f.revert() {
		return
	}
	if !f.keys.key(ev) {
		f.Entry.TypedKey(ev)
	}
}

func (f *field) FocusLost() {
	f.Entry.FocusLost()
	if f.left != nil {
		f.left()
	}
}

func (f *field) TypedShortcut(s fyne.Shortcut) {
	if !f.keys.shortcut(s) {
		f.Entry.TypedShortcut(s)
	}
}

// choice is a drop-down list.
type choice struct {
	widget.Select
	keys *keys
}

func newChoice(k *keys, options []string, changed func(string)) *choice {
	c := &choice{keys: k}
	c.Options, c.OnChanged = options, changed
	c.ExtendBaseWidget(c)
	return c
}

func (c *choice) FocusGained() {
	c.Select.FocusGained()
	c.keys.focused(c)
}

func (c *choice) TypedKey(ev *fyne.KeyEvent) {
	if !c.keys.key(ev) {
		c.Select.TypedKey(ev)
	}
}

// check is a tick box.
type check struct {
	widget.Check
	keys *keys
}

func newCheck(k *keys, label string, changed func(bool)) *check {
	c := &check{keys: k}
	c.Text, c.OnChanged = label, changed
	c.ExtendBaseWidget(c)
	return c
}

func (c *check) FocusGained() {
	c.Check.FocusGained()
	c.keys.focused(c)
}

func (c *check) TypedKey(ev *fyne.KeyEvent) {
	if !c.keys.key(ev) {
		c.Check.TypedKey(ev)
	}
}

// button also answers to Enter, and keeps the focus when a key presses it;
// Fyne's own drops it, and Tab would begin anew.
type button struct {
	widget.Button
	keys *keys
}

func newButton(k *keys, label string, icon fyne.Resource, tapped func()) *button {
	b := &button{keys: k}
	b.Text, b.Icon, b.OnTapped = label, icon, tapped
	b.ExtendBaseWidget(b)
	return b
}

func (b *button) FocusGained() {
	b.Button.FocusGained()
	b.keys.focused(b)
}

func (b *button) TypedKey(ev *fyne.KeyEvent) {
	switch {
	case b.keys.key(ev):
	case ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter || ev.Name == fyne.KeySpace:
		if !b.Disabled() && b.OnTapped != nil {
			b.OnTapped()
		}
	default:
		b.Button.TypedKey(ev)
	}
}

func (b *button) setEnabled(on bool) {
	if on == !b.Disabled() {
		return
	}
	if on {
		b.Enable()
	} else {
		b.Disable()
	}
}

// rows is a list in which arrows, Page Up and Down, Home and End move and
// Enter opens.
type rows struct {
	widget.List
	keys *keys
	// current is the row that the arrows are on.
	current widget.ListItemID
	// ring is around the list while it has the focus: the row that the arrows
	// are on does not show where it is the selected one. Who opens a window or
	// points at a row knows without it.
	ring *canvas.Rectangle
	// keyed: keys have led here, or were pressed since. quiet: the focus comes
	// without the ring. typing: what happens was typed.
	keyed, quiet, typing bool
}

func newRows(k *keys, length func() int, create func() fyne.CanvasObject, update func(widget.ListItemID, fyne.CanvasObject)) *rows {
	r := &rows{keys: k, ring: canvas.NewRectangle(color.Transparent)}
	r.ring.StrokeWidth, r.ring.CornerRadius = 1.5, 5
	r.ring.Hide()
	r.Length, r.CreateItem, r.UpdateItem = length, create, update
	r.HideSeparators = true
	r.OnHighlighted = func(id widget.ListItemID) { r.current = id }
	r.ExtendBaseWidget(r)
	return r
}

func (r *rows) FocusGained() {
	r.List.FocusGained()
	if r.keys.last != r { // else the window has it again, and all is as it was
		r.keyed = !r.quiet || r.typing
	}
	r.keys.last = r
	r.outline(r.keyed)
}

// focus gives the list the focus, and no ring before a key is pressed in it.
func (r *rows) focus(c fyne.Canvas) {
	r.quiet = true
	c.Focus(r)
	r.quiet = false
}

// pointed is told that a row was selected; if that was done by pointing, the
// ring goes.
func (r *rows) pointed() {
	if !r.typing {
		r.keyed = false
		r.outline(false)
	}
}

func (r *rows) outline(on bool) {
	r.ring.StrokeColor = themed(theme.ColorNamePrimary)
	if on {
		r.ring.Show()
	} else {
		r.ring.Hide()
	}
}

func (r *rows) FocusLost() {
	r.List.FocusLost()
	r.outline(false)
}

func (r *rows) CreateRenderer() fyne.WidgetRenderer {
	return &ringed{r.List.CreateRenderer(), r.ring}
}

// ringed draws a ring around a widget.
type ringed struct {
	fyne.WidgetRenderer
	ring *canvas.Rectangle
}

func (r *ringed) Objects() []fyne.CanvasObject {
	return append(slices.Clone(r.WidgetRenderer.Objects()), r.ring)
}

func (r *ringed) Layout(size fyne.Size) {
	r.WidgetRenderer.Layout(size)
	r.ring.Resize(size)
}

// Refresh takes up a changed theme.
func (r *ringed) Refresh() {
	r.WidgetRenderer.Refresh()
	r.ring.StrokeColor = themed(theme.ColorNamePrimary)
	r.ring.Refresh()
}

// pageRows is how many rows Page Up and Page Down move.
const pageRows = 8

func (r *rows) TypedKey(ev *fyne.KeyEvent) {
	r.typing = true
	defer func() { r.typing = false }()
	r.keyed = true
	r.outline(true)
	last := r.Length() - 1
	switch {
	case r.keys.key(ev):
	case last < 0:
	case ev.Name == fyne.KeyReturn || ev.Name == fyne.KeyEnter:
		r.Select(r.current)
	case ev.Name == fyne.KeyPageDown:
		r.Highlight(min(r.current+pageRows, last))
	case ev.Name == fyne.KeyPageUp:
		r.Highlight(max(r.current-pageRows, 0))
	case ev.Name == fyne.KeyHome:
		r.Highlight(0)
	case ev.Name == fyne.KeyEnd:
		r.Highlight(last)
	default:
		r.List.TypedKey(ev)
	}
}

// disclosure is a button that shows and hides what belongs to it.
type disclosure struct {
	button
	target fyne.CanvasObject
}

func newDisclosure(k *keys, label string, target fyne.CanvasObject, toggled func()) *disclosure {
	d := &disclosure{target: target}
	d.keys = k
	d.Text, d.Icon = label, theme.MenuExpandIcon()
	d.Importance, d.Alignment = widget.LowImportance, widget.ButtonAlignLeading
	target.Hide()
	d.OnTapped = func() {
		d.open(!target.Visible())
		toggled()
	}
	d.ExtendBaseWidget(d)
	return d
}

func (d *disclosure) open(on bool) {
	if on {
		d.target.Show()
		d.SetIcon(theme.MenuDropDownIcon())
	} else {
		d.target.Hide()
		d.SetIcon(theme.MenuExpandIcon())
	}
}
