//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/clipboard"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// fake is the tray role and the keyring in one, so that the order of calls to
// both is on one record.
type fake struct {
	api.Handlers
	mu       sync.Mutex
	record   []string
	asked    []string // accounts whose keyring was asked for
	tray     func(context.Context) bool
	icon     func() bool // hidden by the system
	opened   []string    // parts of the system's settings
	accounts []settings.Account
	snapshot api.Snapshot
	mails    []api.Mail
	message  api.FullMessage
	source   string   // of that, whole
	outside  []string // what the desktop was asked to open
	report   api.TestReport
	health   api.Health
	settings settings.Settings
	found    []api.Mail
	servers  discover.Result
	examined doctor.Report
	secrets  map[string]string
	home     string // the user's folder
	// signIns are those that were begun; signer is what becomes of one.
	signIns []SignIn
	signer  func(context.Context, SignIn) (*SignedIn, error)
	place   Place
	keep    func(Place)
	// systemSounds: notifications play no file.
	systemSounds bool
	// fail makes the call of this name fail; block makes it wait for its
	// context, hold for the channel.
	fail  map[string]error
	block map[string]bool
	hold  map[string]chan struct{}
	// waiting is what begins a deletion or takes it back; undoTime is how long
	// one waits, for ever if it is zero.
	waiting  map[string]chan bool
	undoTime time.Duration
	// whole are messages with the headers that mails may lack.
	whole []api.Mail
	saved settings.Account
	lists int // how often the messages were listed
	event chan ipc.Event
}

func newFake() *fake {
	f := &fake{
		Handlers: api.Handlers{}, secrets: map[string]string{}, fail: map[string]error{}, block: map[string]bool{},
		hold: map[string]chan struct{}{}, waiting: map[string]chan bool{}, event: make(chan ipc.Event),
	}
	api.Accounts.Handle(f.Handlers, f.list)
	api.Explain.Handle(f.Handlers, f.explain)
	discover.Find.Handle(f.Handlers, f.discover)
	api.Settings.Handle(f.Handlers, f.inForce)
	api.SavePreferences.Handle(f.Handlers, f.savePreferences)
	api.TryRule.Handle(f.Handlers, f.tryRule)
	api.TrySound.Handle(f.Handlers, f.trySound)
	doctor.Ask.Handle(f.Handlers, f.doctor)
	api.Unlock.Handle(f.Handlers, f.unlock)
	api.Check.Handle(f.Handlers, f.check)
	api.TestAccount.Handle(f.Handlers, f.test)
	api.SaveAccount.Handle(f.Handlers, f.save)
	api.RemoveAccount.Handle(f.Handlers, f.remove)
	api.List.Handle(f.Handlers, f.mailList)
	api.Fetch.Handle(f.Handlers, f.fetch)
	api.MarkSeen.Handle(f.Handlers, f.markSeen)
	api.Existing.Handle(f.Handlers, func(ctx context.Context, r api.ExistingRequest) (none api.None, err error) {
		return none, f.call(ctx, "existing", r.Account, " ", r.Count)
	})
	api.DeleteLater.Handle(f.Handlers, f.deleteLater)
	api.Undo.Handle(f.Handlers, f.decide(false))
	api.DeleteNow.Handle(f.Handlers, f.decide(true))
	api.Headers.Handle(f.Handlers, f.headers)
	api.Sizes.Handle(f.Handlers, f.sizes)
	api.Source.Handle(f.Handlers, func(ctx context.Context, r api.SourceRequest) (api.MessageSource, error) {
		return api.MessageSource{Octets: []byte("Subject: x\r\n\r\nsource\x1b[31m"), Complete: true}, f.call(ctx, "source", r.UID, " header=", r.Header)
	})
	clipboard.Copy.Handle(f.Handlers, func(ctx context.Context, r clipboard.Request) (none api.None, err error) {
		return none, f.call(ctx, "copy", r.Text)
	})
	api.ImportAccounts.Handle(f.Handlers, f.importAccounts)
	return f
}

func (f *fake) call(ctx context.Context, name string, args ...any) error {
	f.mu.Lock()
	f.record = append(f.record, fmt.Sprint(append([]any{name + " "}, args...)...))
	err, block, hold := f.fail[name], f.block[name], f.hold[name]
	f.mu.Unlock()
	if hold != nil {
		<-hold
	}
	if block {
		<-ctx.Done()
		return ctx.Err()
	}
	return err
}

