package main

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform/dbustest"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// files are those below root, relative to it.
func files(t *testing.T, root string) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() || err == nil && strings.Contains(path, "traymail") && path != root {
			all = append(all, strings.TrimPrefix(path, root+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// Who leaves takes all along: the running tray role ends first, and what is not
// traymail's stays.
func TestForgetEverything(t *testing.T) {
	r := reside(t)
	server := popserver.New(popserver.Options{Users: map[string]string{"me": password}})
	defer func() { _ = server.Close() }()
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	must := func(args ...string) {
		t.Helper()
		if code, stdout, stderr := r.run([]string{r.runtimeDir()}, args...); code != exitDone {
			t.Fatalf("%v: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
	must("account", "add", "--name", "Home", "--server", address, "--user", "me", "--security", "none", "--secret-command", "echo "+password)
	must("check")
	for path, text := range map[string]string{
		".config/autostart/io.github.traymail.traymail.desktop":       "[Desktop Entry]\n",
		".config/fyne/io.github.traymail.traymail/preferences.json":   "{}",
		".config/traymail/my-ca.pem":                                  "mine",
		".local/state/traymail/ledger.db.damaged-20260101T000000":     "x",
		".local/state/traymail/crash-20260101T000000.txt":             "x",
		".local/state/traymail/no-tray-told":                          "",
		".config/autostart/io.github.traymail.something-else.desktop": "[Desktop Entry]\n",
	} {
		path = filepath.Join(r.root, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	before := files(t, r.root)
	for _, args := range [][]string{{"forget"}, {"forget", "--everything"}, {"forget", "--yes"}, {"forget", "--everything", "--yes", "more"}} {
		if code, _, stderr := r.run([]string{r.runtimeDir()}, args...); code != exitUsage || stderr == "" {
			t.Errorf("%v: exit code %d, %s", args, code, stderr)
		}
	}
	if after := files(t, r.root); !slices.Equal(before, after) {
		t.Errorf("removed without a yes: %v, before %v", after, before)
	}
	code, stdout, stderr := r.run([]string{r.runtimeDir()}, "forget", "--everything", "--yes")
	mine := filepath.Join(r.root, ".config", "traymail", "my-ca.pem")
	if code != exitDone || stderr != "" || !strings.Contains(stdout, mine+" is not traymail’s and stays") {
		t.Errorf("exit code %d, %s%s", code, stdout, stderr)
	}
	<-r.done // ended
	want := []string{".config/autostart/io.github.traymail.something-else.desktop", ".config/traymail", ".config/traymail/my-ca.pem"}
	if left := files(t, r.root); !slices.Equal(left, want) {
		t.Errorf("left: %v", left)
	}
}

// stubborn is a keyring that gives nothing away.
type stubborn struct {
	secret.Store
	asked []string
}

func (s *stubborn) Delete(_ context.Context, ref string) error {
	s.asked = append(s.asked, ref)
	return errors.New("the keyring is locked")
}

// What could not be removed is named, and keeps nothing else from being removed.
func TestForgetSaysWhatItCouldNot(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	id := s.add(address, "--security", "none")
	s.must("check")
	path := filepath.Join(s.home, "config", "settings.toml")
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for line := range strings.Lines(string(text)) {
		if !strings.Contains(line, "secret_command") {
			kept = append(kept, line)
		}
	}
	if err := os.WriteFile(path, []byte(strings.Join(kept, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(filepath.Join(s.home, "state", "ledger.db.damaged-x"), 0o700); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr strings.Builder
	e := &env{loc: locale.New("en"), home: s.home, logLevel: "info", stdout: &stdout, stderr: &stderr}
	if err := e.prepare(); err != nil {
		t.Fatal(err)
	}
	keyring := &stubborn{}
	if err := e.forget(t.Context(), keyring); !errors.Is(err, errReported) {
		t.Errorf("%v", err)
	}
	if want := "The password of Home (" + id + ") stays in the keyring: the keyring is locked\n" +
		"Unlock the keyring, or go to the desktop session, and run this command again. What is needed to find these passwords was kept for that.\n"; stderr.String() != want || !slices.Equal(keyring.asked, []string{id}) {
		t.Errorf("%q, asked %v", stderr.String(), keyring.asked)
	}
	if strings.Contains(stdout.String(), "has forgotten everything") {
		t.Error(stdout.String())
	}
	// A folder is nothing that traymail makes there.
	want := []string{"config", "config/settings.toml", "state", "state/ledger.db.damaged-x"}
	if left := files(t, s.home); !slices.Equal(left, want) {
		t.Errorf("left: %v", left)
	}
	store, err := settings.Open(path)
	if err != nil || len(store.Settings().Accounts) != 1 || store.Settings().Accounts[0].ID != id {
		t.Errorf("kept: %+v, %v", store.Settings().Accounts, err)
	}
	// The next time it is looked for again, and then all is gone.
	stdout.Reset()
	opened := secret.Memory(map[string]string{id: password})
	err = e.forget(t.Context(), opened)
	if _, gone := opened.Get(t.Context(), id); err != nil || !errors.Is(gone, secret.ErrNotFound) || !strings.Contains(stdout.String(), "has forgotten everything") {
		t.Errorf("%v, %v: %s%s", err, gone, &stdout, &stderr)
	}
	if left := files(t, s.home); !slices.Equal(left, want[2:]) {
		t.Errorf("left: %v", left)
	}
}

// Accounts that cannot be read are no success, however often it is tried, and
// neither is a password of which only the ledger knows.
func TestForgetClaimsNothingItHasNotSeen(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	id := s.add(address, "--security", "none")
	s.must("check")
	path := filepath.Join(s.home, "config", "settings.toml")
	var stdout, stderr strings.Builder
	e := &env{loc: locale.New("en"), home: s.home, logLevel: "info", stdout: &stdout, stderr: &stderr}
	if err := e.prepare(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		keyring := &stubborn{}
		if err := e.forget(t.Context(), keyring); !errors.Is(err, errReported) || !slices.Equal(keyring.asked, []string{id}) {
			t.Errorf("of the ledger alone: %v, asked %v", err, keyring.asked)
		}
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("x = ["), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := e.prepare(); err != nil { // as each process does
			t.Fatal(err)
		}
		if err := e.forget(t.Context(), secret.Memory(nil)); !errors.Is(err, errReported) {
			t.Errorf("of a broken file: %v", err)
		}
	}
	if strings.Contains(stdout.String(), "has forgotten everything") {
		t.Error(stdout.String())
	}
}

// A real keyring that is locked: it is neither prompted for nor waited for, no
// success is claimed, and the next time, unlocked, the password goes.
func TestForgetWithALockedKeyring(t *testing.T) {
	r := reside(t)
	server := popserver.New(popserver.Options{Users: map[string]string{"me": password}})
	defer func() { _ = server.Close() }()
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	bus := dbustest.Start(t)
	own := filepath.Join(r.root, "keyring")
	if err := os.Mkdir(own, 0o700); err != nil {
		t.Fatal(err)
	}
	_, stop := startKeyring(t, bus, nil, own)
	run := func(stdin string, args ...string) (int, string) {
		t.Helper()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, os.Args[0], args...)
		cmd.Env = r.environment(r.runtimeDir(), "DBUS_SESSION_BUS_ADDRESS="+bus)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if cmd.ProcessState == nil || ctx.Err() != nil {
			t.Fatalf("%v: %v, %s", args, err, out)
		}
		return cmd.ProcessState.ExitCode(), string(out)
	}
	code, id := run(password+"\n", "account", "add", "--name", "Home", "--server", address, "--user", "me", "--security", "none", "--password-stdin")
	if id = strings.TrimSpace(id); code != exitDone {
		t.Fatal(id)
	}
	conn := dbustest.Connect(t, bus)
	login := dbus.ObjectPath("/org/freedesktop/secrets/collection/login")
	items := func() (all []dbus.ObjectPath) {
		t.Helper()
		v, err := conn.Object("org.freedesktop.secrets", login).GetProperty("org.freedesktop.Secret.Collection.Items")
		if err == nil {
			err = v.Store(&all)
		}
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if n := len(items()); n != 1 {
		t.Fatalf("the keyring has %d items", n)
	}
	var locked []dbus.ObjectPath
	var prompt dbus.ObjectPath
	err = conn.Object("org.freedesktop.secrets", "/org/freedesktop/secrets").Call("org.freedesktop.Secret.Service.Lock", 0, []dbus.ObjectPath{login}).Store(&locked, &prompt)
	if err != nil || len(locked) != 1 {
		t.Fatalf("locking: %v, %v", locked, err)
	}
	for range 2 {
		code, out := run("", "forget", "--everything", "--yes")
		if code != exitFailed || !strings.Contains(out, "The password of Home ("+id+") stays in the keyring") || strings.Contains(out, "has forgotten everything") {
			t.Errorf("exit code %d: %s", code, out)
		}
	}
	stop()
	startKeyring(t, bus, nil, own)
	if n := len(items()); n != 1 {
		t.Errorf("the keyring has %d items", n)
	}
	if code, out := run("", "forget", "--everything", "--yes"); code != exitDone || !strings.Contains(out, "has forgotten everything") || len(items()) != 0 {
		t.Errorf("exit code %d, %v: %s", code, items(), out)
	}
}
