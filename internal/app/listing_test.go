package app

import (
	"fmt"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A list that takes longer than two seconds shows how far it has come, once a
// second, until it has ended.
func TestListingIsShown(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	for i := range 10 {
		w.drop.Deliver(w.letter(fmt.Sprint(i), "x"))
	}
	l, err := w.lease(t.Context(), "a")
	if err != nil {
		t.Fatal(err)
	}
	shown := func() api.Listing {
		if l := w.Snapshot().Accounts[0].Listing; l != nil {
			return *l
		}
		return api.Listing{}
	}
	told := w.listing(l)
	for _, step := range []struct {
		after  time.Duration
		listed int
		want   int
	}{{0, 100, 0}, {1900 * time.Millisecond, 200, 0}, {200 * time.Millisecond, 300, 300}, {500 * time.Millisecond, 400, 300}, {time.Second, 500, 500}, {time.Second, 1100, 1000}} {
		w.clock.advance(step.after)
		told(step.listed, 1000)
		w.expect(fmt.Sprint(step.listed, " listed"), shown().Listed, step.want)
	}
	l.release()
	w.poll()
	w.expect("afterwards", shown(), api.Listing{})
}
