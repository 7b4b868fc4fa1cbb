package app

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
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
