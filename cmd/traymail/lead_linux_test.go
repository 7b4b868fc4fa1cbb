package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// role is a tray role without its tray, in a home of its own.
func role(t *testing.T, home string) *trayRole {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(home, "xdg"))
	e := &env{loc: locale.New("en"), home: home, logLevel: "info", stdout: t.Output(), stderr: t.Output()}
	var err error
	if e.paths, err = platform.PathsFor(home); err != nil {
		t.Fatal(err)
	}
	r := newTrayRole(e)
	t.Cleanup(r.close)
	if err := r.assemble(t.Context(), trayOptions{secrets: secret.MemoryWithDefault(password)}); err != nil {
		t.Fatal(err)
	}
	return r
}

// eventually waits for what another goroutine or process does.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}

// A click leads where the account says, and what it was about counts as seen
// if that is elsewhere.
func TestClickThrough(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	id := s.add(address, "--security", "none")
	bin, out := t.TempDir(), filepath.Join(t.TempDir(), "opened")
	script := "#!/bin/sh\necho \"$*\" >" + out + ".new && mv " + out + ".new " + out + "\n"
	if err := os.WriteFile(filepath.Join(bin, "xdg-open"), []byte(script), 0o700); err != nil { // #nosec G306 -- a program
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(bin, "xdg-mime"), []byte("#!/bin/sh\n"), 0o700); err != nil { // #nosec G306 -- as above
		t.Fatal(err)
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	r := role(t, s.home)
	opened := make(chan ipc.OpenRequest, 9)
	r.windows = ipc.NewServer(backend{r.verbs(), r.service}, ipc.ServerOptions{Spawn: func(o ipc.OpenRequest) error {
		opened <- o
		return nil
	}})
	if _, err := r.service.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	uid := server.Maildrop("me").Deliver(mail("x"))
	if _, err := r.service.Check(t.Context()); err != nil {
		t.Fatal(err)
	}
	told := []api.Told{{Account: id, UIDs: []string{uid}}}
	lead := func(open string) {
		t.Helper()
		account := r.service.Accounts()[0]
		account.Open = open
		if err := r.service.SaveAccount(t.Context(), account); err != nil {
			t.Fatal(err)
		}
		r.lead(t.Context(), told)
	}
	// What is wrong with the account, its settings.
	r.lead(t.Context(), []api.Told{{Account: id, Problem: true}})
	if got := <-opened; got.Window != ipc.WindowSettings || got.Account != id || got.UID != "" {
		t.Errorf("opened %+v", got)
	}
	// Without a mail program, the mailbox.
	lead(settings.OpenProgram)
	if got := <-opened; got.Window != ipc.WindowMailbox || got.Account != id || got.UID != uid {
		t.Errorf("opened %+v", got)
	}
	if unseen := r.service.Snapshot().Unseen; unseen != 1 {
		t.Errorf("%d unseen", unseen)
	}
	lead("https://mail.example.org/inbox?a=b&c")
	if unseen := r.service.Snapshot().Unseen; unseen != 0 || len(opened) != 0 {
		t.Errorf("%d unseen, %d windows", unseen, len(opened))
	}
	eventually(t, "the webmail opens", func() bool {
		b, err := os.ReadFile(out)
		return err == nil && string(b) == "https://mail.example.org/inbox?a=b&c\n"
	})
}

// A window that dies leaves its words, and its end is in the tray role's log.
func TestWindowThatDies(t *testing.T) {
	r := role(t, t.TempDir())
	t.Setenv(programVariable, "1")
	r.e.logLevel = "loud" // of which it complains
	if err := r.spawn(ipc.OpenRequest{Window: ipc.WindowSettings}); err != nil {
		t.Fatal(err)
	}
	has := func(path, text string) func() bool {
		return func() bool {
			b, err := os.ReadFile(path)
			return err == nil && strings.Contains(string(b), text)
		}
	}
	eventually(t, "its end is logged", has(r.e.paths.Log, `msg="a window ended" window=settings error="exit status 2" output=`+r.e.paths.WindowLog))
	if !has(r.e.paths.WindowLog, `not "loud"`)() {
		t.Error("what it said is lost")
	}
}

// The entry follows the preference at once. With --home it is touched only
// when the user asks for it.
func TestAutostartFollows(t *testing.T) {
	s, _, _ := world(t, popserver.Options{})
	entry := filepath.Join(s.home, "xdg", "autostart", "io.github.traymail.traymail.desktop")
	r := role(t, s.home)
	if err := r.service.SavePreferences(t.Context(), settings.Preferences{Autostart: true}, nil); err != nil {
		t.Fatal(err)
	}
	run := func(home string, then func()) {
		t.Helper()
		r.e.home = home
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		on := r.service.Settings().Preferences.Autostart
		go func() { ended <- r.keepAutostart(ctx, on) }()
		then()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
	has := func(text string) func() bool {
		return func() bool {
			b, err := os.ReadFile(entry)
			return err == nil && strings.Contains(string(b), text)
		}
	}
	set := func(on bool) {
		t.Helper()
		if err := r.service.SavePreferences(t.Context(), settings.Preferences{Autostart: on}, nil); err != nil {
			t.Fatal(err)
		}
	}
	run("", func() { eventually(t, "the entry", has(" --background\n")) })
	run(s.home, func() {
		set(false)
		eventually(t, "no entry", func() bool { _, err := os.Stat(entry); return os.IsNotExist(err) })
		set(true)
		eventually(t, "an entry with its home", has(" --background --home "+s.home+"\n"))
	})
	if err := os.Remove(entry); err != nil {
		t.Fatal(err)
	}
	run(s.home, func() {})
	if _, err := os.Stat(entry); !os.IsNotExist(err) {
		t.Errorf("a portable traymail made its entry unasked: %v", err)
	}
}
