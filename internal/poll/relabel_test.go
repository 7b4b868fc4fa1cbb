package poll

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// dated is a letter with all that a mail program writes; more goes between its
// headers and its text.
func dated(subject, more string) []byte {
	return fmt.Appendf(nil, "From: Ann <ann@example.org>\nSubject: %s\nMessage-ID: <%s@x>\nDate: Sat, 28 Nov 2026 10:00:00 +0000\n%s\nhello\n", subject, subject, more)
}

// A message that has another UID, while all others have kept theirs, is the same
// one: it is not new, is as seen as it was, and stands where it stands now.
func TestRelabelled(t *testing.T) {
	take := func(w *world, subject string) (raw []byte, place int) {
		for i, m := range w.drop.Messages() {
			if bytes.Contains(m.Raw, []byte("Subject: "+subject+"\r\n")) {
				w.drop.Remove(m.UID)
				return m.Raw, i
			}
		}
		w.t.Fatalf("there is no %s", subject)
		return nil, 0
	}
	for name, test := range map[string]struct {
		change func(w *world)
		want   string
	}{
		"at the end": {func(w *world) {
			raw, _ := take(w, "old 40")
			w.drop.Deliver(raw)
		}, "[] 450"},
		"in its place": {func(w *world) {
			raw, place := take(w, "old 40")
			w.drop.DeliverAt(place, raw)
		}, "[] 450"},
		"the last": {func(w *world) {
			raw, _ := take(w, "old 49")
			w.drop.Deliver(raw)
		}, "[] 450"},
		"and another left": {func(w *world) {
			raw, _ := take(w, "old 40")
			w.drop.Deliver(raw)
			take(w, "old 41")
		}, "[] 449"},
		"and others left and one came": {func(w *world) {
			raw, _ := take(w, "old 40")
			take(w, "old 41")
			take(w, "old 42")
			w.drop.Deliver(raw)
			w.drop.Deliver(dated("new", ""))
		}, "[new] 449"},
		"three of them": {func(w *world) {
			for _, n := range []int{45, 30, 31} {
				raw, _ := take(w, fmt.Sprint("old ", n))
				w.drop.Deliver(raw)
			}
			take(w, "old 20")
		}, "[] 449"},
		"a copy that came another way": {func(w *world) {
			take(w, "old 40")
			take(w, "old 41")
			w.drop.Deliver(dated("old 40", "Received: by the list\n"))
		}, "[old 40] 449"},
		"another with its Message-ID": {func(w *world) {
			take(w, "old 40")
			take(w, "old 41")
			w.drop.Deliver([]byte("From: Ann <ann@example.org>\nSubject: new 40\nMessage-ID: <old 40@x>\nDate: Sat, 28 Nov 2026 10:00:00 +0000\n\nhello\n"))
		}, "[new 40] 449"},
		"a copy of one that is still there": {func(w *world) {
			w.drop.Deliver(dated("old 40", ""))
			take(w, "old 41")
			take(w, "old 42")
		}, "[old 40] 449"},
		"two copies of one": {func(w *world) {
			raw, _ := take(w, "old 40")
			take(w, "old 41")
			take(w, "old 42")
			w.drop.Deliver(raw)
			w.drop.Deliver(raw)
		}, "[old 40] 449"},
	} {
		for _, pipelining := range []bool{true, false} {
			t.Run(fmt.Sprint(name, " pipelining ", pipelining), func(t *testing.T) {
				w := newWorld(t, popserver.Options{Pipelining: pipelining})
				w.book.NoSync()
				for i := range 402 {
					w.drop.Deliver(sized(fmt.Sprint("before ", i)))
				}
				w.poll()
				for i := range 50 {
					w.drop.Deliver(dated(fmt.Sprint("old ", i), ""))
				}
				w.poll()
				for range 2 { // which shows that a search may be relied upon
					w.change([]int{100}, 0)
					w.poll()
				}
				if err := w.book.MarkSeen("a", w.uidOf("old 40")); err != nil {
					t.Fatal(err)
				}
				unseen := w.unseen()
				test.change(w)
				w.full() // in its place it is found by a list only
				if name != "in its place" {
					w.later = 0
				}
				got := w.poll()
				if _, rest, _ := strings.Cut(got, " "); rest != test.want {
					t.Errorf("%s, want %s", got, test.want)
				}
				w.listed()
				if w.Known.Unordered {
					t.Error("the order is taken for another")
				}
				if test.want == "[] 450" && w.unseen() != unseen {
					t.Errorf("%d unseen, %d before", w.unseen(), unseen)
				}
				w.later += time.Minute
				w.expect("then", w.poll(), fmt.Sprint("unchanged [] ", len(w.drop.Messages())))
			})
		}
	}
}

