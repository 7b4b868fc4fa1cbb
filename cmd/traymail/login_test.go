package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/oauth/oauthtest"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/tokens"
)

// desk is a home, a keyring, a mail server that takes tokens, and somebody who
// may sit at a browser.
type desk struct {
	shell
	issuer  string
	keyring secret.Store
	server  *popserver.Server
	address string
	person  prompter
	browse  func(address string)
	// tokens are the access tokens that the mail server was shown.
	tokens []string
}

func newDesk(t *testing.T) *desk {
	t.Helper()
	d := &desk{shell: shell{t, t.TempDir()}, issuer: oauthtest.Start(t), keyring: secret.Memory(nil)}
	d.server = popserver.New(popserver.Options{Users: map[string]string{"me": password}, NoPlain: true, Token: func(_, token string) bool {
		d.tokens = append(d.tokens, token)
		return token != ""
	}})
	t.Cleanup(func() { _ = d.server.Close() })
	var err error
	if d.address, err = d.server.ListenAndServeLoopback(); err != nil {
		t.Fatal(err)
	}
	t.Setenv("SSH_CONNECTION", "")
	return d
}

// do runs a command.
func (d *desk) do(args ...string) (code int, stdout, stderr string) {
	d.t.Helper()
	var out, errs bytes.Buffer
	shown := make(chan struct{})
	e := &env{loc: locale.New("en"), stdin: strings.NewReader(""), stdout: &out, stderr: &errs, terminal: d.person, keyring: d.keyring}
	e.browse = func(_ context.Context, address string) error {
		go func() {
			defer close(shown)
			if d.browse != nil {
				d.browse(address)
			}
		}()
		return nil
	}
	code = e.run(d.t.Context(), append([]string{"--home", d.home}, args...))
	if strings.Contains(errs.String(), "Sign in with the browser") {
		<-shown
	}
	return code, out.String(), errs.String()
}

// add adds an account that signs in.
func (d *desk) add(more ...string) (id string) {
	d.t.Helper()
	code, stdout, stderr := d.do(d.adding(more...)...)
	if code != exitDone {
		d.t.Fatalf("%d, %s", code, stderr)
	}
	return strings.TrimSpace(stdout)
}

func (d *desk) adding(more ...string) []string {
	return append([]string{
		"account", "add", "--name", "Home", "--server", d.address, "--security", "none", "--user", "me", "--address", oauthtest.User,
		"--oauth", "--issuer", d.issuer, "--client-id", oauthtest.Client, "--scope", oauthtest.Scopes,
	}, more...)
}

// nothingOf looks for what must not be in any file.
func (d *desk) nothingOf(secrets ...string) {
	d.t.Helper()
	err := filepath.WalkDir(d.home, func(path string, entry os.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		for _, s := range secrets {
			if s != "" && bytes.Contains(text, []byte(s)) {
				d.t.Errorf("%s has a secret in it", path)
			}
		}
		return err
	})
	if err != nil {
		d.t.Error(err)
	}
}

// From a typed address to a mailbox that is read, by a browser; and again.
func TestLogin(t *testing.T) {
	d := newDesk(t)
	var page string
	d.browse = func(address string) { page = oauthtest.Browse(address) }
	id := d.add()
	if !strings.Contains(page, "Go back to traymail") || strings.Contains(page, "<h1>Home") || !strings.Contains(page, `lang="en"`) {
		t.Errorf("the browser shows %s", page)
	}
	grant, err := d.keyring.Get(t.Context(), id)
	if err != nil || !tokens.IsGrant(grant) {
		t.Fatalf("the keyring has nothing: %v", err)
	}
	if code, _, stderr := d.do("check", "--json"); code != exitDone {
		t.Errorf("a check: %d, %s", code, stderr)
	}
	code, stdout, stderr := d.do("account", "login", id, "--yes")
	if code != exitDone || stdout != "Home is signed in.\n" || !strings.Contains(stderr, "state=") {
		t.Errorf("again: %d, %s%s", code, stdout, stderr)
	}
	again, err := d.keyring.Get(t.Context(), id)
	if err != nil || again == grant {
		t.Errorf("the keyring has the old sign-in: %v", err)
	}
	if len(d.tokens) == 0 {
		t.Error("no token was shown to the mail server")
	}
	_, old, _ := strings.Cut(grant, `"refresh":["`)
	_, new, _ := strings.Cut(again, `"refresh":["`)
	secrets := append(d.tokens, strings.TrimRight(old, `"]}`), strings.TrimRight(new, `"]}`))
	d.nothingOf(secrets...)
	for _, s := range secrets {
		if s == "" || strings.Contains(stdout+stderr+page, s) {
			t.Error("a secret is shown")
		}
	}
	if code, _, stderr := d.do("account", "remove", id, "--revoke"); code != exitDone {
		t.Errorf("removing: %d, %s", code, stderr)
	}
	if _, err := d.keyring.Get(t.Context(), id); err == nil {
		t.Error("the sign-in outlives the account")
	}
}

