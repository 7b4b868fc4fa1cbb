//go:build cgo && !nowindow

package window

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/settings"
)

// openSettings shows the settings window with what f holds, and the form.
func openSettings(t *testing.T, f *fake) (*harness, *accountsPage) {
	t.Helper()
	h, s := openAccounts(t, f)
	if s.pane == paneNew {
		s.pressManual()
	}
	return h, s
}

// openAccounts shows the settings window with what f holds.
func openAccounts(t *testing.T, f *fake) (*harness, *accountsPage) {
	t.Helper()
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	s := h.accounts()
	h.until("accounts and snapshot", func() bool { return s.loaded && s.snapshot.Revision == f.snapshot.Revision })
	return h, s
}

// focus is where the keyboard is, in the form's terms.
func (s *accountsPage) focus() string {
	focused := s.window.Canvas().Focused()
	for name, e := range s.form.fields {
		if focused == fyne.Focusable(e) {
			return name
		}
	}
	for name, w := range map[string]fyne.Focusable{
		"accounts": s.list, "add": s.add, "remove": s.remove, fieldSecurity: s.form.security, fieldInterval: s.form.interval,
		"more": s.form.more, fieldMechanism: s.form.mechanism, "opens": s.form.opens, "silent": s.form.silent, "status_header": s.form.status,
		"unpin": s.form.unpin, "toggle": s.toggle, "trust": s.probe.cert.trust, "transcript": s.probe.details, "cancel": s.probe.cancel, "look": s.look,
		"unseen_existing": s.form.unseen, "allow_cleartext": s.form.cleartext, "test": s.test, "save": s.save,
	} {
		if focused == w {
			return name
		}
	}
	return "?"
}

// typeAccount fills in a new account through the keyboard.
func typeAccount(s *accountsPage, password string) {
	c := s.window.Canvas()
	c.Focus(s.form.fields[fieldName])
	typeText(c, "Home")
	c.FocusNext()
	typeText(c, "lena@example.org")
	c.Focus(s.form.fields[fieldPassword])
	typeText(c, password)
}

func pressEscape(w fyne.Window) {
	key := &fyne.KeyEvent{Name: fyne.KeyEscape}
	if focused := w.Canvas().Focused(); focused != nil {
		focused.TypedKey(key)
	} else {
		w.Canvas().OnTypedKey()(key)
	}
}

func TestTabOrderOfANewAccount(t *testing.T) {
	_, s := openSettings(t, newFake())
	var order []string
	for range 10 {
		order = append(order, s.focus())
		s.window.Canvas().FocusNext()
	}
	want := []string{"name", "address", "server", "port", "security", "user", "password", "interval", "more", "accounts"}
	if !slices.Equal(order, want) {
		t.Errorf("Tab goes %v, want %v", order, want)
	}
	typeAccount(s, "secret")
	s.window.Canvas().Focus(s.form.more)
	order = nil
	for range 3 {
		order = append(order, s.focus())
		s.window.Canvas().FocusNext()
	}
	if want := []string{"more", "test", "save"}; !slices.Equal(order, want) {
		t.Errorf("with a valid account Tab ends %v, want %v", order, want)
	}
}

func TestSaveWaitsForAValidForm(t *testing.T) {
	_, s := openSettings(t, newFake())
	if !s.save.Disabled() || !s.test.Disabled() || s.reason.text != "Still needed: server, user name, password" {
		t.Errorf("empty: save off %v, test off %v, reason %q", s.save.Disabled(), s.test.Disabled(), s.reason.text)
	}
	typeAccount(s, "secret")
	if s.save.Disabled() || s.test.Disabled() || s.reason.text != "" {
		t.Errorf("valid: save off %v, test off %v, reason %q", s.save.Disabled(), s.test.Disabled(), s.reason.text)
	}
	s.form.fields[fieldPort].SetText("0")
	if !s.save.Disabled() || s.reason.text != "Please correct: port" || !s.form.captions[fieldPort].Visible() {
		t.Errorf("bad port: save off %v, reason %q, message %q", s.save.Disabled(), s.reason.text, s.form.captions[fieldPort].text)
	}
}

// A message appears when the field is left, and from then on while typing.
func TestMessagesWaitForTheField(t *testing.T) {
	_, s := openSettings(t, newFake())
	c := s.window.Canvas()
	caption := s.form.captions[fieldAddress]
	c.Focus(s.form.fields[fieldAddress])
	if typeText(c, "lena"); caption.Visible() {
		t.Errorf("told off while typing: %q", caption.text)
	}
	if c.Focus(s.form.fields[fieldUser]); !caption.Visible() {
		t.Error("no message after leaving the field")
	}
	c.Focus(s.form.fields[fieldAddress])
	if typeText(c, "@example.org"); caption.Visible() {
		t.Errorf("the message stays: %q", caption.text)
	}
}

