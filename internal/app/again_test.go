package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A server without UIDL for a day is asked for it again the next day, and what
// is old stays old, as the user left it, in either direction.
func TestUIDLIsAskedForAgain(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	w.deliver("1", "2", "3")
	w.poll()
	noUIDL := func(line string) *popserver.Override {
		if strings.HasPrefix(line, "UIDL") {
			return &popserver.Override{Raw: "-ERR unknown command\r\n"}
		}
		return nil
	}
	day := func(mood popserver.Mood, without bool) {
		t.Helper()
		w.clock.advance(25 * time.Hour)
		w.server.SetMood(mood)
		w.expect("new", len(w.poll().New), 0)
		m, err := w.ledger.Meta("a")
		w.expect("without UIDL", fmt.Sprint(m.NoUIDL, err), fmt.Sprint(without, " <nil>"))
	}
	day(noUIDL, true)
	list, err := w.List("a", 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.MarkSeen(t.Context(), "a", list[1].UID); err != nil {
		t.Fatal(err)
	}
	asked := len(w.server.Commands())
	w.poll()
	if slices.Contains(w.server.Commands()[asked:], "UIDL") {
		t.Error("it is asked for again on the same day")
	}
	day(nil, false)
	w.expect("unseen", w.Snapshot().Unseen, 2)
	w.expect("announced", w.announcer.bodies(), "[1 2 3]")
	day(noUIDL, true)
	w.expect("unseen", w.Snapshot().Unseen, 2)
}

// So is a server that once listed a new message before an old one.
func TestOrderIsBelievedAgain(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("1", "2")
	w.poll()
	w.drop.DeliverAt(1, w.letter("between", "hello\n"))
	w.poll()
	w.deliver("3")
	w.expect("the same day", w.poll().Poll.Mode, "full")
	w.clock.advance(25 * time.Hour)
	w.poll()
	w.deliver("4")
	w.expect("the next day", w.poll().Poll.Mode, "grown")
}
