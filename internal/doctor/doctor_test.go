package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// fine is a computer on which all is well.
func fine() found {
	return found{
		tray:          probed[facts.Tray]{value: facts.Tray{Bus: true, Watcher: true, Host: true, Desktop: "XFCE"}},
		notifications: probed[facts.Notifications]{value: facts.Notifications{Bus: true, Running: true, Name: "dunst", Version: "1.9.0", Capabilities: []string{"actions", "body"}}},
		windows:       probed[facts.Windows]{value: facts.Windows{Drawn: true}},
		network:       probed[facts.Network]{value: facts.Network{Routed: true}},
	}
}

// home is an account on which all is well.
func home() Account {
	a := settings.Account{ID: "home-k3fa", Name: "Home", Server: "pop.example.org", User: "wei"}
	a.Normalize()
	return Account{
		Account: a,
		Status:  api.AccountStatus{ID: a.ID, Name: a.Name, State: api.OK, LastPoll: noon.Add(-5 * time.Minute), NextPoll: noon.Add(5 * time.Minute)},
		Health:  api.Health{ID: a.ID, Why: "interval", LastTry: noon.Add(-5 * time.Minute)},
	}
}

// local is a path as the system writes it.
func local(path string) string { return filepath.FromSlash(path) }

func options(accounts ...Account) Options {
	return Options{
		Locale: locale.New("en"), Now: noon, Version: "1.0 (abc, go1.26)", Built: noon.AddDate(0, -1, 0), Home: local("/home/wei"),
		Files: []string{local("/home/wei/.config/traymail/settings.toml")}, State: State{Running: Yes, Accounts: accounts},
	}
}

func (r Report) check(t *testing.T, id string) Check {
	t.Helper()
	for _, c := range r.Checks {
		if c.ID == id {
			return c
		}
	}
	t.Fatalf("no check %s in %+v", id, r)
	return Check{}
}

func TestAllIsWell(t *testing.T) {
	r := judge(options(home()), fine())
	if r.Level != OK || !r.Made.Equal(noon) {
		t.Errorf("level %s, made %v", r.Level, r.Made)
	}
	const want = `Desktop
  ✓ The desktop shows tray icons.
  ✓ dunst 1.9.0 shows notifications, and a click on one opens the message.
  ✓ The keyring answers and is unlocked.
  ✓ There are fonts for Chinese, Japanese and Korean.
  ✓ Windows can be drawn.

Computer
  ✓ The clock seems right: Wed, Nov 25, 2026, 12:00.
  ✓ The network is connected.

Accounts
  ✓ Home: last check: 11:55; next check: 12:05.

traymail itself
  ✓ traymail is running.
  ✓ The settings file is fine.
  ✓ The record of seen messages is fine.
  ✓ traymail does not start with your session; the settings can change that.
  ✓ Files: FILE.
  ✓ traymail 1.0 (abc, go1.26)
`
	got := strings.ReplaceAll(Full(r, locale.New("en")), local("/home/wei/.config/traymail/settings.toml"), "FILE")
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	shared := Text(r, locale.New("en"))
	for _, line := range []string{
		"traymail doctor, 2026-11-25T12:00:00Z\n",
		"  ✓ account 1 (example.org:995, tls): last check: 11:55; next check: 12:05.\n",
		"  ✓ Files: " + local("~/.config/traymail/settings.toml") + ".\n",
	} {
		if !strings.Contains(shared, line) {
			t.Errorf("no %q in\n%s", line, shared)
		}
	}
}

