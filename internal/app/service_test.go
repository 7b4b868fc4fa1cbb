package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/notify"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const user, password = "me", "hunter2"

// tester is a test, or one try of a property.
type tester interface {
	Helper()
	Fatal(args ...any)
	Fatalf(format string, args ...any)
	Errorf(format string, args ...any)
	Cleanup(f func())
	Context() context.Context
}

// world is a server, a home and a service on both, which can die and come back.
type world struct {
	t         tester
	server    *popserver.Server
	drop      *popserver.Maildrop
	dir       string
	account   settings.Account
	secrets   *lockable
	announcer *announcer
	clock     *clock
	*Service
}

// clock is the time as the test wants it.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// lockable is a keyring that can be locked.
type lockable struct {
	secret.Store
	mu     sync.Mutex
	locked bool
	news   chan struct{}
	// prompts counts questions to the user; open is the answer.
	prompts int
	open    bool
}

func (l *lockable) Unlock(context.Context) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if !l.locked {
		return nil
	}
	l.prompts++
	l.locked = !l.open
	if l.locked {
		return secret.ErrDismissed
	}
	return nil
}

func (l *lockable) Get(ctx context.Context, ref string) (string, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locked {
		return "", secret.ErrLocked
	}
	return l.Store.Get(ctx, ref)
}

func (l *lockable) Delete(ctx context.Context, ref string) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.locked {
		return secret.ErrLocked
	}
	return l.Store.Delete(ctx, ref)
}

func (l *lockable) Unlocked() <-chan struct{} { return l.news }

func (l *lockable) lock(locked bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.locked = locked
	if !locked {
		l.news <- struct{}{}
	}
}

// announcer records notifications.
type announcer struct {
	mu        sync.Mutex
	shown     []api.Announcement
	withdrawn []string
	fail      error
	after     func() // runs when one was shown, before the ledger knows
}

func (a *announcer) Announce(_ context.Context, n api.Announcement) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.fail != nil {
		return a.fail
	}
	a.shown = append(a.shown, n)
	if a.after != nil {
		a.after()
	}
	return nil
}

func (a *announcer) Withdraw(_ context.Context, key string) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.withdrawn = append(a.withdrawn, key)
	return nil
}

func (a *announcer) bodies() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	var bodies []string
	for _, n := range a.shown {
		_, body := notify.Words(n, locale.New("en"))
		bodies = append(bodies, body)
	}
	return bodies
}

func newWorld(t tester, o popserver.Options) *world {
	t.Helper()
	dir, err := os.MkdirTemp("", "world")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	o.Users = map[string]string{user: password, "other": password, "free": password}
	w := &world{
		t: t, server: popserver.New(o), dir: dir, announcer: &announcer{},
		clock:   &clock{t: time.Now()},
		secrets: &lockable{Store: secret.Memory(map[string]string{"a": password, "b": password}), news: make(chan struct{}, 10)},
	}
	t.Cleanup(func() { _ = w.server.Close() })
	w.drop = w.server.Maildrop(user)
	address, err := w.server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	host, portText, _ := net.SplitHostPort(address)
	port, _ := strconv.Atoi(portText)
	w.account = settings.Account{ID: "a", Name: "A", Server: host, Port: port, Security: settings.None, User: user}
	w.account.Normalize()
	w.open()
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = w.Close() })
	return w
}

