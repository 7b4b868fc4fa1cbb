package app

import (
	"fmt"
	"testing"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// The baseline of a large maildrop is as that of a small one: silent, in
// order, with the headers of the newest, and the base of what comes.
func TestStagedBaseline(t *testing.T) {
	const many = 3007 // enough to be staged, in several transactions
	w := newWorld(t, popserver.Options{Pipelining: true})
	for i := range many {
		w.deliver(fmt.Sprint("old ", i))
	}
	// The first try dies half way, and leaves what it had staged.
	stage, err := w.ledger.Stage("a", w.clock.now())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 1000 {
		if err := stage.Add(fmt.Sprint("left over ", i)); err != nil {
			t.Fatal(err)
		}
	}
	w.restart()
	first := w.poll()
	w.expect("at first", fmt.Sprint(first.Poll.Mode, first.Messages, first.Unseen, len(first.New)), fmt.Sprintf("full%d 0 0", many))
	list, err := w.List("a", many+1)
	if err != nil || len(list) != many {
		t.Fatalf("%d are listed, %v", len(list), err)
	}
	w.expect("the newest", list[0].Subject, fmt.Sprint("old ", many-1))
	w.expect("the oldest", list[many-1].UID, w.drop.Messages()[0].UID)
	w.expect("the tenth", list[9].Subject, fmt.Sprint("old ", many-10))
	w.expect("the eleventh", list[10].Subject, "")
	w.deliver("one")
	next := w.poll()
	w.expect("the next", fmt.Sprint(next.Poll.Mode, subjects(next.New), next.Unseen), "grown[one] 1")
	w.restart()
	w.drop.Remove(list[5].UID)
	gone := w.poll()
	w.expect("after one left", fmt.Sprint(gone.Poll.Mode, gone.Messages, gone.Unseen, len(gone.New)), fmt.Sprintf("full%d 1 0", many))
	w.expect("announced", w.announcer.bodies(), "[one]")
}

// Where a large maildrop has no UIDL, it is not staged.
func TestLargeWithoutUIDL(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true, NoUIDL: true})
	const large = 2000
	for i := range large {
		w.deliver(fmt.Sprint("old ", i))
	}
	first := w.poll()
	w.expect("at first", fmt.Sprint(first.Messages, first.Unseen, len(first.New)), fmt.Sprint(large, " 0 0"))
	w.expect("then", w.poll().Poll.Mode, ledger.Unchanged)
}
