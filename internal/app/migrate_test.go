package app

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Where another program empties the maildrop, a copy of an old message that
// comes with the new ones is old, and it alone.
func TestCopyAmongNewMail(t *testing.T) {
	for name, test := range map[string]struct {
		old, then []string
		want      string
	}{
		"the last":       {[]string{"p", "q"}, []string{"new", "q"}, "[new]"},
		"the first":      {[]string{"p", "q"}, []string{"q", "new"}, "[new]"},
		"one of five":    {[]string{"1", "2", "3", "4", "5"}, []string{"6", "7", "8", "9", "2"}, "[6 7 8 9]"},
		"in the middle":  {[]string{"1", "2", "3", "4", "5"}, []string{"6", "7", "2", "8", "9"}, "[6 7 8 9]"},
		"the same twice": {[]string{"1", "2", "3", "4"}, []string{"2", "2", "2", "2"}, "[2 2 2]"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{})
			w.poll()
			w.deliver(test.old...)
			w.poll()
			for _, m := range w.drop.Messages() {
				w.drop.Remove(m.UID)
			}
			w.deliver(test.then...)
			w.expect("new", subjects(w.poll().New), test.want)
			w.expect("then", subjects(w.poll().New), "[]")
			list, err := w.List("a", 0)
			for i, m := range list {
				if want := test.then[len(test.then)-1-i]; err != nil || m.Subject != want {
					t.Errorf("%d: %q, want %q, %v", i, m.Subject, want, err)
				}
			}
		})
	}
}

// A Message-ID that is copied makes nothing old: sender and subject tell.
func TestMigrationOfACopiedMessageID(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("1", "2")
	w.poll()
	for _, m := range w.drop.Messages() {
		raw := m.Raw
		if m.UID == w.uid("2") {
			raw = bytes.Replace(raw, []byte("Subject: 2"), []byte("Subject: spam"), 1)
			raw = regexp.MustCompile(`(?m)^From: .*$`).ReplaceAll(raw, []byte("From: Eve <eve@example.org>"))
		}
		w.drop.Remove(m.UID)
		w.drop.Deliver(raw)
	}
	w.expect("new", subjects(w.poll().New), "[spam]")
	list, err := w.List("a", 0)
	if err != nil || len(list) != 2 || list[0].Subject != "spam" {
		t.Errorf("%+v, %v", list, err)
	}
}

// Nor does it where the sender is the same, whatever stands behind it. A tag
// before the subject, another sender or size, and what was decoded otherwise
// make no other message.
func TestMigrationOfAMessageID(t *testing.T) {
	letter := func(from, subject, date, more string) []byte {
		return fmt.Appendf(nil, "From: %s\nSubject: %s\nMessage-ID: <one@x>\nDate: %s\n%s\nhello\n", from, subject, date, more)
	}
	const ann, when = "Ann <ann@example.org>", "Sat, 28 Nov 2026 10:00:00 +0000"
	for name, test := range map[string]struct {
		raw []byte
		new bool
	}{
		"as it was":                {letter(ann, "bill", when, ""), false},
		"with other headers":       {letter(ann, "bill", when, "X-Moved: yes\nStatus: O\n"), false},
		"through a list":           {letter("Ann via list <list@example.org>", "[list] bill", when, "Sender: x\n"), false},
		"another subject":          {letter(ann, "a reminder", when, ""), true},
		"another of the same size": {letter(ann, "spam", when, ""), true},
		"another date":             {letter(ann, "bill", "Sun, 29 Nov 2026 10:00:00 +0000", ""), true},
		"another subject and more": {letter("Eve <eve@example.org>", "offer", when, "X: y\n"), true},
		"no subject":               {letter(ann, "", when, ""), true},
		"an empty one with a size": {letter(ann, "    ", when, ""), true},
	} {
		for _, many := range []int{0, 20, 2000} {
			if many > 20 && name != "as it was" && name != "another subject" {
				continue // a large one is staged
			}
			t.Run(fmt.Sprint(name, " behind ", many), func(t *testing.T) {
				w := newWorld(t, popserver.Options{Pipelining: true})
				w.poll()
				var around []string
				for i := range many {
					around = append(around, fmt.Sprint("m", i))
				}
				w.deliver(around...)
				w.drop.Deliver(letter(ann, "bill", when, ""))
				w.deliver("next", "last")
				w.poll()
				if err := w.Describe(t.Context(), "a"); err != nil {
					t.Fatal(err)
				}
				for _, m := range w.drop.Messages() {
					w.drop.Remove(m.UID)
				}
				w.deliver(around...)
				w.drop.Deliver(test.raw)
				w.deliver("next", "last")
				list := w.poll()
				w.expect("news", len(list.New), map[bool]int{true: 1}[test.new])
				// What is listed is what is there.
				mail, err := w.List("a", 3)
				_, subject, _ := strings.Cut(string(test.raw), "Subject: ")
				subject, _, _ = strings.Cut(subject, "\n")
				if err != nil || len(mail) != 3 || mail[2].Subject != strings.TrimSpace(subject) {
					t.Errorf("listed: %+v, %v", mail, err)
				}
			})
		}
	}
}

