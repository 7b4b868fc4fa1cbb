//go:build !darwin || cgo

package tray

import (
	"context"
	"reflect"
	"sync"
	"time"

	"fyne.io/systray"

	"github.com/traymail/traymail/internal/trayview"
)

// Run shows the tray icon until ctx ends or the system takes the tray away at
// the end of a session. It must be called on the main goroutine, and once per
// process: systray's state is global. When it returns, no function of o runs
// any more.
func Run(ctx context.Context, o Options) error {
	o.setDefaults()
	t := &tray{Options: o, calls: make(chan func(), maxCalls), again: make(chan struct{}, 1)}
	t.menu = menu{native: &systrayMenu{}, mark: labelMark}
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer func() {
		cancel()
		wg.Wait()
	}()
	wg.Go(func() { t.call(ctx) })

	desktop := connect(o.Log)
	wg.Go(func() { desktop.watch(ctx, t) })
	if !desktop.hasTray() {
		t.post(o.OnReady)
		t.loop(ctx, func(trayview.View) {})
		return nil
	}

	// What is set before systray starts is there from the first moment, and
	// some of it cannot be changed later (Id, ItemIsMenu).
	hear(t)
	prepare(o.Initial)
	systray.Run(func() {
		t.present(o.Initial)
		wg.Go(func() {
			// Not before the menu is complete: until then systray holds back
			// everybody who asks for it.
			t.loop(ctx, t.apply)
			systray.Quit()
		})
		t.post(o.OnReady)
	}, nil)
	return nil
}

// maxCalls bounds what waits for a function that takes long. A user does not
// click that often.
const maxCalls = 64

// doubleClick is the time in which a second click belongs to the first: on
// Windows a double click is reported twice.
const doubleClick = 500 * time.Millisecond

type tray struct {
	Options
	menu  menu
	shown trayview.View
	calls chan func()
	// again asks for icon and tooltip to be set once more.
	again chan struct{}
}

// loop applies views and hears clicks, until ctx ends. Both happen here so
// that a click always means what the menu showed.
func (t *tray) loop(ctx context.Context, apply func(trayview.View)) {
	const ended, again, views, first = 0, 1, 2, 3
	receive := func(ch any) reflect.SelectCase {
		return reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(ch)}
	}
	fixed := []reflect.SelectCase{receive(ctx.Done()), receive(t.again), receive(t.Views)}
	for {
		hit, clicks := targets(t.menu.slots)
		chosen, value, ok := reflect.Select(append(fixed[:first:first], clicks...))
		switch {
		case chosen == ended:
			return
		case chosen == again:
			setIcon(t.shown.Icon)
			setText(t.shown)
			setHidden(t.shown.Hidden)
		case chosen == views && ok:
			apply(value.Interface().(trayview.View))
		case chosen == views:
			fixed[views].Chan = reflect.Value{} // closed: never chosen again
		default:
			t.clicked(hit[chosen-first].shown)
		}
	}
}

func (t *tray) clicked(item trayview.MenuItem) {
	if item.Disabled || item.Action.Kind == trayview.ActNone || t.OnAction == nil {
		return
	}
	t.post(func() { t.OnAction(item.Action) })
}

// present shows the first view in full.
func (t *tray) present(v trayview.View) {
	t.menu.show(v.Menu)
	setIcon(v.Icon)
	setText(v)
	setHidden(v.Hidden)
	t.shown = v
}

// apply shows what differs from the view before.
func (t *tray) apply(v trayview.View) {
	if v.Icon != t.shown.Icon {
		setIcon(v.Icon)
	}
	if v.Title != t.shown.Title || v.Tooltip != t.shown.Tooltip {
		setText(v)
	}
	t.menu.show(v.Menu)
	if v.Hidden != t.shown.Hidden {
		setHidden(v.Hidden)
	}
	t.shown = v
}

// singly is a handler of clicks that has f called once for a double click.
func (t *tray) singly(f func()) func() {
	var mu sync.Mutex
	var last time.Time
	return func() {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); now.Sub(last) >= doubleClick {
			last = now
			t.post(f)
		}
	}
}

// post queues f for call; it never waits (D6).
func (t *tray) post(f func()) {
	if f == nil {
		return
	}
	select {
	case t.calls <- f:
	default:
		t.Log.Warn("tray: too many clicks wait, one is dropped")
	}
}

// call calls what was posted, until ctx ends.
func (t *tray) call(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case f := <-t.calls:
			f()
		}
	}
}
