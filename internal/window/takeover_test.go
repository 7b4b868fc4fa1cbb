//go:build cgo && !nowindow

package window

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/settings"
)

// thunderbirdPrefs has four accounts that can be taken over, the second of
// which is there already in pictureAccounts, and one that cannot.
const thunderbirdPrefs = `user_pref("mail.accountmanager.accounts", "account1,account2,account3,account4,account5");
user_pref("mail.account.account1.server", "server1");
user_pref("mail.server.server1.type", "pop3");
user_pref("mail.server.server1.name", "网易邮箱");
user_pref("mail.server.server1.hostname", "pop.163.com");
user_pref("mail.server.server1.port", 995);
user_pref("mail.server.server1.socketType", 3);
user_pref("mail.server.server1.userName", "zhangwei@163.com");
user_pref("mail.server.server1.directory-rel", "[ProfD]Mail/pop.163.com");
user_pref("mail.account.account2.server", "server2");
user_pref("mail.server.server2.type", "pop3");
user_pref("mail.server.server2.name", "lena@example.org");
user_pref("mail.server.server2.hostname", "pop.example.org");
user_pref("mail.server.server2.port", 995);
user_pref("mail.server.server2.socketType", 3);
user_pref("mail.server.server2.userName", "lena@example.org");
user_pref("mail.account.account3.server", "server3");
user_pref("mail.server.server3.type", "pop3");
user_pref("mail.server.server3.name", "The Association of Retired Lighthouse Keepers and Their Families");
user_pref("mail.server.server3.hostname", "mail.keepers.example.net");
user_pref("mail.server.server3.port", 110);
user_pref("mail.server.server3.socketType", 0);
user_pref("mail.server.server3.userName", "secretary");
user_pref("mail.account.account4.server", "server4");
user_pref("mail.server.server4.type", "imap");
user_pref("mail.server.server4.name", "Work");
user_pref("mail.server.server4.hostname", "imap.example.com");
user_pref("mail.account.account5.server", "server5");
user_pref("mail.server.server5.type", "pop3");
user_pref("mail.server.server5.authMethod", 10);
user_pref("mail.server.server5.name", "Office");
user_pref("mail.server.server5.hostname", "outlook.office365.com");
user_pref("mail.server.server5.socketType", 3);
user_pref("mail.server.server5.userName", "wei@example.com");
`

