// Command baresystray is the least that can own a tray icon with the library
// that traymail uses: an icon, a tooltip and a menu of two entries. With -exit
// it ends at once. The bench compares traymail with it.
package main

import (
	"flag"

	"fyne.io/systray"

	"github.com/traymail/traymail/assets"
)

func main() {
	exit := flag.Bool("exit", false, "end at once")
	if flag.Parse(); *exit {
		return
	}
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
