//go:build cgo && !nowindow

package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// dayBoxes are the days of the week, on which quiet hours begin. One of them is
// chosen at least: hours without a day are none.
type dayBoxes struct {
	set     func(days string)
	boxes   [7]*check
	quiet   bool // being filled, not chosen
	content *fyne.Container
}

// newDayBoxes tells set what the user chooses. narrow: a whole week is too wide
// for a row.
func newDayBoxes(k *keys, loc *locale.Catalogue, narrow bool, set func(days string)) *dayBoxes {
	d := &dayBoxes{set: set, content: container.NewHBox()}
	if narrow {
		d.content = container.NewGridWithColumns(4)
	}
	for i, name := range settings.DayNames {
		d.boxes[i] = newCheck(k, loc.T("prefs.day."+name), func(bool) { d.chosen(i) })
		d.content.Add(d.boxes[i])
	}
	return d
}

func (d *dayBoxes) chosen(i int) {
	if d.quiet {
		return
	}
	var days settings.Weekdays
	for j, b := range d.boxes {
		days[j] = b.Checked
	}
	if days == (settings.Weekdays{}) {
		d.quiet = true
		d.boxes[i].SetChecked(true)
		d.quiet = false
		return
	}
	d.set(settings.DaysText(days))
}

// show ticks days without telling anybody.
func (d *dayBoxes) show(days string) {
	d.quiet = true
	defer func() { d.quiet = false }()
	for i, on := range (settings.QuietHours{Days: days}).Weekdays() {
		d.boxes[i].SetChecked(on)
	}
}
