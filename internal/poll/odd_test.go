package poll

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// says makes a mood that gives one answer to a command; "%s" is its argument.
func says(command, answer string) popserver.Mood {
	return func(line string) *popserver.Override {
		keyword, argument, _ := strings.Cut(line, " ")
		if keyword != command {
			return nil
		}
		return &popserver.Override{Raw: strings.ReplaceAll(answer, "%s", argument) + "\r\n"}
	}
}

// P33: what LIST says of one message is no reason to do without its sender and
// subject, or to log in again.
func TestUnknownSizes(t *testing.T) {
	for _, answer := range []string{"+OK %s -1", "+OK %s -2048", "+OK %s", "+OK -1", "+OK", "+OK %s (1234 octets)", "+OK 1234", "-ERR no size", "-ERR try later"} {
		t.Run(answer, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver("old")
			w.expect("baseline", w.poll(), "full [] 1")
			one := says("LIST", answer)
			w.server.SetMood(func(line string) *popserver.Override {
				if line == "LIST" { // of all, the first line of an answer is not the last
					return &popserver.Override{Raw: "-ERR no sizes\r\n"}
				}
				return one(line)
			})
			w.deliver("new", "newer")
			logins := w.server.Logins()
			w.expect("new mail", w.poll(), "full [new newer] 3")
			w.deliver("newest")
			w.expect("more", w.poll(), "full [newest] 4")
			w.expect("logins", w.server.Logins()-logins, 2)
		})
	}
}

// P34: rows of UIDL without a UID are no UIDL; digests tell messages apart.
func TestUIDLWithoutUIDs(t *testing.T) {
	bare := func(rows int) popserver.Mood {
		return func(line string) *popserver.Override {
			switch number, one := strings.CutPrefix(line, "UIDL "); {
			case one:
				return &popserver.Override{Raw: "+OK " + number + "\r\n"}
			case line == "UIDL":
				var b strings.Builder
				for i := range rows {
					fmt.Fprintf(&b, "%d\r\n", i+1)
				}
				return &popserver.Override{Raw: "+OK\r\n" + b.String() + ".\r\n"}
			}
			return nil
		}
	}
	w := newWorld(t, popserver.Options{Pipelining: true, Mood: bare(1)})
	w.deliver("old")
	w.expect("baseline", w.poll(), "full [] 1")
	if !w.Known.NoUIDL {
		t.Error("it has UIDs")
	}
	w.server.SetMood(bare(2))
	w.deliver("new")
	w.expect("new mail", w.poll(), "grown [new] 2")
	var steps []string
	if _, err := Test(t.Context(), w.Target, func(s api.TestStep) { steps = append(steps, fmt.Sprint(s.Name, " ", s.Found)) }); err != nil {
		t.Error(err)
	}
	w.expect("steps", strings.Join(steps, ", "), "connect connect, login login, stat stat, uidl no_uidl, top top")

	w = newWorld(t, popserver.Options{NoTOP: true, Mood: bare(1)})
	w.deliver("old")
	if _, err := Poll(t.Context(), w.Target, w.book, time.Now(), &Session{}); err == nil || Problem(err, w.Account).Code != api.CodeNoUIDL {
		t.Errorf("without TOP: %v", err)
	}
}

// list are the messages that are listed: UIDs, or that there is a digest, and
// subjects.
func (w *world) list() (list []string) {
	w.t.Helper()
	entries, err := w.book.Newest("a", 10)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, e := range entries {
		uid := e.UID
		if strings.HasPrefix(uid, digestPrefix) {
			uid = digestPrefix
		}
		list = append(list, uid+" "+e.Subject)
	}
	slices.Sort(list)
	return list
}

