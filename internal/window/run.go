//go:build cgo && !nowindow

package window

import (
	"context"
	"log/slog"
	"os"
	"runtime/pprof"
	"sync/atomic"
	"time"

	"fyne.io/fyne/v2"
	fyneapp "fyne.io/fyne/v2/app"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/platform"
)

// Available says whether this build has windows.
const Available = true

// appID is the application's name for the desktop, and for Fyne's own settings.
const appID = "io.github.traymail.traymail"

// screen is one of the two windows.
type screen interface {
	view() fyne.CanvasObject
	// place is what is shown, so that it can be shown again.
	place() ipc.OpenRequest
	// unsaved says that something typed would be lost with the screen.
	unsaved() bool
	// start asks for data; the window is about to be shown.
	start()
	// handle takes a Snapshot or an Open event.
	handle(ipc.Event)
	// close calls done, after a question where something would be lost.
	close(done func())
}

func newApp() fyne.App { return fyneapp.NewWithID(appID) }

// Run shows the window that o.Open asks for and returns once it is closed, by
// the user, by an Event or because ctx ended; a *DrawingError says that it
// could not be shown. It must be called on the main goroutine.
func Run(ctx context.Context, o Options) error {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	prepareFonts(o.Log)
	choosePlatform()
	a := newApp()
	a.Settings().SetTheme(newLook(o.Preferences.Theme))
	if icon := assets.AppIcon(); len(icon) > 0 {
		a.SetIcon(fyne.NewStaticResource("traymail.png", icon))
	}
	b := newBridge(ctx)
	b.bold = &emboldener{app: a, log: o.Log, reader: o.Locale.Tag()}
	defer b.stop()
	w := a.NewWindow(title(o))
	var s *shell
	w.SetOnClosed(func() {
		s.keep(placeOf)
		b.cancel() // nothing is posted to a loop that ends
		time.AfterFunc(overdue, func() { giveUp(o.Log) })
		if o.Closed != nil {
			o.Closed()
		}
	})
	s = newShell(b, o, w) //nolint:contextcheck // the bridge has it
	var shown atomic.Bool
	// A driver that hangs never comes to the loop. What has not come up has
	// nothing to lose.
	end := func() {
		if !shown.Load() {
			os.Exit(1)
		}
		b.post(w.Close)
	}
	handle := func(e ipc.Event) { //nolint:contextcheck // the bridge has it
		if e.Closing && !shown.Load() {
			os.Exit(1)
		}
		b.post(func() { s.handle(e) })
	}
	forward(b, o.Client.Events(), handle, end)
	defer context.AfterFunc(ctx, end)()
	b.workers.Go(func() {
		platform.WatchWishes(b.ctx, func(w platform.Wishes) { b.post(func() { wish(w) }) })
	})
	var failed error
	onStarted(a, func() {
		if failed = prepareDrawing(); failed != nil {
			a.Quit()
			return
		}
		if o.Open.Window == ipc.WindowMailbox {
			putAt(w, o.Place)
		}
		w.Show()
		keepSharp(b, w)
		shown.Store(true)
		if o.Shown != nil {
			b.workers.Go(o.Shown)
		}
	})
	return failed
}

// overdue is how long a process may last after its window was closed.
const overdue = 10 * time.Second

// giveUp ends a process that the toolkit keeps although its window is closed:
// nobody could see it, nor end it. What it waits for goes to stderr, without
// the values of any argument.
func giveUp(log *slog.Logger) {
	log.Error("the window was closed, and its process does not end")
	_ = pprof.Lookup("goroutine").WriteTo(os.Stderr, 1)
	os.Exit(1)
}

// wish brings the theme in line with what the user has asked the desktop for.
// Where the desktop has made all of the window larger, its text is by then.
func wish(w platform.Wishes) {
	l := currentLook()
	if l.contrast, l.textScale = w.HighContrast, float32(w.TextScale); enlarged {
		l.textScale = 1
	}
	fyne.CurrentApp().Settings().SetTheme(l)
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
