//go:build cgo

package tray

import (
	"fyne.io/systray"
	"github.com/ebitengine/purego/objc"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/app"
)

// prepare does nothing: there is no status item yet.
func prepare(app.TrayView) {}

// hear has tapped called when the application is opened while it runs, in the
// Finder say: macOS starts no other process then, but asks this one. With a
// handler of clicks, a click on the item would no longer open the menu.
//
// systray's class of delegate does not answer the question yet. It is taught
// to before an instance of it becomes the application's delegate.
func hear(tapped func()) {
	reopen := objc.NewIMP(func(_ objc.ID, _ objc.SEL, _ objc.ID, _ bool) bool {
		tapped()
		return false // there is nothing that AppKit should do
	})
	const types = "B@:@B"
	if class := objc.GetClass("SystrayAppDelegate"); class != 0 {
		class.AddMethod(objc.RegisterName("applicationShouldHandleReopen:hasVisibleWindows:"), reopen, types)
	}
}

func setIcon(icon app.Icon) {
	systray.SetTemplateIcon(assets.TrayTemplate(string(icon.Shape)), assets.TrayIcon(string(icon.Shape), icon.Badge))
}

func setText(v app.TrayView) {
	systray.SetTitle(v.Title)
	systray.SetTooltip(v.Tooltip)
}