// P34: a message whose row has no UID among others that have one is told apart
// by a digest. The others keep their UIDs, and nothing is swallowed.
func TestSomeRowsWithoutUIDs(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	bare, choke := map[int]bool{}, ""
	mood := func(line string) *popserver.Override {
		command, argument, one := strings.Cut(line, " ")
		n, _ := strconv.Atoi(argument)
		switch {
		case choke != "" && line == choke:
			return &popserver.Override{Raw: "-ERR cannot read it\r\n"}
		case command != "UIDL" || one && !bare[n]:
			return nil
		case one:
			return &popserver.Override{Raw: "+OK " + argument + "\r\n"}
		}
		var b strings.Builder
		for i, m := range w.drop.Messages() {
			uid := m.UID
			if bare[i+1] {
				uid = ""
			}
			fmt.Fprintf(&b, "%d %s\r\n", i+1, uid)
		}
		return &popserver.Override{Raw: "+OK\r\n" + b.String() + ".\r\n"}
	}
	w.server.SetMood(mood)
	uids := w.deliver("one", "two", "three")
	w.expect("baseline", w.poll(), "full [] 3")
	bare[4] = true
	w.deliver("four")
	w.expect("a new one without a UID", w.poll(), "full [four] 4")
	w.expect("again", w.poll(), "full [] 4")
	uids = append(uids, w.deliver("five")...)
	w.expect("behind it", w.poll(), "full [five] 5")
	w.expect("again", w.poll(), "full [] 5")
	want := []string{uids[0] + " one", uids[1] + " two", uids[2] + " three", uids[3] + " five", digestPrefix + " four"}
	slices.Sort(want)
	w.expect("known", w.list(), want)
	if w.Known.NoUIDL {
		t.Error("it has UIDs")
	}

	// It is read and deleted as all others are.
	entries, err := w.book.Newest("a", 10)
	if err != nil {
		t.Fatal(err)
	}
	at := slices.IndexFunc(entries, func(e ledger.Entry) bool { return e.Subject == "four" })
	four := entries[at].UID
	if m, err := Fetch(t.Context(), w.Target, ledger.Row{Number: 4, UID: four}, "", true, nil); err != nil || m.Subject != "four" {
		t.Errorf("read: %q, %v", m.Subject, err)
	}
	list, _, err := w.book.Deletable("a", Maildrop(w.Account), four)
	if err != nil {
		t.Fatal(err)
	}
	// One that the server does not let read hides no others, and is not said to
	// be gone.
	choke = "TOP 4 0"
	w.deliver("six")
	w.expect("cannot be read", w.poll(), "full [six] 6")
	if _, err := Delete(t.Context(), w.Target, list); err == nil || errors.Is(err, ErrGone) {
		t.Errorf("deleted: %v", err)
	}
	choke = ""
	w.expect("can be read", w.poll(), "full [] 6")
	if deleted, err := Delete(t.Context(), w.Target, list); err != nil || len(deleted) != 1 || len(w.drop.Messages()) != 5 {
		t.Errorf("deleted: %v, %v", deleted, err)
	}
	bare[4] = false
	w.expect("without it", w.poll(), "full [] 5")
	w.expect("and then", w.poll(), "unchanged [] 5")
}

