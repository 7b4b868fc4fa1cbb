package fetch

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/mailfile"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

const user, password = "me", "hunter2"

// Variables of a process that is killed: where it works, at which step it dies,
// and what it fetches.
const (
	envDir, envStep, envKind, envOrder = "FETCH_DIR", "FETCH_STEP", "FETCH_KIND", "FETCH_ORDER"
)

func TestMain(m *testing.M) {
	if os.Getenv(envDir) != "" {
		os.Exit(victim())
	}
	goleak.VerifyTestMain(m)
}

// victim fetches, and is killed at a step. It ends with 0 if it came to its end.
func victim() int {
	left, _ := strconv.Atoi(os.Getenv(envStep))
	s, err := open(os.Getenv(envDir))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	o := options(os.Getenv(envDir), mailfile.Kind(os.Getenv(envKind)), Order(os.Getenv(envOrder)))
	o.step = func(string) {
		if left--; left == 0 {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
	}
	if _, err := Run(context.Background(), s.Verbs(), o); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

func open(dir string) (*app.Service, error) {
	store, err := settings.Open(filepath.Join(dir, "settings.toml"))
	if err != nil {
		return nil, err
	}
	return app.Open(app.Options{Settings: store, Secrets: secrets(), Ledger: filepath.Join(dir, "ledger.db")})
}

func secrets() secret.Store { return secret.Memory(map[string]string{"a": password}) }

func options(dir string, kind mailfile.Kind, order Order) Options {
	return Options{
		Account: "a", Kind: kind, Path: filepath.Join(dir, "place"), Delete: order,
		Journal: filepath.Join(dir, "journal"), Secrets: secrets(),
	}
}

// world is a server, and a home with an account there.
type world struct {
	t      *testing.T
	dir    string
	server *popserver.Server
	drop   *popserver.Maildrop
	rest   string // of each letter
}

func newWorld(t *testing.T, o popserver.Options) *world {
	t.Helper()
	o.Users = map[string]string{user: password}
	w := &world{t: t, dir: t.TempDir(), server: popserver.New(o)}
	t.Cleanup(func() { _ = w.server.Close() })
	w.drop = w.server.Maildrop(user)
	address, err := w.server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	host, portText, _ := net.SplitHostPort(address)
	port, _ := strconv.Atoi(portText)
	w.with(func(s *app.Service) {
		a := settings.Account{ID: "a", Name: "A", Server: host, Port: port, Security: settings.None, User: user}
		if err := s.SaveAccount(t.Context(), a); err != nil {
			t.Fatal(err)
		}
	})
	return w
}

// with has a service for a while.
func (w *world) with(f func(*app.Service)) {
	w.t.Helper()
	s, err := open(w.dir)
	if err != nil {
		w.t.Fatal(err)
	}
	defer func() {
		if err := s.Close(); err != nil {
			w.t.Error(err)
		}
	}()
	f(s)
}

func letter(n int) string {
	return fmt.Sprintf("Message-ID: <%d@example.org>\r\nSubject: number %d\r\nFrom: a@example.org\r\n\r\n.dot\r\nFrom here\r\nbody %d\r\n", n, n, n)
}

func (w *world) deliver(from, to int) {
	for n := from; n <= to; n++ {
		w.drop.Deliver([]byte(letter(n)))
	}
}

func (w *world) fetch(o Options) (r Result, err error) {
	w.t.Helper()
	w.with(func(s *app.Service) { r, err = Run(w.t.Context(), s.Verbs(), o) })
	return r, err
}

// must fetches. The server may not have seen yet that a session before was cut.
func (w *world) must(o Options) Result {
	w.t.Helper()
	r, err := w.fetch(o)
	for inUse(err) {
		r, err = w.fetch(o)
	}
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func inUse(err error) bool {
	p, is := errors.AsType[*api.ProblemError](err)
	return is && p.Problem.Code == api.CodeInUse
}

// got counts how often each message is in the place, and finds none that is not
// whole.
func (w *world) got() map[int]int {
	w.t.Helper()
	found := map[int]int{}
	text := func(name string) string {
		raw, err := os.ReadFile(name)
		if err != nil {
			w.t.Fatal(err)
		}
		return string(raw)
	}
	count := func(message string) {
		n := -1
		if _, rest, ok := strings.Cut(message, "Subject: number "); ok {
			_, _ = fmt.Sscan(rest, &n)
		}
		if strings.ReplaceAll(message, "\r", "") != strings.ReplaceAll(letter(n)+w.rest, "\r", "") {
			w.t.Errorf("in the place: %q", message)
		}
		found[n]++
	}
	place := filepath.Join(w.dir, "place")
	if _, err := os.Stat(filepath.Join(place, "box")); err == nil {
		place = filepath.Join(place, "box")
	}
	info, err := os.Stat(place)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		w.t.Fatal(err)
	case !info.IsDir():
		for message := range strings.SplitSeq("\n"+text(place), "\n\nFrom MAILER-DAEMON ") {
			if message = strings.TrimPrefix(message, "\nFrom MAILER-DAEMON "); message != "\n" {
				_, message, _ = strings.Cut(message, "\n")
				count(strings.ReplaceAll(strings.TrimRight(message, "\n")+"\n", "\n>From here", "\nFrom here"))
			}
		}
	default:
		_ = filepath.WalkDir(place, func(name string, d os.DirEntry, err error) error {
			if err == nil && !d.IsDir() && !strings.HasPrefix(d.Name(), ".") && filepath.Base(filepath.Dir(name)) != "tmp" {
				count(text(name))
			}
			return err
		})
	}
	return found
}

// once says that each of n messages is there, once.
func (w *world) once(what string, n int) {
	w.t.Helper()
	got := w.got()
	for i := 1; i <= n; i++ {
		if got[i] != 1 {
			w.t.Errorf("%s: number %d is there %d times", what, i, got[i])
		}
	}
	if len(got) != n {
		w.t.Errorf("%s: %v", what, got)
	}
}

func (w *world) left(what string, n int) {
	w.t.Helper()
	if left := len(w.drop.Messages()); left != n {
		w.t.Errorf("%s: %d messages are left on the server, want %d", what, left, n)
	}
}

var kinds = []mailfile.Kind{mailfile.Maildir, mailfile.Mbox, mailfile.EML}

// transcript are the commands that matter to the order.
func (w *world) transcript() (lines []string) {
	for _, line := range w.server.Commands() {
		if strings.HasPrefix(line, "RETR") || strings.HasPrefix(line, "DELE") || line == "QUIT" {
			lines = append(lines, line)
		}
	}
	return lines
}

// The two columns: Foxmail deletes each message before the next one is fetched,
// Outlook all when all are there.
func TestOrders(t *testing.T) {
	for order, want := range map[Order]string{
		Each:  "RETR 1,DELE 1,RETR 2,DELE 2,RETR 3,DELE 3,QUIT",
		End:   "RETR 1,RETR 2,RETR 3,DELE 1,DELE 2,DELE 3,QUIT",
		Never: "RETR 1,RETR 2,RETR 3,QUIT",
	} {
		for _, pipelining := range []bool{false, true} {
			for _, kind := range kinds {
				t.Run(fmt.Sprint(order, pipelining, kind), func(t *testing.T) {
					w := newWorld(t, popserver.Options{Pipelining: pipelining})
					w.deliver(1, 3)
					w.server.ResetCommands()
					r := w.must(options(w.dir, kind, order))
					if got := strings.Join(w.transcript(), ","); got != want {
						t.Errorf("%s, want %s", got, want)
					}
					w.once("after it", 3)
					deleted := 3
					if order == Never {
						deleted = 0
					}
					w.left("after it", 3-deleted)
					if r.Found != 3 || r.Wanted != 3 || r.Fetched != 3 || r.Deleted != deleted {
						t.Errorf("%+v", r)
					}
					if _, err := os.Stat(filepath.Join(w.dir, "journal")); !errors.Is(err, os.ErrNotExist) {
						t.Errorf("the journal stays: %v", err)
					}
				})
			}
		}
	}
}

func TestAgain(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver(1, 200)
	o := options(w.dir, mailfile.Maildir, Never)
	if r := w.must(o); r.Fetched != 200 || r.Skipped != 0 {
		t.Errorf("%+v", r)
	}
	w.deliver(201, 202)
	if r := w.must(o); r.Fetched != 2 || r.Skipped != 200 {
		t.Errorf("%+v", r)
	}
	w.once("after two runs", 202)
	// What was fetched before is deleted, and by no other RETR.
	w.server.ResetCommands()
	o.Delete = End
	if r := w.must(o); r.Fetched != 0 || r.Deleted != 202 {
		t.Errorf("%+v", r)
	}
	if slices.ContainsFunc(w.server.Commands(), func(c string) bool { return strings.HasPrefix(c, "RETR") }) {
		t.Error("a message was fetched again")
	}
	w.left("after the deletion", 0)
	w.once("after the deletion", 202)
}

// Another message under a UID that was fetched before is not deleted unseen.
func TestReused(t *testing.T) {
	for _, order := range []Order{Each, End} {
		w := newWorld(t, popserver.Options{Pipelining: true})
		w.deliver(1, 2)
		w.must(options(w.dir, mailfile.Maildir, Never))
		w.drop.Rewrite(w.drop.Messages()[1].UID, []byte(letter(3)))
		if r := w.must(options(w.dir, mailfile.Maildir, order)); r.Fetched != 1 || r.Deleted != 2 {
			t.Errorf("%s: %+v", order, r)
		}
		w.once(string(order), 3)
		w.left(string(order), 0)
	}
}

func TestChosen(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver(1, 3)
	o := options(w.dir, mailfile.EML, End)
	o.UIDs = []string{w.drop.Messages()[0].UID, "none"}
	r := w.must(o)
	if r.Fetched != 1 || r.Deleted != 1 || !slices.Equal(r.Missing, []string{"none"}) {
		t.Errorf("%+v", r)
	}
	w.once("the one", 1)
	w.left("the others", 2)
}

func TestDryRun(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver(1, 3)
	o := options(w.dir, mailfile.Maildir, End)
	o.DryRun = true
	if r := w.must(o); r.Wanted != 3 || r.Fetched != 0 || r.Deleted != 0 {
		t.Errorf("%+v", r)
	}
	if _, err := os.Stat(o.Path); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the place: %v", err)
	}
	w.left("after it", 3)
}

// Wherever it is killed, the next run goes on: nothing is lost, nothing doubled.
func TestKilled(t *testing.T) {
	const messages = 2
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	for _, kind := range kinds {
		for _, order := range []Order{Never, Each, End} {
			t.Run(fmt.Sprint(kind, order), func(t *testing.T) {
				t.Parallel()
				for step, killed := 1, true; killed; step++ {
					w := newWorld(t, popserver.Options{Pipelining: true})
					w.deliver(1, messages)
					cmd := exec.CommandContext(t.Context(), self)
					cmd.Env = append(os.Environ(), envDir+"="+w.dir, envStep+"="+strconv.Itoa(step), envKind+"="+string(kind), envOrder+"="+string(order))
					out, err := cmd.CombinedOutput()
					killed = err != nil
					if exit, is := errors.AsType[*exec.ExitError](err); is && exit.ExitCode() == 1 {
						t.Fatalf("%s", out)
					}
					what := fmt.Sprintf("killed at step %d", step)
					for n := range w.got() {
						if n < 1 {
							t.Errorf("%s: half a message", what)
						}
					}
					if onServer := len(w.drop.Messages()); onServer+len(w.got()) < messages {
						t.Errorf("%s: lost", what)
					}
					w.must(options(w.dir, kind, order))
					w.once(what, messages)
					if order == Never {
						w.left(what, messages)
					} else {
						w.left(what, 0)
					}
				}
			})
		}
	}
}

// Wherever the connection is cut, the next run goes on.
func TestCut(t *testing.T) {
	const messages = 3
	for _, order := range []Order{Never, Each, End} {
		for n, cut := int32(1), true; cut; n++ {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver(1, messages)
			var commands atomic.Int32
			w.server.SetMood(func(string) *popserver.Override {
				if commands.Add(1) == n {
					return &popserver.Override{Close: true}
				}
				return nil
			})
			_, err := w.fetch(options(w.dir, mailfile.Mbox, order))
			cut = commands.Load() >= n
			w.server.SetMood(nil)
			what := fmt.Sprintf("%s, cut at command %d (%v)", order, n, err)
			w.must(options(w.dir, mailfile.Mbox, order))
			w.once(what, messages)
			if order == Never {
				w.left(what, messages)
			} else {
				w.left(what, 0)
			}
		}
	}
}

// A message that the server does not send is left there, and the rest is fetched.
func TestRefused(t *testing.T) {
	for _, order := range []Order{Never, Each, End} {
		for _, answer := range []string{"-ERR no such message\r\n", "+OK\r\n.\r\n"} { // or none at all
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver(1, 3)
			w.server.SetMood(func(line string) *popserver.Override {
				if line == "RETR 3" {
					return &popserver.Override{Raw: answer}
				}
				return nil
			})
			r := w.must(options(w.dir, mailfile.Maildir, order))
			if r.Fetched != 2 || len(r.Refused) != 1 || len(r.Missing) != 0 {
				t.Errorf("%s: %+v", order, r)
			}
			w.once(string(order), 2)
			if order != Never {
				w.left(string(order), 1)
			}
		}
	}
}

// The ledger knows what was deleted, and polls beside it keep away.
func TestBesidePolls(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver(1, 3)
	w.with(func(s *app.Service) {
		if result, err := s.Check(t.Context(), "a"); err != nil || result.Accounts[0].Messages != 3 {
			t.Fatalf("%+v, %v", result, err)
		}
		o := options(w.dir, mailfile.Maildir, Each)
		held := 0
		o.Tell = func(Event) {
			result, err := s.Check(t.Context(), "a")
			if err != nil || result.Accounts[0].Error == nil || result.Accounts[0].Error.Code != api.CodeHeld {
				t.Errorf("%+v, %v", result, err)
			}
			held++
		}
		if r, err := Run(t.Context(), s.Verbs(), o); err != nil || r.Deleted != 3 || held < 3 {
			t.Errorf("%+v, %v, %d", r, err, held)
		}
		if status := s.Snapshot().Accounts[0]; status.Messages != 0 || status.Error != nil {
			t.Errorf("%+v", status)
		}
		if result, err := s.Check(t.Context(), "a"); err != nil || result.Accounts[0].State != api.OK {
			t.Errorf("%+v, %v", result, err)
		}
	})
}

// A removed account ends it, and nothing is deleted.
func TestRemovedMeanwhile(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver(1, 3)
	w.with(func(s *app.Service) {
		removed := make(chan error, 1)
		w.server.SetMood(func(line string) *popserver.Override {
			if line != "DELE 1" {
				return nil
			}
			go func() { removed <- s.RemoveAccount(context.WithoutCancel(t.Context()), "a") }()
			return &popserver.Override{Stall: true}
		})
		if _, err := Run(t.Context(), s.Verbs(), options(w.dir, mailfile.Maildir, End)); !errors.Is(err, api.ErrNoAccount) {
			t.Errorf("it ended by %v", err)
		}
		if err := <-removed; err != nil {
			t.Error(err)
		}
	})
	w.left("after it", 3)
	w.once("after it", 3)
}
