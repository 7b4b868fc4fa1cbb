package ipc

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for what must happen on any machine, however busy.
const patience = 30 * time.Second

// backend answers what a test has it answer, and Check.
type backend struct {
	api.Handlers
	mu       sync.Mutex
	revision uint64
	subs     map[chan struct{}]bool
	err      error
	blocked  chan struct{} // closed when a blocking Check was cancelled
}

func newBackend() *backend {
	b := &backend{Handlers: api.Handlers{}, subs: map[chan struct{}]bool{}, blocked: make(chan struct{})}
	api.Check.Handle(b.Handlers, b.check)
	api.Status.Handle(b.Handlers, func(context.Context, api.None) (api.Snapshot, error) { return b.Snapshot(), nil })
	api.TestAccount.Handle(b.Handlers, func(ctx context.Context, _ api.TestRequest) (api.TestReport, error) {
		api.Progress(ctx)(api.TestStep{Name: "connect", OK: true})
		return api.TestReport{}, nil
	})
	return b
}

func (b *backend) change() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.revision++
	for c := range b.subs {
		select {
		case c <- struct{}{}:
		default:
		}
	}
}

func (b *backend) Snapshot() api.Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	return api.Snapshot{Revision: b.revision, Unseen: 7}
}

func (b *backend) Subscribe() (<-chan struct{}, func()) {
	c := make(chan struct{}, 1)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.subs[c] = true
	return c, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		delete(b.subs, c)
	}
}

func (b *backend) check(ctx context.Context, r api.CheckRequest) (api.CheckResult, error) {
	if len(r.Accounts) == 1 && r.Accounts[0] == "block" {
		b.change()
		<-ctx.Done()
		close(b.blocked)
		return api.CheckResult{}, ctx.Err()
	}
	return api.CheckResult{Unseen: 5}, b.err
}

var example = settings.Account{ID: "a", Name: "家", Server: "pop.example.org", Port: 995, Interval: settings.Duration(time.Minute)}

// world is a server that serves until the test ends.
type world struct {
	t       *testing.T
	backend *backend
	server  *Server
	path    string
	spawned chan OpenRequest
	quit    chan struct{}
	stop    func() // ends the server and waits
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		t: t, backend: newBackend(),
		path: place(t), spawned: make(chan OpenRequest, 10), quit: make(chan struct{}, 1),
	}
	l, err := Listen(w.path)
	if err != nil {
		t.Fatal(err)
	}
	w.server = NewServer(w.backend, ServerOptions{
		Spawn: func(r OpenRequest) error { w.spawned <- r; return nil },
		Quit:  func() { w.quit <- struct{}{} },
	})
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- w.server.Serve(ctx, l) }()
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(w.stop)
	return w
}

func (w *world) dial() *Client {
	w.t.Helper()
	c, err := Dial(w.t.Context(), w.path)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = c.Close() })
	return c
}

// await reads events until one will do.
func await(t *testing.T, c *Client, what string, ok func(Event) bool) {
	t.Helper()
	timeout := time.After(patience)
	for {
		select {
		case e, open := <-c.Events():
			if !open {
				t.Fatalf("%s: the connection ended", what)
			}
			if ok(e) {
				return
			}
		case <-timeout:
			t.Fatalf("%s did not come", what)
		}
	}
}

// carry has a verb carried to a handler and its answer back.
func carry[Q, A any](t *testing.T, v api.Verb[Q, A], request Q, answer A) {
	t.Helper()
	w := newWorld(t)
	var got Q
	v.Handle(w.backend.Handlers, func(_ context.Context, r Q) (A, error) {
		got = r
		return answer, nil
	})
	if back, err := v.Ask(t.Context(), w.dial(), request); err != nil || !reflect.DeepEqual(back, answer) || !reflect.DeepEqual(got, request) {
		t.Errorf("%s: asked %+v, %+v arrived; answered %+v, got %+v, %v", v, request, got, answer, back, err)
	}
}