// P34: of messages with one UID all but the first are told apart by digests, so
// that none is swallowed, whichever of them leaves.
func TestSharedUIDs(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	share := func(uid, subject string) {
		w.drop.DeliverUID(uid, fmt.Appendf(nil, "From: Ann <ann@example.org>\nSubject: %s\nMessage-ID: <%s@x>\n\n%s\n", subject, subject, strings.Repeat(subject, 9)))
	}
	share("u1", "one")
	share("u2", "two")
	w.expect("baseline", w.poll(), "full [] 2")
	share("u2", "three")
	w.expect("the same UID", w.poll(), "full [three] 3")
	w.expect("again", w.poll(), "full [] 3")
	share("u2", "four")
	share("u5", "five")
	share("u5", "six")
	w.expect("thrice, and new ones with one", w.poll(), "full [five four six] 6")
	w.expect("again", w.poll(), "full [] 6")
	w.expect("listed", w.list(), "[digest- four digest- six digest- three u1 one u2 two u5 five]")
	if w.Known.NoUIDL || !w.Known.Shared || w.Known.Surplus != 0 {
		t.Errorf("%+v", w.Known)
	}

	// What is listed can be read and deleted, unless its UID may mean another.
	entries, err := w.book.Newest("a", 10)
	if err != nil {
		t.Fatal(err)
	}
	uid := map[string]string{}
	for _, e := range entries {
		uid[e.Subject] = e.UID
	}
	if m, err := Fetch(t.Context(), w.Target, ledger.Row{Number: 3, UID: uid["three"]}, "", true, nil); err != nil || m.Subject != "three" {
		t.Errorf("read: %q, %v", m.Subject, err)
	}
	erase := func(subject string) error {
		list, _, err := w.book.Deletable("a", Maildrop(w.Account), uid[subject])
		if err != nil {
			t.Fatal(err)
		}
		_, err = Delete(t.Context(), w.Target, list)
		return err
	}
	if err := erase("two"); !errors.Is(err, ErrAlike) {
		t.Errorf("one of three is deleted: %v", err)
	}
	if err := erase("three"); err != nil {
		t.Error(err)
	}
	for _, subject := range []string{"two", "four"} {
		share("u2", subject) // popserver deletes by UID
	}
	w.expect("one is deleted", w.poll(), "full [] 5")
	w.expect("what lacks once may be there", w.poll(), "full [] 5")
	w.expect("listed", w.list(), "[digest- four digest- six u1 one u2 two u5 five]")

	// The first one leaves, and another has its UID from then on.
	w.drop.Remove("u2")
	share("u2", "four")
	w.expect("the first has left", w.poll(), "full [] 4")
	w.expect("and then", w.poll(), "full [] 4")
	w.expect("listed", w.list(), "[digest- six u1 one u2 four u5 five]")
}

// P34: messages with one UID that nothing else tells apart are counted.
func TestSharedUIDsWithoutTOP(t *testing.T) {
	w := newWorld(t, popserver.Options{NoTOP: true})
	for range 3 {
		w.drop.DeliverUID("u", []byte("Subject: x\n\nhello\n"))
	}
	w.expect("baseline", w.poll(), "full [] 3")
	if w.Known.Surplus != -2 || w.Known.NoUIDL {
		t.Errorf("%+v", w.Known)
	}
}

// P15: one message that is listed twice is not two.
func TestRowsTwice(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("one", "two")
	w.server.SetMood(func(line string) *popserver.Override {
		if line != "UIDL" {
			return nil
		}
		var b strings.Builder
		for range 2 {
			for i, m := range w.drop.Messages() {
				fmt.Fprintf(&b, "%d %s\r\n", i+1, m.UID)
			}
		}
		return &popserver.Override{Raw: "+OK\r\n" + b.String() + ".\r\n"}
	})
	w.expect("baseline", w.poll(), "full [] 2")
	w.deliver("three")
	w.expect("a new one", w.poll(), "full [three] 3")
	w.expect("again", w.poll(), "full [] 3")
	w.expect("listed", len(w.list()), 3)
}

