//go:build cgo && !nowindow

package window

import (
	"slices"
	"strings"
	"testing"
	"time"

	"fyne.io/fyne/v2"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// somewhere is what discovery finds for example.org.
func somewhere(confirm bool) discover.Result {
	return discover.Result{Domain: "example.org", Candidates: []discover.Candidate{{
		Server: "mx.example.org", Port: 110, Security: settings.STLS, User: "lena",
		Source: discover.SourceSRV, Origin: "example.org", Confirm: confirm,
	}}}
}

// typeNew fills in what a new account is asked for, by the keyboard alone.
func typeNew(s *accountsPage, address string) {
	c := s.window.Canvas()
	typeText(c, address)
	c.FocusNext()
	typeText(c, "secret")
	c.FocusNext()
	typeText(c, "Home")
}

func enter(s *accountsPage) {
	s.window.Canvas().Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
}

// Address and password are enough.
func TestAddAnAccountByItsAddress(t *testing.T) {
	f := newFake()
	f.servers, f.report = somewhere(false), api.TestReport{OK: true, Steps: []api.TestStep{{Name: "login", OK: true}}}
	h, s := openAccounts(t, f)
	if s.pane != paneNew || s.window.Canvas().Focused() != s.adder.fields[fieldAddress] || !s.addNow.Disabled() {
		t.Fatalf("pane %d, focus elsewhere, or ready too early", s.pane)
	}
	typeNew(s, "lena@example.org")
	if s.addNow.Disabled() || s.reason.text != "" {
		t.Errorf("not ready: %q", s.reason.text)
	}
	enter(s)
	h.until("the account", func() bool { return strings.HasPrefix(s.outcome.label.text, "Saved") && !s.busy })
	if said := s.outcome.label.text; said != "Saved. Published in the DNS: example.org." {
		t.Errorf("where the server was found is not said: %q", said)
	}
	want := []string{"discover lena@example.org", "set draft", "test mx.example.org with secret", "delete draft", "set account", "save Home"}
	if calls := f.calls(); !slices.Equal(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
	if a := f.saved; a.Server != "mx.example.org" || a.Port != 110 || a.Security != settings.STLS || a.User != "lena" || a.Address != "lena@example.org" {
		t.Errorf("saved %+v", a)
	}
}

func TestAddAsksForTheUsersWord(t *testing.T) {
	f := newFake()
	f.servers, f.report = somewhere(true), api.TestReport{OK: true}
	h, s := openAccounts(t, f)
	typeNew(s, "lena@example.org")
	enter(s)
	h.until("the question", func() bool { return s.dialogs.open != nil })
	if calls := f.calls(); len(calls) != 1 {
		t.Errorf("it went on by itself: %q", calls)
	}
	pressEscape(h.window)
	if s.dialogs.open != nil || h.closed || s.busy || s.adder.fields[fieldPassword].Text != "secret" {
		t.Error("a no loses something")
	}
}

// A test that fails is explained, and what was found can be corrected by hand.
func TestAddThatFails(t *testing.T) {
	f := newFake()
	f.servers = somewhere(false)
	f.report = api.TestReport{Error: &api.Problem{Kind: "auth", Text: "The password was refused."}}
	h, s := openAccounts(t, f)
	typeNew(s, "lena@example.org")
	enter(s)
	h.until("the sentence", func() bool { return !s.busy && s.probe.result.label.text == "The password was refused." })
	if f.saved.ID != "" {
		t.Error("it was added")
	}
	s.toggle.OnTapped()
	if s.pane != paneForm || s.form.fields[fieldServer].Text != "mx.example.org" || s.focus() != fieldPassword {
		t.Errorf("pane %d, server %q, focus %s", s.pane, s.form.fields[fieldServer].Text, s.focus())
	}
	// A test by hand adds nothing.
	f.mu.Lock()
	f.report = api.TestReport{OK: true}
	f.mu.Unlock()
	s.pressTest()
	h.until("the test", func() bool { return !s.busy })
	if f.saved.ID != "" {
		t.Error("a mere test has added it")
	}
}

// What only the MX tells of a provider is said before the password goes there.
func TestAddStopsForWhatTheProviderWants(t *testing.T) {
	f := newFake()
	f.servers, f.report = somewhere(false), api.TestReport{OK: true}
	f.servers.Provider = &provider.Provider{
		ID: "x", Name: "Example", Server: "mx.example.org", Port: 110, STLS: true, Secret: provider.SecretCode, EnableFirst: true, Webmail: "https://example.org/",
	}
	h, s := openAccounts(t, f)
	typeNew(s, "lena@example.org")
	enter(s)
	h.until("the advice", func() bool { return !s.busy && len(s.adder.shown) == 2 })
	if calls := f.calls(); len(calls) != 1 || s.window.Canvas().Focused() != s.adder.fields[fieldPassword] {
		t.Errorf("it went on, or the focus is elsewhere: %q", calls)
	}
	typeText(s.window.Canvas(), "-code")
	if len(s.adder.shown) != 2 {
		t.Error("the advice goes while the code is typed")
	}
	enter(s)
	h.until("the account", func() bool { return slices.Contains(f.calls(), "save Home") })
}

// An answer for an address that has been changed meanwhile is not used.
func TestAddForgetsAnotherAddress(t *testing.T) {
	f := newFake()
	f.servers, f.report = somewhere(false), api.TestReport{OK: true}
	h, s := openAccounts(t, f)
	typeNew(s, "lena@example.org")
	enter(s)
	s.adder.fields[fieldAddress].SetText("lena@elsewhere.example")
	h.until("the answer", func() bool { return !s.busy })
	if calls := f.calls(); len(calls) != 1 || s.pane != paneNew {
		t.Errorf("calls %q, pane %d", calls, s.pane)
	}
}

func TestAddWithoutAServer(t *testing.T) {
	f := newFake()
	f.servers = discover.Result{Domain: "example.org"}
	h, s := openAccounts(t, f)
	typeNew(s, "lena@example.org")
	enter(s)
	h.until("the form", func() bool { return s.pane == paneForm })
	if s.form.fields[fieldServer].Text != "" || s.focus() != fieldServer {
		t.Errorf("server %q, which does not answer; focus %s", s.form.fields[fieldServer].Text, s.focus())
	}
	if s.form.fields[fieldName].Text != "Home" || s.form.fields[fieldPassword].Text != "secret" || !s.outcome.Visible() {
		t.Errorf("the form has %q; %q", s.form.fields[fieldName].Text, s.outcome.label.text)
	}
}

// What a provider wants is said before anything is asked.
func TestAddSaysWhatTheProviderWants(t *testing.T) {
	f := newFake()
	_, s := openAccounts(t, f)
	typeNew(s, "someone@163.com")
	if len(s.adder.advice.Objects) == 0 || !strings.Contains(s.adder.word.text, "uthorization code") {
		t.Errorf("%d sentences, the secret is called %q", len(s.adder.advice.Objects), s.adder.word.text)
	}
	s.adder.fields[fieldAddress].SetText("someone@outlook.com")
	if s.addNow.Visible() || s.adder.secret.Visible() || len(s.adder.shown) == 0 || s.adder.shown[0].Kind != explain.AdviceBrowser {
		t.Errorf("Outlook: %+v", s.adder.shown)
	}
	s.adder.fields[fieldAddress].SetText("someone@example.org")
	if s.addNow.Disabled() || len(s.adder.advice.Objects) != 0 || s.adder.word.text != "Password" {
		t.Errorf("another: %+v, %q", s.adder.shown, s.adder.word.text)
	}
	if len(f.calls()) != 0 {
		t.Errorf("somebody was asked: %q", f.calls())
	}
}

func TestAddCanBeCancelled(t *testing.T) {
	f := newFake()
	f.block["discover"] = true
	h, s := openAccounts(t, f)
	typeNew(s, "lena@example.org")
	enter(s)
	h.until("the search", func() bool { return len(f.calls()) == 1 })
	if s.addNow.Disabled() || s.addNow.Text != "Cancel" {
		t.Errorf("the button says %q", s.addNow.Text)
	}
	s.addNow.OnTapped()
	h.until("the end of the search", func() bool { return !s.busy })
	if s.pane != paneNew || s.outcome.Visible() || s.addNow.Text != "Add account" || s.adder.fields[fieldPassword].Text != "secret" {
		t.Errorf("pane %d, %q, the button says %q", s.pane, s.outcome.label.text, s.addNow.Text)
	}
	enter(s)
	h.until("the next search", func() bool { return len(f.calls()) == 2 })
	s.manual.OnTapped()
	h.until("the end of the search", func() bool { return !s.busy })
	if s.pane != paneForm || s.outcome.Visible() {
		t.Errorf("pane %d, %q", s.pane, s.outcome.label.text)
	}
}

// Whoever cancels the test of a new account is where it was asked for.
func TestAddCanBeCancelledWhileItIsTested(t *testing.T) {
	f := newFake()
	f.servers = somewhere(false)
	f.block["test"] = true
	h, s := openAccounts(t, f)
	typeNew(s, "lena@example.org")
	enter(s)
	h.until("the test", func() bool { return s.pane == paneTest && len(f.calls()) == 3 })
	s.window.Canvas().Focus(s.probe.cancel)
	enter(s)
	h.until("the end of the test", func() bool { return !s.busy })
	if s.pane != paneNew || s.adding || s.outcome.Visible() || s.window.Canvas().Focused() != s.adder.fields[fieldPassword] || f.saved.ID != "" {
		t.Errorf("pane %d, adding %v, %q, saved %+v", s.pane, s.adding, s.outcome.label.text, f.saved)
	}
}

func TestTakeRespectsTheProvidersPatience(t *testing.T) {
	d := newDraft()
	r := somewhere(false)
	r.Provider = &provider.Provider{IntervalMinutes: 17}
	d.take(r, r.Candidates[0])
	if got := time.Duration(d.account().Interval); got != 17*time.Minute {
		t.Errorf("every %v", got)
	}
	r.Provider.IntervalMinutes = 5
	if d.take(r, r.Candidates[0]); time.Duration(d.account().Interval) != 17*time.Minute {
		t.Error("a shorter one was taken")
	}
}