// So is one that left before, and is back under another UID.
func TestBackUnderAnotherUID(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		w := newWorld(t, popserver.Options{Pipelining: pipelining})
		w.deliver("1", "2", "3")
		w.poll()
		uid := w.drop.Deliver(dated("moved", ""))
		w.drop.Deliver(dated("other", ""))
		w.expect("new", w.poll(), "grown [moved other] 5")
		w.expect("unseen", w.unseen(), 2)
		w.drop.Remove(uid)
		w.poll()
		w.deliver("4")
		w.expect("without it", w.poll(), "grown [4] 5")
		w.drop.Deliver(dated("moved", ""))
		w.deliver("5")
		w.expect("back", w.poll(), "grown [5] 7")
		w.expect("unseen", w.unseen(), 4)
		w.drop.Deliver(dated("moved", "")) // a copy beside it
		w.expect("a copy", w.poll(), "grown [moved] 8")
		for range 2 { // an outage, after which all have other UIDs
			before := w.drop.Messages()
			for _, m := range before {
				w.drop.Remove(m.UID)
			}
			w.poll()
			w.expect("emptied", strings.HasSuffix(w.poll(), "[] 0"), true)
			w.drop.Deliver(before[4].Raw)
			w.drop.Deliver(before[3].Raw)
			w.drop.Deliver(before[0].Raw)
			w.drop.Deliver(before[1].Raw)
			w.drop.Deliver(before[2].Raw)
			got := w.poll()
			if strings.Contains(got, "moved") || strings.Contains(got, "other") {
				t.Errorf("after an outage: %s", got)
			}
		}
	}
}

// So is the only one, in the place of another.
func TestBackInTheOnlyPlace(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	one := w.drop.Deliver(dated("one", ""))
	w.poll()
	w.drop.Remove(one)
	two := w.drop.Deliver(dated("two", ""))
	w.expect("another", w.poll(), "full [two] 1")
	w.drop.Remove(two)
	w.drop.Deliver(dated("one", ""))
	w.expect("back", w.poll(), "full [] 1")
}

// An alarm that is the same each time, and says neither when nor which, is new
// each time.
func TestSameAlarmAgain(t *testing.T) {
	alarm := []byte("From: ups@example.org\nSubject: on battery\n\nAlarm.\n")
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("1", "2", "3", "4", "5")
	w.poll()
	uid := w.drop.Deliver(alarm)
	w.expect("once", w.poll(), "grown [on battery] 6")
	w.drop.Remove(uid)
	w.drop.Deliver(alarm)
	w.expect("again", w.poll(), "full [on battery] 6")
}

// A message that comes with the UID of an old one that is still there is told at
// once.
func TestNewWithAnOldUID(t *testing.T) {
	for _, place := range []int{0, 3, 5} {
		for _, pipelining := range []bool{true, false} {
			w := newWorld(t, popserver.Options{Pipelining: pipelining})
			w.deliver("1", "2", "3", "4", "5", "6")
			w.poll()
			w.drop.DeliverUID(w.drop.Messages()[place].UID, dated("new", ""))
			w.expect("at once", w.poll(), "full [new] 7")
			w.expect("then", w.poll(), "full [] 7")
			w.deliver("another")
			w.expect("another", w.poll(), "full [another] 8")
		}
	}
}

func (w *world) uidOf(subject string) string {
	w.t.Helper()
	for _, m := range w.drop.Messages() {
		if bytes.Contains(m.Raw, []byte("Subject: "+subject+"\r\n")) {
			return m.UID
		}
	}
	w.t.Fatalf("there is no %s", subject)
	return ""
}

func (w *world) unseen() (n int) {
	w.t.Helper()
	places, err := w.book.Places("a")
	if err != nil {
		w.t.Fatal(err)
	}
	uids, err := places.UIDs(1, places.Len())
	if err != nil {
		w.t.Fatal(err)
	}
	list, err := w.book.Known("a", uids...)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range list {
		if !e.Seen {
			n++
		}
	}
	return n
}