// Whatever is asked and answered crosses the socket as it is.
func TestEveryVerbArrives(t *testing.T) {
	none := api.None{}
	mails := []api.Mail{{UID: "u", Subject: "会议", From: "老板", Octets: 1 << 40, Seen: true}}
	quiet := settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00", SummaryAbove: settings.SummaryAlways}
	vip := settings.Rule{Field: settings.FieldSender, Text: "老板", Effect: settings.EffectImportant}
	carry(t, api.Status, none, api.Snapshot{Revision: 3, Unseen: 7, Accounts: []api.AccountStatus{{ID: "a"}}, Newest: mails})
	carry(t, api.Accounts, none, []settings.Account{example})
	carry(t, api.Settings, none, settings.Settings{Version: 1, Preferences: quiet, Rules: []settings.Rule{vip}, Accounts: []settings.Account{example}})
	carry(t, api.SavePreferences, api.PreferencesRequest{Preferences: quiet, Rules: []settings.Rule{vip}}, none)
	carry(t, api.TryRule, vip, mails)
	carry(t, api.TrySound, api.SoundRequest{Sound: settings.SoundNone}, none)
	carry(t, api.SaveAccount, example, none)
	carry(t, api.RemoveAccount, api.AccountRequest{Account: "a"}, none)
	carry(t, api.ImportAccounts, []settings.Account{example}, settings.Merged{Added: []settings.Account{example}})
	carry(t, api.TestAccount, api.TestRequest{Account: example, SecretRef: "draft-1"}, api.TestReport{OK: true, Messages: 3})
	carry(t, api.Check, api.CheckRequest{Accounts: []string{"a", "b"}}, api.CheckResult{Unseen: 5})
	carry(t, api.MarkSeen, api.SeenRequest{Account: "a", UIDs: []string{"u", "v"}}, none)
	carry(t, api.Delete, api.DeleteRequest{Account: "a", UIDs: []string{"u", "v"}}, []string{"u"})
	carry(t, api.List, api.ListRequest{Account: "a", Limit: 3}, mails)
	carry(t, api.Fetch, api.FetchRequest{Account: "a", UID: "u", Whole: true}, api.FullMessage{
		Mail: mails[0], Address: "a@example.org",
		Document: message.Document{Blocks: []message.Block{
			{Kind: message.Paragraph, Quote: 1, Spans: []message.Span{{Text: "<hello>", Bold: true, Link: "https://example.org/?a=b&c"}}},
			{Kind: message.Notice, Code: message.Encrypted, Args: map[string]string{"kind": "pgp"}},
			{Kind: message.Row, Cells: [][]message.Span{{{Text: "一"}}, {}}},
		}},
		Files: []message.File{{Name: "菜单.pdf", Type: "application/pdf", Octets: -1}},
	})
	carry(t, api.Page, api.PageRequest{Account: "a", Before: "u", Unseen: true, Limit: 3}, []api.Row{{Number: 1, UID: "v", From: "老板"}})
	carry(t, api.Describe, api.DescribeRequest{Account: "a", UIDs: []string{"u", "v"}}, none)
	carry(t, api.Source, api.SourceRequest{Account: "a", UID: "u", Header: true}, api.MessageSource{Octets: []byte("Subject: \xff\r\n"), Complete: true})
	carry(t, api.Explain, api.AccountRequest{Account: "a"}, api.Health{ID: "a", Why: api.WhyInterval, Transcript: []string{"S: +OK 你好"}})
	carry(t, discover.Find, discover.Request{Address: "a@163.com"}, discover.Result{
		Domain: "163.com", Provider: provider.ByDomain("163.com"),
		Candidates: []discover.Candidate{{
			Server: "pop.163.com", Port: 995, Security: settings.TLS, User: "a@163.com", Source: discover.SourceTable, Origin: "x", Confirm: true,
		}},
	})
	carry(t, doctor.Ask, doctor.Request{Language: "fr"}, doctor.Report{Level: doctor.Warning, Checks: []doctor.Check{{ID: "tray", Text: "没有托盘"}}})
}

// The steps of a test come as they happen, to whoever asked for it.
func TestStepsArrive(t *testing.T) {
	w := newWorld(t)
	c, other := w.dial(), w.dial()
	if _, err := api.TestAccount.Ask(t.Context(), c, api.TestRequest{Account: example}); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-c.Events():
		if e.Step == nil || e.Step.Name != "connect" {
			t.Errorf("%+v", e)
		}
	case <-time.After(20 * time.Second):
		t.Error("no step came")
	}
	if _, err := api.Status.Ask(t.Context(), other, api.None{}); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-other.Events():
		t.Errorf("somebody else was told: %+v", e)
	default:
	}
}

