package settings

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func account(id string) Account {
	a := Account{ID: id, Name: id, Server: "pop.example.org", User: id}
	a.Normalize()
	return a
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// Every version that ever existed loads.
func TestFixtures(t *testing.T) {
	s, err := Open("testdata/v1.toml")
	if err != nil {
		t.Fatal(err)
	}
	got := s.Settings()
	want := []Account{
		{
			ID: "home-k3fa", Name: "家", Address: "me@example.cn", Server: "pop.example.cn", Port: 995,
			Security: TLS, User: "me@example.cn", Interval: Duration(10 * time.Minute),
		},
		{
			ID: "work-b2c4", Name: "Work", Server: "127.0.0.1", Port: 1110, Security: None, User: "me",
			SecretCommand: "pass show mail/work", Interval: Duration(90 * time.Second), UnseenExisting: true,
		},
	}
	if len(got.Accounts) != 2 || got.Accounts[0] != want[0] || got.Accounts[1] != want[1] {
		t.Errorf("got %+v", got.Accounts)
	}
	if got.Preferences.Language != "zh-Hans" {
		t.Errorf("language is %q", got.Preferences.Language)
	}
}

func TestUpdateWritesPrivately(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "sub")
	path := filepath.Join(dir, "settings.toml")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(s *Settings) error { s.Accounts = []Account{account("a")}; return nil }); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]os.FileMode{path: 0o600, dir: 0o700 | os.ModeDir} {
		if runtime.GOOS == "windows" {
			want |= want.Perm()>>3 | want.Perm()>>6 // of modes it has one bit; the profile's folder is private by itself
		}
		if info, err := os.Stat(name); err != nil || info.Mode() != want {
			t.Errorf("%s: mode %v, %v", name, info.Mode(), err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(b), "# ") || !strings.Contains(string(b), `interval = "10m"`) {
		t.Errorf("%v in\n%s", err, b)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("left in the folder: %v, %v", entries, err)
	}
}

// A link, as keepers of dotfiles use them, stays one.
func TestUpdateThroughLink(t *testing.T) {
	dir := t.TempDir()
	path, real := filepath.Join(dir, "settings.toml"), filepath.Join(t.TempDir(), "real.toml")
	write(t, real, "version = 1\n")
	if err := os.Symlink(real, path); err != nil {
		t.Fatal(err)
	}
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(s *Settings) error { s.Accounts = []Account{account("a")}; return nil }); err != nil {
		t.Fatal(err)
	}
	if got, err := os.Readlink(path); err != nil || got != real {
		t.Errorf("the link is %q, %v", got, err)
	}
	if b, err := os.ReadFile(real); err != nil || !strings.Contains(string(b), "pop.example.org") {
		t.Errorf("the file: %q, %v", b, err)
	}
}

// When writing fails, the old file and the old settings stay.
func TestUpdateThatCannotWrite(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "settings.toml")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(s *Settings) error { s.Accounts = []Account{account("a")}; return nil }); err != nil {
		t.Fatal(err)
	}
	before, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	refused := errors.New("refused")
	for name, change := range map[string]func(*Settings) error{
		"refused": func(s *Settings) error { s.Accounts[0].Name = "changed"; return refused },
		"invalid": func(s *Settings) error { s.Accounts[0].Port = -1; return nil },
		"twice":   func(s *Settings) error { s.Accounts = append(s.Accounts, s.Accounts[0]); return nil },
	} {
		if err := s.Update(change); err == nil {
			t.Errorf("%s: no error", name)
		}
		if got := s.Settings().Accounts; len(got) != 1 || got[0] != account("a") {
			t.Errorf("%s: %+v", name, got)
		}
	}
	// What is in the file's place cannot be read.
	if err := errors.Join(os.Remove(path), os.Mkdir(path, 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(*Settings) error { return nil }); err == nil {
		t.Error("a folder was overwritten")
	}
	// When the file has gone, the settings in force are written anew.
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(*Settings) error { return nil }); err != nil {
		t.Error(err)
	}
	if after, err := os.ReadFile(path); err != nil || string(after) != string(before) {
		t.Errorf("written anew: %q, %v, want %q", after, err, before)
	}
}

func TestUpdateRefusesInvalid(t *testing.T) {
	path := filepath.Join(t.TempDir(), "sub", "settings.toml")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	err = s.Update(func(s *Settings) error { s.Accounts = append(s.Accounts, Account{ID: "x"}); return nil })
	if !errors.Is(err, ErrInvalid) {
		t.Errorf("error %v", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("a file was written: %v", err)
	}
}

// An edit by hand between reading and writing is not lost.
func TestUpdateReadsAnEditFirst(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	one, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	other, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	add := func(s *Store, id string) error {
		return s.Update(func(s *Settings) error { s.Accounts = append(s.Accounts, account(id)); return nil })
	}
	if err := errors.Join(add(one, "a"), add(other, "b")); err != nil {
		t.Fatal(err)
	}
	if got := other.Settings().Accounts; len(got) != 2 {
		t.Errorf("%d accounts", len(got))
	}
}

func TestConcurrentUpdates(t *testing.T) {
	s, err := Open(filepath.Join(t.TempDir(), "settings.toml"))
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for i := range 8 {
		group.Go(func() {
			err := s.Update(func(s *Settings) error {
				s.Accounts = append(s.Accounts, account(fmt.Sprint("a", i)))
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := len(s.Settings().Accounts); n != 8 {
		t.Errorf("%d accounts", n)
	}
}

// A settings file cut anywhere, or with any bit flipped, is read, or refused
// with its place; it never ends the program, and is left as it is.
func TestDamagedFile(t *testing.T) {
	good, err := os.ReadFile("testdata/v1.toml")
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "settings.toml")
	refused := 0
	try := func(raw []byte) {
		t.Helper()
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		var file *FileError
		switch s, err := Open(path); {
		case errors.As(err, &file):
			refused++
			if file.File != path {
				t.Errorf("the error names %q", file.File)
			}
		case err != nil:
			t.Errorf("%q: %v", raw, err)
		default:
			for _, a := range s.Settings().Accounts {
				if problems := a.Validate(); len(problems) > 0 {
					t.Errorf("%q was taken: %v", raw, problems)
				}
			}
		}
		if left, err := os.ReadFile(path); err != nil || !bytes.Equal(left, raw) {
			t.Errorf("%q became %q, %v", raw, left, err)
		}
	}
	for i := range good {
		try(good[:i])
		for bit := range 8 {
			flipped := bytes.Clone(good)
			flipped[i] ^= 1 << bit
			try(flipped)
		}
	}
	if refused < len(good) {
		t.Errorf("only %d were refused", refused)
	}
}
