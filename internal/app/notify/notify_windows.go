package notify

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"unsafe"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/assets"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/app/platform/shellicon"
	"github.com/traymail/traymail/internal/plaintext"
)

// shell is the Notifier of Windows: balloons on the tray icon, which Windows
// 10 and 11 show as any other notification. Their text goes to the shell as
// data, through no script (D1).
type shell struct {
	events chan Event

	mu       sync.Mutex
	balloons balloons
}

// New returns a Notifier; it shows nothing before the tray has its icon.
func New(_ context.Context, o Options) (Notifier, error) {
	s := &shell{events: make(chan Event, 64)}
	log := o.Log
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	shellicon.Listen(func(event uint32) {
		log.Debug("balloon", "event", event)
		s.handle(event)
	})
	return s, nil
}

// Events implements Notifier.
func (s *shell) Events() <-chan Event { return s.events }

// Close implements Notifier.
func (s *shell) Close() error {
	shellicon.Listen(nil)
	return nil
}

// handle is called on the thread of the icon's window.
func (s *shell) handle(event uint32) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch event {
	case shellicon.BalloonHidden, shellicon.BalloonOver:
		s.balloons.over()
	case shellicon.BalloonClicked:
		select {
		case s.events <- Event{s.balloons.clicked(), ActionOpen}:
		default: // nobody clicks that often
		}
	}
}

// Announce implements app.Announcer. While the user presents, or uses the
// whole screen for something else, it fails: then is no time for mail, and
// Windows would swallow it.
func (s *shell) Announce(ctx context.Context, a app.Announcement) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if busy() {
		return fmt.Errorf("%w: the user is not to be disturbed", ErrUnavailable)
	}
	title, text := fill(bounded(a))
	s.mu.Lock()
	defer s.mu.Unlock()
	err := shellicon.ShowBalloon(plaintext.TruncateUTF16(title, shellicon.MaxTitle), plaintext.TruncateUTF16(text, shellicon.MaxText), assets.TrayIcon("none", 0))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	s.balloons.add(a)
	return nil
}

// Withdraw implements app.Announcer. One among others on the screen stays:
// only the last can be taken back.
func (s *shell) Withdraw(_ context.Context, key string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.balloons.remove(key) {
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

// busy asks Windows whether this is no moment for a notification. What the
// user has chosen as focus or do-not-disturb is not among its answers: that
// Windows observes by itself.
func busy() bool {
	var state uint32
	if code, _, _ := queryUserState.Call(uintptr(unsafe.Pointer(&state))); code != 0 {
		return false
	}
	return state == userBusy || state == userPlays || state == userPresents || state == userFirstHours
}