func TestErrorsCrossTheWire(t *testing.T) {
	w := newWorld(t)
	c := w.dial()
	problem := api.Problem{Kind: "auth", Code: "AUTH", Text: "密码不对"}
	w.backend.err = &api.ProblemError{Problem: problem}
	var got *api.ProblemError
	if _, err := api.Check.Ask(t.Context(), c, api.CheckRequest{}); !errors.As(err, &got) || !reflect.DeepEqual(got.Problem, problem) {
		t.Errorf("error %v", err)
	}
	w.backend.err = api.ErrNoAccount
	if _, err := api.Check.Ask(t.Context(), c, api.CheckRequest{}); !errors.Is(err, api.ErrNoAccount) {
		t.Errorf("error %v", err)
	}
}

// What is too large to cross is an error of its own, whoever sends it, and the
// connection goes on.
func TestTooMuch(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("<", maxMessage)
	subject := long[:maxMessage-1000]
	api.List.Handle(w.backend.Handlers, func(_ context.Context, r api.ListRequest) ([]api.Mail, error) {
		return []api.Mail{{Subject: subject}}, nil
	})
	c := w.dial()
	tooMuch := func(err error) bool {
		problem, ok := errors.AsType[*api.ProblemError](err)
		return ok && problem.Problem.Code == api.CodeTooMuch
	}
	if list, err := api.List.Ask(t.Context(), c, api.ListRequest{}); err != nil || list[0].Subject != subject {
		t.Errorf("just what crosses: %v", err)
	}
	subject = long
	if _, err := api.List.Ask(t.Context(), c, api.ListRequest{}); !tooMuch(err) {
		t.Errorf("the answer: %v", err)
	}
	if _, err := api.Check.Ask(t.Context(), c, api.CheckRequest{Accounts: []string{long}}); !tooMuch(err) {
		t.Errorf("the request: %v", err)
	}
	if r, err := api.Check.Ask(t.Context(), c, api.CheckRequest{}); err != nil || r.Unseen != 5 {
		t.Errorf("afterwards: %+v, %v", r, err)
	}
}

func TestSubscriptionIsCoalescedAndBlocksNobody(t *testing.T) {
	w := newWorld(t)
	slow, other := w.dial(), w.dial()
	if err := slow.Subscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	for range 10_000 {
		w.backend.change() // nobody reads slow's events
	}
	if _, err := api.Status.Ask(t.Context(), other, api.None{}); err != nil {
		t.Fatal(err)
	}
	await(t, slow, "the newest snapshot", func(e Event) bool { return e.Snapshot != nil && e.Snapshot.Revision == 10_000 })
}

// Whoever sits at another display gets a window of their own.
func TestWindowsOfTwoDisplays(t *testing.T) {
	w := newWorld(t)
	w.server.o.Display = ":0"
	here, there, again := w.dial(), w.dial(), w.dial()
	for _, step := range []struct {
		client  *Client
		display string
		became  bool
	}{{here, ":0", true}, {there, ":1", true}, {again, "", false}, {again, ":1", false}} {
		_, became, err := step.client.Become(t.Context(), OpenRequest{Window: WindowSettings, Display: step.display})
		if err != nil || became != step.became {
			t.Errorf("on %q: %v, %v", step.display, became, err)
		}
	}
	// What the tray role opens by itself is on its own display.
	if err := w.server.Open(OpenRequest{Window: WindowSettings, Page: "health"}); err != nil {
		t.Fatal(err)
	}
	await(t, here, "raise", func(e Event) bool { return e.Open != nil && e.Open.Page == "health" })
}

