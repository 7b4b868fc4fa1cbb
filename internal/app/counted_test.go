package app

import (
	"fmt"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// What is counted is what is listed, whatever STAT says.
func TestCountedIsListed(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1", "2", "3")
	w.poll()
	w.deliver("4")
	w.server.SetMood(on("STAT", "+OK 3 1\r\n"))
	a := w.poll()
	w.expect("too few", fmt.Sprint(a.Unseen, a.Messages), "1 4")
	w.expect("snapshot", w.Snapshot().Accounts[0].Messages, 4)
	unlisted := func() int {
		h, err := w.Health("a")
		if err != nil {
			t.Fatal(err)
		}
		return h.Unlisted
	}
	w.expect("unlisted", unlisted(), 0)
	w.server.SetMood(on("STAT", "+OK 9 999\r\n"))
	a = w.poll()
	w.expect("too many", fmt.Sprint(a.Unseen, a.Messages), "1 4")
	w.expect("unlisted", unlisted(), 5)
	w.server.SetMood(nil)
	a = w.poll()
	w.expect("as it is", fmt.Sprint(a.Unseen, a.Messages), "1 4")
	w.expect("unlisted", unlisted(), 0)

	// Messages that nothing tells apart are counted, and it is said.
	w = newWorld(t, popserver.Options{NoTOP: true})
	for range 3 {
		w.drop.DeliverUID("u", alike("bill"))
	}
	a = w.poll()
	w.expect("alike", fmt.Sprint(a.Unseen, a.Messages), "0 1")
	w.expect("unlisted", unlisted(), 2)
}
