package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// reuse has another message take the UID of one.
func (w *world) reuse(subject, by string) {
	w.t.Helper()
	uid := w.uid(subject)
	w.drop.Remove(uid)
	w.drop.DeliverUID(uid, fmt.Appendf(nil, "From: Ann <ann@example.org>\nSubject: %s\nMessage-ID: <%s@x>\n\nhello, hello\n", by, by))
}

// A UID that was free for a while, and one that was not, may come back with
// another message (RFC 1939, section 7): it is new.
func TestReusedUID(t *testing.T) {
	for _, between := range []bool{true, false} {
		w := newWorld(t, popserver.Options{Pipelining: true})
		w.deliver("old")
		w.poll()
		w.deliver("1", "2")
		w.poll()
		if err := w.MarkAllSeen(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		last := w.drop.Messages()[2]
		w.drop.Remove(last.UID)
		if between {
			w.poll()
		}
		w.drop.DeliverUID(last.UID, []byte("Subject: another\nMessage-ID: <another@x>\n\nhello, hello\n"))
		w.expect("new", subjects(w.poll().New), "[another]")
		w.expect("announced", w.announcer.bodies(), "[1 2 another]")
		list, err := w.List("a", 1)
		w.expect("listed", fmt.Sprint(list[0].Subject, " ", list[0].Seen, " ", err), "another false <nil>")
		w.expect("then", len(w.poll().New), 0)
	}
}

// Another message leaves and the same poll finds one replaced.
func TestReusedUIDAmongChanges(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	w.deliver("1", "2", "3")
	w.poll()
	w.drop.Remove(w.uid("1"))
	w.reuse("3", "another")
	w.deliver("4")
	w.expect("new", subjects(w.poll().New), "[4 another]")
	w.expect("messages", w.Snapshot().Accounts[0].Messages, 3)
}

// rewrite has another message take the UID and the place of one.
func (w *world) rewrite(subject, by string) {
	w.t.Helper()
	w.drop.Rewrite(w.uid(subject), w.letter(by, "hello, hello\n"))
}

// New mail at the same time hides no replaced message, nor makes sizes lies.
func TestReusedUIDBesideNews(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	w.deliver("1", "2", "3")
	w.poll()
	w.rewrite("2", "another")
	w.deliver("4")
	w.expect("new", subjects(w.poll().New), "[4 another]")
	w.deliver("5")
	w.expect("mode then", w.poll().Poll.Mode, "grown")
}

// A replaced message that cannot be looked at is looked at another time.
func TestReusedUIDThatIsNotShown(t *testing.T) {
	for name, mood := range map[string]popserver.Mood{
		"refused":   refuseSizes,
		"cut":       func(line string) *popserver.Override { return closeOn(line, "LIST 3") },
		"no header": func(line string) *popserver.Override { return closeOn(line, "TOP 3 0") },
		"twice":     on("UIDL", "+OK\r\n1 uid00000001\r\n2 uid00000003\r\n3 uid00000003\r\n.\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{})
			w.poll()
			w.deliver("1", "2", "3")
			w.poll()
			w.rewrite("3", "another")
			w.server.SetMood(mood)
			w.expect("new at first", subjects(w.poll().New), "[]")
			w.server.SetMood(nil)
			w.clock.advance(25 * time.Hour)
			w.expect("new a day later", subjects(w.poll().New), "[another]")
			w.expect("unseen", w.Snapshot().Unseen, 3)
		})
	}
}

func closeOn(line, command string) *popserver.Override {
	if line == command {
		return &popserver.Override{Close: true}
	}
	return nil
}

func refuseSizes(line string) *popserver.Override {
	if strings.HasPrefix(line, "LIST") {
		return &popserver.Override{Raw: "-ERR not now\r\n"}
	}
	return nil
}

// Where no size was known, the header tells.
func TestReusedUIDWithoutASize(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("1", "2")
	w.server.SetMood(refuseSizes)
	w.poll()
	w.server.SetMood(nil)
	w.rewrite("2", "another")
	w.clock.advance(25 * time.Hour)
	w.expect("new", subjects(w.poll().New), "[another]")
}

