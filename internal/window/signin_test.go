//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"fyne.io/fyne/v2"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// outlook is what discovery finds for an address at Outlook.com.
func outlook() discover.Result {
	p := provider.ByDomain("outlook.com")
	return discover.Result{Domain: "outlook.com", Provider: p, Candidates: []discover.Candidate{{
		Server: p.Server, Port: 995, Security: settings.TLS, User: "lena@outlook.com", Source: discover.SourceTable,
	}}}
}

const signInAddress = "https://login.example/authorize?state=x"

// awaited is a sign-in that waits for the browser until the context ends.
func awaited(opened error) func(context.Context, SignIn) (*SignedIn, error) {
	return func(ctx context.Context, r SignIn) (*SignedIn, error) {
		r.Waiting(signInAddress, opened)
		<-ctx.Done()
		return nil, ctx.Err()
	}
}

// signsInAs is a sign-in that ends well.
func signsInAs(f *fake, address string) func(context.Context, SignIn) (*SignedIn, error) {
	return func(_ context.Context, r SignIn) (*SignedIn, error) {
		r.Waiting(signInAddress, nil)
		return &SignedIn{Address: address, Keep: func(ctx context.Context) error {
			if err := (keyring{f}).Set(ctx, r.Account.ID, "grant"); err != nil {
				return err
			}
			_, err := api.SaveAccount.Ask(ctx, f.Handlers, r.Account)
			return err
		}}, nil
	}
}

func failsWith(code api.Code) func(context.Context, SignIn) (*SignedIn, error) {
	return func(context.Context, SignIn) (*SignedIn, error) {
		return nil, &api.ProblemError{Problem: api.Problem{Kind: api.KindSecret, Code: code, Args: api.Args{api.ArgServer: "login.example"}}}
	}
}

// An address and the browser are enough.
func TestSignInForANewAccount(t *testing.T) {
	f := newFake()
	f.servers, f.signer = outlook(), signsInAs(f, "Lena@outlook.com")
	h, s := openAccounts(t, f)
	typeText(s.window.Canvas(), "lena@outlook.com")
	if a := s.adder; a.secret.Visible() || s.addNow.Visible() || a.signIn.Text != "Sign in with Microsoft" || a.signIn.Disabled() ||
		a.offer.label.text != "Outlook.com wants you to sign in with the browser." || len(a.advice.Objects) != 0 {
		t.Errorf("what is offered: %q, %q; a password is asked for: %v", a.signIn.Text, a.offer.label.text, a.secret.Visible())
	}
	enter(s)
	h.until("the account", func() bool {
		return s.outcome.label.text == "Signed in and saved. From traymail’s own list: Outlook.com." && !s.busy
	})
	want := []string{"discover lena@outlook.com", "sign in microsoft  ", "set account", "save lena@outlook.com"}
	if calls := f.calls(); !slices.Equal(calls, want) {
		t.Errorf("calls %q, want %q", calls, want)
	}
	if a := f.saved; a.OAuth != (settings.OAuth{Provider: "microsoft"}) || a.Server != "outlook.office365.com" || f.secrets[a.ID] != "grant" {
		t.Errorf("saved %+v", a)
	}
	if s.pane != paneForm || s.form.fields[fieldPassword].Visible() || !s.form.signInRow.Visible() || s.unsaved() {
		t.Errorf("pane %d; a password is asked for: %v; unsaved: %v", s.pane, s.form.fields[fieldPassword].Visible(), s.unsaved())
	}
	// Another address wants a password again.
	s.add.OnTapped()
	s.adder.fields[fieldAddress].SetText("lena@example.org")
	if !s.adder.secret.Visible() || s.adder.offer.Visible() || !s.addNow.Visible() {
		t.Error("the sign-in stays")
	}
}

// While the browser is awaited, its address can be copied and the rest cancelled.
func TestSignInWaits(t *testing.T) {
	for name, test := range map[string]struct {
		opened error
		says   string
	}{
		"open":   {nil, "A page has opened in your browser. Sign in there as lena@outlook.com"},
		"closed": {errors.New("no browser"), "The browser did not open. Copy the address"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.servers, f.signer = outlook(), awaited(test.opened)
			h, s := openAccounts(t, f)
			typeText(s.window.Canvas(), "lena@outlook.com")
			enter(s)
			h.until("the browser", func() bool { return s.signer.address != "" })
			if s.pane != paneSignIn || !strings.HasPrefix(s.signer.text.text, test.says) || !s.signer.copy.Visible() || s.window.Canvas().Focused() != s.signer.cancel {
				t.Errorf("pane %d: %q", s.pane, s.signer.text.text)
			}
			s.signer.copy.OnTapped()
			if got := fyne.CurrentApp().Clipboard().Content(); got != signInAddress {
				t.Errorf("copied %q", got)
			}
			s.signer.cancel.OnTapped()
			h.until("the end", func() bool { return !s.busy })
			if s.pane != paneNew || s.window.Canvas().Focused() != s.adder.signIn || f.saved.ID != "" || s.adder.fields[fieldAddress].Text != "lena@outlook.com" {
				t.Errorf("pane %d, saved %+v", s.pane, f.saved)
			}
		})
	}
}

