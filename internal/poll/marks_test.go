package poll

import (
	"fmt"
	"testing"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// sized is a message of a size that does not depend on the subject.
func sized(subject string) []byte {
	return fmt.Appendf(nil, "From: Ann <ann@example.org>\nSubject: %-20s\nMessage-ID: <%-20s@x>\n\nhello\n", subject, subject)
}

// A message that takes the place of another of its size changes neither count
// nor octets, nor the last UID. Where it stands in the place of a mark, the
// poll that looks there finds it.
func TestSwapOfEqualSize(t *testing.T) {
	for name, place := range map[string]int{"the first": 0, "one in the middle": 1} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			var uids []string
			for _, s := range []string{"a", "b", "c"} {
				uids = append(uids, w.drop.Deliver(sized(s)))
			}
			w.expect("baseline", w.poll(), "full [] 3")
			w.expect("nothing new", w.poll(), "unchanged [] 3")
			w.drop.Remove(uids[place])
			w.drop.DeliverAt(place, sized("new"))
			w.expect("swapped", w.poll(), "full [new] 3")
		})
	}
}

// A server that lists the newest message first is asked for the whole list
// whenever something has changed, and only then.
func TestNewestFirst(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.drop.DeliverAt(0, sized("a"))
	w.drop.DeliverAt(0, sized("b"))
	w.expect("baseline", w.poll(), "full [] 2")
	for i := range 3 {
		w.drop.DeliverAt(0, sized(fmt.Sprint("new", i)))
		w.expect("new mail", w.poll(), fmt.Sprintf("full [new%d] %d", i, 3+i))
		w.expect("nothing new", w.poll(), fmt.Sprintf("unchanged [] %d", 3+i))
	}
	w.known()
	if !w.Known.Unordered {
		t.Error("the server is not known for it")
	}
	// In the order of arrival it would have been one of those that grow.
	w.drop.Deliver(sized("last"))
	w.expect("another", w.poll(), "full [last] 6")
}

// A list with one UID twice is no base to build on.
func TestUIDTwice(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.drop.DeliverUID("a", sized("a"))
	w.drop.DeliverUID("b", sized("b"))
	w.expect("baseline", w.poll(), "full [] 2")
	w.drop.DeliverUID("b", sized("c"))
	for range 3 {
		w.poll()
		w.known()
		if w.Known.Incremental {
			t.Errorf("a base with one UID twice: %+v", w.Known)
		}
	}
}

func TestMarks(t *testing.T) {
	var m marker
	for n := range 1000 {
		m.add(ledger.Row{Number: n + 1, UID: fmt.Sprint(n)})
	}
	if len(m.marks) != maxMarks+1 || m.marks[0].Number != 1 {
		t.Fatalf("%v", m.marks)
	}
	drawn := map[int]bool{}
	for range 200 {
		for _, row := range looked(ledger.Meta{Count: 1000, Marks: m.marks}) {
			drawn[row.Number] = true
		}
	}
	if len(drawn) < maxMarks { // the last message may be among them, and is not looked at twice
		t.Errorf("always the same are looked at: %v", drawn)
	}
	if rows := looked(ledger.Meta{Count: 1000, Marks: m.marks, NoUIDL: true}); rows != nil {
		t.Errorf("%v without UIDL", rows)
	}
}