// One among the older ones is found when all sizes are listed, once a day
// whatever else has the UIDs listed.
func TestReusedUIDOfAnOldMessage(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	for i := range 60 {
		w.deliver(fmt.Sprint(i))
	}
	w.poll()
	if err := w.MarkAllSeen(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	w.rewrite("7", "another")
	w.drop.Remove(w.uid("3"))
	w.drop.Remove(w.uid("50"))
	w.drop.Swap(20, 30)
	w.deliver("60")
	w.expect("new at once", subjects(w.poll().New), "[60 another]")
	w.rewrite("8", "a third")
	w.clock.advance(time.Hour)
	w.expect("new an hour later", subjects(w.poll().New), "[]")
	w.clock.advance(20 * time.Hour)
	w.drop.Remove(w.uid("9"))
	w.expect("mode in between", w.poll().Poll.Mode, "full")
	w.clock.advance(4 * time.Hour)
	w.expect("new a day later", subjects(w.poll().New), "[a third]")
	w.expect("unseen", w.Snapshot().Unseen, 3)
	before := len(w.server.Commands())
	w.clock.advance(25 * time.Hour)
	w.expect("another day later", len(w.poll().New), 0)
	if asked := strings.Join(w.server.Commands()[before:], ", "); strings.Contains(asked, "LIST") {
		t.Errorf("all are looked at again: %s", asked)
	}
}

// More messages than one poll looks at are looked at by the next ones, not by
// those of the next days.
func TestReusedUIDAmongMoreThanAPollLooksAt(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	for i := range 140 {
		w.deliver(fmt.Sprint(i))
		if i%70 == 69 {
			w.poll() // which reads the headers of all
		}
	}
	w.rewrite("110", "another")
	for _, m := range w.drop.Messages() {
		w.drop.Rewrite(m.UID, append([]byte("Status: RO\n"), m.Raw...))
	}
	var found []string
	for range 3 {
		w.clock.advance(10 * time.Minute)
		for _, n := range w.poll().New {
			found = append(found, n.Subject)
		}
	}
	w.expect("new", found, "[another]")
	w.clock.advance(10 * time.Minute)
	w.expect("mode then", w.poll().Poll.Mode, "unchanged")
}

// With many messages whose sizes nobody knows, the polls after the daily one go
// on until all are looked at, and then rest.
func TestReusedUIDAmongManyWithoutASize(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	w.server.SetMood(func(line string) *popserver.Override {
		if strings.HasPrefix(line, "LIST ") {
			return &popserver.Override{Raw: "-ERR not now\r\n"}
		}
		return nil
	})
	for batch := range 30 { // few enough at a time to be described
		for i := range 10 {
			w.deliver(fmt.Sprint(10*batch + i))
		}
		w.poll()
	}
	if err := w.MarkAllSeen(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	w.server.SetMood(nil)
	w.rewrite("5", "another")
	w.rewrite("250", "one more")
	w.clock.advance(25 * time.Hour)
	var found []string
	for range 6 {
		for _, m := range w.poll().New {
			found = append(found, m.Subject)
		}
	}
	slices.Sort(found)
	w.expect("found", found, "[another one more]")
	before := len(w.server.Commands())
	w.poll()
	if asked := strings.Join(w.server.Commands()[before:], ", "); strings.Contains(asked, "LIST") {
		t.Errorf("it does not rest: %s", asked)
	}
}

// What was told of a message that another one has replaced is taken back, also
// where that one is not announced.
func TestReusedUIDWithdraws(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	if err := w.SavePreferences(t.Context(), settings.Preferences{}, []settings.Rule{
		{Field: settings.FieldSubject, Text: "advert", Effect: settings.EffectMute},
	}); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.deliver("1")
	w.poll()
	w.rewrite("1", "advert")
	w.poll()
	w.expect("announced", w.announcer.bodies(), "[1]")
	w.expect("withdrawn", w.announcer.withdrawn, "[a/"+w.uid("advert")+"]")
}

// A server that writes headers of its own changes sizes, and no message.
func TestChangedSizesAreNoNews(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	w.deliver("1", "2")
	w.poll()
	for _, m := range w.drop.Messages() {
		w.drop.Remove(m.UID)
		w.drop.DeliverUID(m.UID, append([]byte("Status: RO\n"), m.Raw...))
	}
	w.expect("new", len(w.poll().New), 0)
	w.clock.advance(25 * time.Hour)
	before := len(w.server.Commands())
	w.expect("a day later", len(w.poll().New), 0)
	if asked := strings.Join(w.server.Commands()[before:], ", "); strings.Contains(asked, "TOP") {
		t.Errorf("they are looked at again: %s", asked)
	}
}

// One other message among many whose sizes alone have changed is found all the
// same; where nothing but sizes is known, many that change are no news.
func TestReusedUIDAmongChangedSizes(t *testing.T) {
	for _, noTOP := range []bool{false, true} {
		w := newWorld(t, popserver.Options{NoTOP: noTOP})
		w.poll()
		w.deliver("1", "2", "3", "4", "5", "6", "7", "8")
		w.poll()
		for _, m := range w.drop.Messages() {
			w.drop.Remove(m.UID)
			w.drop.DeliverUID(m.UID, append([]byte("Status: RO\n"), m.Raw...))
		}
		w.reuse("8", "another")
		want := "[another]"
		if noTOP {
			want = "[]"
		}
		w.expect("new", subjects(w.poll().New), want)
	}
}

// Many that are back at once are judged together: some that look different
// prove nothing, but most do.
func TestManyReturn(t *testing.T) {
	for _, test := range []struct{ different, want int }{{4, 0}, {20, 20}} {
		w := newWorld(t, popserver.Options{})
		w.poll()
		for i := range 30 {
			w.deliver(fmt.Sprint(i))
		}
		w.deliver("stays", "stays, too", "and this")
		w.poll()
		all := w.drop.Messages()[:30]
		for _, m := range all {
			w.drop.Remove(m.UID)
		}
		w.poll()
		shown := len(w.announcer.bodies())
		for i, m := range all {
			raw := m.Raw
			if i < test.different {
				raw = fmt.Appendf(nil, "Subject: another\nMessage-ID: <another-%d@x>\n\nhello\n", i)
			}
			w.drop.DeliverUID(m.UID, raw)
		}
		w.expect("new", len(w.poll().New), test.want)
		w.expect("notifications", len(w.announcer.bodies())-shown, min(1, test.want))
	}
}

// What is deleted is what the user was shown, not what has its UID by now.
func TestDeleteOfAReusedUID(t *testing.T) {
	for name, o := range map[string]popserver.Options{"TOP": {}, "pipelining": {Pipelining: true}, "no TOP": {NoTOP: true}} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, o)
			w.poll()
			w.deliver("1", "2", "3")
			w.poll()
			w.reuse("3", "precious")
			deleted, err := w.erase(w.uid("1"), w.uid("precious"))
			var problem *api.ProblemError
			if len(deleted) != 0 || !errors.As(err, &problem) || problem.Problem.Code != api.CodeReplaced {
				t.Errorf("deleted %q, %v", deleted, err)
			}
			w.expect("left", w.left(), "1 2 precious")
			due, _, _ := w.due()
			w.expect("due at once", due, "[a]")
			w.poll()
			w.expect("unseen", w.Snapshot().Unseen, 3)
			shown := w.announcer.bodies()
			w.expect("announced", len(shown), 4)
			// By now the list shows it.
			if _, err := w.erase(w.uid("precious")); err != nil {
				t.Error(err)
			}
			w.expect("left then", w.left(), "1 2")
		})
	}
}

