//go:build cgo && !nowindow

package window

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"

	"github.com/traymail/traymail/internal/typeset"
)

// selection is what is selected of a text, and the clicks that select.
type selection struct {
	// anchor is where it began, caret where it ends; either may come first.
	anchor, caret typeset.Place
	// from and to are what the first click has selected: nothing, a word or a
	// paragraph, as clicks says.
	from, to typeset.Place
	clicks   int
	clicked  time.Time
	point    fyne.Position
	stopDown int  // the link or fold that was pressed; -1 for none
	pressed  bool // the pointer is down
	// column is where Shift with the arrows up and down goes on; negative for
	// where the caret is.
	column float32
}

// Clicks that belong together are not further apart.
const (
	clickDelay    = 400 * time.Millisecond
	clickDistance = 4
)

// selected is the text that is selected.
func (r *reading) selected() string {
	if r.anchor == r.caret {
		return ""
	}
	return r.page.Text(r.anchor, r.caret)
}

func (r *reading) selectAll() { r.choose(typeset.Place{}, r.page.End()) }

// choose selects from anchor to caret.
func (r *reading) choose(anchor, caret typeset.Place) {
	if anchor == r.anchor && caret == r.caret {
		return
	}
	r.anchor, r.caret = anchor, caret
	r.draw(true)
}

// MouseDown begins a selection, or with Shift extends it.
func (r *reading) MouseDown(ev *desktop.MouseEvent) {
	if ev.Button != desktop.MouseButtonPrimary {
		return
	}
	r.pressed, r.clicky = true, true
	if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil {
		c.Focus(r)
	}
	h := r.at(ev.Position)
	now := r.now()
	moved := ev.AbsolutePosition.Subtract(r.point)
	again := r.clicks > 0 && now.Sub(r.clicked) < clickDelay && max(moved.X, -moved.X, moved.Y, -moved.Y) <= clickDistance
	r.clicked, r.point, r.stopDown, r.column = now, ev.AbsolutePosition, -1, -1
	if ev.Modifier&fyne.KeyModifierShift != 0 {
		r.clicks = 1
		r.from, r.to = r.anchor, r.anchor
		r.choose(r.anchor, h.place)
		return
	}
	if again {
		r.clicks = r.clicks%3 + 1
	} else {
		r.clicks = 1
	}
	r.stop, r.stopDown = -1, h.stop
	r.outline()
	r.from, r.to = r.grain(h.place)
	r.choose(r.from, r.to)
}

// grain is what a click at a place selects.
func (r *reading) grain(at typeset.Place) (from, to typeset.Place) {
	switch r.clicks {
	case 2:
		return r.page.Word(at)
	case 3:
		return r.page.Paragraph(at)
	}
	return at, at
}

// MouseUp follows a link that was pressed and left where it was.
func (r *reading) MouseUp(ev *desktop.MouseEvent) {
	if ev.Button != desktop.MouseButtonPrimary || !r.pressed { // it may have been pressed elsewhere
		return
	}
	r.pressed = false
	down := r.stopDown
	r.stopDown = -1
	if down >= 0 && r.anchor == r.caret && r.at(ev.Position).stop == down {
		r.press(down)
	}
}

// Dragged extends the selection, by words or paragraphs if it began so. Beyond
// the edge it scrolls.
func (r *reading) Dragged(ev *fyne.DragEvent) {
	if !r.pressed {
		return
	}
	if y, view := ev.Position.Y-r.scroll.Offset.Y, r.scroll.Size().Height; y < 0 {
		r.scrollBy(y)
	} else if y > view {
		r.scrollBy(y - view)
	}
	from, to := r.grain(r.at(ev.Position).place)
	if from.Before(r.from) {
		r.choose(r.to, from)
	} else if r.to.Before(to) {
		r.choose(r.from, to)
	} else {
		r.choose(r.from, r.to)
	}
	if r.anchor != r.caret {
		r.stopDown = -1
	}
}

// DragEnd ends a selection.
func (r *reading) DragEnd() { r.pressed = false }

// extend moves the end of the selection, and says whether the key is for that.
func (r *reading) extend(key fyne.KeyName) bool {
	column := r.column
	r.column = -1
	to := r.caret
	switch key {
	case fyne.KeyLeft:
		to = r.page.Step(to, -1)
	case fyne.KeyRight:
		to = r.page.Step(to, 1)
	case fyne.KeyUp, fyne.KeyDown, fyne.KeyPageUp, fyne.KeyPageDown:
		if len(r.page.Units) == 0 {
			return true
		}
		if column < 0 {
			column, _ = r.page.Caret(to)
		}
		by := 1
		if key == fyne.KeyPageUp || key == fyne.KeyPageDown {
			by = max(1, int(r.scroll.Size().Height/themeFonts{r.fitted.size}.Height(typeset.Face{}))-1)
		}
		if key == fyne.KeyUp || key == fyne.KeyPageUp {
			by = -by
		}
		to = r.page.Down(to, column, by)
	case fyne.KeyHome, fyne.KeyEnd:
		if n := r.page.LineAt(to); n >= 0 {
			l := r.page.Units[to.Unit].Lines[n]
			if to.At = l.From; key == fyne.KeyEnd {
				to.At = l.To
			}
		}
	default:
		return false
	}
	r.column = column
	if key == fyne.KeyLeft || key == fyne.KeyRight || key == fyne.KeyHome || key == fyne.KeyEnd {
		r.column = -1
	}
	r.moveCaret(to)
	return true
}

// extendFar does what Ctrl does with the arrows and with Home and End.
func (r *reading) extendFar(key fyne.KeyName) {
	r.column = -1
	switch key {
	case fyne.KeyLeft:
		r.moveCaret(r.page.WordStep(r.caret, -1))
	case fyne.KeyRight:
		r.moveCaret(r.page.WordStep(r.caret, 1))
	case fyne.KeyHome:
		r.moveCaret(typeset.Place{})
	case fyne.KeyEnd:
		r.moveCaret(r.page.End())
	}
}

func (r *reading) moveCaret(to typeset.Place) {
	r.choose(r.anchor, to)
	_, y := r.page.Caret(to)
	r.reveal(y)
}