func TestWindowRegister(t *testing.T) {
	w := newWorld(t)
	open := OpenRequest{Window: WindowMailbox, Account: "a", UID: "1"}
	// Two requests, one process; the newer request is the one it gets.
	for _, uid := range []string{"1", "2"} {
		open.UID = uid
		if err := w.server.Open(open); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(w.spawned); n != 1 {
		t.Errorf("%d processes were started", n)
	}
	first, second := w.dial(), w.dial()
	got, became, err := first.Become(t.Context(), OpenRequest{Window: WindowMailbox})
	if err != nil || !became || got.UID != "2" {
		t.Fatalf("%+v, %v, %v", got, became, err)
	}
	// A second one raises the first.
	if _, became, err := second.Become(t.Context(), OpenRequest{Window: WindowMailbox, UID: "3"}); err != nil || became {
		t.Fatalf("%v, %v", became, err)
	}
	await(t, first, "raise", func(e Event) bool { return e.Open != nil && e.Open.UID == "3" })
	// So does Open, without a process.
	if err := second.Open(t.Context(), open); err != nil {
		t.Fatal(err)
	}
	await(t, first, "open", func(e Event) bool { return e.Open != nil && e.Open.UID == "2" })
	if _, became, err := second.Become(t.Context(), OpenRequest{Window: WindowSettings}); err != nil || !became {
		t.Fatalf("another window: %v, %v", became, err)
	}
	// The end of its process frees a window's place.
	_ = first.Close()
	for {
		c := w.dial()
		_, became, err := c.Become(t.Context(), OpenRequest{Window: WindowMailbox})
		if err != nil {
			t.Fatal(err)
		}
		if became {
			break
		}
		_ = c.Close()
	}
}

// A process whose window never comes to the screen does not keep its place.
func TestAWindowThatNeverComesUpIsGivenUp(t *testing.T) {
	w := newWorld(t)
	var late atomic.Int64
	w.server.now = func() time.Time { return time.Now().Add(time.Duration(late.Load())) }
	become := func(window Window) *Client {
		t.Helper()
		c := w.dial()
		if _, became, err := c.Become(t.Context(), OpenRequest{Window: window}); err != nil || !became {
			t.Fatalf("%s: %v, %v", window, became, err)
		}
		return c
	}
	hung, shown := become(WindowMailbox), become(WindowSettings)
	if err := shown.Shown(t.Context()); err != nil {
		t.Fatal(err)
	}
	late.Store(int64(comeUp) + 1)
	for _, window := range []Window{WindowMailbox, WindowSettings} {
		if err := w.server.Open(OpenRequest{Window: window}); err != nil {
			t.Fatal(err)
		}
	}
	if len(w.spawned) != 1 || (<-w.spawned).Window != WindowMailbox {
		t.Error("the window that was shown is started, or the other is not")
	}
	for range hung.Events() { // until it is sent away
	}
	await(t, shown, "raise", func(e Event) bool { return e.Open != nil })
	become(WindowMailbox)
}

func TestQuitTellsTheWindows(t *testing.T) {
	w := newWorld(t)
	window, c := w.dial(), w.dial()
	if _, _, err := window.Become(t.Context(), OpenRequest{Window: WindowSettings}); err != nil {
		t.Fatal(err)
	}
	if err := c.Quit(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, window, "closing", func(e Event) bool { return e.Closing })
	select {
	case <-w.quit:
	case <-time.After(patience):
		t.Fatal("quit was not called")
	}
	w.stop()
	if _, err := api.Status.Ask(t.Context(), c, api.None{}); !errors.Is(err, ErrClosed) {
		t.Errorf("afterwards: %v", err)
	}
	if _, err := Dial(t.Context(), w.path); !errors.Is(err, ErrNotRunning) {
		t.Errorf("afterwards: %v", err)
	}
}

func TestClientThatEndsCancelsItsRequests(t *testing.T) {
	w := newWorld(t)
	c := w.dial()
	if err := c.Subscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = api.Check.Ask(context.Background(), c, api.CheckRequest{Accounts: []string{"block"}}) }()
	await(t, c, "the request", func(e Event) bool { return e.Snapshot != nil && e.Snapshot.Revision == 1 })
	_ = c.Close()
	select {
	case <-w.backend.blocked:
	case <-time.After(patience):
		t.Fatal("the request goes on")
	}
}

// Who stops waiting for an answer ends the work, and nothing else: the
// connection and what it subscribed to go on.
func TestGivingUpCancelsTheRequest(t *testing.T) {
	w := newWorld(t)
	c := w.dial()
	if err := c.Subscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	given := make(chan error, 1)
	go func() { _, err := api.Check.Ask(ctx, c, api.CheckRequest{Accounts: []string{"block"}}); given <- err }()
	await(t, c, "the request", func(e Event) bool { return e.Snapshot != nil && e.Snapshot.Revision == 1 })
	cancel()
	if err := <-given; !errors.Is(err, context.Canceled) {
		t.Errorf("giving up gives %v", err)
	}
	select {
	case <-w.backend.blocked:
	case <-time.After(patience):
		t.Fatal("the request goes on")
	}
	w.backend.change()
	await(t, c, "a later snapshot", func(e Event) bool { return e.Snapshot != nil && e.Snapshot.Revision == 2 })
}

