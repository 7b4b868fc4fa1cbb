package tray

import (
	"fyne.io/systray"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/app"
)

// prepare does nothing: there is no window yet that could hold an icon.
func prepare(app.TrayView) {}

// hear has t told of clicks on the icon.
func hear(t *tray) {
	if t.OnTapped != nil {
		systray.SetOnTapped(t.tapped())
	}
}

func setIcon(icon app.Icon) { systray.SetIcon(assets.TrayIcon(string(icon.Shape), icon.Badge)) }

func setText(v app.TrayView) { systray.SetTooltip(fitTooltip(v.Tooltip, windowsTip)) }