func TestEveryFindingHasItsLevelAndAdvice(t *testing.T) {
	failing := func(kind api.Kind, code api.Code, why api.Why, tried bool) Account {
		a := home()
		a.Status.State, a.Status.Error = api.Failed, &api.Problem{Kind: kind, Code: code, Text: "cause and remedy"}
		if a.Health.Why = why; !tried {
			a.Health.LastTry = time.Time{}
		}
		return a
	}
	account := func(a Account) func(*Options, *found) {
		return func(o *Options, _ *found) { o.State.Accounts = []Account{a} }
	}
	for name, test := range map[string]struct {
		set   func(*Options, *found)
		id    string
		level Level
		text  string
		mute  bool // there is nothing to do
	}{
		"an icon that hides": {func(o *Options, _ *found) { o.State.IconOnlyUnseen = true }, "tray", OK, "hides its own", true},
		"no bus, no tray":    {func(_ *Options, f *found) { f.tray.value = facts.Tray{} }, "tray", Warning, "session bus", false},
		"GNOME": {
			func(_ *Options, f *found) { f.tray.value = facts.Tray{Bus: true, Desktop: "ubuntu:GNOME"} },
			"tray", Warning, "ubuntu:GNOME does not show tray icons", false,
		},
		"a watcher without host": {
			func(_ *Options, f *found) { f.tray.value = facts.Tray{Bus: true, Watcher: true} },
			"tray", Warning, "this desktop does not show tray icons", false,
		},
		"a silent watcher": {func(_ *Options, f *found) { f.tray.err = context.DeadlineExceeded }, "tray", Warning, "Tray could not be checked", true},
		"no daemon": {
			func(_ *Options, f *found) { f.notifications.value = facts.Notifications{Bus: true} },
			"notifications", Problem, "No program shows", false,
		},
		"portal": {func(_ *Options, f *found) {
			f.notifications.value = facts.Notifications{Bus: true, Portal: true, Running: true}
		}, "notifications", OK, "portal takes notifications", true},
		"no portal": {func(_ *Options, f *found) {
			f.notifications.value = facts.Notifications{Bus: true, Portal: true}
		}, "notifications", Problem, "portal takes no notifications", false},
		"no bus, no notifications": {func(_ *Options, f *found) { f.notifications.value = facts.Notifications{} }, "notifications", Problem, "session bus", false},
		"no actions": {
			func(_ *Options, f *found) { f.notifications.value.Capabilities = []string{"body"} },
			"notifications", Warning, "a click on one does nothing", false,
		},
		"no body": {
			func(_ *Options, f *found) { f.notifications.value.Capabilities = []string{"actions"} },
			"notifications", Warning, "only the titles", false,
		},
		"no OpenGL": {func(_ *Options, f *found) { f.windows.value = facts.Windows{} }, "windows", Problem, "no OpenGL", false},
		"no OpenGL on Windows": {
			func(_ *Options, f *found) { f.windows.value = facts.Windows{Store: true} },
			"windows", Problem, "no OpenGL", false,
		},
		"no screen": {
			func(_ *Options, f *found) { f.windows.value = facts.Windows{NoDisplay: true} },
			"windows", Warning, "no screen", false,
		},
		"switched off":     {func(_ *Options, f *found) { f.notifications.value.Off = true }, "notifications", Warning, "switched off in the settings of dunst", false},
		"no moment for it": {func(_ *Options, f *found) { f.notifications.value.Held = facts.Presenting }, "notifications", OK, "you are presenting", false},
		"not allowed":      {func(_ *Options, f *found) { f.notifications.value.NotAllowed = true }, "notifications", Problem, "dunst 1.9.0 has not allowed", false},
		"kept": {func(_ *Options, f *found) {
			f.notifications.value.Capabilities = []string{"actions", "body", "persistence"}
		}, "notifications", OK, "keeps them", true},
		"a locked keyring": {func(_ *Options, f *found) { f.keyring.err = fmt.Errorf("%w: yes", secret.ErrLocked) }, "keyring", Problem, "locked", false},
		"a locked keyring that nobody needs": {func(o *Options, f *found) {
			f.keyring.err = secret.ErrLocked
			o.State.Accounts[0].SecretCommand = "pass"
		}, "keyring", Warning, "locked", false},
		"an empty keyring": {func(_ *Options, f *found) { f.keyring.err = secret.ErrEmpty }, "keyring", Warning, "no keyring for passwords", false},
		"no keyring":       {func(_ *Options, f *found) { f.keyring.err = secret.ErrUnavailable }, "keyring", Problem, "no keyring", false},
		"no Korean": {func(_ *Options, f *found) {
			f.fonts.value = facts.Fonts{Missing: []facts.Script{facts.Hangul}, Package: "fonts-noto-cjk"}
		}, "fonts", Warning, "Korean", false},
		"no Chinese for a Chinese": {func(o *Options, f *found) {
			o.Locale = locale.New("zh-Hans")
			f.fonts.value = facts.Fonts{Missing: facts.Scripts}
		}, "fonts", Problem, "缺少中文、日文、韩文字体", false},
		"before the build":     {func(o *Options, _ *found) { o.Built = noon.AddDate(0, 0, 1) }, "clock", Problem, "before this version of traymail was built", false},
		"before the last poll": {func(o *Options, _ *found) { o.State.Accounts[0].Status.LastPoll = noon.Add(2 * time.Hour) }, "clock", Problem, "before the last check", false},
		"before the certificate": {func(o *Options, _ *found) {
			o.State.Accounts[0].Health.TLS = &api.TLSHealth{Begins: noon.AddDate(0, 0, 1)}
		}, "clock", Problem, "not valid yet", false},
		"after the certificate": {account(failing("tls", "expired", "retry", true)), "clock", Warning, "expired, or the clock is wrong", false},
		"no route":              {func(_ *Options, f *found) { f.network.value.Routed = false }, "network", Warning, "no network", false},
		"a portal":              {func(_ *Options, f *found) { f.network.value.Portal = true }, "network", Problem, "visit a page", false},
		"an island":             {func(_ *Options, f *found) { f.network.value.Limited = true }, "network", Warning, "internet", false},
		"metered":               {func(_ *Options, f *found) { f.network.value.Metered = true }, "network", OK, "counts", true},
		"interception": {func(o *Options, _ *found) {
			a, b := failing("tls", "unknown-authority", "retry", true), failing("tls", "hostname", "retry", true)
			b.Server = "pop.example.com"
			o.State.Accounts = []Account{a, b}
		}, "network", Warning, "No server shows a certificate", false},
		"one untrusted server": {account(failing("tls", "unknown-authority", "retry", true)), "network", OK, "The network is connected", true},
		"no account":           {func(o *Options, _ *found) { o.State.Accounts = nil }, "accounts", Warning, "no account yet", false},
		"auth":                 {account(failing("auth", "AUTH", "user", true)), "account.home-k3fa", Problem, "Home: the check failed (11:55); last one that worked: 11:55; next one: when you have changed something.", false},
		"network":              {account(failing("network", "refused", "retry", true)), "account.home-k3fa", Warning, "next one: 12:05 (retry)", false},
		"no password":          {account(failing("secret", "missing", "user", false)), "account.home-k3fa", Problem, "Home is waiting; last check: 11:55; next check: when you have changed something.", false},
		"keyring":              {account(failing("secret", "locked", "unlock", false)), "account.home-k3fa", Warning, "when the keyring is unlocked", false},
		"in use": {func(o *Options, _ *found) {
			account(failing("temporary", "held", "held", true))(o, nil)
			o.State.Accounts[0].Status.Error.Args = api.Args{api.ArgBy: "traymail fetch", api.ArgSince: noon.Format(time.RFC3339)}
		}, "account.home-k3fa", Warning, "Home is waiting; last check: 11:55; next check: when the command that uses the mailbox has ended.", false},
		"the first check": {func(o *Options, _ *found) {
			o.State.Accounts[0].Status = api.AccountStatus{ID: "home-k3fa", Name: "Home", State: api.Waiting, Checking: true}
			o.State.Accounts[0].Health = api.Health{Why: "now"}
		}, "account.home-k3fa", OK, "Home: last check: never; next check: now.", true},
		"paused": {func(o *Options, _ *found) {
			o.State.PausedUntil = noon.Add(time.Hour)
			o.State.Accounts[0].Health.Why = "paused"
		}, "account.home-k3fa", OK, "when the pause ends (13:00)", true},
		"paused as a whole": {func(o *Options, _ *found) { o.State.PausedUntil = noon.Add(time.Hour) }, "running", OK, "paused until 13:00", true},
		"not running":       {func(o *Options, _ *found) { o.State.Running = No }, "running", Warning, "is not running", false},
		"a command": {func(o *Options, _ *found) {
			o.State.Running, o.State.Command, o.State.PID, o.State.Since = No, "traymail fetch", 4711, noon.Add(-time.Hour)
		}, "running", Warning, "“traymail fetch” (process 4711, since 11:00) has all mailboxes", false},
		"not running, polled": {
			func(o *Options, _ *found) { o.State.Running = No },
			"account.home-k3fa", OK, "Home: last check: 11:55.", true,
		},
		"unlisted": {
			func(o *Options, _ *found) { o.State.Running, o.State.Accounts[0].Health.Unlisted = No, 5 },
			"account.home-k3fa", Warning, "Home: last check: 11:55.", false,
		},
		"stuck": {func(o *Options, _ *found) { o.State.Running = Stuck }, "running", Problem, "does not answer", false},
		"other": {func(o *Options, _ *found) { o.State.Running = Other }, "running", Problem, "Another version", false},
		"broken settings": {func(o *Options, _ *found) {
			o.State.Settings = &settings.FileError{File: "/x/settings.toml", Line: 3, Key: "account.port", Err: errors.New("bad")}
		}, "settings", Problem, "/x/settings.toml:3: account.port: bad", false},
		"unknown keys": {func(o *Options, _ *found) {
			o.State.Warnings = []*settings.FileError{{File: "/x", Line: 4, Key: "color", Err: settings.FieldError{Key: "settings.unknown_key"}}}
		}, "settings", Warning, "/x:4: color", false},
		"a ledger set aside": {func(o *Options, _ *found) { o.State.SetAside = "/x/ledger.db.damaged" }, "ledger", Warning, "/x/ledger.db.damaged", true},
		"a broken ledger":    {func(o *Options, _ *found) { o.State.Ledger = errors.New("damaged") }, "ledger", Problem, "cannot be read", false},
		"autostart":          {func(_ *Options, f *found) { f.autostart.value = true }, "autostart", OK, "starts with your session", true},
		"autostart lost":     {func(o *Options, _ *found) { o.State.Autostart = true }, "autostart", Warning, "autostart entry is missing", false},
	} {
		t.Run(name, func(t *testing.T) {
			o, f := options(home()), fine()
			test.set(&o, &f)
			r := judge(o, f)
			c := r.check(t, test.id)
			if c.Level != test.level || !strings.Contains(c.Text, test.text) || (c.Advice == "") != test.mute {
				t.Errorf("%+v, want %s, %q", c, test.level, test.text)
			}
			if test.level == Problem && r.Level != Problem {
				t.Errorf("the report is %s", r.Level)
			}
		})
	}
}