// A message that is read is the one that the list has from then on, and new if
// it was not marked as seen.
func TestReadOfAReusedUID(t *testing.T) {
	for _, markSeen := range []bool{false, true} {
		w := newWorld(t, popserver.Options{})
		w.poll()
		w.deliver("1", "2")
		w.poll()
		if err := w.MarkAllSeen(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		w.rewrite("2", "another")
		m, err := w.Fetch(t.Context(), "a", w.uid("another"), false, markSeen)
		w.expect("read", fmt.Sprint(m.Subject, " ", m.Seen, " ", err), fmt.Sprint("another ", markSeen, " <nil>"))
		list, err := w.List("a", 1)
		w.expect("listed", fmt.Sprint(list[0].Subject, " ", list[0].Seen, " ", err), fmt.Sprint("another ", markSeen, " <nil>"))
		w.announcer.shown = nil
		w.poll()
		want := "[another]"
		if markSeen {
			want = "[]"
		}
		w.expect("announced", w.announcer.bodies(), want)
	}
}

// What the user was shown is not what the ledger has by now.
func TestDeleteOfWhatWasShown(t *testing.T) {
	for _, noTOP := range []bool{false, true} {
		w := newWorld(t, popserver.Options{NoTOP: noTOP})
		w.poll()
		w.deliver("1", "2")
		w.poll()
		shown, err := w.List("a", 0)
		if err != nil {
			t.Fatal(err)
		}
		uids := []string{shown[0].UID, shown[1].UID}
		w.reuse("2", "precious")
		w.poll()
		_, err = w.Delete(t.Context(), api.DeleteRequest{Account: "a", UIDs: uids, Shown: shown})
		var problem *api.ProblemError
		if !errors.As(err, &problem) || problem.Problem.Code != api.CodeReplaced {
			t.Errorf("%v", err)
		}
		w.expect("left", w.left(), "1 precious")
		if err := w.Describe(t.Context(), "a"); err != nil && !noTOP {
			t.Error(err)
		}
		if shown, err = w.List("a", 0); err != nil {
			t.Fatal(err)
		}
		carried, err := json.Marshal(shown) // as a window has it
		if err == nil {
			err = json.Unmarshal(carried, &shown)
		}
		if err != nil {
			t.Fatal(err)
		}
		deleted, err := w.Delete(t.Context(), api.DeleteRequest{Account: "a", UIDs: uids, Shown: shown})
		w.expect("deleted", fmt.Sprint(len(deleted), err), "2 <nil>")
	}
}

// A server that sends everything to TOP does not keep its mail from being
// deleted (P19).
func TestDeleteWithEndlessTOP(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1", "big")
	w.poll()
	w.server.SetMood(on("TOP 2 0", "+OK\r\nFrom: Ann <ann@example.org>\r\nSubject: big\r\nMessage-ID: <big@x>\r\n\r\n"+
		strings.Repeat(strings.Repeat("x", 78)+"\r\n", 20_000)+".\r\n"))
	if _, err := w.erase(w.uid("big")); err != nil {
		t.Error(err)
	}
	w.expect("left", w.left(), "1")
}
