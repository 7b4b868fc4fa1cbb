//go:build unix

package platform

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestHolder(t *testing.T) {
	dir := folder(t)
	path := filepath.Join(dir, "lock")
	expect := func(what string, want Holder, wantHeld bool) {
		t.Helper()
		if got, held, err := HolderOf(path); err != nil || held != wantHeld || got != want {
			t.Errorf("%s: %+v, %v, %v; want %+v", what, got, held, err, want)
		}
	}
	expect("no lock", Holder{}, false)
	h := Holder{PID: 7, Since: time.Date(2026, 11, 28, 9, 0, 0, 0, time.UTC), Tray: true, Display: ":0"}
	release, err := Hold(path, h)
	if err != nil {
		t.Fatal(err)
	}
	expect("held", h, true)

	private, open := filepath.Join(dir, "private"), filepath.Join(dir, "open")
	if err := os.Mkdir(private, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(open, 0o755); err != nil { // #nosec G301 -- what is to be refused
		t.Fatal(err)
	}
	if err := os.Symlink(private, filepath.Join(dir, "link")); err != nil {
		t.Fatal(err)
	}
	for socket, kept := range map[string]bool{
		filepath.Join(private, "sock"): true, filepath.Join(open, "sock"): false, filepath.Join(dir, "link", "sock"): false,
		filepath.Join(dir, "none", "sock"): false, "private/sock": false, filepath.Join(private, strings.Repeat("x", 120)): false,
	} {
		h.Socket = socket
		if err := Note(path, h); err != nil {
			t.Fatal(err)
		}
		want := h
		if !kept {
			want.Socket = ""
		}
		expect(socket, want, true)
	}

	file := holderFile(path)
	for what, write := range map[string]func() error{
		"no JSON": func() error { return os.WriteFile(file, []byte("{"), 0o600) },
		"writable by others": func() error {
			return os.Chmod(file, 0o666) // #nosec G302 -- what is to be refused
		},
		"a link": func() error {
			target := filepath.Join(dir, "elsewhere")
			return firstError(os.WriteFile(target, []byte(`{"pid":8}`), 0o600), os.Remove(file), os.Symlink(target, file))
		},
	} {
		if err := Note(path, h); err != nil {
			t.Fatal(err)
		}
		if err := write(); err != nil {
			t.Fatal(err)
		}
		expect(what, Holder{}, true)
		if err := os.Remove(file); err != nil {
			t.Fatal(err)
		}
	}
	if os.Getuid() == 0 {
		if err := firstError(Note(path, h), os.Chown(file, 12345, 12345)); err != nil {
			t.Fatal(err)
		}
		expect("somebody else's", Holder{}, true)
	}
	release()
	expect("released", Holder{}, false)
	if left, err := filepath.Glob(file); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
	if _, held, err := HolderOf(filepath.Join(path, "below a file")); err == nil {
		t.Errorf("a lock that cannot be: held %v", held)
	}
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return fmt.Errorf("making it: %w", err)
		}
	}
	return nil
}

// A lock that another computer has taken over is noticed, and so is a folder
// that is gone. What nobody can tell is no loss.
func TestKept(t *testing.T) {
	path := filepath.Join(folder(t), "lock")
	mine := Holder{PID: os.Getpid(), Host: "here", Since: time.Now().Round(0), Tray: true}
	release, err := Hold(path, mine)
	if err != nil {
		t.Fatal(err)
	}
	later := mine
	later.Socket = "/elsewhere/sock"
	if err := firstError(Kept(path, mine), Note(path, later), Kept(path, mine), os.Remove(holderFile(path)), Kept(path, mine),
		os.WriteFile(holderFile(path), []byte("{"), 0o600), Kept(path, mine)); err != nil {
		t.Errorf("it is ours: %v", err)
	}
	other := mine
	other.Host = "there"
	var taken *TakenError
	if err := errors.Join(Note(path, other), Kept(path, mine)); !errors.As(err, &taken) || taken.By.Host != "there" {
		t.Errorf("taken over: %v", err)
	}
	release()
	if _, err := os.Stat(holderFile(path)); err != nil {
		t.Errorf("what the other wrote down: %v", err)
	}
	var gone *GoneError
	if err := errors.Join(os.RemoveAll(filepath.Dir(path)), Kept(path, mine)); !errors.As(err, &gone) {
		t.Errorf("gone: %v", err)
	}
}

// Who waits for a holder is told of one, and of its end.
func TestWatchHolder(t *testing.T) {
	lock := filepath.Join(t.TempDir(), "lock")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	changed, err := WatchHolder(ctx, lock)
	if err != nil {
		t.Fatal(err)
	}
	told := func(what string) {
		t.Helper()
		select {
		case <-changed:
		case <-time.After(10 * time.Second):
			t.Fatal("not told of ", what)
		}
	}
	me := Holder{PID: os.Getpid(), Since: time.Now().Round(0)}
	release, err := Hold(lock, me)
	if err != nil {
		t.Fatal(err)
	}
	told("the holder")
	// Whatever else is written in the folder is no news. The next value is that
	// of the release, and there is no other before.
	for len(changed) > 0 {
		<-changed
	}
	if err := os.WriteFile(filepath.Join(filepath.Dir(lock), "other"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	release()
	told("the end")
	if _, err := WatchHolder(ctx, filepath.Join(lock, "nowhere", "lock")); err == nil {
		t.Error("a folder that is not there is watched")
	}
}
