package notify

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/platform/shellicon"
	"github.com/traymail/traymail/internal/platform/toasts"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/wholefile"
)

// desktop is the Notifier of Windows: toasts, which have buttons, or where
// those fail, balloons on the tray icon, which Windows 10 and 11 show as any
// other notification. Their text goes to the system as data, through no
// script (D1).
type desktop struct {
	loc    *locale.Catalogue
	log    *slog.Logger
	events chan Event
	toasts *toaster // nil: there are none
	warned atomic.Bool
	busy   func() bool

	mu       sync.Mutex
	balloons balloons
}

// PlaysFiles says whether a notification can have a sound of the user's own.
func PlaysFiles() bool { return false }

// New returns a Notifier. Balloons it shows once the tray has its icon.
func New(_ context.Context, o Options) (Notifier, error) {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	d := &desktop{loc: o.Locale, log: o.Log, events: make(chan Event, 64), busy: busy}
	if o.Folder != "" {
		if err := introduce(o.Folder); err != nil {
			d.warn(err) //nolint:contextcheck // a log line needs none
		} else {
			d.toasts = startToaster(o, d.events, d.instead)
		}
	}
	shellicon.Listen(func(event uint32) {
		d.log.Debug("balloon", "event", event)
		d.handle(event)
	})
	return d, nil
}

// introduce tells Windows who we are, if it has toasts: without a name and a
// class to start, it shows none.
func introduce(folder string) error {
	if err := toasts.Available(); err != nil {
		return err
	}
	exe, err := os.Executable()
	if err != nil {
		return err
	}
	picture := filepath.Join(folder, "icon.png")
	if now, err := os.ReadFile(picture); err != nil || !bytes.Equal(now, assets.AppIcon()) { // #nosec G304 -- our own folder
		if err := wholefile.Replace(picture, assets.AppIcon()); err != nil {
			return fmt.Errorf("writing the picture for notifications: %w", err)
		}
	}
	return platform.RegisterNotifications(exe, picture)
}

// warn says once why there are balloons; what follows is for the debug log.
func (d *desktop) warn(err error) {
	level := slog.LevelDebug
	if !d.warned.Swap(true) {
		level = slog.LevelWarn
	}
	d.log.Log(context.Background(), level, "notifications without buttons", "error", err)
}

// Events implements Notifier.
func (d *desktop) Events() <-chan Event { return d.events }

// Close implements Notifier.
func (d *desktop) Close() error {
	shellicon.Listen(nil)
	if d.toasts != nil {
		d.toasts.close()
	}
	return nil
}

// handle is called on the thread of the icon's window.
func (d *desktop) handle(event uint32) {
	d.mu.Lock()
	defer d.mu.Unlock()
	switch event {
	case shellicon.BalloonHidden, shellicon.BalloonOver:
		d.balloons.over()
	case shellicon.BalloonClicked:
		select {
		case d.events <- Event{d.balloons.clicked(), ActionOpen}:
		default: // nobody clicks that often
		}
	}
}

// Announce implements api.Announcer. A toast Windows holds back by itself when
// it is not the moment for one, and keeps. A balloon it would swallow, so that
// fails while the user presents, or uses the whole screen for something else.
func (d *desktop) Announce(ctx context.Context, a api.Announcement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if d.toasts != nil {
		err := d.toasts.show(ctx, a)
		if err == nil {
			return nil
		} else if ctx.Err() != nil {
			return err // nobody waits for a balloon
		}
		d.warn(err) //nolint:contextcheck // a log line needs none
	}
	if d.busy() {
		return fmt.Errorf("%w: the user is busy", ErrUnavailable)
	}
	return d.balloon(a)
}

// instead shows a balloon for a toast that was taken and not shown.
func (d *desktop) instead(a api.Announcement) {
	if err := d.balloon(a); err != nil {
		d.log.Warn("a notification was lost", "error", err)
	}
}

func (d *desktop) balloon(a api.Announcement) error {
	title, text := fill(bounded(a, d.loc))
	d.mu.Lock()
	defer d.mu.Unlock()
	err := shellicon.ShowBalloon(plaintext.TruncateUTF16(title, shellicon.MaxTitle), plaintext.TruncateUTF16(text, shellicon.MaxText),
		assets.TrayIcon("none", 0), a.Sound == settings.SoundNone)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	d.balloons.add(a)
	return nil
}

// Withdraw implements api.Announcer. A balloon among others on the screen
// stays: only the last can be taken back.
func (d *desktop) Withdraw(ctx context.Context, key string) error {
	if d.toasts != nil {
		// What it was may as well have been a balloon.
		if err := d.toasts.withdraw(ctx, key); err != nil {
			d.log.Debug("withdrawing", "error", err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.balloons.remove(key) {
		return nil
	}
	if err := shellicon.HideBalloon(); err != nil && !errors.Is(err, shellicon.ErrNoIcon) {
		return err
	}
	return nil
}

var queryUserState = windows.NewLazySystemDLL("shell32.dll").NewProc("SHQueryUserNotificationState")

// States of the user, from shellapi.h.
const (
	userBusy       = 2 // QUNS_BUSY: a program has the whole screen
	userPlays      = 3 // QUNS_RUNNING_D3D_FULL_SCREEN
	userPresents   = 4 // QUNS_PRESENTATION_MODE
	userFirstHours = 6 // QUNS_QUIET_TIME: has just begun to use this computer
)

// busy asks Windows whether this is no moment for a balloon. Some overlays and
// videos without a border count as a program on the whole screen for as long
// as they run, wherefore toasts do not ask. What the user has chosen as focus or do-not-disturb is not among its answers: that
// Windows observes by itself.
func busy() bool {
	var state uint32
	if code, _, _ := queryUserState.Call(uintptr(unsafe.Pointer(&state))); code != 0 {
		return false
	}
	return state == userBusy || state == userPlays || state == userPresents || state == userFirstHours
}
