package app

import (
	"fmt"
	"testing"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A server without UIDL has its messages told apart by their headers, at the
// price of those; everything else is as with others.
func TestServerWithoutUIDL(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		t.Run(fmt.Sprint("pipelining ", pipelining), func(t *testing.T) {
			w := newWorld(t, popserver.Options{NoUIDL: true, Pipelining: pipelining})
			for i := range 60 {
				w.deliver(fmt.Sprint("old ", i))
			}
			first := w.poll()
			w.expect("at first", fmt.Sprint(first.Messages, first.Unseen, len(first.New)), "60 0 0")
			w.expect("unchanged", w.poll().Poll.Mode, ledger.Unchanged)
			w.deliver("one", "two")
			next := w.poll()
			w.expect("new", fmt.Sprint(next.Poll.Mode, subjects(next.New), next.Unseen), "grown[one two] 2")
			w.expect("announced", w.announcer.bodies(), "[one two]")
			w.restart()
			w.expect("after a restart", fmt.Sprint(len(w.poll().New), w.announcer.bodies()), "0 [one two]")

			w.drop.Remove(w.drop.Messages()[0].UID)
			w.drop.Remove(w.drop.Messages()[60].UID) // "two"
			gone := w.poll()
			w.expect("after two left", fmt.Sprint(gone.Poll.Mode, gone.Messages, gone.Unseen, len(gone.New)), "full60 1 0")
			list, err := w.List("a", 1)
			if err != nil || len(list) != 1 {
				t.Fatal(list, err)
			}
			m, err := w.Fetch(t.Context(), "a", list[0].UID, false, true)
			if err != nil {
				t.Fatal(err)
			}
			w.expect("read", fmt.Sprint(m.Subject, " ", m.Document.Text(nil)), "one hello\n.dot")
			w.expect("unseen", w.Snapshot().Unseen, 0)
			// Its place is a guess; the message is found wherever it is.
			w.drop.Remove(w.drop.Messages()[3].UID)
			if _, err := w.Fetch(t.Context(), "a", list[0].UID, false, false); err != nil {
				t.Error(err)
			}
			report := w.Test(t.Context(), w.account, "", nil)
			w.expect("test", fmt.Sprint(report.OK, len(report.Steps), report.Error), "true 5 <nil>")
		})
	}
}

// Without TOP as well there is nothing to tell messages apart by.
func TestServerWithoutUIDLAndTOP(t *testing.T) {
	w := newWorld(t, popserver.Options{NoUIDL: true, NoTOP: true})
	w.deliver("1")
	a := w.pollAny()
	w.expect("problem", fmt.Sprint(a.State, a.Error.Kind, a.Error.Code), "errorpermanentno-uidl")
	report := w.Test(t.Context(), w.account, "", nil)
	w.expect("test", fmt.Sprint(report.OK, report.Error.Code), "falseno-uidl")
}
