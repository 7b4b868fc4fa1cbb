package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
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
		if err := stage.Add(ledger.Row{Number: i + 1, UID: fmt.Sprint("left over ", i)}); err != nil {
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

// A migration of a large maildrop leaves every message as it was, those too
// that are old enough not to be looked at, and tells what is new. One that dies
// half way has changed nothing.
func TestStagedMigration(t *testing.T) {
	const many, later = 3007, 75
	w := newWorld(t, popserver.Options{Pipelining: true})
	for i := range many {
		w.deliver(fmt.Sprint("old ", i))
	}
	w.poll()
	for batch := range 2 {
		for i := range later {
			w.deliver(fmt.Sprint("later ", batch*later+i))
		}
		w.poll()
	}
	left := w.uid("later 149")
	if err := w.MarkSeen(t.Context(), "a", w.uid("later 3"), w.uid("later 140")); err != nil {
		t.Fatal(err)
	}
	w.announcer.shownAs()
	w.drop.Renumber()
	w.deliver("one", "two")
	for room := range 5 {
		w.ledger.Fill(room)
		w.expect("on a full disk", w.pollAny().State, api.Failed)
		w.restart()
		w.expect("unseen meanwhile", w.Snapshot().Unseen, 2*later-2)
	}
	w.announcer.shownAs()
	after := w.poll()
	w.expect("new", fmt.Sprint(after.Poll.Mode, subjects(after.New), after.Unseen, after.Messages), fmt.Sprint("full[one two] ", 2*later, " ", many+2*later+2))
	w.expect("told", w.announcer.shownAs(), "[Ann|one Ann|two]")
	w.expect("withdrawn", slices.Contains(w.announcer.withdrawn, announce.Key("a", left)), true)
	list, err := w.List("a", many+2*later+2)
	if err != nil || len(list) != after.Messages {
		t.Fatalf("%d are listed, %v", len(list), err)
	}
	messages := w.drop.Messages()
	slices.Reverse(messages)
	for i, m := range list {
		if m.UID != messages[i].UID {
			t.Fatalf("%d: %s, want %s", i, m.UID, messages[i].UID)
		}
		_, rest, _ := strings.Cut(string(messages[i].Raw), "Subject: ")
		want, _, _ := strings.Cut(rest, "\r\n")
		if i < 2*later+2 && m.Subject != want {
			t.Fatalf("%q, want %q", m.Subject, want)
		}
		if seen := strings.HasPrefix(want, "old") || want == "later 3" || want == "later 140"; m.Seen != seen {
			t.Errorf("%s: seen %v", want, m.Seen)
		}
	}
	w.deliver("three")
	next := w.poll()
	w.expect("the next", fmt.Sprint(next.Poll.Mode, subjects(next.New)), "grown[three]")
}

// Where another program fetches and deletes a large maildrop, what has come
// since is new, also if it is as much.
func TestLargeMaildropIsFetchedElsewhere(t *testing.T) {
	const many = 3007
	w := newWorld(t, popserver.Options{Pipelining: true})
	for i := range many {
		w.deliver(fmt.Sprint("old ", i))
	}
	w.poll()
	for _, m := range w.drop.Messages() {
		w.drop.Remove(m.UID)
	}
	for i := range many {
		w.deliver(fmt.Sprint("new ", i))
	}
	after := w.poll()
	w.expect("unseen", fmt.Sprint(after.Unseen, len(after.New)+after.More), fmt.Sprint(many, many))
	w.expect("told", len(w.announcer.shown), 1)
}
