package ipc

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience is for what must happen on any machine, however busy.
const patience = 30 * time.Second

// backend records what it is asked and answers with examples.
type backend struct {
	mu       sync.Mutex
	calls    []any
	revision uint64
	subs     map[chan struct{}]bool
	err      error
	blocked  chan struct{} // closed when a blocking Check was cancelled
}

func (b *backend) note(call ...any) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls = append(b.calls, call...)
	return b.err
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

func (b *backend) Health(id string) (app.Health, error) {
	return app.Health{ID: id, Why: "interval", Transcript: []string{"S: +OK 你好"}}, b.note("health", id)
}

var found = discover.Result{
	Domain: "163.com", Provider: provider.ByDomain("163.com"),
	Candidates: []discover.Candidate{{
		Server: "pop.163.com", Port: 995, Security: settings.TLS, User: "a@163.com", Source: discover.SourceTable, Origin: "x", Confirm: true,
	}},
}

func (b *backend) Discover(_ context.Context, address string) (discover.Result, error) {
	return found, b.note("discover", address)
}

func (b *backend) Snapshot() app.Snapshot {
	b.mu.Lock()
	defer b.mu.Unlock()
	return app.Snapshot{Revision: b.revision, Unseen: 7}
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

var example = settings.Account{ID: "a", Name: "家", Server: "pop.example.org", Port: 995, Interval: settings.Duration(time.Minute)}

var (
	quiet = settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00", SummaryAbove: settings.SummaryAlways}
	vip   = settings.Rule{Field: settings.FieldSender, Text: "老板", Effect: settings.EffectImportant}
)

func (b *backend) Accounts() []settings.Account { return []settings.Account{example} }
func (b *backend) Settings() settings.Settings {
	return settings.Settings{Version: 1, Preferences: quiet, Rules: []settings.Rule{vip}, Accounts: []settings.Account{example}}
}

func (b *backend) SavePreferences(_ context.Context, p settings.Preferences, rules []settings.Rule) error {
	return b.note("preferences", p, rules)
}

func (b *backend) TryRule(_ context.Context, r settings.Rule) ([]app.Mail, error) {
	return []app.Mail{{UID: "u", From: "老板"}}, b.note("try", r)
}

func (b *backend) SaveAccount(_ context.Context, a settings.Account) error {
	return b.note("save", a)
}

func (b *backend) ImportAccounts(_ context.Context, list []settings.Account) (settings.Merged, error) {
	return settings.Merged{Added: list}, b.note("import", list)
}
func (b *backend) RemoveAccount(_ context.Context, id string) error { return b.note("remove", id) }
func (b *backend) Test(_ context.Context, a settings.Account, ref string, progress func(app.TestStep)) app.TestReport {
	progress(app.TestStep{Name: "connect", OK: true, Text: "✓"})
	_ = b.note("test", a, ref)
	return app.TestReport{OK: true, Messages: 3}
}

func (b *backend) Check(ctx context.Context, ids ...string) (app.CheckResult, error) {
	if len(ids) == 1 && ids[0] == "block" {
		_ = b.note("blocking")
		b.change()
		<-ctx.Done()
		close(b.blocked)
		return app.CheckResult{}, ctx.Err()
	}
	return app.CheckResult{Unseen: 5}, b.note("check", ids)
}

func (b *backend) MarkSeen(_ context.Context, account string, uids ...string) error {
	return b.note("seen", account, uids)
}

func (b *backend) Delete(_ context.Context, account string, uids ...string) ([]string, error) {
	return uids[:1], b.note("delete", account, uids)
}

func (b *backend) MarkAllSeen(_ context.Context, account string) error {
	return b.note("all seen", account)
}

func (b *backend) List(account string, limit int) ([]app.Mail, error) {
	return []app.Mail{{UID: "u", Subject: "会议"}}, b.note("list", account, limit)
}

func (b *backend) DescribeSoon(_ context.Context, account string) { _ = b.note("describe", account) }

func (b *backend) Fetch(_ context.Context, account, uid string, whole, seen bool) (app.FullMessage, error) {
	return app.FullMessage{Text: "hello"}, b.note("fetch", account, uid, whole, seen)
}

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
		t: t, backend: &backend{subs: map[chan struct{}]bool{}, blocked: make(chan struct{})},
		path: place(t), spawned: make(chan OpenRequest, 10), quit: make(chan struct{}, 1),
	}
	l, err := Listen(w.path)
	if err != nil {
		t.Fatal(err)
	}
	w.server = NewServer(w.backend, ServerOptions{
		Spawn: func(r OpenRequest) error { w.spawned <- r; return nil },
		Quit:  func() { w.quit <- struct{}{} },
		Doctor: func(context.Context) (doctor.Report, error) {
			return doctor.Report{Level: doctor.Warning, Checks: []doctor.Check{{ID: "tray", Text: "没有托盘"}}}, nil
		},
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

func TestEveryMethodArrives(t *testing.T) {
	w := newWorld(t)
	c, ctx := w.dial(), t.Context()
	status, err1 := c.Status(ctx)
	accounts, err2 := c.Accounts(ctx)
	report, err3 := c.Test(ctx, example, "draft-1")
	check, err4 := c.Check(ctx, "a", "b")
	list, err5 := c.List(ctx, "a", 3)
	full, err6 := c.Fetch(ctx, "a", "u", true, false)
	health, err7 := c.Health(ctx, "a")
	merged, err8 := c.ImportAccounts(ctx, []settings.Account{example})
	checkup, err9 := c.Doctor(ctx)
	deleted, err10 := c.Delete(ctx, "a", "u", "v")
	err := errors.Join(err1, err2, err3, err4, err5, err6, err7, err8, err9, err10, c.SaveAccount(ctx, example), c.RemoveAccount(ctx, "a"),
		c.MarkSeen(ctx, "a", "u", "v"), c.MarkAllSeen(ctx, "a"))
	if err != nil {
		t.Fatal(err)
	}
	if status.Unseen != 7 || accounts[0] != example || report.Messages != 3 || check.Unseen != 5 || list[0].Subject != "会议" || full.Text != "hello" || health.Transcript[0] != "S: +OK 你好" {
		t.Error(status, accounts, report, check, list, full, health)
	}
	if len(deleted) != 1 || deleted[0] != "u" {
		t.Error(deleted)
	}
	if len(merged.Added) != 1 || merged.Added[0] != example || checkup.Level != doctor.Warning || checkup.Checks[0].Text != "没有托盘" {
		t.Error(merged, checkup)
	}
	want := []any{
		"test", example, "draft-1", "check",
		[]string{"a", "b"},
		"list", "a", 3, "describe", "a",
		"fetch", "a", "u", true, false, "health", "a", "import",
		[]settings.Account{example},
		"delete", "a",
		[]string{"u", "v"},
		"save", example, "remove", "a", "seen", "a",
		[]string{"u", "v"},
		"all seen", "a",
	}
	if !reflect.DeepEqual(w.backend.calls, want) {
		t.Errorf("calls %v, want %v", w.backend.calls, want)
	}
}

func TestDiscoveryArrives(t *testing.T) {
	w := newWorld(t)
	c := w.dial()
	if r, err := c.Discover(t.Context(), "a@163.com"); err != nil || !reflect.DeepEqual(r, found) {
		t.Errorf("%+v, %v", r, err)
	}
	if want := []any{"discover", "a@163.com"}; !reflect.DeepEqual(w.backend.calls, want) {
		t.Errorf("calls %v", w.backend.calls)
	}
	w.backend.err = &app.ProblemError{Problem: app.Problem{Kind: "config", Code: "address", Text: "这不是地址"}}
	var problem *app.ProblemError
	if _, err := c.Discover(t.Context(), "x"); !errors.As(err, &problem) || problem.Problem.Code != "address" {
		t.Errorf("%v", err)
	}
}

func TestPreferencesArrive(t *testing.T) {
	w := newWorld(t)
	c := w.dial()
	all, err1 := c.Settings(t.Context())
	tried, err2 := c.TryRule(t.Context(), vip)
	if err := errors.Join(err1, err2, c.SavePreferences(t.Context(), quiet, []settings.Rule{vip})); err != nil {
		t.Fatal(err)
	}
	if all.Preferences != quiet || all.Rules[0] != vip || all.Accounts[0] != example || tried[0].From != "老板" {
		t.Error(all, tried)
	}
	want := []any{"try", vip, "preferences", quiet, []settings.Rule{vip}}
	if !reflect.DeepEqual(w.backend.calls, want) {
		t.Errorf("calls %v, want %v", w.backend.calls, want)
	}
}

// The steps of a test come as they happen, to whoever asked for it.
func TestStepsArrive(t *testing.T) {
	w := newWorld(t)
	c, other := w.dial(), w.dial()
	if _, err := c.Test(t.Context(), example, ""); err != nil {
		t.Fatal(err)
	}
	select {
	case e := <-c.Events():
		if e.Step == nil || e.Step.Text != "✓" {
			t.Errorf("%+v", e)
		}
	case <-time.After(20 * time.Second):
		t.Error("no step came")
	}
	if _, err := other.Status(t.Context()); err != nil {
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
	problem := app.Problem{Kind: "auth", Code: "AUTH", Text: "密码不对"}
	w.backend.err = &app.ProblemError{Problem: problem}
	var got *app.ProblemError
	if err := c.SaveAccount(t.Context(), example); !errors.As(err, &got) || got.Problem != problem {
		t.Errorf("error %v", err)
	}
	w.backend.err = app.ErrNoAccount
	if err := c.RemoveAccount(t.Context(), "x"); !errors.Is(err, app.ErrNoAccount) {
		t.Errorf("error %v", err)
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
	if _, err := other.Status(t.Context()); err != nil {
		t.Fatal(err)
	}
	await(t, slow, "the newest snapshot", func(e Event) bool { return e.Snapshot != nil && e.Snapshot.Revision == 10_000 })
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
	if _, err := c.Status(t.Context()); !errors.Is(err, ErrClosed) {
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
	go func() { _, _ = c.Check(context.Background(), "block") }()
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
	go func() { _, err := c.Check(ctx, "block"); given <- err }()
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
	const good = `{"traymail":1,"version":""}` + "\n"
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
			if _, err := w.dial().Status(t.Context()); err != nil {
				t.Error(err)
			}
			_ = conn.Close()
			group.Wait()
		})
	}
}

func TestVersionsMustAgree(t *testing.T) {
	client, server := net.Pipe()
	go func() {
		_, _ = bufio.NewReader(server).ReadString('\n')
		_, _ = io.WriteString(server, `{"traymail":2,"version":"2.0"}`+"\n")
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
