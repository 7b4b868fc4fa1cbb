// Package tray draws a trayview.View as icon, tooltip and menu of the system
// tray, with fyne.io/systray directly: no toolkit, no ticker, no wake-up while
// nothing changes. It decides nothing: what is shown comes from trayview.Of,
// and what a click means goes back as a trayview.Action.
package tray

import (
	"log/slog"
	"time"

	"github.com/traymail/traymail/internal/trayview"
)

// defaultNoTrayAfter is how long a panel may take to appear at the start of a
// session before the desktop counts as one without a tray.
const defaultNoTrayAfter = 20 * time.Second

// Options are what Run needs. The functions may be nil. They are called one
// at a time and in order, on a goroutine of their own; one that takes long
// delays the next, so they hand long work off.
type Options struct {
	// Initial is shown from the first moment on.
	Initial trayview.View
	// Views brings each new view; only what differs is applied. Closing it
	// leaves the last view in place.
	Views <-chan trayview.View
	// OnAction is told of a click on a menu entry.
	OnAction func(trayview.Action)
	// OnTapped is told of a click on the icon itself, where that does not
	// open the menu. It is never called on macOS.
	OnTapped func()
	// OnReopened is told that the application was opened while it runs, which
	// only macOS tells the running process; elsewhere another one starts.
	OnReopened func()
	// OnLink is told of a traymail: link that the user has opened. Only macOS
	// hands it to the running process; elsewhere a link starts another.
	OnLink func(link string)
	// OnReady is told once when the tray is set up. Whether there is a
	// panel to show it is another matter, see NoTray.
	OnReady func()
	// NoTray is told at most once: when NoTrayAfter has passed since the
	// start and the desktop has had no tray in all that time (stock GNOME).
	// Should one come later, the icon appears nonetheless.
	NoTray func()
	// NoTrayAfter is how long to wait for a tray; zero means 20 s.
	NoTrayAfter time.Duration
	// Log may be nil.
	Log *slog.Logger
}

func (o *Options) setDefaults() {
	if o.NoTrayAfter == 0 {
		o.NoTrayAfter = defaultNoTrayAfter
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
}