// Who signs in as somebody else, or not at all, leaves nothing.
func TestLoginFails(t *testing.T) {
	d := newDesk(t)
	refuse := func(code string) func(string) {
		return func(address string) {
			u, _ := url.Parse(address)
			answer, err := http.Get(u.Query().Get("redirect_uri") + "?" + url.Values{"state": {u.Query().Get("state")}, "error": {code}}.Encode())
			if err != nil {
				t.Error(err)
				return
			}
			page, _ := io.ReadAll(answer.Body)
			_ = answer.Body.Close()
			if !strings.Contains(string(page), "Nobody is signed in") || strings.Contains(string(page), "%!") {
				t.Errorf("the browser shows %s", page)
			}
		}
	}
	for name, test := range map[string]struct {
		browse func(string)
		args   []string
		code   int
		want   string
	}{
		"denied":           {refuse("access_denied"), nil, exitFailed, "The sign-in at 127.0.0.1 was declined."},
		"an administrator": {refuse("consent_required"), nil, exitFailed, "An administrator has to allow traymail at 127.0.0.1 first"},
		"the scope":        {refuse("invalid_scope"), nil, exitFailed, "or the scope that is asked for"},
		"no device":        {nil, []string{"--device"}, exitFailed, "does not know the client ID"},
		"no --oauth":       {nil, []string{"--oauth=false"}, exitUsage, "give exactly one of"},
		"a password, too":  {nil, []string{"--password-stdin"}, exitUsage, "give exactly one of"},
		"a bad issuer":     {nil, []string{"--issuer", "http://evil.example"}, exitUsage, "--issuer: must be an https address"},
		"nobody there":     {nil, []string{"--issuer", "http://127.0.0.1:1"}, exitFailed, "127.0.0.1"},
	} {
		t.Run(name, func(t *testing.T) {
			d.browse = test.browse
			code, stdout, stderr := d.do(d.adding(test.args...)...)
			if code != test.code || stdout != "" || !strings.Contains(stderr, test.want) {
				t.Errorf("%d, %s%s", code, stdout, stderr)
			}
			if strings.Contains(stderr, "account login") || strings.Contains(stderr, "scope in the settings") {
				t.Errorf("it leads to an account that is not there: %s", stderr)
			}
			if _, list, _ := d.do("account", "list"); strings.Contains(list, "@") {
				t.Errorf("an account is left: %s", list)
			}
		})
	}
	code, _, stderr := d.do("account", "add", "--oauth", "--name", "A", "--server", "pop.example.org", "--user", "a")
	if code != exitUsage || !strings.Contains(stderr, "does not know where accounts of pop.example.org sign in") {
		t.Errorf("%d, %s", code, stderr)
	}
	// The server of an address is looked up, and known to want this.
	code, _, stderr = d.do("account", "add", "--oauth", "--address", "a@hotmail.com")
	if code != exitFailed || !strings.Contains(stderr, "outlook.office365.com:995") || !strings.Contains(stderr, "client ID of your own") {
		t.Errorf("%d, %s", code, stderr)
	}
	code, _, stderr = d.do("account", "add", "--password-stdin", "--address", "a@hotmail.com")
	if code != exitFailed || !strings.Contains(stderr, "“traymail account add --oauth”") {
		t.Errorf("%d, %s", code, stderr)
	}
	// This build is registered nowhere.
	code, _, stderr = d.do("account", "add", "--oauth", "--name", "A", "--server", "pop.gmail.com", "--user", "a@gmail.com")
	if code != exitFailed || !strings.Contains(stderr, "client ID of your own") {
		t.Errorf("%d, %s", code, stderr)
	}
}