// haveThunderbird puts a profile where each system keeps it.
func haveThunderbird(t *testing.T, f *fake) {
	t.Helper()
	f.home = t.TempDir()
	for _, place := range []string{".thunderbird", "Library/Thunderbird", "Thunderbird"} {
		for name, text := range map[string]string{
			"profiles.ini":                        "[Profile0]\nName=default\nIsRelative=1\nPath=abc.default\nDefault=1\n",
			"abc.default/prefs.js":                thunderbirdPrefs,
			"abc.default/Mail/pop.163.com/" + pop: "# POP3 State File\n",
		} {
			path := filepath.Join(f.home, filepath.FromSlash(place), filepath.FromSlash(name))
			if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
}

const pop = "popstate.dat"

// Who has no account yet is offered those of Thunderbird, and takes over what
// is ticked.
func TestTakeOverFromThunderbird(t *testing.T) {
	f := newFake()
	haveThunderbird(t, f)
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	s := h.accounts()
	h.until("the offer", func() bool { return s.offer.Visible() })
	const want = "Thunderbird on this computer has 4 POP3 accounts."
	if got := s.offer.label.text; got != want {
		t.Errorf("it offers %q", got)
	}
	s.choose.OnTapped()
	h.until("the question", func() bool { return s.dialogs.open != nil })
	var ticked []bool
	for _, c := range s.takeover.checks {
		ticked = append(ticked, c.Checked && !c.Disabled())
	}
	if fmt.Sprint(ticked) != "[true true true true false]" {
		t.Errorf("ticked: %v", ticked)
	}
	if h.window.Canvas().Focused() != fyne.Focusable(s.takeover.take) {
		t.Errorf("the focus is on %T", h.window.Canvas().Focused())
	}
	for _, i := range []int{0, 1, 2, 3} {
		s.takeover.checks[i].SetChecked(false)
	}
	if !s.takeover.take.Disabled() {
		t.Error("nothing can be taken over")
	}
	s.takeover.checks[0].SetChecked(true)
	s.takeover.checks[2].SetChecked(true)
	s.takeover.popState.SetChecked(true)
	s.takeover.take.OnTapped()
	h.until("the first of them", func() bool { return s.outcome.Visible() })
	accounts, _ := f.list(t.Context(), api.None{})
	if len(accounts) != 2 {
		t.Fatalf("%d accounts", len(accounts))
	}
	one, two := accounts[0], accounts[1]
	if one.Server != "pop.163.com" || filepath.Base(one.PopState) != pop || two.Security != settings.STLS || two.PopState != "" {
		t.Errorf("taken over: %+v, %+v", one, two)
	}
	if got := s.outcome.label.text; !strings.HasPrefix(got, "Added: 网易邮箱, The Association") || !strings.HasSuffix(got, "Now type the password of each.") {
		t.Errorf("it says %q", got)
	}
	password := s.form.fields[fieldPassword]
	if h.window.Canvas().Focused() != fyne.Focusable(password) {
		t.Errorf("the focus is on %T", h.window.Canvas().Focused())
	}
	h.screen.handle(ipc.Event{Snapshot: &api.Snapshot{Revision: 9, Accounts: []api.AccountStatus{
		{ID: one.ID, State: api.Failed, Error: &api.Problem{Kind: "secret", Code: api.CodeNoSecret, Text: "None."}}, {ID: two.ID},
	}}})
	if password.PlaceHolder != "Not in the keyring yet" {
		t.Errorf("of the password it says %q", password.PlaceHolder)
	}
	if s.form.draft.id != one.ID || s.offer.Visible() {
		t.Errorf("%q is shown, the offer is there: %v", s.form.draft.id, s.offer.Visible())
	}
}

// One that signs in with the browser there does so here.
func TestTakeOverWhatSignsIn(t *testing.T) {
	f := newFake()
	haveThunderbird(t, f)
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	s := h.accounts()
	h.until("the offer", func() bool { return s.offer.Visible() })
	s.choose.OnTapped()
	h.until("the question", func() bool { return s.dialogs.open != nil })
	for _, i := range []int{0, 1, 2} {
		s.takeover.checks[i].SetChecked(false)
	}
	s.takeover.take.OnTapped()
	h.until("the account", func() bool { return s.outcome.Visible() })
	if got := s.outcome.label.text; got != "Added: Office. Now sign in with the browser." {
		t.Errorf("it says %q", got)
	}
	if h.window.Canvas().Focused() != fyne.Focusable(s.form.signIn) || s.form.signIn.Text != "Sign in with Microsoft" {
		t.Errorf("the focus is on %T; the button says %q", h.window.Canvas().Focused(), s.form.signIn.Text)
	}
}

// Where there is nothing to take over it says why.
func TestNothingToTakeOver(t *testing.T) {
	for name, c := range map[string]struct {
		prepare func(t *testing.T, f *fake)
		want    string
	}{
		"no Thunderbird": {func(*testing.T, *fake) {}, "no POP3 account on this computer"},
		"all are there": {func(t *testing.T, f *fake) {
			haveThunderbird(t, f)
			f.accounts = []settings.Account{
				{ID: "a-2222", Server: "pop.163.com", Port: 995, Security: settings.TLS, User: "zhangwei@163.com"},
				{ID: "b-2222", Server: "pop.example.org", Port: 995, Security: settings.TLS, User: "lena@example.org"},
				{ID: "c-2222", Server: "mail.keepers.example.net", Port: 110, Security: settings.STLS, User: "secretary"},
				{ID: "d-2222", Server: "outlook.office365.com", Port: 995, Security: settings.TLS, User: "wei@example.com"},
			}
		}, "网易邮箱: already added.\n"},
		"unreadable": {func(t *testing.T, f *fake) {
			haveThunderbird(t, f)
			for _, place := range []string{".thunderbird", "Library/Thunderbird", "Thunderbird"} {
				if err := os.Truncate(filepath.Join(f.home, filepath.FromSlash(place), "abc.default", "prefs.js"), 9<<20); err != nil {
					t.Fatal(err)
				}
			}
		}, "prefs.js"},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			c.prepare(t, f)
			h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
			x := h.preferences().exchange
			x.takeover.press()
			h.until("the answer", func() bool { return x.outcome.Visible() })
			if got := x.outcome.label.text; !strings.Contains(got, c.want) || x.dialogs.open != nil {
				t.Errorf("it says %q", got)
			}
		})
	}
}
