//go:build cgo && !nowindow

package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/widget"
)

// dialogs asks questions over a window, one at a time.
type dialogs struct {
	keys   *keys
	window fyne.Window
	open   dialog.Dialog
}

// question has two answers; no is the one that changes nothing.
type question struct {
	title, text string
	yes, no     string
	danger      bool
	// more stands below the text; it may be nil.
	more fyne.CanvasObject
}

// ask shows q and calls then for yes. The focus is on no.
func (d *dialogs) ask(q question, then func()) {
	content := stackOf(4, newText(q.text))
	if q.more != nil {
		content.Add(q.more)
	}
	const width = 380
	content.Resize(fyne.NewSize(width, 0)) // which breaks the lines
	box := dialog.NewCustomWithoutButtons(q.title, container.New(fixedWidth(width), content), d.window)
	no := newButton(d.keys, q.no, nil, box.Hide)
	yes := newButton(d.keys, q.yes, nil, func() {
		box.Hide()
		then()
	})
	if q.danger {
		yes.Importance = widget.DangerImportance
	}
	box.SetButtons([]fyne.CanvasObject{no, yes})
	d.show(box)
	d.window.Canvas().Focus(no)
}

// show shows box instead of what is open. What has the focus gets it back.
func (d *dialogs) show(box dialog.Dialog) {
	d.dismiss()
	before := d.window.Canvas().Focused()
	box.SetOnClosed(func() {
		d.open = nil
		if before != nil {
			d.window.Canvas().Focus(before)
		}
	})
	d.open = box
	box.Show()
}

// dismiss takes the open question for a no, and says whether there was one.
func (d *dialogs) dismiss() bool {
	if d.open == nil {
		return false
	}
	d.open.Hide()
	return true
}