func (w *world) open() {
	w.t.Helper()
	store, err := settings.Open(filepath.Join(w.dir, "settings.toml"))
	if err != nil {
		w.t.Fatal(err)
	}
	w.Service, err = Open(Options{
		Settings: store, Secrets: w.secrets, Ledger: filepath.Join(w.dir, "ledger.db"),
		Announcer: w.announcer, Now: w.clock.now,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.pause = 0
}

// restart ends the process and begins another.
func (w *world) restart() {
	w.t.Helper()
	if err := w.Close(); err != nil {
		w.t.Fatal(err)
	}
	w.open()
}

func (w *world) deliver(subjects ...string) {
	for _, s := range subjects {
		w.deliverText(s, "hello\n.dot\n")
	}
}

func (w *world) deliverText(subject, text string) { w.drop.Deliver(w.letter(subject, text)) }

func (w *world) letter(subject, text string) []byte {
	return fmt.Appendf(nil, "From: Ann <ann@example.org>\nSubject: %s\nMessage-ID: <%s@x>\nDate: %s\n\n%s",
		subject, subject, w.clock.now().Format(time.RFC1123Z), text)
}

// poll checks and expects success.
func (w *world) poll() api.AccountCheck {
	w.t.Helper()
	a := w.pollAny()
	if a.State != api.OK {
		w.t.Fatalf("state %s, %+v", a.State, a.Error)
	}
	return a
}

func (w *world) pollAny() api.AccountCheck {
	w.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		result, err := w.Check(w.t.Context())
		if err != nil {
			w.t.Fatal(err)
		}
		a := result.Accounts[0]
		// The server may still be clearing a session away that broke.
		if a.Error == nil || a.Error.Code != "IN-USE" || time.Now().After(deadline) {
			return a
		}
	}
}

func (w *world) expect(what string, got, want any) {
	w.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		w.t.Errorf("%s: %v, want %v", what, got, want)
	}
}

func subjects(list []api.NewMail) []string {
	names := []string{}
	for _, m := range list {
		names = append(names, m.Subject)
	}
	return names
}

func TestBaselineIsSilentAndNewMailIsAnnouncedOnce(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("old 1", "old 2")
	first := w.poll()
	w.expect("new at first", subjects(first.New), "[]")
	w.expect("unseen at first", first.Unseen, 0)
	w.expect("messages", first.Messages, 2)
	w.deliver("one", "two")
	second := w.poll()
	w.expect("new", subjects(second.New), "[one two]")
	w.expect("unseen", second.Unseen, 2)
	w.expect("announced", w.announcer.bodies(), "[one two]")
	w.restart()
	w.poll()
	w.expect("announced after restart", w.announcer.bodies(), "[one two]")
	w.expect("unseen after restart", w.Snapshot().Unseen, 2)
	w.expect("newest", len(w.Snapshot().Newest), 2)
}

func TestUnseenExisting(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.account.UnseenExisting = true
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.deliver("old")
	first := w.poll()
	w.expect("new", subjects(first.New), "[old]")
	w.expect("unseen", first.Unseen, 1)
	w.expect("announced", w.announcer.bodies(), "[]")
}

// The costs that are promised: one round trip with nothing new, two with new
// mail, whatever the size of the mailbox.
func TestRoundTrips(t *testing.T) {
	for _, size := range []int{1, 2000} {
		w := newWorld(t, popserver.Options{Pipelining: true})
		for i := range size {
			w.deliver(fmt.Sprint("old ", i))
		}
		w.expect("mode at first", w.poll().Poll.Mode, "full")
		unchanged := w.poll().Poll
		w.expect("unchanged", fmt.Sprint(unchanged.Mode, unchanged.RoundTrips), "unchanged1")
		w.deliver("a", "b")
		grown := w.poll()
		w.expect("grown", fmt.Sprint(grown.Poll.Mode, grown.Poll.RoundTrips, subjects(grown.New)), "grown2 [a b]")
		if unchanged.Received > 300 || grown.Poll.Received > 1500 {
			t.Errorf("%d messages: %d and %d octets received", size, unchanged.Received, grown.Poll.Received)
		}
		w.clock.advance(25 * time.Hour)
		w.expect("daily", w.poll().Poll.Mode, "full")
	}
}

func TestManyBecomeOneSummary(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.poll()
	w.deliver("1", "2", "3", "4", "5", "6")
	w.poll()
	if n := len(w.announcer.shown); n != 1 || w.announcer.shown[0].Count != 6 {
		t.Fatalf("shown: %+v", w.announcer.shown)
	}
	key := w.announcer.shown[0].Key
	told, ok := w.Announced(key)
	w.expect("summary", fmt.Sprint(told[0].Account, len(told[0].UIDs), ok), "a6 true")
	if err := w.MarkAllSeen(t.Context(), ""); err != nil {
		t.Fatal(err)
	}
	w.expect("unseen", w.Snapshot().Unseen, 0)
	if !slices.Contains(w.announcer.withdrawn, key) {
		t.Error("the summary was not withdrawn")
	}
}