// An account of a stranger that names a server of its own signs in there only
// after a yes.
func TestLoginAtAStrangersServer(t *testing.T) {
	d := newDesk(t)
	asked := 0
	evil := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		asked++
		w.WriteHeader(http.StatusNotFound)
	}))
	defer evil.Close()
	file := filepath.Join(t.TempDir(), "in.toml")
	text := fmt.Sprintf("[[account]]\nname = 'A'\nserver = '127.0.0.1'\nport = 1\nsecurity = 'none'\nuser = 'a'\n[account.oauth]\nprovider = 'custom'\nclient_id = 'x'\nscope = 'mail'\nissuer = '%s'\n", evil.URL)
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := d.do("account", "import", file); code != exitDone || !strings.Contains(stdout, "A signs in with the browser: run “traymail account login") || strings.Contains(stdout, "passwords are missing") {
		t.Fatalf("%d, %s%s", code, stdout, stderr)
	}
	_, list, _ := d.do("account", "list")
	id, _, _ := strings.Cut(list, "\t")
	host := strings.TrimPrefix(evil.URL, "http://")
	if code, _, stderr := d.do("account", "login", id); code != exitUsage || !strings.Contains(stderr, host) || !strings.Contains(stderr, "--yes") {
		t.Errorf("nobody to ask: %d, %s", code, stderr)
	}
	p := &person{answer: "n"}
	d.person = p
	if code, _, stderr := d.do("account", "password", id); code != exitUsage || len(p.asked) != 0 || !strings.Contains(stderr, "account login") {
		t.Errorf("a password: %d, %q, %s", code, p.asked, stderr)
	}
	if code, _, stderr := d.do("account", "login", id); code != exitFailed || len(p.asked) != 1 || !strings.Contains(p.asked[0], host) || !strings.Contains(stderr, "nobody is signed in") {
		t.Errorf("after a no: %d, %q, %s", code, p.asked, stderr)
	}
	if code, stdout, _ := d.do("check", "--json"); code == exitDone || !strings.Contains(stdout, `"sign-in"`) {
		t.Errorf("a check: %d, %s", code, stdout)
	}
	if asked != 0 {
		t.Errorf("the stranger's server was asked %d times", asked)
	}
}

// A code that is typed on another device does as well.
func TestLoginByDevice(t *testing.T) {
	d := newDesk(t)
	polls := 0
	server := httptest.NewServer(nil)
	defer server.Close()
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case strings.HasPrefix(r.URL.Path, "/.well-known/"):
			_, _ = fmt.Fprintf(w, `{"issuer":%[1]q,"token_endpoint":"%[1]s/t","device_authorization_endpoint":"%[1]s/d"}`, server.URL)
		case r.URL.Path == "/d":
			_, _ = fmt.Fprintf(w, `{"device_code":"dev1ce","user_code":"WXYZ-1234","verification_uri":%q,"interval":1,"expires_in":60}`, server.URL+"/go")
		case r.PostFormValue("grant_type") == "refresh_token":
			_, _ = io.WriteString(w, `{"access_token":"acce55-2","token_type":"Bearer","expires_in":3600}`)
		default:
			if polls++; polls < 2 {
				w.WriteHeader(http.StatusBadRequest)
				_, _ = io.WriteString(w, `{"error":"authorization_pending"}`)
				return
			}
			_, _ = io.WriteString(w, `{"access_token":"acce55","refresh_token":"refre5h","token_type":"Bearer"}`)
		}
	})
	d.issuer = server.URL
	code, stdout, stderr := d.do(d.adding("--device")...)
	if code != exitDone || stderr != "On any device, open "+server.URL+"/go and type this code: WXYZ-1234\n" {
		t.Fatalf("%d, %s%s", code, stdout, stderr)
	}
	if code, _, stderr := d.do("check", "--json"); code != exitDone || strings.Join(d.tokens, " ") != "acce55-2" {
		t.Errorf("a check: %d, %s; tokens %q", code, stderr, strconv.Quote(strings.Join(d.tokens, " ")))
	}
	d.nothingOf("acce55", "refre5h", "dev1ce")
}

