package app

import (
	"fmt"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// overcount makes a server count some messages that it never lists.
func (w *world) overcount(extra int) {
	w.server.SetMood(func(line string) *popserver.Override {
		if line != "STAT" {
			return nil
		}
		octets := 0
		for _, m := range w.drop.Messages() {
			octets += len(m.Raw)
		}
		return &popserver.Override{Raw: fmt.Sprintf("+OK %d %d\r\n", len(w.drop.Messages())+extra, octets+100*extra)}
	})
}

// Where STAT counts more than UIDL lists, what comes after the first poll is
// new, also if something leaves at the same time.
func TestCountedAndNeverListed(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("old", "older")
	w.overcount(1)
	w.poll()
	for i := range 4 {
		subject := fmt.Sprint("new ", i)
		w.deliver(subject)
		w.expect("new", subjects(w.poll().New), "["+subject+"]")
		if i == 0 {
			w.drop.Remove(w.uid("old"))
		}
	}
	w.expect("announced", w.announcer.bodies(), "[new 0 new 1 new 2 new 3]")
}

// Of a list that was cut short at the first poll, the rest is old, however it
// comes to light; what stands behind it is new.
func TestRestOfAPartialFirstPoll(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1", "2", "3", "4", "5")
	all := w.drop.Messages()
	cut := func(n int) string {
		var list strings.Builder
		for i, m := range all[:n] {
			fmt.Fprintf(&list, "%d %s\r\n", i+1, m.UID)
		}
		return "+OK\r\n" + list.String() + ".\r\n"
	}
	w.server.SetMood(on("UIDL", cut(1)))
	w.poll()
	w.server.SetMood(on("UIDL", cut(3)))
	w.expect("more of the list", subjects(w.poll().New), "[]")
	w.server.SetMood(nil)
	w.deliver("6")
	w.expect("all of it", subjects(w.poll().New), "[6]")
	w.expect("unseen", w.Snapshot().Unseen, 1)
}