func TestMarkSeenWithdraws(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.deliver("x")
	uid := w.poll().New[0].UID
	if err := w.MarkSeen(t.Context(), "a", uid, "unknown"); err != nil {
		t.Fatal(err)
	}
	w.expect("unseen", w.Snapshot().Unseen, 0)
	if !slices.Contains(w.announcer.withdrawn, "a/"+uid) {
		t.Errorf("withdrawn: %v", w.announcer.withdrawn)
	}
	w.expect("an unknown account", errors.Is(w.MarkSeen(t.Context(), "b", "x"), api.ErrNoAccount), true)
}

func TestLeavingMessagesStopCountingAndMayComeBack(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("old 1", "old 2", "old 3")
	w.poll()
	w.deliver("x")
	uid := w.poll().New[0].UID
	raw := w.drop.Messages()[3].Raw
	w.drop.Remove(uid)
	w.expect("unseen after it left", w.poll().Unseen, 0)
	w.drop.DeliverUID(uid, raw)
	again := w.poll()
	w.expect("new when it came back", subjects(again.New), "[]")
	w.expect("unseen when it came back", again.Unseen, 1)
	w.expect("announced", w.announcer.bodies(), "[x]")
}

// Crashes: after the ledger was written, and between showing and recording.
func TestCrashesLoseNothing(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.announcer.fail = errors.New("no notification daemon")
	w.deliver("x")
	w.poll()
	w.restart()
	w.announcer.fail = nil
	w.poll()
	w.expect("announced after a crash before it was shown", w.announcer.bodies(), "[x]")

	w.deliver("y")
	w.announcer.after = func() { _ = w.ledger.Close() } // the process dies here
	_ = w.poll
	_, _ = w.Check(t.Context())
	w.announcer.after = nil
	w.open()
	w.poll()
	w.expect("at most the one in flight is repeated", w.announcer.bodies(), "[x y y]")
	w.restart()
	w.poll()
	w.expect("and no more", w.announcer.bodies(), "[x y y]")
}

func TestOddAnswersChangeNothing(t *testing.T) {
	answer := func(command, raw string) func(string) *popserver.Override {
		return func(line string) *popserver.Override {
			if line == command {
				return &popserver.Override{Raw: raw, Close: strings.HasSuffix(raw, "!")}
			}
			return nil
		}
	}
	for name, mood := range map[string]func(string) *popserver.Override{
		"truncated UIDL":   answer("UIDL", "+OK\r\n1 uid00000001\r\n!"),
		"shortened UIDL":   answer("UIDL", "+OK\r\n1 uid00000001\r\n.\r\n"),
		"empty UIDL":       answer("UIDL", "+OK\r\n.\r\n"),
		"nothing on STAT":  answer("STAT", "!"),
		"garbage on STAT":  answer("STAT", "+OK many\r\n"),
		"refused STAT":     answer("STAT", "-ERR [SYS/TEMP] later\r\n"),
		"an empty mailbox": answer("STAT", "+OK 0 0\r\n"),
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{})
			w.deliver("1", "2", "3")
			w.poll()
			w.deliver("x")
			w.poll()
			w.clock.advance(25 * time.Hour) // so that the next poll is full
			w.server.SetMood(mood)
			w.pollAny()
			w.expect("unseen", w.Snapshot().Unseen, 1)
			w.server.SetMood(nil)
			after := w.poll()
			w.expect("new afterwards", subjects(after.New), "[]")
			w.expect("after", fmt.Sprint(after.Messages, after.Unseen), "4 1")
			w.expect("announced", w.announcer.bodies(), "[x]")
		})
	}
}