// Whoever signs in with another address than the account's is told; with --yes
// that is right, as for an alias or a shared mailbox.
func TestLoginAsAnother(t *testing.T) {
	d := newDesk(t)
	server := httptest.NewServer(nil)
	defer server.Close()
	claims := base64.RawURLEncoding.EncodeToString([]byte(`{"email":"li@example.org"}`))
	server.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if strings.HasPrefix(r.URL.Path, "/.well-known/") {
			_, _ = fmt.Fprintf(w, `{"issuer":%[1]q,"authorization_endpoint":"%[1]s/a","token_endpoint":"%[1]s/t"}`, server.URL)
			return
		}
		_, _ = fmt.Fprintf(w, `{"access_token":"a","refresh_token":"r","token_type":"Bearer","id_token":"x.%s.y"}`, claims)
	})
	d.issuer = server.URL
	d.browse = func(address string) {
		u, _ := url.Parse(address)
		if answer, err := http.Get(u.Query().Get("redirect_uri") + "?code=x&state=" + u.Query().Get("state")); err == nil {
			_ = answer.Body.Close()
		}
	}
	code, stdout, stderr := d.do(d.adding()...)
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "you have signed in as li@example.org, but the account is for "+oauthtest.User) {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if _, list, _ := d.do("account", "list"); strings.Contains(list, "@") {
		t.Errorf("an account is left: %s", list)
	}
	for answer, want := range map[string]int{"n": exitFailed, "y": exitDone} {
		asked := &questioned{answer: answer}
		d.person = asked
		code, stdout, stderr := d.do(d.adding()...)
		if code != want || len(asked.asked) != 1 || !strings.Contains(asked.asked[0], "li@example.org") || want == exitFailed && (stdout != "" || !strings.Contains(stderr, "nobody is signed in")) {
			t.Errorf("%s: %d, %q, %s%s", answer, code, asked.asked, stdout, stderr)
		}
	}
	d.person = nil
	if code, _, stderr := d.do("account", "remove", "--all"); code != exitDone {
		t.Fatal(stderr)
	}
	d.add("--yes")
	d.add("--server", "pop.example.org", "--security", "tls", "--address", "Li@example.org")
}

// While the browser is open, other commands go on; what they change stays
// changed, and nothing removed comes back.
func TestLoginMeanwhile(t *testing.T) {
	edit := func(d *desk, old, new string) {
		file := filepath.Join(d.home, "config", "settings.toml")
		text, err := os.ReadFile(file)
		if err != nil || !bytes.Contains(text, []byte(old)) {
			d.t.Errorf("no %s in the settings: %v", old, err)
		}
		if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(old), []byte(new)), 0o600); err != nil {
			d.t.Error(err)
		}
	}
	for name, test := range map[string]struct {
		meanwhile func(d *desk, id string)
		code      int
		want      string // what login says
		list      string
		keeps     bool // what an earlier sign-in brought
	}{
		"removed": {func(d *desk, id string) {
			if code, _, stderr := d.do("account", "remove", id); code != exitDone {
				d.t.Errorf("removing: %d, %s", code, stderr)
			}
		}, exitFailed, "Home is gone: it was removed while you signed in", "", false},
		"another interval": {func(d *desk, _ string) { edit(d, `"10m"`, `"33m"`) }, exitDone, "", "33m", false},
		"another scope":    {func(d *desk, _ string) { edit(d, "offline_access", "mail") }, exitFailed, "Home was changed while you signed in", "10m", true},
		"another user":     {func(d *desk, _ string) { edit(d, `user = "me"`, `user = "you"`) }, exitFailed, "Home was changed while you signed in", "you@", true},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDesk(t)
			d.browse = func(address string) { oauthtest.Browse(address) }
			id := d.add()
			before, err := d.keyring.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			d.browse = func(address string) {
				test.meanwhile(d, id)
				oauthtest.Browse(address)
			}
			code, stdout, stderr := d.do("account", "login", id, "--yes")
			if code != test.code || !strings.Contains(stderr, test.want) || code != exitDone && stdout != "" {
				t.Errorf("%d, %s%s", code, stdout, stderr)
			}
			if _, list, _ := d.do("account", "list"); !strings.Contains(list, test.list) || test.list == "" && strings.Contains(list, "@") {
				t.Errorf("the accounts are %q", list)
			}
			after, err := d.keyring.Get(t.Context(), id)
			if test.list == "" && err == nil || test.list != "" && (after == before) != test.keeps {
				t.Errorf("in the keyring: %v", err)
			}
		})
	}
}