// P34: a message that has no UID for a while, or that of another one, is not
// new, neither then nor after that, be its header known or not.
func TestUIDForAWhile(t *testing.T) {
	for _, odd := range []string{"", "1"} { // none, or that of message 1
		for _, place := range []int{2, 4, 20} {
			t.Run(fmt.Sprintf("%q at %d", odd, place), func(t *testing.T) {
				w := newWorld(t, popserver.Options{Pipelining: true})
				var subjects []string
				for i := range 20 {
					subjects = append(subjects, fmt.Sprint("m", i+1))
				}
				w.deliver(subjects...)
				w.expect("baseline", w.poll(), "full [] 20") // of which 10 have headers
				bare := func(line string) *popserver.Override {
					command, argument, one := strings.Cut(line, " ")
					n, _ := strconv.Atoi(argument)
					if command != "UIDL" || one && n != place {
						return nil
					}
					var b strings.Builder
					for i, m := range w.drop.Messages() {
						uid := m.UID
						if i+1 == place {
							if uid = odd; odd != "" {
								uid = w.drop.Messages()[0].UID
							}
						}
						if one && i+1 == place {
							return &popserver.Override{Raw: fmt.Sprintf("+OK %d %s\r\n", n, uid)}
						}
						fmt.Fprintf(&b, "%d %s\r\n", i+1, uid)
					}
					return &popserver.Override{Raw: "+OK\r\n" + b.String() + ".\r\n"}
				}
				before := w.drop.Messages()[place-1].UID
				for i := range 2 {
					w.full()
					w.server.SetMood(bare)
					w.deliver(fmt.Sprint("n", i))
					w.expect("without it", w.poll(), fmt.Sprintf("full [n%d] %d", i, 21+i))
					w.full()
					w.expect("still", w.poll(), fmt.Sprintf("full [] %d", 21+i))
					w.server.SetMood(nil)
					w.full()
					w.expect("with it", w.poll(), fmt.Sprintf("full [] %d", 21+i))
				}
				e, err := w.book.Known("a", before)
				if err != nil || len(e) != 1 || !e[0].Seen || !e[0].Gone.IsZero() {
					t.Errorf("%+v, %v", e, err)
				}
			})
		}
	}
}

// P34: a list in which a great many rows lack UIDs is none.
func TestManyRowsWithoutUIDs(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.server.SetMood(func(line string) *popserver.Override {
		if line != "UIDL" {
			return nil
		}
		return &popserver.Override{Raw: "+OK\r\n1 a\r\n" + strings.Repeat("2\r\n", maxBare+1) + ".\r\n"}
	})
	w.deliver("one", "two")
	w.expect("baseline", w.poll(), "full [] 2")
	if !w.Known.NoUIDL {
		t.Error("it has UIDs")
	}
}

// P30, P31: a server that is busy at UIDL has UIDL, and its old messages are
// not told apart by other means.
func TestBusyAtUIDL(t *testing.T) {
	for _, answer := range []string{"-ERR Your mailbox is already locked", "-ERR Server Unavailable. 21", "-ERR [SYS/TEMP] later", "-ERR UIDL failed", "-ERR"} {
		w := newWorld(t, popserver.Options{})
		w.deliver("old")
		w.server.SetMood(says("UIDL", answer))
		o, err := Poll(t.Context(), w.Target, w.book, time.Now(), &Session{})
		if err == nil || o.NoUIDL || pop3.IsFatal(err) {
			t.Errorf("%s: %+v, %v", answer, o, err)
		}
		w.server.SetMood(nil)
		w.expect("baseline", w.poll(), "full [] 1")
		if w.Known.NoUIDL {
			t.Errorf("%s: no UIDL", answer)
		}
	}
}

// An app password is sent without the blanks with which it was copied.
func TestAppPasswordWithBlanks(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.server.SetPassword("me", "abcdefghijklmnop")
	w.Credentials.Password = "abcd efgh ijkl mnop"
	if _, err := Poll(t.Context(), w.Target, w.book, time.Now(), &Session{}); !Refused(err) {
		t.Errorf("at a server that nobody knows: %v", err)
	}
	if w.Account.Server = "pop.gmail.com"; w.credentials().Password != "abcdefghijklmnop" || w.Credentials.Password != "abcd efgh ijkl mnop" {
		t.Error("it is sent as it was typed, or kept as it is sent")
	}
}

// P30: the lock of a session that broke is waited for, also if the server has
// no response code for it.
func TestAgain(t *testing.T) {
	for text, want := range map[string]int{"Your mailbox is already locked": 2, "login allowed only every 15 minutes": 1} {
		tries := 0
		_ = Again(t.Context(), func() error {
			if tries++; tries > 1 {
				return nil
			}
			return &pop3.Error{Kind: pop3.KindTemporary, Command: "PASS", Text: text}
		})
		w := world{t: t}
		w.expect(text, tries, want)
	}
}

