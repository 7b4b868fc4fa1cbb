package poll

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// world is a server and a ledger, and the way from one to the other.
type world struct {
	t      *testing.T
	server *popserver.Server
	drop   *popserver.Maildrop
	book   *ledger.Ledger
	// later is how long after now it is.
	later time.Duration
	Target
}

func newWorld(t *testing.T, o popserver.Options) *world {
	t.Helper()
	o.Users = map[string]string{"me": "hunter2"}
	w := &world{t: t, server: popserver.New(o)}
	t.Cleanup(func() { _ = w.server.Close() })
	w.drop = w.server.Maildrop("me")
	address, err := w.server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(address)
	w.Account = settings.Account{ID: "a", Server: host, User: "me", Security: settings.None}
	if w.Account.Port, err = strconv.Atoi(port); err != nil {
		t.Fatal(err)
	}
	w.Credentials = pop3.Credentials{User: "me", Password: "hunter2"}
	if w.book, _, err = ledger.Open(filepath.Join(t.TempDir(), "ledger.db"), time.Now()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.book.Close() })
	return w
}

func (w *world) deliver(subjects ...string) (uids []string) {
	for _, s := range subjects {
		uids = append(uids, w.drop.Deliver(fmt.Appendf(nil, "From: Ann <ann@example.org>\nSubject: %s\nMessage-ID: <%s@x>\n\nhello\n", s, s)))
	}
	return uids
}

// known takes what the ledger knows by now.
func (w *world) known() {
	w.t.Helper()
	var err error
	if w.Known, err = w.book.Meta("a"); err != nil {
		w.t.Fatal(err)
	}
}

// full has the next poll list all.
func (w *world) full() { w.later += 25 * time.Hour }

// poll polls, commits, and says how that went and what was new.
func (w *world) poll() string {
	w.t.Helper()
	w.known()
	var session Session
	o, err := Poll(w.t.Context(), w.Target, w.book, time.Now().Add(w.later), &session)
	if err != nil {
		w.t.Fatal(err)
	}
	if session.Stats.Mode != o.Mode || session.Stats.Received == 0 || len(session.Transcript.Lines()) == 0 {
		w.t.Errorf("session %+v", session.Stats)
	}
	change, err := w.book.Commit("a", o.Poll, time.Now().Add(w.later))
	if err != nil {
		w.t.Fatal(err)
	}
	var subjects []string
	for _, m := range change.Arrived {
		subjects = append(subjects, m.Subject)
	}
	w.known()
	return fmt.Sprint(o.Mode, " ", subjects, " ", w.Known.Count)
}

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

// A poll changes nothing by itself: what it learned is a value, and the same
// again until somebody commits it.
func TestPollIsAValue(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("old")
	w.expect("baseline", w.poll(), "full [] 1")
	w.expect("nothing new", w.poll(), "unchanged [] 1")
	w.deliver("one", "two")
	for range 2 {
		o, err := Poll(t.Context(), w.Target, w.book, time.Now(), &Session{})
		if err != nil || o.Mode != ledger.Grown || len(o.Fresh) != 2 || o.Fresh[0].Subject != "one" || !o.Fresh[1].Described {
			t.Fatalf("%+v, %v", o, err)
		}
	}
	w.expect("committed", w.poll(), "grown [one two] 3")
	w.drop.Remove(w.drop.Messages()[0].UID)
	w.expect("one left", w.poll(), "full [] 2")
}

// A header that is too long is known as far as it was read, and costs the
// other messages one more login; a second one has to wait.
func TestDescribeBehindALongHeader(t *testing.T) {
	for _, test := range []struct {
		long   []int
		want   string
		fails  bool
		logins int
	}{
		{nil, "1 2 3 4", false, 1},
		{[]int{4}, "1 2 3 4", false, 1},
		{[]int{2}, "1 2 3 4", false, 2},
		{[]int{1, 4}, "1 2 3 4", false, 2},
		{[]int{1, 3}, "1 2 3 -", true, 2},
	} {
		for _, pipelining := range []bool{true, false} {
			w := newWorld(t, popserver.Options{Pipelining: pipelining})
			var wanted []ledger.Placed
			for n := 1; n <= 4; n++ {
				more := ""
				if slices.Contains(test.long, n) {
					more = strings.Repeat("X-Padding: of a header without end\n", 60_000)
				}
				uid := w.drop.Deliver(fmt.Appendf(nil, "Subject: %d\n%s\nhello\n", n, more))
				wanted = append(wanted, ledger.Placed{Row: ledger.Row{Number: n, UID: uid}})
			}
			list, err := Describe(t.Context(), w.Target, wanted)
			var got []string
			for i, n := range list {
				if n.UID != wanted[i].UID {
					t.Errorf("%q instead of %q", n.UID, wanted[i].UID)
				}
				got = append(got, cmp.Or(n.Subject, "-"))
			}
			if strings.Join(got, " ") != test.want || (err != nil) != test.fails || w.server.Logins() != test.logins {
				t.Errorf("long %v, pipelining %v: %q, %d logins, %v", test.long, pipelining, got, w.server.Logins(), err)
			}
		}
	}
}