// late is a keyring that is interrupted once it has written.
type late struct {
	secret.Store
	interrupt func()
}

func (l late) Set(ctx context.Context, ref, text string) error {
	if err := l.Store.Set(ctx, ref, text); err != nil || ctx.Err() != nil {
		return err
	}
	l.interrupt()
	return fmt.Errorf("%w: %w", secret.ErrLocked, context.Canceled)
}

// Ctrl+C just after the browser has come back leaves no token behind.
func TestLoginInterrupted(t *testing.T) {
	d := newDesk(t)
	browse := func(_ context.Context, address string) error {
		go oauthtest.Browse(address)
		return nil
	}
	interrupted := func(args ...string) (ids []string) {
		t.Helper()
		ctx, interrupt := context.WithCancel(t.Context())
		var out, errs bytes.Buffer
		k := late{recording{d.keyring, &ids}, interrupt}
		e := &env{loc: locale.New("en"), stdin: strings.NewReader(""), stdout: &out, stderr: &errs, keyring: k, browse: browse}
		if code := e.run(ctx, append([]string{"--home", d.home}, args...)); code != exitFailed || out.Len() > 0 || !strings.HasSuffix(errs.String(), "traymail: interrupted\n") {
			t.Errorf("%d, %s%s", code, out.String(), errs.String())
		}
		return ids
	}
	ids := interrupted(d.adding()...)
	if len(ids) == 0 {
		t.Error("the keyring was never written")
	}
	for _, id := range ids {
		if _, err := d.keyring.Get(t.Context(), id); err == nil {
			t.Error("a token of no account is left")
		}
	}
	if _, list, _ := d.do("account", "list"); strings.Contains(list, "@") {
		t.Errorf("an account is left: %s", list)
	}
	d.browse = func(address string) { oauthtest.Browse(address) }
	id := d.add()
	before, _ := d.keyring.Get(t.Context(), id)
	interrupted("account", "login", id, "--yes")
	if after, _ := d.keyring.Get(t.Context(), id); after != before {
		t.Error("the sign-in before is gone")
	}
}

// kept is a keyring in a file, which outlives a process. It may end its process:
// before it has written, or after that.
type kept struct {
	secret.Store
	file, dies string
}

func (k kept) Get(context.Context, string) (string, error) {
	text, err := os.ReadFile(k.file)
	if errors.Is(err, os.ErrNotExist) {
		err = secret.ErrNotFound
	}
	return string(text), err
}

func (k kept) Set(_ context.Context, _, text string) error {
	die := func(when string) {
		if k.dies == when {
			self, _ := os.FindProcess(os.Getpid())
			_ = self.Kill()
			select {}
		}
	}
	die("before")
	if err := os.WriteFile(k.file+".new", []byte(text), 0o600); err != nil {
		return err
	}
	err := os.Rename(k.file+".new", k.file)
	die("after")
	return err
}

func (k kept) Close() error { return nil }

// victimVariable has the process sign in for an account and be killed: the home,
// the account, the keyring's file, and when.
const victimVariable = "TRAYMAIL_TEST_LOGIN"

