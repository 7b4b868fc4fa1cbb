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
}

// hear has t told of clicks on the icon.
func hear(t *tray) {
	if t.OnTapped != nil {
		systray.SetOnTapped(t.singly(t.OnTapped))
	}
}

func setIcon(icon trayview.Icon) {
	strip := assets.TrayIcon(string(icon.Shape), icon.Badge)
	if !exported.Load() || offer(strip) != nil {
		systray.SetIcon(straight(strip))
	}
}

func setText(v trayview.View) { systray.SetTooltip(v.Tooltip) }
