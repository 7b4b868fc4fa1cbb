//go:build cgo && !nowindow

package window

import (
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// reading is text that can be selected and copied, with mouse and keyboard,
// but not changed. Fyne's selectable label would swallow Esc once clicked.
type reading struct {
	widget.Entry
	keys *keys
}

func newReading(k *keys) *reading {
	r := &reading{keys: k}
	r.MultiLine, r.Wrapping = true, fyne.TextWrapWord
	r.ExtendBaseWidget(r)
	return r
}

// AcceptsTab lets Tab move on instead of indenting.
func (r *reading) AcceptsTab() bool { return false }

// TypedRune ignores text.
func (r *reading) TypedRune(rune) {}

// TypedKey passes on the keys that only move.
func (r *reading) TypedKey(ev *fyne.KeyEvent) {
	if r.keys.key(ev) {
		return
	}
	switch ev.Name {
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyLeft, fyne.KeyRight,
		fyne.KeyPageUp, fyne.KeyPageDown, fyne.KeyHome, fyne.KeyEnd:
		r.Entry.TypedKey(ev)
	}
}

// TypedShortcut passes on what changes nothing.
func (r *reading) TypedShortcut(s fyne.Shortcut) {
	if r.keys.shortcut(s) {
		return
	}
	switch s := s.(type) {
	case *fyne.ShortcutCopy, *fyne.ShortcutSelectAll:
		r.Entry.TypedShortcut(s)
	case *desktop.CustomShortcut:
		switch s.KeyName {
		case fyne.KeyLeft, fyne.KeyRight: // by words
			r.Entry.TypedShortcut(s)
		}
	}
}

// TappedSecondary offers what a reader can do.
func (r *reading) TappedSecondary(at *fyne.PointEvent) {
	app := fyne.CurrentApp()
	canvas := app.Driver().CanvasForObject(r)
	if canvas == nil {
		return
	}
	menu := fyne.NewMenu("",
		fyne.NewMenuItem(lang.L("Copy"), func() {
			r.Entry.TypedShortcut(&fyne.ShortcutCopy{Clipboard: app.Clipboard()})
		}),
		fyne.NewMenuItem(lang.L("Select all"), func() { r.Entry.TypedShortcut(&fyne.ShortcutSelectAll{}) }))
	widget.ShowPopUpMenuAtRelativePosition(menu, canvas, at.Position, r)
}

// borderless shows the entry without its frame, as text on the page: no frame
// is drawn, and that of the focus lies outside of what is shown.
func borderless(r *reading) fyne.CanvasObject {
	plain := container.NewThemeOverride(r, frameless{})
	return container.NewClip(container.New(overhang(3), plain))
}

// frameless is the theme in force, without frames around fields.
type frameless struct{}

func (frameless) Color(name fyne.ThemeColorName, variant fyne.ThemeVariant) color.Color {
	if name == theme.ColorNameInputBorder {
		return color.Transparent
	}
	return inForce().Color(name, variant)
}

func (frameless) Size(name fyne.ThemeSizeName) float32       { return inForce().Size(name) }
func (frameless) Font(style fyne.TextStyle) fyne.Resource    { return inForce().Font(style) }
func (frameless) Icon(name fyne.ThemeIconName) fyne.Resource { return inForce().Icon(name) }

// inForce is the theme of the program, whatever is drawn in another just now.
func inForce() fyne.Theme { return fyne.CurrentApp().Settings().Theme() }

// overhang lays its objects out larger than itself by so much on every side.
type overhang float32

func (o overhang) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, object := range objects {
		object.Move(fyne.NewPos(-float32(o), -float32(o)))
		object.Resize(size.AddWidthHeight(2*float32(o), 2*float32(o)))
	}
}

func (o overhang) MinSize([]fyne.CanvasObject) fyne.Size { return fyne.NewSize(0, 0) }