// Where nearly all look like others, it is the server that shows them otherwise.
func TestMigrationToOtherSubjects(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	for i := range 30 {
		w.deliver(fmt.Sprint("m", i))
	}
	w.poll()
	for _, m := range w.drop.Messages() {
		w.drop.Remove(m.UID)
		w.drop.Deliver(regexp.MustCompile(`(?m)^Subject: .*$`).ReplaceAll(m.Raw, []byte("Subject: withheld\r")))
	}
	w.expect("new", subjects(w.poll().New), "[]")
}

// Where nearly all messages are recognised after a migration, those that have
// no Message-ID are old, too, and as they were.
func TestMigrationWithoutSomeMessageIDs(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	for i := range 30 {
		if i%10 == 3 {
			w.drop.Deliver(fmt.Appendf(nil, "Subject: %d\n\nhello\n", i))
		} else {
			w.deliver(fmt.Sprint(i))
		}
	}
	w.poll()
	if err := w.MarkSeen(t.Context(), "a", w.uid("13"), w.uid("14")); err != nil {
		t.Fatal(err)
	}
	w.drop.Renumber()
	w.deliver("news")
	w.expect("new", subjects(w.poll().New), "[news]")
	w.expect("unseen", w.Snapshot().Unseen, 29)
	seen := ""
	list, err := w.List("a", 0)
	for _, m := range list {
		if m.Seen {
			seen += m.Subject + " "
		}
	}
	w.expect("seen", fmt.Sprint(seen, err), "14 13 <nil>")
}

// Where another program fetches and deletes all mail, what came since is new
// also if no header can be read just then: its sizes are others.
func TestFetchedElsewhereWithoutHeaders(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	for i := range 30 {
		w.deliverText(fmt.Sprint("old ", i), strings.Repeat("x", i))
	}
	w.poll()
	for i, m := range w.drop.Messages() {
		w.drop.Remove(m.UID)
		w.deliverText(fmt.Sprint("new ", i), strings.Repeat("x", 100+i))
	}
	mood := func(command string, answer popserver.Override) {
		w.server.SetMood(func(line string) *popserver.Override {
			if strings.HasPrefix(line, command) {
				return &answer
			}
			return nil
		})
	}
	mood("LIST ", popserver.Override{Close: true})
	w.expect("where nothing can be told", w.pollAny().State, api.Failed)
	mood("TOP ", popserver.Override{Raw: "-ERR not now\r\n"})
	w.expect("new", len(w.poll().New), 30)
}

// Where a few messages keep their UIDs, those that no header tells are what they
// were in their places. Where it is not known which of them left, they have no
// header, and are seen unless all of them were unseen.
func TestMigrationThatLeavesSomeUIDs(t *testing.T) {
	for _, test := range []struct {
		name        string
		many, every int // in which place the first and the next ones keep their UIDs
		first       int
		leave       int // a place, if any
		unknown     int
		unseen      string
	}{
		{"one", 250, 250, 120, 0, 0, "[m3 m30]"},
		{"every tenth", 250, 10, 0, 0, 0, "[m3 m30]"},
		{"every tenth, and one left", 250, 10, 0, 32, 8, "[m3 m30]"},
		{"none, and one left", 250, 251, 251, 32, 150, "[]"},
		{"a large maildrop", 2000, 10, 0, 0, 0, "[m3 m30]"},
		{"a large maildrop, and one left", 2100, 10, 0, 32, 8, "[m3 m30]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.ledger.NoSync()
			w.poll()
			for i := range test.many {
				w.deliver(fmt.Sprint("m", i))
			}
			w.poll()
			messages := w.drop.Messages()
			w.describeAll(messages)
			for i, m := range messages {
				if i == 3 || i == 30 {
					continue
				}
				if err := w.ledger.MarkSeen("a", m.UID); err != nil {
					t.Fatal(err)
				}
			}
			for i, m := range messages {
				w.drop.Remove(m.UID)
				switch {
				case i >= test.first && (i-test.first)%test.every == 0:
					w.drop.DeliverUID(m.UID, m.Raw)
				case test.leave == 0 || i != test.leave:
					w.drop.Deliver(m.Raw)
				}
			}
			w.deliver("news")
			w.expect("new", subjects(w.poll().New), "[news]")
			subject := w.subjects()
			entries, err := w.ledger.Newest("a", 3000)
			if err != nil {
				t.Fatal(err)
			}
			unknown, unseen := 0, []string{}
			for _, e := range entries {
				switch {
				case !e.Described:
					unknown++
				case e.Subject != subject[e.UID]:
					t.Fatalf("%s is %q, want %q", e.UID, e.Subject, subject[e.UID])
				}
				if !e.Seen && subject[e.UID] != "news" {
					unseen = append(unseen, subject[e.UID])
				}
			}
			slices.Reverse(unseen)
			w.expect("unknown", unknown, test.unknown)
			w.expect("unseen", fmt.Sprint(unseen), test.unseen)
		})
	}
}

