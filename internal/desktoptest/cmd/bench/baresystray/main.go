// Command baresystray is the least that can own a tray icon with the library
// that traymail uses: an icon, a tooltip and a menu of two entries. The bench
// compares traymail with it.
package main

import (
	"fyne.io/systray"

	"github.com/traymail/traymail/assets"
)

func main() {
	systray.SetTitle("baresystray")
	systray.Run(func() {
		systray.SetIcon(assets.TrayIcon("none", 0))
		systray.SetTooltip("baresystray")
		systray.AddMenuItem("About", "")
		quit := systray.AddMenuItem("Quit", "")
		go func() {
			<-quit.ClickedCh
			systray.Quit()
		}()
	}, nil)
}
