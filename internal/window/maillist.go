//go:build cgo && !nowindow

package window

import (
	"image/color"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
)

// mailKey names a message among all accounts.
type mailKey struct{ account, uid string }

func keyOf(m api.Mail) mailKey { return mailKey{m.Account, m.UID} }

// mailRow is one row of the list of messages: sender and date, under them
// subject and size; what is unseen is bold and has a dot.
type mailRow struct {
	widget.BaseWidget
	dot     *canvas.Circle
	from    *line
	date    *line
	subject *line
	size    *line
	back    *canvas.Rectangle
	body    fyne.CanvasObject
	// view is the list that the row is in, and index its place there.
	view  *mailView
	index int
	// with are the keys that were down when the row was pressed.
	with fyne.KeyModifier
}

// dotSize is the diameter of the dot before an unseen message.
const dotSize = 8

func newMailRow() *mailRow {
	r := &mailRow{
		dot:     canvas.NewCircle(themed(theme.ColorNamePrimary)),
		from:    newLine(theme.SizeNameText, theme.ColorNameForeground),
		date:    newCaption(),
		subject: newLine(theme.SizeNameText, theme.ColorNamePlaceHolder),
		size:    newCaption(),
	}
	r.date.fixed, r.size.fixed = true, true
	dot := container.New(fixedWidth(dotSize+8), container.NewCenter(container.NewGridWrap(fyne.NewSquareSize(dotSize), r.dot)))
	first := container.NewBorder(nil, nil, nil, container.New(middle{}, r.date), r.from)
	second := container.NewBorder(nil, nil, nil, container.New(middle{}, r.size), r.subject)
	r.back = canvas.NewRectangle(color.Transparent)
	r.back.CornerRadius = 5
	r.body = container.NewStack(inset(2, 1, r.back), inset(8, 7, container.NewBorder(nil, nil, dot, nil, stackOf(3, first, second))))
	r.ExtendBaseWidget(r)
	return r
}

func (r *mailRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

// Refresh takes up a changed theme.
func (r *mailRow) Refresh() {
	r.dot.FillColor = themed(theme.ColorNamePrimary)
	r.BaseWidget.Refresh()
}

// wear gives the row the background of one that is picked or under the pointer,
// and the frame of the one that the keys are on.
func (r *mailRow) wear(picked, hovered, current bool) {
	fill, stroke := color.Color(color.Transparent), color.Color(color.Transparent)
	switch {
	case picked:
		fill = themed(theme.ColorNameSelection)
	case hovered:
		fill = themed(theme.ColorNameHover)
	}
	if current {
		stroke = themed(theme.ColorNamePrimary)
	}
	if r.back.FillColor != fill || r.back.StrokeColor != stroke {
		r.back.FillColor, r.back.StrokeColor, r.back.StrokeWidth = fill, stroke, 1
		r.back.Refresh()
	}
}

// Tapped opens the row, or picks it, after the keys that were down.
func (r *mailRow) Tapped(*fyne.PointEvent) { r.view.tapped(r.index, r.with) }

// TappedSecondary shows the menu of the row.
func (r *mailRow) TappedSecondary(ev *fyne.PointEvent) {
	if r.view.menu != nil {
		r.view.menu(r.index, ev.AbsolutePosition)
	}
}

// MouseDown notes the keys that are down; a tap does not have them.
func (r *mailRow) MouseDown(ev *desktop.MouseEvent) { r.with = ev.Modifier }

// MouseUp implements desktop.Mouseable.
func (r *mailRow) MouseUp(*desktop.MouseEvent) {}

// MouseIn implements desktop.Hoverable.
func (r *mailRow) MouseIn(*desktop.MouseEvent) {
	r.view.hovered = r
	r.view.dress(r)
}

// MouseMoved implements desktop.Hoverable.
func (r *mailRow) MouseMoved(*desktop.MouseEvent) {}

// MouseOut implements desktop.Hoverable.
func (r *mailRow) MouseOut() {
	if r.view.hovered == r {
		r.view.hovered = nil
	}
	r.view.dress(r)
}

// show shows a message.
func (r *mailRow) show(m api.Mail, now time.Time, loc *locale.Catalogue) {
	unseen := !m.Seen
	r.from.style.Bold, r.subject.style.Bold = unseen, unseen
	r.subject.color = theme.ColorNamePlaceHolder
	if unseen {
		r.subject.color = theme.ColorNameForeground
	}
	r.from.color = theme.ColorNameForeground
	r.date.set("")
	if !m.Date.IsZero() {
		r.date.set(loc.Time(m.Date.Time, now))
	}
	r.size.set("")
	if m.Octets > 0 {
		r.size.set(loc.Size(m.Octets))
	}
	r.from.text, r.subject.text = explain.Listed(m, loc)
	show(r.dot, unseen)
	r.Refresh()
	r.from.Refresh()
	r.subject.Refresh()
}