// Each failure is said where it can be tried again.
func TestSignInFails(t *testing.T) {
	f := newFake()
	f.servers, f.signer = outlook(), failsWith(api.CodeSignInDenied)
	h, s := openAccounts(t, f)
	typeText(s.window.Canvas(), "lena@outlook.com")
	enter(s)
	h.until("the sentence", func() bool { return s.signer.result.Visible() })
	if said := s.signer.result.label.text; said != "The sign-in at login.example was declined." || s.signer.again.Text != "Try again" || s.signer.fields.Visible() || s.signer.password.Visible() {
		t.Errorf("%q, %q", said, s.signer.again.Text)
	}
	f.mu.Lock()
	f.signer = signsInAs(f, "")
	f.mu.Unlock()
	enter(s)
	h.until("the account", func() bool { return strings.HasPrefix(s.outcome.label.text, "Signed in and saved.") && !s.busy })
}

// A build without a client ID takes one of the user's own, and says how to come
// by it.
func TestSignInWithAClientOfOnesOwn(t *testing.T) {
	f := newFake()
	f.accounts = []settings.Account{{ID: "home", Name: "Home", Server: "pop.gmail.com", Port: 995, Security: settings.TLS, User: "lena@gmail.com", Address: "lena@gmail.com"}}
	f.signer = failsWith(api.CodeSignInNoClient)
	h, s := openAccounts(t, f)
	if !s.form.signInRow.Visible() || s.form.signIn.Text != "Sign in with Google" || s.form.toPassword.Visible() {
		t.Fatalf("offered: %v, %q", s.form.signInRow.Visible(), s.form.signIn.Text)
	}
	s.form.signIn.OnTapped()
	h.until("the explanation", func() bool { return s.signer.fields.Visible() && !s.busy })
	if !s.signer.again.Disabled() || !s.signer.password.Visible() || s.window.Canvas().Focused() != s.signer.clientID || !strings.Contains(s.signer.result.label.text, "not registered with Google") {
		t.Errorf("%q", s.signer.result.label.text)
	}
	f.mu.Lock()
	f.signer = signsInAs(f, "lena@gmail.com")
	f.mu.Unlock()
	typeText(s.window.Canvas(), " 1-2-3 ")
	s.signer.secret.SetText("hush")
	enter(s)
	h.until("the account", func() bool { return s.outcome.label.text == "Signed in and saved." && !s.busy })
	if calls := f.calls(); !slices.Equal(calls, []string{"sign in google  ", "sign in google 1-2-3 hush", "set account", "save Home"}) {
		t.Errorf("calls %q", calls)
	}
	if f.saved.OAuth != (settings.OAuth{Provider: "google", ClientID: "1-2-3"}) {
		t.Errorf("saved %+v", f.saved.OAuth)
	}
	// The way back to a password asks for one.
	s.form.toPassword.OnTapped()
	if s.form.draft.signsIn() || !s.form.fields[fieldPassword].Visible() || s.focus() != fieldPassword || !s.save.Disabled() {
		t.Error("no password is asked for")
	}
	typeText(s.window.Canvas(), "app")
	s.pressSave()
	h.until("the password", func() bool { return s.outcome.label.text == "Saved" || f.secrets["home"] == "app" && !s.busy })
	if f.saved.OAuth != (settings.OAuth{}) {
		t.Errorf("it signs in still: %+v", f.saved.OAuth)
	}
}

// Who signs in with another address than the account's is asked, and a no
// leaves nothing.
func TestSignInAsAnother(t *testing.T) {
	f := newFake()
	f.servers, f.signer = outlook(), signsInAs(f, "mallory@outlook.com")
	h, s := openAccounts(t, f)
	typeText(s.window.Canvas(), "lena@outlook.com")
	enter(s)
	h.until("the question", func() bool { return s.dialogs.open != nil })
	pressEscape(h.window)
	if s.pane != paneSignIn || s.busy || !strings.Contains(s.signer.result.label.text, "mallory@outlook.com") || f.saved.ID != "" || len(f.secrets) != 0 {
		t.Errorf("pane %d, %q, saved %+v", s.pane, s.signer.result.label.text, f.saved)
	}
}