// Whatever one connection sends, the others are served.
func TestHostileInput(t *testing.T) {
	good := fmt.Sprintf(`{"traymail":%d,"version":""}`+"\n", Version)
	for name, input := range map[string]string{
		"nothing":          "",
		"garbage":          "\x00\xff\n",
		"another version":  `{"traymail":99,"version":"9"}` + "\n",
		"half a message":   good + `{"id":1,"method":"st`,
		"no object":        good + "[]\n",
		"unknown method":   good + `{"id":1,"method":"format disk"}` + "\n",
		"wrong parameters": good + `{"id":1,"method":"check","params":7}` + "\n",
		"a line too long":  good + strings.Repeat("x", maxMessage+10),
		"many at once":     good + strings.Repeat(`{"id":1,"method":"status"}`+"\n", 100),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			conn, err := dial(t.Context(), w.path)
			if err != nil {
				t.Fatal(err)
			}
			var group sync.WaitGroup
			group.Go(func() { _, _ = io.Copy(io.Discard, bufio.NewReader(conn)) })
			_, _ = io.WriteString(conn, input) // it may be cut off
			if _, err := api.Status.Ask(t.Context(), w.dial(), api.None{}); err != nil {
				t.Error(err)
			}
			_ = conn.Close()
			group.Wait()
		})
	}
}

// What all connections together send of messages without end is bounded; when
// it is gone there is room again.
func TestUnfinishedMessagesAreBoundedTogether(t *testing.T) {
	w := newWorld(t)
	var group sync.WaitGroup
	defer group.Wait()
	open := func(text string) net.Conn {
		conn, err := dial(t.Context(), w.path)
		if err != nil {
			t.Fatal(err)
		}
		group.Go(func() { _, _ = io.Copy(io.Discard, conn) })
		if _, err := fmt.Fprintf(conn, `{"traymail":%d,"version":""}`+"\n%s", Version, text); err != nil {
			t.Fatal(err)
		}
		return conn
	}
	held := open(strings.Repeat("x", maxMessage*3/4))
	more, err := dial(t.Context(), w.path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = more.Close() }()
	if err := more.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	_, _ = fmt.Fprintf(more, `{"traymail":%d,"version":""}`+"\n%s", Version, strings.Repeat("x", maxMessage*3/4)) // it may be cut off
	if _, err := io.Copy(io.Discard, more); errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error("the second is not ended")
	}
	_ = held.Close()
	// Room is given back when the first is gone, which nobody is told.
	subject := strings.Repeat("x", maxMessage*3/4)
	for until := time.Now().Add(patience); ; {
		_, err := api.Check.Ask(t.Context(), w.dial(), api.CheckRequest{Accounts: []string{subject}})
		if !errors.Is(err, ErrClosed) {
			break
		}
		if time.Now().After(until) {
			t.Fatal(err)
		}
	}
}

// exhausted is a listener that cannot accept for a while.
type exhausted struct {
	net.Listener
	mu   sync.Mutex
	left int
}

func (l *exhausted) Accept() (net.Conn, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.left > 0 {
		l.left--
		return nil, &net.OpError{Op: "accept", Err: os.NewSyscallError("accept4", syscall.EMFILE)}
	}
	return l.Listener.Accept()
}

