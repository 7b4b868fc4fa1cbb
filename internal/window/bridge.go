//go:build cgo && !nowindow

package window

import (
	"context"
	"sync"
	"time"

	"fyne.io/fyne/v2"

	"github.com/traymail/traymail/internal/api"
)

// bridge is the one place where work in the background and Fyne's goroutine
// meet: everything that waits runs in a goroutine that the bridge owns, and
// everything that touches a widget runs in post.
type bridge struct {
	ctx    context.Context
	cancel context.CancelFunc
	// post runs a function on Fyne's goroutine, in order; tests have their own.
	post func(func())
	// now is the time; tests have their own.
	now     func() time.Time
	workers sync.WaitGroup
	// bold sees to fonts for bold text; nil in tests, which have no system fonts.
	bold *emboldener
	// snapshot is the latest that is known, for whoever begins to show
	// something; on Fyne's goroutine only.
	snapshot api.Snapshot
}

func newBridge(ctx context.Context) *bridge {
	b := &bridge{post: fyne.Do, now: time.Now}
	b.ctx, b.cancel = context.WithCancel(ctx)
	return b
}

// farewell bounds the wait for work that does not end.
const farewell = time.Second

// stop ends all work and waits for it. What work was still to show is
// dropped. Once its loop has ended, Fyne runs what is posted on the poster's
// goroutine, where it may wait for the loop for ever; the process ends all
// the same.
func (b *bridge) stop() {
	b.cancel()
	done := make(chan struct{})
	go func() {
		b.workers.Wait()
		close(done)
	}()
	select {
	case <-done:
	case <-time.After(farewell):
	}
}

// goRun does work in the background and hands the result to then on Fyne's
// goroutine, unless the window is gone by then. The returned function cancels
// the context that work gets; then is called all the same.
func goRun[T any](b *bridge, work func(context.Context) (T, error), then func(T, error)) context.CancelFunc {
	ctx, cancel := context.WithCancel(b.ctx)
	b.workers.Go(func() {
		defer cancel()
		result, err := work(ctx)
		if b.ctx.Err() == nil {
			b.post(func() { then(result, err) })
		}
	})
	return cancel
}

// goDo is goRun for work without a result.
func goDo(b *bridge, work func(context.Context) error, then func(error)) context.CancelFunc {
	return goRun(b,
		func(ctx context.Context) (struct{}, error) { return struct{}{}, work(ctx) },
		func(_ struct{}, err error) { then(err) })
}

// onTray has came called once the desktop has got a tray.
func onTray(b *bridge, await func(context.Context) bool, came func()) {
	if await == nil {
		return
	}
	goRun(b, func(ctx context.Context) (bool, error) { return await(ctx), nil }, func(is bool, _ error) {
		if is {
			came()
		}
	})
}

// forward hands everything from a channel to handle, and calls closed when the
// channel ends, neither on Fyne's goroutine.
func forward[T any](b *bridge, from <-chan T, handle func(T), closed func()) {
	b.workers.Go(func() {
		for {
			select {
			case <-b.ctx.Done():
				return
			case v, ok := <-from:
				if !ok {
					closed()
					return
				}
				handle(v)
			}
		}
	})
}

// asked is work that asks a verb without a request.
func asked[A any](e api.Engine, v api.Verb[api.None, A]) func(context.Context) (A, error) {
	return func(ctx context.Context) (A, error) { return v.Ask(ctx, e, api.None{}) }
}
