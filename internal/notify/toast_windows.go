package notify

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/platform/toasts"
	"github.com/traymail/traymail/internal/platform/winrt"
)

// maxToasts are held after they were shown: one that nobody holds may not tell
// that it failed.
const maxToasts = 16

// Bounds of the wait for the system: for the end of an earlier call that hangs,
// and for one's own. What hung and is done after all is as good as new.
const (
	turnTimeout  = time.Second
	toastTimeout = 5 * time.Second
)

var errToastsHang = errors.New("the Windows notification service does not respond")

// toaster shows notifications with buttons through the Windows Runtime, in the
// name of toasts.AppID. One goroutine owns the thread on which the system is
// called; clicks and failures come on threads of the system's.
type toaster struct {
	o      Options
	events chan<- Event
	// failed is told if it turns out that one is not shown after all.
	failed func(api.Announcement)

	calls      chan func()
	refusals   chan refusal
	end, ended chan struct{}
	err        error          // why it has ended
	shown      []toasts.Toast // the goroutine's own
}

type refusal struct {
	announcement api.Announcement
	code         winrt.Result
}

// startToaster has clicks on toasts come to this process. It waits for nothing;
// whether Windows can show any is only seen when one is shown.
func startToaster(o Options, events chan<- Event, failed func(api.Announcement)) *toaster {
	t := &toaster{
		o: o, events: events, failed: failed,
		calls: make(chan func()), refusals: make(chan refusal, maxToasts),
		end: make(chan struct{}), ended: make(chan struct{}),
	}
	go func() {
		defer close(t.ended)
		if t.err = t.run(); t.err == nil {
			t.err = errors.New("notifications are closed")
		}
	}()
	return t
}

// run owns the thread, until close or an error.
func (t *toaster) run() error {
	leave, err := winrt.Enter()
	if err != nil {
		return fmt.Errorf("initialising the Windows Runtime: %w", err)
	}
	defer leave()
	class, err := windows.GUIDFromString(toasts.ActivatorID)
	if err != nil {
		return err
	}
	stop, err := winrt.ServeActivations(class, t.activated)
	if err != nil {
		return err
	}
	defer stop()
	defer t.letGo(0)
	for {
		select {
		case <-t.end:
			return nil
		case call := <-t.calls:
			call()
		case r := <-t.refusals:
			t.notShown(r)
		}
	}
}

// hold keeps a toast in place of the oldest.
func (t *toaster) hold(toast toasts.Toast) {
	t.shown = append(t.shown, toast)
	t.letGo(maxToasts)
}

// letGo releases the oldest beyond a number.
func (t *toaster) letGo(keep int) {
	for ; len(t.shown) > keep; t.shown = t.shown[1:] {
		t.shown[0].Release()
	}
}

// closeTimeout bounds the wait for the goroutine's end. Whoever quits must not
// wait for a service of Windows, which cleans up after a process anyway.
const closeTimeout = time.Second

// close ends the goroutine. One that hangs is left behind with its thread.
func (t *toaster) close() {
	close(t.end)
	select {
	case <-t.ended:
	case <-time.After(closeTimeout):
	}
}

// do runs f on the thread.
func (t *toaster) do(ctx context.Context, f func() error) error {
	result := make(chan error, 1)
	select {
	case t.calls <- func() { result <- f() }:
	case <-t.ended:
		return t.err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(turnTimeout):
		return errToastsHang
	}
	select {
	case err := <-result:
		return err
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(toastTimeout):
		return errToastsHang
	}
}

// show hands a toast to the system, in place of one with the same key.
func (t *toaster) show(ctx context.Context, a api.Announcement) error {
	text, err := toastXML(a, t.o.Locale)
	if err != nil {
		return err
	}
	ctx, giveUp := context.WithCancel(ctx)
	defer giveUp()
	return t.do(ctx, func() error {
		notifier, err := toasts.New()
		if err != nil {
			return fmt.Errorf("opening the notification service: %w", err)
		}
		defer notifier.Release()
		if notifier.SwitchedOff() {
			// It counts as handed over: the user wants none, and would get all
			// at once on another day.
			t.o.Log.Debug("notifications are switched off in the settings of Windows")
			return nil
		}
		toast, err := toasts.Make(text, toastTag(a.Key), func(code winrt.Result) {
			select {
			case t.refusals <- refusal{a, code}:
			default: // more than are ever under way
			}
		})
		if err != nil {
			return fmt.Errorf("creating a notification: %w", err)
		}
		t.hold(toast)
		if err := ctx.Err(); err != nil {
			return err // so late that a balloon has told of it
		}
		if err := notifier.Show(toast); err != nil {
			return fmt.Errorf("showing a notification: %w", err)
		}
		return nil
	})
}

// notShown is what follows when the system has taken a toast and not shown it.
func (t *toaster) notShown(r refusal) {
	if notifier, err := toasts.New(); err == nil {
		defer notifier.Release()
		if notifier.SwitchedOff() {
			return
		}
	}
	t.o.Log.Warn("Windows did not show a notification", "error", r.code)
	t.failed(r.announcement)
}

// withdraw takes a toast back; a missing one is not an error.
func (t *toaster) withdraw(ctx context.Context, key string) error {
	return t.do(ctx, func() error {
		if err := toasts.Remove(toastTag(key)); err != nil && !errors.Is(err, winrt.ErrNotFound) {
			return fmt.Errorf("withdrawing a notification: %w", err)
		}
		return nil
	})
}

// activated is called when the user has clicked on a toast, also on one of an
// earlier process.
func (t *toaster) activated(_, arguments uintptr) {
	// Which process has the window, or whether none does yet, is found out on
	// another thread, and the right that came with the click is this one's.
	platform.LetFront(platform.AnyProcess)
	event, ok := readToastArguments(winrt.Text(arguments, maxArguments))
	if !ok {
		return
	}
	select {
	case t.events <- event:
	default: // nobody clicks that often
	}
}