func TestSecurityMovesThePort(t *testing.T) {
	_, s := openSettings(t, newFake())
	s.form.security.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	if got := s.form.fields[fieldPort].Text; got != "110" {
		t.Errorf("with STLS the port is %s", got)
	}
}

func TestSaveWritesTheSecretFirst(t *testing.T) {
	f := newFake()
	h, s := openSettings(t, f)
	typeAccount(s, "secret")
	test.Tap(&s.save.Button)
	h.until("saved", func() bool { return strings.HasPrefix(s.outcome.label.text, "Saved") && !s.busy })
	if want := []string{"set account", "save Home"}; !slices.Equal(f.calls(), want) {
		t.Errorf("calls %q, want %q", f.calls(), want)
	}
	a := f.saved
	if a.Server != "pop.example.org" || a.Port != 995 || a.User != "lena@example.org" || f.secrets[a.ID] != "secret" {
		t.Errorf("saved %+v with secrets %q", a, f.secrets)
	}
	if s.form.draft.id != a.ID || s.form.fields[fieldPassword].Text != "" || !s.save.Disabled() {
		t.Errorf("after saving the form has ID %q, password %q", s.form.draft.id, s.form.fields[fieldPassword].Text)
	}
}

func TestFailedSaveLosesNothing(t *testing.T) {
	for name, where := range map[string]string{"keyring": "set", "tray role": "save"} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.fail[where] = errors.New("the disk is full")
			h, s := openSettings(t, f)
			typeAccount(s, "secret")
			test.Tap(&s.save.Button)
			h.until("the answer", func() bool { return !s.busy })
			if !s.outcome.Visible() || !strings.Contains(s.outcome.label.text, "the disk is full") {
				t.Errorf("the window says %q", s.outcome.label.text)
			}
			if s.form.fields[fieldPassword].Text != "secret" || s.form.fields[fieldName].Text != "Home" || s.save.Disabled() {
				t.Error("what was typed is lost")
			}
			if len(f.secrets) != 0 {
				t.Errorf("the keyring keeps %q of an account that does not exist", f.secrets)
			}
		})
	}
}

func TestTestDeletesItsDraft(t *testing.T) {
	for _, c := range []struct {
		name  string
		setup func(*fake)
	}{
		{"success", func(f *fake) { f.report = api.TestReport{OK: true} }},
		{"refused", func(f *fake) { f.report = api.TestReport{Error: &api.Problem{Kind: "auth", Text: "No."}} }},
		{"error", func(f *fake) { f.fail["test"] = errors.New("gone") }},
		{"keyring fails", func(f *fake) { f.fail["set"] = errors.New("dismissed") }},
		{"cancelled", func(f *fake) { f.block["test"] = true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := newFake()
			c.setup(f)
			h, s := openSettings(t, f)
			typeAccount(s, "secret")
			test.Tap(&s.test.Button)
			if !s.busy || !s.save.Disabled() || !s.probe.cancel.Visible() {
				t.Error("the window does not look busy")
			}
			if f.block["test"] {
				h.until("the test", func() bool { return len(f.calls()) == 2 })
				s.stopBusy()
			}
			h.until("the end of the test", func() bool { return !s.busy })
			calls := f.calls()
			if calls[len(calls)-1] != "delete draft" || len(f.secrets) != 0 {
				t.Errorf("calls %q leave %q", calls, f.secrets)
			}
			if len(calls) == 3 && calls[1] != "test pop.example.org with secret" {
				t.Errorf("calls %q", calls)
			}
			if s.save.Disabled() || s.form.fields[fieldPassword].Text != "secret" {
				t.Error("after the test the account cannot be saved")
			}
		})
	}
}

func TestTestOfASavedAccountUsesItsOwnSecret(t *testing.T) {
	f := newFake()
	f.accounts = pictureAccounts[:1]
	h, s := openSettings(t, f)
	test.Tap(&s.test.Button)
	h.until("the end of the test", func() bool { return !s.busy })
	if want := []string{"test pop.example.org with "}; !slices.Equal(f.calls(), want) {
		t.Errorf("calls %q, want %q", f.calls(), want)
	}
}

