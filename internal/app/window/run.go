//go:build cgo && !nowindow

package window

import (
	"context"
	"log/slog"
	"os"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/app/ipc"
	"github.com/traymail/traymail/internal/app/platform"
)

// Available says whether this build has windows.
const Available = true

// appID is the application's name for the desktop, and for Fyne's own settings.
const appID = "io.github.traymail.traymail"

// screen is one of the two windows.
type screen interface {
	view() fyne.CanvasObject
	// start asks for data; the window is about to be shown.
	start()
	// handle takes a Snapshot or an Open event.
	handle(ipc.Event)
	// close calls done, after a question where something would be lost.
	close(done func())
}

// Run shows the window that o.Open asks for and returns once it is closed, by
// the user, by an Event or because ctx ended. It must be called on the main
// goroutine.
func Run(ctx context.Context, o Options) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	prepareFonts(o.Log)
	a := fyneapp.NewWithID(appID)
	a.Settings().SetTheme(newLook())
	if icon := assets.AppIcon(); len(icon) > 0 {
		a.SetIcon(fyne.NewStaticResource("traymail.png", icon))
	}
	b := newBridge(ctx)
	defer b.stop()
	w := a.NewWindow(title(o))
	w.SetOnClosed(b.cancel) // nothing is posted to a loop that ends
	s := build(b, o, w)
	// What work comes to before the loop runs waits in Fyne's queue.
	s.start()
	forward(b, o.Client.Events(), func(e ipc.Event) { dispatch(e, w, s) }, w.Close)
	defer context.AfterFunc(ctx, func() { b.post(w.Close) })()
	w.ShowAndRun()
	return nil
}

// title is the window's, which also finds it on the desktop.
func title(o Options) string {
	if o.Open.Window == ipc.WindowMailbox {
		return o.Locale.T("window.title_mailbox")
	}
	return o.Locale.T("window.title_settings")
}

// build puts the screen that o.Open asks for into w.
func build(b *bridge, o Options, w fyne.Window) screen {
	var s screen
	k := &keys{escape: func() { s.close(w.Close) }}
	size := fyne.NewSize(760, 560)
	if o.Open.Window == ipc.WindowMailbox {
		size = fyne.NewSize(920, 600)
		s = newMailboxScreen(b, o, w, k)
	} else {
		s = newSettingsScreen(b, o, w, k)
	}
	w.SetContent(s.view())
	w.SetPadded(false)
	w.Resize(size)
	w.SetCloseIntercept(func() { s.close(w.Close) })
	k.attach(w.Canvas())
	return s
}

// dispatch acts on what the tray role sends.
func dispatch(e ipc.Event, w fyne.Window, s screen) {
	switch {
	case e.Closing:
		w.Close()
	case e.Open != nil:
		w.Show()
		w.RequestFocus()
		s.handle(e)
	default:
		s.handle(e)
	}
}

// prepareFonts sees to it that Fyne finds the system's fonts (D4).
func prepareFonts(log *slog.Logger) {
	environment, err := platform.EnsureFontHome()
	if err != nil {
		log.Warn("fonts may be missing", "err", err)
	}
	for name, value := range environment {
		if value == "" {
			_ = os.Unsetenv(name)
		} else {
			_ = os.Setenv(name, value)
		}
	}
}