func victim(told string) {
	p := strings.Split(told, "|")
	e := &env{loc: locale.New("en"), stdin: strings.NewReader(""), stdout: os.Stdout, stderr: os.Stderr, keyring: kept{secret.Memory(nil), p[2], p[3]}}
	e.browse = func(_ context.Context, address string) error {
		go oauthtest.Browse(address)
		return nil
	}
	os.Exit(e.run(context.Background(), []string{"--home", p[0], "account", "login", p[1], "--yes"}))
}

// A sign-in that is killed before it has written leaves the one before, and one
// that is killed after that is the account's. The window keeps by the same code
// (TestSignInFromTheWindow).
func TestLoginKilled(t *testing.T) {
	d := newDesk(t)
	file := filepath.Join(t.TempDir(), "keyring")
	d.keyring = kept{secret.Memory(nil), file, ""}
	d.browse = func(address string) { oauthtest.Browse(address) }
	id := d.add()
	for _, dies := range []string{"before", "after", "before", "after"} {
		was, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		cmd := exec.CommandContext(t.Context(), os.Args[0])
		cmd.Env = append(os.Environ(), victimVariable+"="+strings.Join([]string{d.home, id, file, dies}, "|"))
		if out, err := cmd.CombinedOutput(); err == nil || cmd.ProcessState.ExitCode() >= 0 {
			t.Fatalf("it lives on: %v, %s", cmd.ProcessState, out)
		}
		if now, err := os.ReadFile(file); err != nil || bytes.Equal(now, was) != (dies == "before") {
			t.Errorf("killed %s it was written: %v", dies, err)
		}
		if code, stdout, stderr := d.do("check"); code != exitDone {
			t.Errorf("killed %s it was written: %d, %s%s", dies, code, stdout, stderr)
		}
	}
}

// recording is a keyring that tells what was written under which names.
type recording struct {
	secret.Store
	ids *[]string
}

func (r recording) Set(ctx context.Context, ref, text string) error {
	*r.ids = append(*r.ids, ref)
	return r.Store.Set(ctx, ref, text)
}

// What a process that was killed has left in the keyring is forgotten as well,
// or named the next time.
func TestForgetPending(t *testing.T) {
	d := newDesk(t)
	e := &env{home: d.home, logLevel: "info"}
	if err := e.prepare(); err != nil {
		t.Fatal(err)
	}
	done := e.note("home-k3fa")
	if err := d.keyring.Set(t.Context(), "home-k3fa", "a grant"); err != nil {
		t.Fatal(err)
	}
	if code, stdout, stderr := d.do("forget", "--everything", "--yes"); code != exitDone || strings.Contains(stdout, "pending") {
		t.Errorf("%d, %s%s", code, stdout, stderr)
	}
	if _, err := d.keyring.Get(t.Context(), "home-k3fa"); err == nil {
		t.Error("it is left in the keyring")
	}
	if len(e.pending()) > 0 {
		t.Error("the note is left")
	}
	done()
	d.browse = func(address string) { oauthtest.Browse(address) }
	d.add()
	if len(e.pending()) > 0 {
		t.Error("an account that was saved is pending")
	}
}