func TestRemoveAsks(t *testing.T) {
	f := newFake()
	f.accounts = slices.Clone(pictureAccounts[:1])
	h, s := openSettings(t, f)
	test.Tap(&s.remove.Button)
	if s.dialogs.open == nil {
		t.Fatal("no question")
	}
	pressEscape(s.window)
	if s.dialogs.open != nil || h.closed || len(f.calls()) != 0 {
		t.Fatalf("Esc did not mean no: closed %v, calls %q", h.closed, f.calls())
	}
	test.Tap(&s.remove.Button)
	s.window.Canvas().FocusNext() // from Keep to Remove
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	h.until("the empty form", func() bool { return s.form.draft.id == "" && !s.busy })
	if want := []string{"remove home-k3fa"}; !slices.Equal(f.calls(), want) {
		t.Errorf("calls %q, want %q", f.calls(), want)
	}
	if s.heading.text != "Add your first mailbox" {
		t.Errorf("the window says %q", s.heading.text)
	}
}

func TestLeavingAsksOnlyWhenSomethingWasTyped(t *testing.T) {
	f := newFake()
	f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
	_, s := openSettings(t, f)
	s.list.Select(1)
	if s.form.draft.id != pictureAccounts[1].ID || s.dialogs.open != nil {
		t.Fatalf("the form shows %q", s.form.draft.id)
	}
	s.form.fields[fieldName].SetText("Other")
	s.list.Select(0)
	if s.form.draft.id != pictureAccounts[1].ID || s.dialogs.open == nil {
		t.Fatalf("typed text was dropped without a question; the form shows %q", s.form.draft.id)
	}
	s.window.Canvas().FocusNext()
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	if s.form.draft.id != pictureAccounts[0].ID || s.form.fields[fieldName].Text != "Home" {
		t.Errorf("after the answer the form shows %q", s.form.draft.id)
	}
}

func TestEscapeClosesFromAnywhere(t *testing.T) {
	for _, where := range []string{"accounts", fieldName, fieldSecurity, "more", "nowhere"} {
		t.Run(where, func(t *testing.T) {
			h, s := openSettings(t, newFake())
			c := s.window.Canvas()
			for c.Unfocus(); where != "nowhere" && s.focus() != where; {
				c.FocusNext()
			}
			if pressEscape(s.window); !h.closed {
				t.Error("the window is still open")
			}
		})
	}
}

func TestSnapshotChangesTheList(t *testing.T) {
	f := newFake()
	f.accounts, f.snapshot = slices.Clone(pictureAccounts[:1]), pictureSnapshot()
	f.snapshot.Accounts = f.snapshot.Accounts[:1]
	h, s := openSettings(t, f)
	f.mu.Lock()
	f.accounts = append(f.accounts, pictureAccounts[1])
	f.mu.Unlock()
	next := pictureSnapshot()
	next.Accounts = next.Accounts[:2]
	h.screen.handle(ipc.Event{Snapshot: &next})
	h.until("the second account", func() bool { return len(s.accounts) == 2 })

	failed := api.Snapshot{Revision: 9, Accounts: []api.AccountStatus{
		{ID: "home-k3fa", State: api.Failed, Error: &api.Problem{Kind: "auth", Text: "Wrong password."}}, {ID: "work-22aa"},
	}}
	h.screen.handle(ipc.Event{Snapshot: &failed})
	if !s.problem.Visible() || s.problem.label.text != "Wrong password." {
		t.Errorf("the form says %q", s.problem.label.text)
	}
}

func TestEveryStateHasAPictureOfItsOwn(t *testing.T) {
	test.NewTempApp(t)
	h, _ := openSettings(t, newFake())
	loc := h.accounts().loc
	seen := map[string]string{}
	for name, c := range map[string]accountState{
		"ok":       accountStateOf(&api.AccountStatus{State: api.OK}, false, loc),
		"waiting":  accountStateOf(&api.AccountStatus{State: api.Waiting}, false, loc),
		"offline":  accountStateOf(&api.AccountStatus{State: api.Waiting}, true, loc),
		"keyring":  accountStateOf(&api.AccountStatus{State: api.Waiting, Error: &api.Problem{Text: "Locked."}}, false, loc),
		"failed":   accountStateOf(&api.AccountStatus{State: api.Failed}, false, loc),
		"checking": accountStateOf(&api.AccountStatus{Checking: true}, false, loc),
	} {
		if other := seen[c.icon.Name()]; other != "" || c.text == "" {
			t.Errorf("%s looks like %s (%s)", name, other, c.icon.Name())
		}
		seen[c.icon.Name()] = name
	}
}