// What cannot be looked at on a system is left out, not guessed.
func TestUnsupportedIsLeftOut(t *testing.T) {
	f := fine()
	f.tray.err, f.fonts.err, f.autostart.err = errors.ErrUnsupported, errors.ErrUnsupported, errors.ErrUnsupported
	o := options(home())
	o.State.LedgerBusy = true
	for _, c := range judge(o, f).Checks {
		if c.ID == "tray" || c.ID == "fonts" || c.ID == "autostart" || c.ID == "ledger" {
			t.Errorf("%+v", c)
		}
	}
}

// A copied report has nothing of what is planted here.
func TestSharedReportTellsNoSecrets(t *testing.T) {
	planted := []string{
		"zhangwei", "Zhang Wei", "张伟的邮箱", "pop.mail.secret-host", "192.0.2.77", "2001:db8::77", "hunter2", "pass show",
		"home-k3fa", local("/home/"), "10.9.8.7", "intranet-box", "13800138000",
	}
	file := func(line int, key, message string) *settings.FileError {
		return &settings.FileError{File: local("/home/zhangwei/.config/traymail/settings.toml"), Line: line, Key: key, Err: errors.New(message)}
	}
	for _, language := range []string{"en", "zh-Hans"} {
		for _, running := range []Running{Yes, No, Stuck, Other} {
			o, f := options(), fine()
			o.Locale, o.State.Running, o.Home = locale.New(language), running, local("/home/zhangwei")
			o.Files = []string{local("/home/zhangwei/.config/traymail/settings.toml"), local("/home/zhangwei"), local("/media/ZhangWei/usb/traymail/ledger.db")}
			o.State.SetAside = local("/home/zhangwei/.local/state/traymail/ledger.db.damaged")
			o.State.Warnings = []*settings.FileError{file(3, "account.zhangwei@example.org", "hunter2")}
			for i, server := range []string{"pop.mail.secret-host.example.co.uk", "192.0.2.77", "2001:db8::77", "intranet-box", "127.0.0.1"} {
				a := home()
				a.Name, a.Address, a.User, a.Server = "张伟的邮箱", "zhangwei@example.org", "zhangwei", server
				a.SecretCommand = "pass show hunter2"
				a.Status.Name, a.Status.State = a.Name, api.Failed
				a.Status.Error = &api.Problem{
					Kind: "auth", Code: []api.Code{"AUTH", "ZHANGWEI@EXAMPLE.ORG", "13800138000", "", "timeout"}[i],
					Text: "pop.mail.secret-host.example.co.uk says: no mailbox zhangwei@example.org at 10.9.8.7",
				}
				a.Health.TLS = &api.TLSHealth{Names: []string{server}, Subject: "CN=zhangwei"}
				a.Health.Transcript = []string{"C: USER zhangwei", "C: PASS hunter2"}
				o.State.Accounts = append(o.State.Accounts, a)
			}
			f.network.err = errors.New("dial 10.9.8.7: zhangwei")
			for _, broken := range []error{nil, file(7, "account.password", "got hunter2 for zhangwei")} {
				o.State.Settings = broken
				r := judge(o, f)
				text := Text(r, o.Locale)
				for _, p := range planted {
					if strings.Contains(strings.ToLower(text), strings.ToLower(p)) {
						t.Errorf("%s, running %s: %q is in\n%s", language, running, p, text)
					}
				}
				for _, kept := range []string{"example.co.uk:995", "IPv4", "IPv6", "loopback", "[auth/AUTH]", local("~/.config/traymail/settings.toml:")} {
					if !strings.Contains(text, kept) {
						t.Errorf("%s, running %s: no %q in\n%s", language, running, kept, text)
					}
				}
				if strings.Contains(text, "doctor.") || strings.Contains(text, "%!") {
					t.Errorf("not translated:\n%s", text)
				}
			}
		}
	}
}