// UIDs that are counted anew come back for other messages, all at once: the
// messages are what they were, and only what came is new.
func TestUIDsAreCountedAnew(t *testing.T) {
	for _, many := range []int{20, 100, 400} {
		for _, known := range []bool{true, false} {
			for _, news := range [][]string{nil, {"news"}} {
				t.Run(fmt.Sprint(many, known, news), func(t *testing.T) {
					w := newWorld(t, popserver.Options{Pipelining: true})
					w.ledger.NoSync()
					uid := 0
					counted := func(n int) {
						for i := range many {
							uid += 1 + max(0, i%5-2) // with gaps
							if i >= many-10 == (n == 10) {
								w.drop.DeliverUID(fmt.Sprint(uid), w.letter(fmt.Sprint("m", i), ""))
							}
						}
					}
					counted(many - 10)
					w.poll()
					uid = 0
					counted(10)
					w.poll()
					messages := w.drop.Messages()
					if known {
						w.describeAll(messages)
					}
					for i, m := range messages {
						w.drop.Remove(m.UID)
						messages[i].UID = fmt.Sprint(i + 1)
					}
					for _, m := range messages {
						w.drop.DeliverUID(m.UID, m.Raw)
					}
					for i, subject := range news {
						w.drop.DeliverUID(fmt.Sprint(many+1+i), w.letter(subject, ""))
					}
					w.expect("new", subjects(w.poll().New), fmt.Sprint(news))
					w.expect("then", subjects(w.poll().New), "[]")
					w.expect("unseen", w.Snapshot().Unseen, 10+len(news))
					subject := w.subjects()
					entries, err := w.ledger.Newest("a", 3000)
					if err != nil || len(entries) != many+len(news) {
						t.Fatal(len(entries), err)
					}
					for i, e := range entries {
						if e.Described && e.Subject != subject[e.UID] {
							t.Errorf("%s is %q, want %q", e.UID, e.Subject, subject[e.UID])
						}
						if e.Seen != (i >= 10+len(news)) {
							t.Errorf("%s: seen %v", e.UID, e.Seen)
						}
					}
				})
			}
		}
	}
}

// After a migration, more may be new than a poll looks at, and what stands before
// that is old. Where all is new, all is told.
func TestMigrationAndMuchNewMail(t *testing.T) {
	for _, test := range []struct{ many, old int }{{400, 280}, {400, 0}, {1000, 805}, {3000, 2500}} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.ledger.NoSync()
			for i := range test.many {
				w.deliver(fmt.Sprint("m", i))
			}
			w.poll()
			w.describeAll(w.drop.Messages())
			w.drop.Renumber()
			for _, m := range w.drop.Messages()[test.old:] {
				w.drop.Remove(m.UID)
			}
			for i := range test.many - test.old {
				w.deliver(fmt.Sprint("n", i))
			}
			w.poll()
			w.expect("unseen", w.Snapshot().Unseen, test.many-test.old)
			subject := w.subjects()
			entries, err := w.ledger.Newest("a", 5000)
			if err != nil || len(entries) != test.many {
				t.Fatal(len(entries), err)
			}
			for _, e := range entries {
				if e.Described && e.Subject != subject[e.UID] {
					t.Errorf("%s is %q, want %q", e.UID, e.Subject, subject[e.UID])
				}
				if e.Seen != strings.HasPrefix(subject[e.UID], "m") {
					t.Errorf("%s: seen %v", subject[e.UID], e.Seen)
				}
			}
		})
	}
}

// subjects are those of the messages on the server, by their UIDs.
func (w *world) subjects() map[string]string {
	subject := map[string]string{}
	for _, m := range w.drop.Messages() {
		_, rest, _ := strings.Cut(string(m.Raw), "Subject: ")
		subject[m.UID], _, _ = strings.Cut(rest, "\r\n")
	}
	return subject
}

// describeAll has the ledger know the headers of all messages.
func (w *world) describeAll(messages []popserver.Message) {
	w.t.Helper()
	var list []ledger.Arrival
	for _, m := range messages {
		header, err := message.ReadHeader(bytes.NewReader(m.Raw), message.Hints{})
		if err != nil {
			w.t.Fatal(err)
		}
		list = append(list, ledger.Arrival{Row: ledger.Row{UID: m.UID}, Octets: int64(len(m.Raw)), Described: true, Header: poll.Header(header)})
	}
	if _, err := w.ledger.Describe("a", list); err != nil {
		w.t.Fatal(err)
	}
}