// Of a list that takes its time both windows say how far it has come.
func TestListingIsShown(t *testing.T) {
	f := filled()
	f.snapshot.Accounts[0].Checking, f.snapshot.Accounts[0].Listing = true, &api.Listing{Listed: 12000, Messages: 100000}
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowMailbox}, "en", theme.VariantLight)
	m := h.screen.(*mailboxScreen)
	h.screen.handle(ipc.Event{Snapshot: &f.snapshot})
	const want = "Listing the messages… 12,000 of 100,000"
	if m.status.text != want {
		t.Errorf("the mailbox says %q", m.status.text)
	}
	if got := accountStateOf(&f.snapshot.Accounts[0], false, m.loc).text; got != want {
		t.Errorf("the settings say %q", got)
	}
}

// A certificate is trusted only after a question whose answer is no by
// itself, and the keyboard is never left on something hidden.
func TestTrustByKeyboard(t *testing.T) {
	f := newFake()
	f.accounts = slices.Clone(pictureAccounts[:1])
	f.report = api.TestReport{
		Error: &api.Problem{Kind: "tls", Code: "unknown-authority", Text: "Unknown."},
		TLS:   &api.TLSHealth{Subject: "CN=pop.example.org", SHA256: strings.Repeat("3f", 32)},
	}
	h, s := openAccounts(t, f)
	s.pressTest()
	h.until("the certificate", func() bool { return !s.busy && s.probe.cert.content.Visible() })
	s.window.Canvas().Focus(s.probe.cert.trust)
	enter(s)
	enter(s) // the focus is on no
	if s.form.draft.pin != "" || s.dialogs.open != nil || s.focus() != "trust" {
		t.Fatalf("Enter alone trusts %q; focus %s", s.form.draft.pin, s.focus())
	}
	f.mu.Lock()
	f.report = api.TestReport{Error: &api.Problem{Kind: "auth", Text: "Refused."}}
	f.mu.Unlock()
	enter(s)
	s.window.Canvas().FocusNext()
	enter(s)
	h.until("the next test", func() bool { return !s.busy && s.probe.result.label.text == "Refused." })
	if s.form.draft.pin != strings.Repeat("3f", 32) || s.save.Disabled() || s.focus() != "test" {
		t.Errorf("pin %q, save off %v, focus %s", s.form.draft.pin, s.save.Disabled(), s.focus())
	}
	if f.saved.ID != "" {
		t.Error("it was saved without being asked to")
	}
}

// A file is looked at once its path is whole, and not for every letter of it;
// what is wrong with it is said and keeps nobody from saving.
func TestPEMFileIsLookedAtOnLeaving(t *testing.T) {
	h, s := openSettings(t, newFake())
	typeAccount(s, "secret")
	s.form.more.OnTapped()
	caption := s.form.captions[fieldCAFile]
	path := filepath.Join(t.TempDir(), "ca.pem")
	c := s.window.Canvas()
	c.Focus(s.form.fields[fieldCAFile])
	typeText(c, path)
	if len(s.form.looked) != 0 || caption.Visible() {
		t.Errorf("while it is typed: looked at %v, %q", s.form.looked, caption.text)
	}
	c.Focus(s.form.fields[fieldProxy])
	h.until("it cannot be read", func() bool { return caption.Visible() && caption.text == "cannot be read" })
	if s.save.Disabled() {
		t.Errorf("it cannot be saved: %s", s.reason.text)
	}
	if err := os.WriteFile(path, []byte("no certificate"), 0o600); err != nil {
		t.Fatal(err)
	}
	c.Focus(s.form.fields[fieldCAFile])
	c.Focus(s.form.fields[fieldProxy])
	h.until("it holds no certificate", func() bool { return caption.text == "holds no certificate in PEM form" })
	s.form.fields[fieldCAFile].SetText("")
	if caption.Visible() {
		t.Errorf("of no file it says %q", caption.text)
	}
}

