//go:build cgo

package tray

import (
	"fyne.io/systray"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/app"
)

// prepare does nothing: there is no status item yet.
func prepare(app.TrayView) {}

func setIcon(icon app.Icon) {
	systray.SetTemplateIcon(assets.TrayTemplate(string(icon.Shape)), assets.TrayIcon(string(icon.Shape), icon.Badge))
}

func setText(v app.TrayView) {
	systray.SetTitle(v.Title)
	systray.SetTooltip(v.Tooltip)
}
