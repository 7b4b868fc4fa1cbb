//go:build !darwin && !windows

package tray

import (
	"fyne.io/systray"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/trayview"
)

// labelMark comes before the letter of a shortcut key, says the D-Bus menu
// protocol.
const labelMark = "_"

// prepare is called before systray starts.
func prepare(v trayview.View) {
	systray.SetTitle("traymail") // becomes the Id as well; the count is on the icon
	setIcon(v.Icon)
	setText(v)
	setHidden(v.Hidden)
}

// hear has t told of clicks on the icon.
func hear(t *tray) {
	if t.OnTapped != nil {
		systray.SetOnTapped(t.singly(t.OnTapped))
	}
}

func setIcon(icon trayview.Icon) {
	strip := assets.TrayIcon(string(icon.Shape), icon.Badge)
	if pictures, err := pixmaps(strip); err != nil || !tell("IconPixmap", pictures, "NewIcon") {
		systray.SetIcon(straight(strip))
	}
}

func setText(v trayview.View) {
	if !tell("ToolTip", toolTip{Title: v.Tooltip}, "NewToolTip") {
		systray.SetTooltip(v.Tooltip)
	}
}

func setHidden(hidden bool) {
	next := statusActive
	if hidden {
		next = statusPassive
	}
	item.Lock()
	item.status = next
	item.Unlock()
	tell("Status", next, "NewStatus", next)
}