// A server without forward secrecy is connected to by the user's word alone,
// which is saved with the account and can be taken back.
func TestLegacyTLSByTheUsersWord(t *testing.T) {
	f := newFake()
	f.accounts, f.snapshot = slices.Clone(pictureAccounts[:1]), pictureSnapshot()
	f.report = api.TestReport{Error: &api.Problem{Kind: api.KindTLS, Code: api.CodeLegacyTLS, Args: map[api.Arg]string{api.ArgServer: "pop.example.org"}}}
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	s := h.accounts()
	h.until("accounts and states", func() bool { return s.loaded && s.snapshot.Revision > 0 })
	if s.form.legacyRow.Visible() || s.probe.offer.Visible() {
		t.Error("it is offered before anybody asked")
	}
	s.test.OnTapped()
	h.until("the report", func() bool { return !s.busy })
	if !s.probe.offer.Visible() || s.form.draft.legacyTLS {
		t.Fatalf("offered %v, taken %v", s.probe.offer.Visible(), s.form.draft.legacyTLS)
	}
	f.mu.Lock()
	f.report = api.TestReport{OK: true, Messages: 3}
	f.mu.Unlock()
	s.probe.legacy.OnTapped()
	h.until("the second report", func() bool { return !s.busy && s.tested == nil })
	if s.probe.offer.Visible() || !s.form.draft.account().LegacyTLS || !s.form.legacyRow.Visible() {
		t.Errorf("after it was allowed: button %v, account %v, box %v", s.probe.offer.Visible(), s.form.draft.account().LegacyTLS, s.form.legacyRow.Visible())
	}
	s.form.legacy.SetChecked(false)
	if s.form.draft.account().LegacyTLS {
		t.Error("it cannot be taken back")
	}
}

// What was changed elsewhere since an account was shown stays when it is saved
// here, unless it is another mailbox by then: what was typed is for the one before.
func TestSaveKeepsWhatWasChangedElsewhere(t *testing.T) {
	for name, elsewhere := range map[string]func(*settings.Account){
		"its interval": func(a *settings.Account) { a.Interval = settings.Duration(time.Hour) },
		"its server":   func(a *settings.Account) { a.Server = "pop.example.net" },
	} {
		f := newFake()
		shown := settings.Account{ID: "home", Name: "Home", Server: "pop.example.org", Port: 995, Security: settings.TLS, User: "lena", Interval: settings.Duration(settings.DefaultInterval)}
		f.accounts = []settings.Account{shown}
		h, s := openAccounts(t, f)
		f.mu.Lock()
		elsewhere(&f.accounts[0])
		want := f.accounts[0]
		f.mu.Unlock()
		if want.Server != shown.Server {
			want = shown
		}
		want.Name = "House"
		s.form.fields[fieldName].SetText("House")
		s.pressSave()
		h.until("the account", func() bool { return !s.busy && s.outcome.label.text == "Saved." })
		if f.saved != want {
			t.Errorf("%s: saved %+v, want %+v", name, f.saved, want)
		}
	}
}

// An account has quiet hours and a sound of its own, or those of the preferences.
func TestQuietHoursAndSoundOfAccount(t *testing.T) {
	f := newFake()
	f.accounts, f.snapshot = slices.Clone(pictureAccounts), pictureSnapshot()
	h, s := openSettings(t, f)
	form, id := s.form, s.form.draft.id
	if form.hours.Visible() || form.quiet.Selected != "As in the preferences" || !form.sound.play.Disabled() {
		t.Errorf("at first: %q", form.quiet.Selected)
	}
	form.quiet.SetSelected("Its own")
	form.days.boxes[6].SetChecked(false)
	form.fields[fieldQuietUntil].SetText("9")
	if form.reason() == "" {
		t.Error("half an hour was taken")
	}
	form.fields[fieldQuietUntil].SetText("9:00")
	form.sound.list.list.SetSelected("None")
	s.pressSave()
	saved := func(want func(settings.Account) bool) func() bool {
		return func() bool {
			f.mu.Lock()
			defer f.mu.Unlock()
			return slices.ContainsFunc(f.accounts, func(a settings.Account) bool { return a.ID == id && want(a) })
		}
	}
	h.until("its own to be saved", saved(func(a settings.Account) bool {
		return a.QuietHours(settings.Preferences{}) == settings.QuietHours{From: "22:00", Until: "09:00", Days: "mon-sat"} && a.Sound == settings.SoundNone
	}))
	h.until("it to be shown", func() bool { return !s.busy && !form.draft.dirty() })
	form.quiet.SetSelected("None")
	s.pressSave()
	h.until("none", saved(func(a settings.Account) bool { return a.QuietNever && a.QuietFrom+a.QuietDays == "" }))
	h.until("that to be shown", func() bool { return !s.busy && !form.draft.dirty() && !form.hours.Visible() })
	form.quiet.SetSelected("As in the preferences")
	if a := form.draft.account(); a.QuietNever || a.QuietFrom != "" {
		t.Errorf("%+v", a)
	}
}