// calls returns the record without the calls that only read.
func (f *fake) calls() []string {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.record)
}

func (f *fake) list(context.Context, api.None) ([]settings.Account, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.accounts), f.fail["accounts"]
}

func (f *fake) explain(_ context.Context, r api.AccountRequest) (api.Health, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	h := f.health
	h.ID = r.Account
	return h, f.fail["health"]
}

func (f *fake) discover(ctx context.Context, r discover.Request) (discover.Result, error) {
	err := f.call(ctx, "discover", r.Address)
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.servers, err
}

func (f *fake) inForce(context.Context, api.None) (settings.Settings, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.settings
	all.Accounts = slices.Clone(f.accounts)
	return all, f.fail["settings"]
}

func (f *fake) savePreferences(ctx context.Context, r api.PreferencesRequest) (none api.None, err error) {
	if err := f.call(ctx, "preferences"); err != nil {
		return none, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.settings.Preferences, f.settings.Rules = r.Preferences, r.Rules
	return none, nil
}

func (f *fake) tryRule(context.Context, settings.Rule) ([]api.Mail, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.found, f.fail["try"]
}

func (f *fake) trySound(ctx context.Context, r api.SoundRequest) (none api.None, err error) {
	return none, f.call(ctx, "sound", r.Sound)
}

func (f *fake) doctor(ctx context.Context, _ doctor.Request) (doctor.Report, error) {
	err := f.call(ctx, "doctor")
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.examined, err
}

func (f *fake) unlock(_ context.Context, r api.CheckRequest) (none api.None, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked = append(f.asked, fmt.Sprint(r.Accounts))
	return none, f.fail["unlock"]
}

func (f *fake) check(ctx context.Context, r api.CheckRequest) (api.CheckResult, error) {
	return api.CheckResult{}, f.call(ctx, "check", r.Accounts)
}

func (f *fake) test(ctx context.Context, r api.TestRequest) (api.TestReport, error) {
	f.mu.Lock()
	password := f.secrets[r.SecretRef]
	f.mu.Unlock()
	err := f.call(ctx, "test", r.Account.Server, " with ", password)
	return f.report, err
}

func (f *fake) save(ctx context.Context, a settings.Account) (none api.None, err error) {
	if err := f.call(ctx, "save", a.Name); err != nil {
		return none, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.saved = a
	f.accounts = append(slices.DeleteFunc(f.accounts, func(b settings.Account) bool { return a.ID == b.ID }), a)
	return none, nil
}

func (f *fake) remove(ctx context.Context, r api.AccountRequest) (none api.None, err error) {
	if err := f.call(ctx, "remove", r.Account); err != nil {
		return none, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.accounts = slices.DeleteFunc(f.accounts, func(a settings.Account) bool { return a.ID == r.Account })
	return none, nil
}

func (f *fake) revoke(ctx context.Context, a settings.Account) error {
	return f.call(ctx, "revoke", a.ID)
}

// signIn has the browser awaited at an address, until what signer says.
func (f *fake) signIn(ctx context.Context, r SignIn) (*SignedIn, error) {
	if err := f.call(ctx, "sign in", r.Account.OAuth.Provider, " ", r.Account.OAuth.ClientID, " ", r.ClientSecret); err != nil {
		return nil, err
	}
	f.mu.Lock()
	f.signIns = append(f.signIns, r)
	signer := f.signer
	f.mu.Unlock()
	return signer(ctx, r)
}

func (f *fake) mailList(_ context.Context, r api.ListRequest) ([]api.Mail, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.lists++
	var mails []api.Mail
	from := r.Before == ""
	for _, m := range f.mails {
		if m.Account == r.Account && from && len(mails) < r.Limit {
			mails = append(mails, m)
		}
		from = from || m.Account == r.Account && m.UID == r.Before
	}
	return mails, f.fail["list"]
}

// saying is a document of one paragraph.
func saying(text string) message.Document {
	return message.Document{Blocks: []message.Block{{Kind: message.Paragraph, Spans: []message.Span{{Text: text}}}}}
}

func (f *fake) fetch(ctx context.Context, r api.FetchRequest) (api.FullMessage, error) {
	err := f.call(ctx, "fetch", r.Account, "/", r.UID, " whole=", r.Whole, " seen=", r.MarkSeen)
	if r.Into != "" && err == nil {
		err = os.WriteFile(r.Into, []byte(f.source), 0o600)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	m := f.message
	m.Complete = m.Complete || r.Whole
	for i, mail := range f.mails {
		if mail.Account == r.Account && mail.UID == r.UID {
			f.mails[i].Seen = f.mails[i].Seen || r.MarkSeen && err == nil
			mail.Seen = f.mails[i].Seen
			m.Mail = mail
		}
	}
	return m, err
}

func (f *fake) markSeen(ctx context.Context, r api.SeenRequest) (none api.None, err error) {
	switch {
	case r.Unseen:
		return none, f.call(ctx, "unseen", r.Account, r.UIDs)
	case len(r.UIDs) == 0:
		return none, f.call(ctx, "all seen", r.Account)
	}
	return none, f.call(ctx, "seen", r.Account, r.UIDs)
}

// deleteLater waits until the test decides, or the time is over.
func (f *fake) deleteLater(ctx context.Context, r api.DeletionRequest) (list []api.Deletion, err error) {
	f.mu.Lock()
	decided := make(chan bool, 1)
	f.waiting[r.Name] = decided
	var over <-chan time.Time
	if f.undoTime > 0 {
		over = time.After(f.undoTime)
	}
	f.mu.Unlock()
	begin := true
	select {
	case begin = <-decided:
	case <-over:
	case <-ctx.Done():
		begin = false
	}
	f.mu.Lock()
	delete(f.waiting, r.Name)
	f.mu.Unlock()
	if !begin {
		return nil, ctx.Err()
	}
	for _, one := range r.Requests {
		answer := api.Deletion{Account: one.Account, UIDs: one.UIDs}
		if err := f.call(ctx, "delete", one.Account, one.UIDs); err != nil {
			answer.UIDs, answer.Problem = nil, &api.Problem{Kind: api.KindConfig, Args: api.Args{api.ArgReason: err.Error()}}
			if known, ok := errors.AsType[*api.ProblemError](err); ok {
				answer.Problem = &known.Problem
			}
		}
		f.mu.Lock()
		f.mails = slices.DeleteFunc(f.mails, func(m api.Mail) bool { return m.Account == one.Account && slices.Contains(answer.UIDs, m.UID) })
		f.mu.Unlock()
		list = append(list, answer)
	}
	return list, nil
}

// decide begins deletions that wait, or takes them back.
func (f *fake) decide(begin bool) func(context.Context, api.DeletionRef) (bool, error) {
	return func(_ context.Context, r api.DeletionRef) (bool, error) {
		f.mu.Lock()
		defer f.mu.Unlock()
		decided := f.waiting[r.Name]
		if decided == nil {
			return false, nil
		}
		delete(f.waiting, r.Name)
		decided <- begin
		return true, nil
	}
}

func (f *fake) headers(ctx context.Context, r api.DescribeRequest) (got api.Described, err error) {
	if err := f.call(ctx, "headers", r.Account, " ", len(r.UIDs)); err != nil {
		return got, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, m := range f.whole {
		if m.Account == r.Account && slices.Contains(r.UIDs, m.UID) {
			got.Mails = append(got.Mails, m)
			got.Received += 1000
		}
	}
	return got, nil
}

func (f *fake) sizes(ctx context.Context, r api.AccountRequest) (none api.None, err error) {
	if err := f.call(ctx, "sizes", r.Account); err != nil {
		return none, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.mails {
		f.mails[i].Octets = int64(i+1) * 100
	}
	return none, nil
}

func (f *fake) open(kind string) func(context.Context, string) error {
	return func(_ context.Context, what string) error {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.outside = append(f.outside, kind+" "+what)
		return nil
	}
}

func (f *fake) importAccounts(ctx context.Context, accounts []settings.Account) (settings.Merged, error) {
	if err := f.call(ctx, "import"); err != nil {
		return settings.Merged{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	m := settings.Merge(f.accounts, accounts, nil)
	f.accounts = append(f.accounts, m.Added...)
	return m, nil
}

func (f *fake) Events() <-chan ipc.Event { return f.event }

// keyring is the other face of fake.
type keyring struct{ *fake }

func (k keyring) Get(_ context.Context, ref string) (string, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s, ok := k.secrets[ref]; ok {
		return s, nil
	}
	return "", secret.ErrNotFound
}

func (k keyring) Set(ctx context.Context, ref, value string) error {
	if err := k.call(ctx, "set", kind(ref)); err != nil {
		return err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.secrets[ref] = value
	return nil
}

func (k keyring) Delete(ctx context.Context, ref string) error {
	err := k.call(ctx, "delete", kind(ref))
	if ctx.Err() != nil {
		return errors.New("deleted with a context that had ended")
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.secrets, ref)
	return err
}

func (keyring) Unlock(context.Context) error { return nil }
func (keyring) Unlocked() <-chan struct{}    { return nil }
func (keyring) Close() error                 { return nil }

// kind is what stays the same of a reference with a random part.
func kind(ref string) string {
	if len(ref) > 6 && ref[:6] == "draft-" {
		return "draft"
	}
	return "account"
}

// harness runs a screen in Fyne's test driver. Its bridge hands over to the
// test's goroutine, which works off what is posted only inside until.
type harness struct {
	t      testing.TB
	fake   *fake
	window fyne.Window
	shell  *shell
	screen screen
	posts  chan func()
	closed bool
}

func start(t testing.TB, f *fake, open ipc.OpenRequest, language string, variant fyne.ThemeVariant) *harness {
	t.Helper()
	if f.home == "" {
		f.home = t.TempDir()
	}
	for _, name := range []string{"HOME", "AppData"} {
		t.Setenv(name, f.home) // where Thunderbird is looked for
	}
	a := test.NewTempApp(t)
	a.Settings().SetTheme(forcedLook(variant))
	h := &harness{t: t, fake: f, posts: make(chan func(), 1000)}
	h.window = test.NewWindow(nil)
	t.Cleanup(func() {
		if !h.closed { // the test driver panics on a second Close
			h.window.Close()
		}
	})
	b := newBridge(context.Background())
	b.post = func(run func()) { h.posts <- run }
	b.now = func() time.Time { return pictureTime }
	t.Cleanup(b.stop)
	h.window.SetOnClosed(func() { h.closed = true })
	h.shell = newShell(b, Options{
		Client: f, Secrets: keyring{f}, Locale: locale.New(language), Snapshot: f.snapshot, Open: open, SystemSounds: f.systemSounds, AwaitTray: f.tray,
		Place: f.place, Keep: f.keep,
		SignIn: f.signIn, Revoke: f.revoke,
		Spool:   filepath.Join(f.home, "spool"),
		OpenURL: f.open("url"), OpenMessage: f.open("message"), OpenFile: func(path string) error { return f.open("file")(t.Context(), path) },
		IconHidden: f.icon, IconSettings: func() error {
			f.opened = append(f.opened, "taskbar")
			return nil
		},
	}, h.window)
	h.screen = h.shell.screen
	return h
}

// accounts is the page of the settings window that is shown first.
func (h *harness) accounts() *accountsPage {
	return h.screen.(*settingsScreen).pages[0].(*accountsPage)
}

// preferences turns to the page of that name.
func (h *harness) preferences() *preferencesPage {
	s := h.screen.(*settingsScreen)
	for i, p := range s.pages {
		if p, ok := p.(*preferencesPage); ok {
			s.turnTo(i)
			h.until("the preferences", func() bool { return p.loaded })
			return p
		}
	}
	h.t.Fatal("there is no such page")
	return nil
}

// until works off what was posted until reached holds.
func (h *harness) until(what string, reached func() bool) {
	h.t.Helper()
	deadline := time.After(20 * time.Second)
	again := time.NewTicker(5 * time.Millisecond) // for what is reached without a post
	defer again.Stop()
	for !reached() {
		select {
		case run := <-h.posts:
			run()
		case <-again.C:
		case <-deadline:
			h.t.Fatalf("waited in vain for: %s; calls so far: %q", what, h.fake.calls())
		}
	}
}

// typeText types into whatever has the focus.
func typeText(c fyne.Canvas, text string) {
	for _, r := range text {
		c.Focused().TypedRune(r)
	}
}
