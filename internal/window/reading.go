//go:build cgo && !nowindow

package window

import (
	"image/color"
	"strings"
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/lang"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/linebreak"
)

// reading is text that can be selected and copied, with mouse and keyboard,
// but not changed. Fyne's selectable label would swallow Esc once clicked.
type reading struct {
	widget.Entry // has the text with its line breaks
	keys         *keys
	text         string
	breaks       []lineBreak
	width, size  float32 // that the lines were broken for
}

// lineBreak is one that the text does not have.
type lineBreak struct {
	at     int    // in what the Entry has, in octets
	spaces string // that stood there
}

func newReading(k *keys) *reading {
	r := &reading{keys: k}
	r.MultiLine, r.Wrapping = true, fyne.TextWrapWord
	r.ExtendBaseWidget(r)
	return r
}

// SetText changes the text.
func (r *reading) SetText(text string) {
	r.text, r.width = text, 0
	r.fit()
}

// Resize breaks the lines for another width.
func (r *reading) Resize(size fyne.Size) {
	r.Entry.Resize(size)
	r.fit()
}

// Refresh breaks the lines anew if the font has another size.
func (r *reading) Refresh() {
	r.fit()
	r.Entry.Refresh()
}

// fit breaks the lines as paragraph does. Fyne does well where there are
// spaces, so only those with Chinese or Japanese are measured.
func (r *reading) fit() {
	width, size := r.Size().Width-2*themedSize(theme.SizeNameInnerPadding), themedSize(theme.SizeNameText)
	if r.width == width && r.size == size {
		return
	}
	r.width, r.size, r.breaks = width, size, nil
	var b strings.Builder
	for hard := range strings.Lines(r.text) {
		line := strings.TrimSuffix(hard, "\n")
		if width <= 0 || !strings.ContainsFunc(line, ideographic) {
			b.WriteString(hard)
			continue
		}
		rest := line
		for i, piece := range linebreak.Break(line, width, func(s string) float32 { return fyne.MeasureText(s, size, r.TextStyle).Width }) {
			start := max(0, strings.Index(rest, piece))
			if i > 0 {
				r.breaks = append(r.breaks, lineBreak{b.Len(), rest[:start]})
				b.WriteByte('\n')
			}
			b.WriteString(piece)
			rest = rest[start+len(piece):]
		}
		b.WriteString(rest + hard[len(line):])
	}
	if b.String() != r.Text {
		r.Entry.SetText(b.String())
	}
}

func ideographic(c rune) bool {
	return unicode.In(c, unicode.Han, unicode.Hiragana, unicode.Katakana)
}

// selected is the selected text as it was before it was broken into lines.
func (r *reading) selected() string {
	selected := r.SelectedText()
	at := strings.Index(r.Text, selected) // if it stands there twice, so does the original
	var b strings.Builder
	for _, br := range r.breaks {
		if n := br.at - at; n >= 0 && n < len(selected) {
			b.WriteString(selected[:n] + br.spaces)
			at, selected = br.at+1, selected[n+1:]
		}
	}
	return b.String() + selected
}

// AcceptsTab lets Tab move on instead of indenting.
func (r *reading) AcceptsTab() bool { return false }

// TypedRune ignores text.
func (r *reading) TypedRune(rune) {}

func (r *reading) FocusGained() {
	r.Entry.FocusGained()
	r.keys.focused(r)
}

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
	case *fyne.ShortcutCopy:
		if text := r.selected(); text != "" {
			s.Clipboard.SetContent(text)
		}
	case *fyne.ShortcutSelectAll:
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
			r.TypedShortcut(&fyne.ShortcutCopy{Clipboard: app.Clipboard()})
		}),
		fyne.NewMenuItem(lang.L("Select all"), func() { r.Entry.TypedShortcut(&fyne.ShortcutSelectAll{}) }))
	widget.ShowPopUpMenuAtRelativePosition(menu, canvas, at.Position, r)
}

// overhangs is how far the frame of the focus lies outside.
const overhangs = 3

// borderless shows the entry without its frame, as text on the page: no frame
// is drawn, and that of the focus lies outside of what is shown.
func borderless(r *reading) fyne.CanvasObject {
	plain := container.NewThemeOverride(r, frameless{})
	return container.NewClip(container.New(overhang(overhangs), plain))
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