// That no file can be opened for a while does not end the socket.
func TestAcceptIsTriedAgain(t *testing.T) {
	path := place(t)
	l, err := Listen(path)
	if err != nil {
		t.Fatal(err)
	}
	server := NewServer(newBackend(), ServerOptions{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- server.Serve(ctx, &exhausted{Listener: l, left: 5}) }()
	c, err := Dial(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := api.Status.Ask(t.Context(), c, api.None{}); err != nil {
		t.Error(err)
	}
	_ = c.Close()
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// However many connections are made and left, a new one is served, and a
// window stays.
func TestConnectionsAreBounded(t *testing.T) {
	w := newWorld(t)
	window := w.dial()
	if _, became, err := window.Become(t.Context(), OpenRequest{Window: WindowMailbox}); err != nil || !became {
		t.Fatal(became, err)
	}
	asking := w.dial()
	if err := asking.Subscribe(t.Context()); err != nil {
		t.Fatal(err)
	}
	answered := make(chan error, 1)
	go func() {
		_, err := api.Check.Ask(t.Context(), asking, api.CheckRequest{Accounts: []string{"block"}})
		answered <- err
	}()
	await(t, asking, "the request", func(e Event) bool { return e.Snapshot != nil && e.Snapshot.Revision > 0 })
	for i := range 3 * maxConns {
		conn, err := dial(t.Context(), w.path)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		if i%2 == 0 { // the others say nothing at all
			if err := newLink(conn).greet(""); err != nil {
				t.Fatal(err)
			}
		}
	}
	for range 2 * maxConns {
		if _, err := api.Status.Ask(t.Context(), w.dial(), api.None{}); err != nil {
			t.Fatal(err)
		}
	}
	w.server.mu.Lock()
	if n := len(w.server.conns); n > maxConns {
		t.Errorf("%d connections are held", n)
	}
	w.server.mu.Unlock()
	select {
	case err := <-answered:
		t.Errorf("who waited for an answer was put out: %v", err)
	default:
	}
	if err := w.server.Open(OpenRequest{Window: WindowMailbox, Account: "a"}); err != nil || len(w.spawned) > 0 {
		t.Errorf("%v, %d windows were started", err, len(w.spawned))
	}
	await(t, window, "raise", func(e Event) bool { return e.Open != nil })
}

// A flood of connections is a line a minute, with how many had to end.
func TestFloodIsOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log strings.Builder
		s := NewServer(newBackend(), ServerOptions{Log: slog.New(slog.NewTextHandler(&log, nil))})
		flood := func(n int) {
			for range n {
				conn, _ := net.Pipe()
				c := newServerConn(conn, newRoom())
				c.dismiss = func() {}
				s.admit(c)
			}
		}
		flood(maxConns + 1 + 20)
		if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "ended=1\n") {
			t.Errorf("%d lines: %s", got, &log)
		}
		time.Sleep(floodPause)
		log.Reset()
		flood(5)
		if got := strings.Count(log.String(), "\n"); got != 1 || !strings.Contains(log.String(), "ended=21\n") {
			t.Errorf("%d lines: %s", got, &log)
		}
	})
}

// Displays can be made up: windows on them put nobody out, and never fill all
// places for connections.
func TestWindowsAreBounded(t *testing.T) {
	w := newWorld(t)
	became := 0
	for i := range 2 * maxConns {
		_, ok, err := w.dial().Become(t.Context(), OpenRequest{Window: WindowMailbox, Display: fmt.Sprint(":", i)})
		if ok {
			became++
		} else if err == nil {
			t.Fatal("there was a window on that display")
		}
	}
	if became != maxWindows {
		t.Errorf("%d windows", became)
	}
	if _, err := api.Status.Ask(t.Context(), w.dial(), api.None{}); err != nil {
		t.Error(err)
	}
	s := NewServer(newBackend(), ServerOptions{Spawn: func(OpenRequest) error { return nil }})
	for i := range 2 * maxConns {
		if err := s.Open(OpenRequest{Window: WindowMailbox, Display: fmt.Sprint(":", i)}); (err == nil) != (i < maxWindows) {
			t.Errorf("window %d: %v", i, err)
		}
	}
}

// Who asks and never reads the answers holds nobody up.
func TestSlowClient(t *testing.T) {
	w := newWorld(t)
	conn, err := dial(t.Context(), w.path)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	group.Go(func() {
		_, _ = io.WriteString(conn, fmt.Sprintf(`{"traymail":%d,"version":""}`+"\n", Version))
		_, _ = io.WriteString(conn, strings.Repeat(`{"id":1,"method":"status"}`+"\n", 100_000)) // until it is closed
	})
	for range 100 {
		if _, err := api.Status.Ask(t.Context(), w.dial(), api.None{}); err != nil {
			t.Fatal(err)
		}
	}
	_ = conn.Close()
	group.Wait()
}