// What an issuer publishes that is of no use has a sentence, and is no fault of
// the network.
func TestLoginAtABadIssuer(t *testing.T) {
	d := newDesk(t)
	answer, status := "", http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", "/elsewhere")
		w.WriteHeader(status)
		_, _ = io.WriteString(w, strings.ReplaceAll(answer, "ISSUER", d.issuer))
	}))
	defer server.Close()
	d.issuer = server.URL
	for name, test := range map[string]struct {
		answer string
		status int
		want   string
	}{
		"nothing":          {"", http.StatusNotFound, "says nowhere how to sign in"},
		"a page":           {"<html>", http.StatusOK, "says nowhere how to sign in"},
		"null":             {"null", http.StatusOK, "says nowhere how to sign in"},
		"elsewhere":        {"", http.StatusFound, "says nowhere how to sign in"},
		"no issuer":        {`{"token_endpoint":"ISSUER/t"}`, http.StatusOK, "for another issuer"},
		"another issuer":   {`{"issuer":"https://evil.example","token_endpoint":"ISSUER/t"}`, http.StatusOK, "for another issuer"},
		"a slash too much": {`{"issuer":"ISSUER/","token_endpoint":"ISSUER/t"}`, http.StatusOK, "for another issuer"},
		"no https":         {`{"issuer":"ISSUER","authorization_endpoint":"http://a.example/a","token_endpoint":"ISSUER/t"}`, http.StatusOK, "not enough to sign in safely"},
		"no PKCE":          {`{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a","token_endpoint":"ISSUER/t","code_challenge_methods_supported":["plain"]}`, http.StatusOK, "not enough to sign in safely"},
		"no endpoint":      {`{"issuer":"ISSUER","authorization_endpoint":"ISSUER/a"}`, http.StatusOK, "not enough to sign in safely"},
		"busy":             {"", http.StatusServiceUnavailable, "cannot answer at the moment"},
	} {
		answer, status = test.answer, test.status
		code, _, stderr := d.do(d.adding()...)
		if code != exitFailed || !strings.Contains(stderr, test.want) {
			t.Errorf("%s: %d, %s", name, code, stderr)
		}
	}
}

// An account whose sign-in cannot be ended is still there, and it is said how to
// remove it all the same.
func TestRemoveWithoutRevocation(t *testing.T) {
	d := newDesk(t)
	d.browse = func(address string) { oauthtest.Browse(address) }
	id := d.add()
	file := filepath.Join(d.home, "config", "settings.toml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	grant, _ := d.keyring.Get(t.Context(), id)
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(d.issuer), []byte("http://127.0.0.1:1")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := d.keyring.Set(t.Context(), id, strings.ReplaceAll(grant, d.issuer, "http://127.0.0.1:1")); err != nil {
		t.Fatal(err)
	}
	code, _, stderr := d.do("account", "remove", id, "--revoke")
	if code != exitFailed || !strings.Contains(stderr, "Home is still there") || !strings.Contains(stderr, "without --revoke") {
		t.Errorf("%d, %s", code, stderr)
	}
	if code, _, stderr := d.do("account", "remove", id); code != exitDone || stderr != "" {
		t.Errorf("%d, %s", code, stderr)
	}
	code, id, stderr = d.do("account", "add", "--name", "P", "--server", d.address, "--security", "none", "--user", "me", "--secret-command", "echo x")
	if code != exitDone {
		t.Fatal(stderr)
	}
	code, _, stderr = d.do("account", "remove", strings.TrimSpace(id), "--revoke")
	if code != exitDone || !strings.Contains(stderr, "there is no sign-in to end") {
		t.Errorf("%d, %s", code, stderr)
	}
}

// questioned answers questions, knows no secret of a client, and pastes nothing.
type questioned struct {
	answer string
	asked  []string
}

func (q *questioned) Line(_ context.Context, prompt string) (string, error) {
	q.asked = append(q.asked, prompt)
	return q.answer, nil
}

func (q *questioned) Secret(ctx context.Context, prompt string) (string, error) {
	if strings.Contains(prompt, "Secret of the client") {
		return "", nil
	}
	<-ctx.Done()
	return "", ctx.Err()
}

// A browser that cannot be opened is no riddle.
func TestLoginWithoutABrowser(t *testing.T) {
	d := newDesk(t)
	var out, errs bytes.Buffer
	ctx, interrupt := context.WithCancel(t.Context())
	e := &env{loc: locale.New("en"), stdin: strings.NewReader(""), stdout: &out, stderr: &errs, keyring: d.keyring, browse: func(context.Context, string) error {
		interrupt()
		return errors.New("starting xdg-open: exec: not found")
	}}
	if code := e.run(ctx, append([]string{"--home", d.home}, d.adding()...)); code != exitFailed || !strings.Contains(errs.String(), "does not open from here") || strings.Contains(errs.String(), "exec:") {
		t.Errorf("%d, %s", code, errs.String())
	}
}