// system is a computer on which nothing can be looked at.
type system struct{ hang bool }

func (s system) wait(ctx context.Context) error {
	if s.hang {
		<-ctx.Done()
		return ctx.Err()
	}
	return errors.ErrUnsupported
}
func (s system) Tray(ctx context.Context) (facts.Tray, error) { return facts.Tray{}, s.wait(ctx) }
func (s system) Notifications(ctx context.Context) (facts.Notifications, error) {
	return facts.Notifications{}, s.wait(ctx)
}

func (s system) Fonts(ctx context.Context) (facts.Fonts, error) { return facts.Fonts{}, s.wait(ctx) }

func (s system) Windows(ctx context.Context) (facts.Windows, error) {
	return facts.Windows{}, s.wait(ctx)
}

func (s system) Network(ctx context.Context) (facts.Network, error) {
	return facts.Network{}, s.wait(ctx)
}
func (s system) Autostart(ctx context.Context) (bool, error) { return false, s.wait(ctx) }
func (s system) Keyring(ctx context.Context) error           { return s.wait(ctx) }

func TestExamineEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	o := options()
	o.System = system{hang: true}
	r := Examine(ctx, o)
	for _, id := range []string{"tray", "notifications", "keyring", "fonts", "windows", "network", "autostart"} {
		if c := r.check(t, id); c.Level != Warning || !strings.Contains(c.Text, "could not be checked") {
			t.Errorf("%+v", c)
		}
	}
	o.System = system{}
	if r := Examine(t.Context(), o); len(r.Checks) != 7 {
		t.Errorf("%+v", r.Checks)
	}
}