// A message that has begun and does not go on is not waited for; one that has
// not begun is.
func TestHalfAMessage(t *testing.T) {
	for _, octets := range []int{0, 10_000} {
		synctest.Test(t, func(t *testing.T) {
			client, server := net.Pipe()
			go func() { _, _ = client.Write([]byte(strings.Repeat(" ", octets))) }()
			l := newLink(server)
			l.within = messageTimeout
			if octets == 0 {
				time.AfterFunc(time.Hour, l.endReads)
			}
			began := time.Now()
			var r request
			err := l.read(&r)
			want := map[int]time.Duration{0: time.Hour, 10_000: messageTimeout}[octets]
			if took := time.Since(began); !errors.Is(err, os.ErrDeadlineExceeded) || took != want {
				t.Errorf("%d octets: %v after %v", octets, err, took)
			}
			_, _ = client.Close(), server.Close()
		})
	}
}

// A window's name becomes an argument: there are two.
func TestOtherWindowsAreRefused(t *testing.T) {
	w := newWorld(t)
	c := w.dial()
	for _, name := range []Window{"", "--help", "quit", "Settings", "settings ", "mailbox\x00"} {
		if err := c.Open(t.Context(), OpenRequest{Window: name}); err == nil {
			t.Errorf("%q was opened", name)
		}
		if _, became, err := c.Become(t.Context(), OpenRequest{Window: name}); err == nil || became {
			t.Errorf("%q is a window now", name)
		}
		if err := w.server.Open(OpenRequest{Window: name}); err == nil {
			t.Errorf("the tray role opened %q", name)
		}
	}
	if n := len(w.spawned); n > 0 {
		t.Errorf("%d processes were started", n)
	}
}

func TestVersionsMustAgree(t *testing.T) {
	client, server := net.Pipe()
	go func() {
		_, _ = bufio.NewReader(server).ReadString('\n')
		_, _ = io.WriteString(server, `{"traymail":99,"version":"2.0"}`+"\n")
	}()
	if err := newLink(client).greet("1.0"); !errors.Is(err, ErrVersion) {
		t.Errorf("error %v", err)
	}
	_ = client.Close()
	_ = server.Close()
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"id":1,"method":"check","params":{"accounts":["a"]}}` + "\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		client, server := net.Pipe()
		go func() {
			_, _ = server.Write(raw)
			_ = server.Close()
		}()
		l := newLink(client)
		for {
			var r request
			if err := l.read(&r); err != nil {
				break
			}
		}
		_ = client.Close()
	})
}

// Whatever a client sends after its greeting, the server answers what it can,
// opens no window that there is not, and ends with the connection.
func FuzzServe(f *testing.F) {
	for _, seed := range []string{
		`{"id":1,"method":"status"}`, `{"id":1,"method":"open","params":{"window":"--help"}}`, `{"id":2,"method":"become","params":{"window":"mailbox"}}`,
		`{"id":1,"method":"subscribe"}` + "\n" + `{"method":"cancel","params":1}` + "\n" + `{"id":3,"method":"quit"}`,
		`{"id":1,"method":"check","params":{"accounts":["block"]}}` + "\n" + `{"id":1,"method":"check"}`, "[]\n{}\nnull",
	} {
		f.Add([]byte(seed + "\n"))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		b := newBackend()
		b.Handlers = api.Handlers{}
		api.Status.Handle(b.Handlers, func(context.Context, api.None) (api.Snapshot, error) { return b.Snapshot(), nil })
		api.Check.Handle(b.Handlers, func(ctx context.Context, _ api.CheckRequest) (api.CheckResult, error) {
			<-ctx.Done()
			return api.CheckResult{}, ctx.Err()
		})
		server := NewServer(b, ServerOptions{Quit: func() {}, Spawn: func(r OpenRequest) error {
			if r.Window != WindowMailbox && r.Window != WindowSettings {
				t.Errorf("started: %q", r.Window)
			}
			return nil
		}})
		ours, theirs := net.Pipe()
		c := newServerConn(theirs, newRoom())
		ctx, cancel := context.WithCancel(t.Context())
		c.dismiss = cancel
		server.admit(c)
		var group sync.WaitGroup
		group.Go(func() { server.serve(ctx, c) })
		group.Go(func() { _, _ = io.Copy(io.Discard, ours) })
		_, _ = io.WriteString(ours, fmt.Sprintf(`{"traymail":%d,"version":""}`+"\n", Version))
		_, _ = ours.Write(raw)
		_ = ours.Close()
		group.Wait()
		if len(server.conns)+len(server.windows) > 0 {
			t.Error("the connection is still known")
		}
	})
}
