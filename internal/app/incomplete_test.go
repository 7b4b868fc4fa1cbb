package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
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

// What two lists in a row lack is gone, also where STAT always counts more
// than UIDL lists; one that lacks it proves nothing. It comes back as it was.
func TestGoneThoughCounted(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("old")
	w.overcount(1)
	w.poll()
	w.deliver("1", "2", "3")
	w.poll()
	one := w.drop.Messages()[1]
	if err := w.MarkSeen(t.Context(), "a", one.UID); err != nil {
		t.Fatal(err)
	}
	two := w.drop.Messages()[2]
	w.drop.Remove(one.UID)
	w.drop.Remove(two.UID)
	w.expect("unseen after one list", w.poll().Unseen, 2)
	w.drop.DeliverUID(two.UID, two.Raw)
	w.expect("unseen with one back", w.poll().Unseen, 2)
	w.drop.Remove(two.UID)
	w.expect("unseen after one list again", w.poll().Unseen, 2)
	w.expect("withdrawn after one list", slices.Contains(w.announcer.withdrawn, announce.Key("a", two.UID)), false)
	w.expect("unseen after two lists", w.poll().Unseen, 1)
	w.expect("withdrawn after two lists", slices.Contains(w.announcer.withdrawn, announce.Key("a", two.UID)), true)
	w.clock.advance(40 * 24 * time.Hour)
	w.poll()
	w.drop.DeliverUID(one.UID, one.Raw)
	w.drop.DeliverUID(two.UID, two.Raw)
	after := w.poll()
	w.expect("back", fmt.Sprint(len(after.New), after.Unseen), "0 2")
}

// A list that has one UID twice lacks another message, and proves nothing of it.
func TestOneUIDTwice(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("1", "2", "3")
	w.poll()
	w.clock.advance(25 * time.Hour)
	w.server.SetMood(on("UIDL", "+OK\r\n1 uid00000001\r\n2 uid00000003\r\n3 uid00000003\r\n.\r\n"))
	w.expect("unseen", w.poll().Unseen, 3)
	w.deliver("4")
	w.server.SetMood(on("UIDL", "+OK\r\n1 uid00000004\r\n2 uid00000002\r\n3 uid00000003\r\n4 uid00000004\r\n.\r\n"))
	w.expect("new", subjects(w.poll().New), "[4]")
	w.server.SetMood(nil)
	w.expect("then", w.poll().Unseen, 4)
	w.expect("withdrawn", len(w.announcer.withdrawn), 0)
}

// A clock that is wrong for a poll or two has nothing forgotten of what left.
func TestClockThatJumps(t *testing.T) {
	const year = 365 * 24 * time.Hour
	for name, jump := range map[string]time.Duration{"ahead": 2 * year, "behind": -20 * year} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver("old")
			w.poll()
			w.deliver("1", "2", "3")
			w.poll()
			before := w.drop.Messages()
			leave := func(i int) {
				w.drop.Remove(before[i].UID)
				w.poll()
			}
			leave(1)
			w.clock.advance(jump)
			leave(2)
			w.poll()
			w.clock.advance(-jump)
			w.poll()
			leave(3)
			w.clock.advance(25 * time.Hour)
			w.poll()
			for _, m := range before[1:] {
				w.drop.DeliverUID(m.UID, m.Raw)
			}
			a := w.poll()
			w.expect("back", fmt.Sprint(subjects(a.New), a.Unseen), "[] 3")
		})
	}
}

// A clock that was ahead once puts nothing off.
func TestClockThatWasAhead(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.clock.advance(1000 * 24 * time.Hour)
	w.deliver("old")
	w.poll()
	w.clock.advance(-1000 * 24 * time.Hour)
	w.restart()
	w.expect("last poll", w.Snapshot().Accounts[0].LastPoll.IsZero(), true)
	w.expect("mode", w.poll().Poll.Mode, "full")
	w.expect("then", w.poll().Poll.Mode, "unchanged")
	w.clock.advance(25 * time.Hour)
	w.expect("a day later", w.poll().Poll.Mode, "full")
}

// A list of far more than was counted is not believed; of a few rows more,
// what is new is.
func TestListLongerThanTheCount(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1", "2")
	w.poll()
	list := func(rows int) string {
		var b strings.Builder
		for i, m := range w.drop.Messages() {
			fmt.Fprintf(&b, "%d %s\r\n", i+1, m.UID)
		}
		for i := 2; i < rows; i++ {
			fmt.Fprintf(&b, "%d u%d\r\n", i+1, i)
		}
		return "+OK\r\n" + b.String() + ".\r\n"
	}
	w.clock.advance(25 * time.Hour)
	w.server.SetMood(on("UIDL", list(100_000)))
	a := w.pollAny()
	if a.State != api.Failed || a.Error.Code != "too-many" {
		t.Errorf("%+v", a.Error)
	}
	w.expect("known", w.Snapshot().Unseen, 0)
	w.server.SetMood(on("UIDL", list(5)))
	w.expect("a few more", w.poll().Unseen, 3)
	m, err := w.ledger.Meta("a")
	w.expect("complete", fmt.Sprint(m.Incremental, err), "false <nil>")
}