func TestEmptiedMailboxIsBelievedTheSecondTime(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1")
	w.poll()
	w.deliver("x")
	w.poll()
	for _, m := range w.drop.Messages() {
		w.drop.Remove(m.UID)
	}
	w.expect("unseen at first", w.poll().Unseen, 1)
	w.expect("unseen then", w.poll().Unseen, 0)
	w.deliver("y")
	w.expect("new in the emptied mailbox", subjects(w.poll().New), "[y]")
}

// P16: UIDs that all change are a migration, not new mail.
func TestMigrationIsTakenOverSilently(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	for i := range 30 {
		w.deliver(fmt.Sprint("old ", i))
	}
	w.poll()
	w.deliver("x")
	w.poll()
	w.drop.Renumber()
	w.deliver("y")
	after := w.poll()
	w.expect("new", subjects(after.New), "[y]")
	w.expect("after", fmt.Sprint(after.Messages, after.Unseen), "32 2")
	w.expect("announced", w.announcer.bodies(), "[x y]")
}

// P24: one refused password, one attempt, until the user acts.
func TestWrongPasswordIsTriedOnce(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.server.SetPassword(user, "changed")
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	changed, unsubscribe := w.Subscribe()
	defer unsubscribe()
	go func() { done <- w.Run(ctx) }()
	w.await(changed, func(s api.Snapshot) bool { return s.Accounts[0].State == api.Failed })
	a := w.Snapshot().Accounts[0]
	w.expect("kind and code", string(a.Error.Kind)+" "+string(a.Error.Code), "auth AUTH")
	w.expect("next poll", a.NextPoll.IsZero(), true)
	w.clock.advance(48 * time.Hour)
	w.Wake("test")
	w.wakeScheduler()
	w.expect("attempts", w.server.FailedLogins(), 1)
	// The user corrects it.
	if err := w.secrets.Set(ctx, "a", "changed"); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(ctx, w.account); err != nil {
		t.Fatal(err)
	}
	w.await(changed, func(s api.Snapshot) bool { return s.Accounts[0].State == api.OK })
	w.expect("attempts in the end", w.server.FailedLogins(), 1)
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func (w *world) await(changed <-chan struct{}, ok func(api.Snapshot) bool) {
	w.t.Helper()
	deadline := time.After(30 * time.Second)
	for !ok(w.Snapshot()) {
		select {
		case <-changed:
		case <-deadline:
			w.t.Fatalf("it did not happen; the last snapshot: %+v", w.Snapshot())
		}
	}
}

func TestLockedKeyringIsWaitedFor(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.secrets.lock(true)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	changed, unsubscribe := w.Subscribe()
	defer unsubscribe()
	go func() { done <- w.Run(ctx) }()
	w.await(changed, func(s api.Snapshot) bool { return s.Accounts[0].Error != nil })
	a := w.Snapshot().Accounts[0]
	w.expect("state", fmt.Sprint(a.State, a.Error.Kind, a.Error.Code), "waitingsecretlocked")
	w.expect("commands", len(w.server.Commands()), 0)
	w.secrets.lock(false)
	w.await(changed, func(s api.Snapshot) bool { return s.Accounts[0].State == api.OK })
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestFetchListDescribeTest(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	for i := range 20 {
		w.deliver(fmt.Sprint("old ", i))
	}
	w.poll()
	w.deliver("x")
	uid := w.poll().New[0].UID
	if err := w.Describe(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	w.expect("headers", w.Snapshot().Accounts[0].Headers, 1) // by which lists know
	list, err := w.List("", 0)
	if err != nil || len(list) != 21 {
		t.Fatalf("%d messages, %v", len(list), err)
	}
	for _, m := range list {
		if m.Subject == "" || m.From != "Ann" {
			t.Errorf("not described: %+v", m)
		}
	}
	w.server.ResetCommands()
	m, err := w.Fetch(t.Context(), "a", uid, false, true)
	if err != nil || m.Document.Text(nil) != "hello\n.dot" || m.Subject != "x" || !m.Complete || m.From != "Ann" || m.Address != "ann@example.org" {
		t.Errorf("%+v, %v", m, err)
	}
	w.expect("unseen", w.Snapshot().Unseen, 0)
	if slices.ContainsFunc(w.server.Commands(), func(c string) bool { return strings.HasPrefix(c, "RETR") }) {
		t.Error("RETR without being asked (P20)")
	}
	if m, err := w.Fetch(t.Context(), "a", list[20].UID, true, false); err != nil || !m.Complete || m.Subject != "old 0" {
		t.Errorf("%+v, %v", m, err)
	}
	w.drop.Deliver([]byte("Subject: long\n\n" + strings.Repeat("line\n", 1000)))
	long := w.poll().New[0].UID
	if m, err := w.Fetch(t.Context(), "a", long, false, false); err != nil || m.Complete || strings.Count(m.Document.Text(nil), "line") != 200 {
		t.Errorf("%d lines, complete %v, %v", strings.Count(m.Document.Text(nil), "line"), m.Complete, err)
	}
	if m, err := w.Fetch(t.Context(), "a", long, true, false); err != nil || !m.Complete || strings.Count(m.Document.Text(nil), "line") != 1000 {
		t.Errorf("%d lines, complete %v, %v", strings.Count(m.Document.Text(nil), "line"), m.Complete, err)
	}
	w.drop.Remove(uid)
	var problem *api.ProblemError
	if _, err := w.Fetch(t.Context(), "a", uid, false, true); !errors.As(err, &problem) || problem.Problem.Code != "gone" {
		t.Errorf("a message that left: %v", err)
	}
	report := w.Test(t.Context(), w.account, "", nil)
	if !report.OK || len(report.Steps) != 5 || report.Steps[4].Subject != "long" {
		t.Errorf("%+v", report)
	}
	bad := w.account
	bad.ID, bad.Port = "new", 1
	report = w.Test(t.Context(), bad, "a", nil)
	if report.OK || report.Error.Code != "refused" {
		t.Errorf("%+v", report.Error)
	}
}

func TestRemoveAccountLeavesNothing(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("1")
	w.poll()
	if err := w.RemoveAccount(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.secrets.Get(t.Context(), "a"); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("the secret is still there: %v", err)
	}
	known, err := w.ledger.Meta("a")
	w.expect("ledger", fmt.Sprint(known.Maildrop, known.Baseline, err), "false <nil>")
	w.expect("accounts", len(w.Snapshot().Accounts), 0)
}

func TestDamagedLedgerIsSetAside(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	for i := range 50 {
		w.deliver(fmt.Sprint(i))
	}
	w.poll()
	path := filepath.Join(w.dir, "ledger.db")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	good, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, cut := range []int{0, 100, 4096, 3 * 4096} {
		if err := os.WriteFile(path, good[:cut], 0o600); err != nil {
			t.Fatal(err)
		}
		w.open()
		after := w.poll()
		w.expect(fmt.Sprint("after a cut at ", cut), fmt.Sprint(after.Messages, after.Unseen, len(w.announcer.shown)), "50 0 0")
		if w.Snapshot().Problem == nil || w.Snapshot().Problem.Code != api.CodeDamaged {
			t.Errorf("cut at %d: nothing was said", cut)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	w.open()
}

// What a command found damaged, the tray that starts later tells of, once.
func TestDamageIsToldByALaterTray(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	again := func() *api.Problem {
		t.Helper()
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		w.open()
		return w.Snapshot().Problem
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(w.dir, "ledger.db"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.open()
	if p := again(); p == nil || p.Code != api.CodeDamaged {
		t.Errorf("later: %+v", p)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := w.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if p := w.Snapshot().Problem; p == nil {
		t.Error("the tray says nothing")
	}
	if p := again(); p != nil {
		t.Errorf("said again: %+v", p)
	}
}

func TestOfflineIsNoError(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.SetOnline(false)
	w.expect("offline", w.Snapshot().Offline, true)
	w.SetOnline(true)
	w.expect("online", w.Snapshot().Offline, false)
}