// The keys are a promise.
func TestJSON(t *testing.T) {
	r := judge(options(home()), fine())
	r.Checks = r.Checks[7:8]
	got, err := json.Marshal(r)
	const want = `{"made":"2026-11-25T12:00:00Z","level":"ok","checks":[{"id":"account.home-k3fa","group":"accounts","level":"ok",` +
		`"text":"Home: last check: 11:55; next check: 12:05.","advice":"","shared":"account 1 (example.org:995, tls): last check: 11:55; next check: 12:05."}]}`
	if err != nil || string(got) != want {
		t.Errorf("%s, %v", got, err)
	}
}

// A crash is worth a line for a month.
func TestCrash(t *testing.T) {
	o := options(home())
	o.Home = local("/home/zhangwei")
	o.State.CrashReport, o.State.Crashed = local("/home/zhangwei/.local/state/traymail/crash-20261125T090000.txt"), o.Now.Add(-3*time.Hour)
	c := judge(o, fine()).check(t, "crash")
	if c.Level != Warning || !strings.Contains(c.Text, "the report is in "+local("/home/zhangwei/.local/")) || c.Advice == "" || !strings.Contains(c.Shared, "in "+local("~/.local/")) {
		t.Errorf("%+v", c)
	}
	o.State.Crashed = o.Now.AddDate(0, -2, 0)
	for _, c := range judge(o, fine()).Checks {
		if c.ID == "crash" {
			t.Errorf("%+v", c)
		}
	}
}

// A disk that cannot be written is named, to strangers without the user's name.
func TestStorage(t *testing.T) {
	o := options(home())
	o.Home = local("/home/zhangwei")
	o.State.Storage = &fs.PathError{Op: "write", Path: local("/home/zhangwei/.config/traymail"), Err: syscall.EROFS}
	c := judge(o, fine()).check(t, "storage")
	if c.Level != Problem || !strings.Contains(c.Text, "to "+local("/home/zhangwei/.config/traymail")+": read-only file system.") || c.Advice == "" || !strings.Contains(c.Shared, "to "+local("~/.config/traymail")+": ") {
		t.Errorf("%+v", c)
	}
}