// What cannot be saved is said where it can be tried again.
func TestSignInIsNotSaved(t *testing.T) {
	f := newFake()
	f.servers, f.signer = outlook(), signsInAs(f, "")
	f.fail["save"] = &api.ProblemError{Problem: api.Problem{Kind: api.KindConfig, Code: api.CodeDiskFull}}
	h, s := openAccounts(t, f)
	typeText(s.window.Canvas(), "lena@outlook.com")
	enter(s)
	h.until("the sentence", func() bool { return s.signer.result.Visible() && !s.busy })
	if s.pane != paneSignIn || !strings.Contains(s.signer.result.label.text, "disk") {
		t.Errorf("%q", s.signer.result.label.text)
	}
}

// The problem of an account that is to sign in again has the button for it.
func TestSignInAgain(t *testing.T) {
	f := newFake()
	f.accounts = []settings.Account{{
		ID: "own", Name: "Own", Server: "pop.example.org", Port: 995, Security: settings.TLS, User: "lena", Interval: settings.Duration(settings.DefaultInterval),
		OAuth: settings.OAuth{Provider: settings.OAuthCustom, ClientID: "c", Scope: "mail", Issuer: "https://sso.example.org"},
	}}
	f.snapshot = api.Snapshot{Revision: 2, Accounts: []api.AccountStatus{{ID: "own", Name: "Own", State: api.Failed, Error: &api.Problem{
		Kind: api.KindSecret, Code: api.CodeSignIn, Args: api.Args{api.ArgServer: "sso.example.org", api.ArgAccount: "own"},
	}}}}
	f.signer = signsInAs(f, "")
	h, s := openAccounts(t, f)
	h.until("the problem", func() bool { return s.problem.Visible() })
	if s.problem.label.text != "You have to sign in at sso.example.org with the browser." || !s.signInAgain.Visible() || s.look.Visible() {
		t.Errorf("%q", s.problem.label.text)
	}
	// What has led here has the keyboard begin there.
	h.screen.handle(ipc.Event{Open: &ipc.OpenRequest{Window: ipc.WindowSettings, Account: "own"}})
	if s.window.Canvas().Focused() != s.signInAgain {
		t.Errorf("the focus is on %T", s.window.Canvas().Focused())
	}
	enter(s)
	// The server is one that only the account knows.
	if s.dialogs.open == nil || len(f.calls()) != 0 {
		t.Fatal("nobody asks whether to trust the server")
	}
	pressEscape(h.window)
	if len(f.signIns) != 0 {
		t.Error("a no is no no")
	}
	s.signInAgain.OnTapped()
	c := s.window.Canvas()
	c.FocusNext()
	enter(s)
	h.until("the account", func() bool { return s.outcome.label.text == "Signed in and saved." && !s.busy })
	if f.saved != f.accounts[0] || f.saved.OAuth.Issuer != "https://sso.example.org" {
		t.Errorf("saved %+v", f.saved)
	}
}

// Who removes an account that signs in may end that at the provider, too, but
// only by an answer of their own.
func TestRemovalOffersToRevoke(t *testing.T) {
	account := func(provider string) settings.Account {
		return settings.Account{ID: "a", Name: "A", Server: "pop.gmail.com", Port: 995, Security: settings.TLS, User: "a", OAuth: settings.OAuth{Provider: provider}}
	}
	for name, test := range map[string]struct {
		provider string
		tick     bool
		fail     error
		want     []string
	}{
		"left":          {"google", false, nil, []string{"remove a"}},
		"ended":         {"google", true, nil, []string{"revoke a", "remove a"}},
		"not to be had": {"google", true, errors.New("no"), []string{"revoke a"}},
		"no such thing": {"microsoft", false, nil, []string{"remove a"}},
		"a password":    {"", false, nil, []string{"remove a"}},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			f.accounts, f.fail["revoke"] = []settings.Account{account(test.provider)}, test.fail
			h, s := openAccounts(t, f)
			s.askRemove()
			c := s.window.Canvas()
			c.FocusNext() // from "Keep it" to "Remove"
			remove := c.Focused()
			box := s.dialogs.open
			if _, offered := s.revocation(f.accounts[0]); (offered != nil) != (test.provider == "google") {
				t.Errorf("offered: %v", offered != nil)
			}
			if test.tick {
				c.FocusPrevious()
				c.FocusPrevious()
				c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeySpace})
				c.Focused().TypedRune(' ')
			}
			c.Focus(remove)
			remove.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
			h.until("the end", func() bool { return !s.busy && s.dialogs.open != box && len(f.calls()) >= len(test.want) })
			if calls := f.calls(); !slices.Equal(calls, test.want) {
				t.Errorf("calls %q, want %q", calls, test.want)
			}
		})
	}
}
