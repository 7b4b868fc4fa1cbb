//go:build cgo && !nowindow

package window

import (
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
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
	body    fyne.CanvasObject
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
	r.body = inset(6, 7, container.NewBorder(nil, nil, dot, nil, stackOf(3, first, second)))
	r.ExtendBaseWidget(r)
	return r
}

func (r *mailRow) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(r.body) }

// Refresh takes up a changed theme.
func (r *mailRow) Refresh() {
	r.dot.FillColor = themed(theme.ColorNamePrimary)
	r.BaseWidget.Refresh()
}

// show shows a message; one that is going is greyed.
func (r *mailRow) show(m api.Mail, going bool, now time.Time, loc *locale.Catalogue) {
	unseen := !m.Seen
	r.from.style.Bold, r.subject.style.Bold = unseen, unseen
	r.subject.color = theme.ColorNamePlaceHolder
	if unseen {
		r.subject.color = theme.ColorNameForeground
	}
	r.from.color = theme.ColorNameForeground
	if going {
		r.from.color, r.subject.color = theme.ColorNameDisabled, theme.ColorNameDisabled
	}
	r.date.set("")
	if !m.Date.IsZero() {
		r.date.set(loc.Time(m.Date.Time, now))
	}
	r.size.set("")
	if m.Octets > 0 {
		r.size.set(loc.Size(m.Octets))
	}
	r.from.text, r.subject.text = explain.Listed(m, loc)
	show(r.dot, unseen && !going)
	r.Refresh()
	r.from.Refresh()
	r.subject.Refresh()
}
