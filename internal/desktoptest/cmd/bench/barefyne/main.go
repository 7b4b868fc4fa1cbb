// Command barefyne is the least Fyne application that owns its tray icon: an
// icon, a menu and, with -window, a window of a few rows. With -exit it ends at
// once. The bench compares traymail with it.
package main

import (
	"flag"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/app"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/assets"
)

func main() {
	window := flag.Bool("window", false, "show a window")
	exit := flag.Bool("exit", false, "end at once")
	if flag.Parse(); *exit {
		return
	}
	a := app.NewWithID("io.github.traymail.barefyne")
	a.SetIcon(fyne.NewStaticResource("icon.png", assets.TrayIcon("none", 0)))
	if d, ok := a.(desktop.App); ok {
		d.SetSystemTrayMenu(fyne.NewMenu("barefyne", fyne.NewMenuItem("About", func() {})))
	}
	if *window {
		w := a.NewWindow("barefyne")
		rows := container.NewVBox()
		for range 12 {
			rows.Add(widget.NewLabel("A window of a few rows of text, and nothing else, in one column"))
		}
		w.SetContent(rows)
		w.Resize(fyne.NewSize(760, 560))
		w.Show()
	}
	a.Run()
}