func TestFetchDescribeDelete(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	uids := w.deliver("one", "two", "three")
	w.poll()
	// A place is a guess: the message is looked for by its UID.
	m, err := Fetch(t.Context(), w.Target, ledger.Row{Number: 3, UID: uids[0]}, "", false, nil)
	if err != nil || m.Subject != "one" || !m.Complete || m.Document.Text(nil) != "hello" {
		t.Errorf("%+v, %v", m, err)
	}
	// The beginning of a text that is hidden as far as it came shows nothing.
	hidden := w.drop.Deliver([]byte("Subject: four\nContent-Type: text/html\n\n<p hidden>" + strings.Repeat("not this\n", 250) + "</p>shown\n"))
	for whole, want := range map[bool]string{false: "", true: "shown"} {
		m, err := Fetch(t.Context(), w.Target, ledger.Row{Number: 4, UID: hidden}, "", whole, nil)
		if err != nil || m.Complete != whole || m.Document.Text(nil) != want {
			t.Errorf("whole %v: %q, %v", whole, m.Document.Text(nil), err)
		}
	}
	w.drop.Remove(hidden)
	if _, err := Fetch(t.Context(), w.Target, ledger.Row{Number: 1, UID: "nobody's"}, "", false, nil); !errors.Is(err, ErrGone) {
		t.Errorf("a message that is not there: %v", err)
	}
	list, err := Describe(t.Context(), w.Target, []ledger.Placed{{Row: ledger.Row{Number: 1, UID: uids[1]}}, {Row: ledger.Row{Number: 9, UID: "gone"}}})
	if err != nil || list[0].Subject != "two" || list[0].Octets == 0 || list[1].Described {
		t.Errorf("%+v, %v", list, err)
	}
	deletable, unlisted, err := w.book.Deletable("a", Maildrop(w.Account), uids[1], "unknown")
	if err != nil || len(unlisted) != 1 {
		t.Fatal(unlisted, err)
	}
	deleted, err := Delete(t.Context(), w.Target, deletable, unlisted...)
	if err != nil || len(deleted) != 1 || deleted[0].UID != uids[1] || len(w.drop.Messages()) != 2 {
		t.Errorf("%+v, %v", deleted, err)
	}
	if _, err := Delete(t.Context(), w.Target, deletable); !errors.Is(err, ErrGone) {
		t.Errorf("deleted twice: %v", err)
	}
}

func TestTest(t *testing.T) {
	w := newWorld(t, popserver.Options{NoTOP: true})
	w.deliver("x")
	var steps []string
	report := func(s api.TestStep) { steps = append(steps, fmt.Sprint(s.Name, " ", s.OK, " ", s.Found)) }
	result, err := Test(t.Context(), w.Target, report)
	if err != nil || result.Messages != 1 || result.TLS != nil {
		t.Errorf("%+v, %v", result, err)
	}
	w.expect("steps", strings.Join(steps, ", "), "connect true connect, login true login, stat true stat, uidl true uidl, top true no_top")
	w.Credentials.Password, steps = "wrong", nil
	if result, err = Test(t.Context(), w.Target, report); !Refused(err) || len(result.Transcript) == 0 {
		t.Errorf("%+v, %v", result, err)
	}
	w.expect("steps", strings.Join(steps, ", "), "connect true connect, login false ")
	if strings.Contains(strings.Join(result.Transcript, "\n"), "wrong") {
		t.Error("the transcript tells the password")
	}
}

// What the program knows of the client's codes is what the client has.
func TestCodes(t *testing.T) {
	var have []api.Code
	for _, code := range pop3.Codes() {
		have = append(have, api.Code(code))
	}
	if known := api.ClientCodes(); !slices.Equal(known, have) {
		t.Errorf("the client has %v, and %v are known", have, known)
	}
}

// Each kind and code of the client is one of the program's, with what its
// sentence names.
func TestProblem(t *testing.T) {
	a := settings.Account{Server: "pop.example.org", Port: 995, User: "me", Address: "me@example.org", CAFile: "/ca.pem", ClientCert: "/me.pem"}
	for _, code := range append(pop3.Codes(), "") {
		p := Problem(fmt.Errorf("polling: %w", &pop3.Error{Kind: pop3.KindTLS, Code: code, Text: "no"}), a)
		if p.Kind != api.KindTLS || p.Code != api.Code(code) || p.Args[api.ArgServer] != a.Server || p.Args[api.ArgPort] != "995" || p.Args[api.ArgSaid] != "no" || p.Text != "" {
			t.Errorf("%s: %+v", code, p)
		}
	}
	for code, file := range map[pop3.Code]string{pop3.CodeCAFile: a.CAFile, pop3.CodeClientCert: a.ClientCert, pop3.CodeEOF: ""} {
		if p := Problem(&pop3.Error{Kind: pop3.KindConfig, Code: code}, a); p.Args[api.ArgFile] != file {
			t.Errorf("%s: %v", code, p.Args)
		}
	}
	for _, test := range []struct {
		err  error
		want string
	}{
		{errors.Join(ErrNoUIDL, &pop3.Error{Kind: pop3.KindPermanent}), "permanent no-uidl"},
		{ErrGone, "permanent gone"},
		{ErrUnlisted, "permanent unlisted"},
		{ErrAlike, "permanent alike"},
		{errors.Join(ErrUnconfirmed, &pop3.Error{Kind: pop3.KindNetwork, Code: pop3.CodeEOF}), "network unconfirmed"},
		{fmt.Errorf("x: %w", context.DeadlineExceeded), "network timeout"},
		{errors.New("odd"), "config "},
	} {
		p := Problem(test.err, a)
		if got := string(p.Kind) + " " + string(p.Code); got != test.want {
			t.Errorf("%v: %s, want %s", test.err, got, test.want)
		}
	}
}

// A clock that was ahead once does not put off the full list.
func TestClockThatWasAhead(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("old")
	w.known()
	ahead := time.Now().Add(1000 * time.Hour)
	o, err := Poll(t.Context(), w.Target, w.book, ahead, &Session{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.book.Commit("a", o.Poll, ahead); err != nil {
		t.Fatal(err)
	}
	w.expect("with the clock set right", w.poll(), "full [] 1")
	w.expect("after that", w.poll(), "unchanged [] 1")
}