// Where a server takes a message away under a session, the headers that come are
// those of others, and are not believed.
func TestMessageLeavesBeforeHeadersCome(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("old 1", "old 2")
	w.poll()
	uids := w.deliver("new 1", "new 2", "new 3")
	left := false
	w.server.SetMood(func(line string) *popserver.Override {
		command, argument, one := strings.Cut(line, " ")
		argument, _, _ = strings.Cut(argument, " ")
		n, _ := strconv.Atoi(argument)
		left = left || command == "TOP"
		messages := w.drop.Messages()
		if !left {
			return nil
		}
		messages = messages[1:]
		switch {
		case command == "UIDL" && !one:
			var b strings.Builder
			for i, m := range messages {
				fmt.Fprintf(&b, "%d %s\r\n", i+1, m.UID)
			}
			return &popserver.Override{Raw: "+OK\r\n" + b.String() + ".\r\n"}
		case !one || n == 0:
			return nil
		case n > len(messages):
			return &popserver.Override{Raw: "-ERR no such message\r\n"}
		case command == "UIDL":
			return &popserver.Override{Raw: fmt.Sprintf("+OK %d %s\r\n", n, messages[n-1].UID)}
		case command == "LIST":
			return &popserver.Override{Raw: fmt.Sprintf("+OK %d %d\r\n", n, len(messages[n-1].Raw))}
		case command == "TOP":
			header, _, _ := strings.Cut(string(messages[n-1].Raw), "\r\n\r\n")
			return &popserver.Override{Raw: "+OK\r\n" + header + "\r\n\r\n.\r\n"}
		}
		return nil
	})
	w.expect("poll", w.poll(), "full [new 1 new 2 new 3] 5")
	entries, err := w.book.Known("a", uids...)
	for i, e := range entries {
		if want := fmt.Sprint("new ", i+1); err != nil || e.Subject != want {
			t.Errorf("%q, want %q, %v", e.Subject, want, err)
		}
	}
}

// Where the server refuses to delete some of several messages, none is deleted,
// even by a server that takes every end of a session for QUIT; and it is said
// which were refused.
func TestRefusedDeletion(t *testing.T) {
	for name, test := range map[string]struct {
		odd  popserver.Override
		from int // the number from which on it is refused, up to 3
		want string
	}{
		"one":            {popserver.Override{Raw: "-ERR not yours\r\n"}, 3, "[2]"},
		"two":            {popserver.Override{Raw: "-ERR not yours\r\n"}, 2, "[1 2]"},
		"and cut":        {popserver.Override{Raw: "-ERR not yours\r\n", Close: true}, 2, "[1]"},
		"for now":        {popserver.Override{Raw: "-ERR [SYS/TEMP] later\r\n"}, 1, "[0 1 2]"},
		"cut, no answer": {popserver.Override{Close: true}, 2, "[]"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			uids := w.deliver("0", "1", "2", "3")
			w.poll()
			undone := false
			w.server.SetMood(func(line string) *popserver.Override {
				undone = undone || line == "RSET"
				var n int
				if _, err := fmt.Sscanf(line, "DELE %d", &n); err == nil && n >= test.from && n <= 3 {
					return &test.odd
				}
				return nil
			})
			list, _, err := w.book.Deletable("a", w.Known.Maildrop, uids...)
			if err != nil {
				t.Fatal(err)
			}
			_, err = Delete(t.Context(), w.Target, list)
			refused := []int{}
			for _, uid := range strings.Split(Problem(err, w.Account).Args[api.ArgUIDs], "\n") {
				if i := slices.Index(uids, uid); i >= 0 {
					refused = append(refused, i)
				}
			}
			w.expect("refused", refused, test.want)
			w.expect("left", len(w.drop.Messages()), 4)
			w.expect("undone", undone, !test.odd.Close)
		})
	}
}
