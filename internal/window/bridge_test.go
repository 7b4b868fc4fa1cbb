//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"testing"

	"go.uber.org/goleak"
)

func TestBridgeHandsOverInOrder(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	b := newBridge(context.Background())
	posts := make(chan func(), 10)
	b.post = func(f func()) { posts <- f }
	var got []int
	events := make(chan int)
	closed := false
	forward(b, events,
		func(i int) { b.post(func() { got = append(got, i) }) },
		func() { b.post(func() { closed = true }) })
	for i := range 3 {
		events <- i
	}
	close(events)
	for range 4 {
		(<-posts)()
	}
	if len(got) != 3 || got[2] != 2 || !closed {
		t.Errorf("got %v, closed %v", got, closed)
	}
	b.stop()
}

func TestBridgeStopsWhatWaits(t *testing.T) {
	defer goleak.VerifyNone(t, goleak.IgnoreCurrent())
	b := newBridge(context.Background())
	b.post = func(func()) { t.Error("something is shown after the window is gone") }
	began := make(chan struct{})
	var ended error
	goDo(b, func(ctx context.Context) error {
		close(began)
		<-ctx.Done()
		ended = ctx.Err()
		return ended
	}, func(error) {})
	forward(b, make(chan int), func(int) {}, func() {})
	<-began
	b.stop()
	if !errors.Is(ended, context.Canceled) {
		t.Errorf("the work ended with %v before stop returned", ended)
	}
}

func TestCancelledWorkIsReported(t *testing.T) {
	b := newBridge(context.Background())
	defer b.stop()
	posts := make(chan func(), 1)
	b.post = func(f func()) { posts <- f }
	var got error
	cancel := goDo(b, func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, func(err error) { got = err })
	cancel()
	if (<-posts)(); !errors.Is(got, context.Canceled) {
		t.Errorf("reported %v", got)
	}
}
