package settings

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
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

func TestMistakesNameFileLineAndKey(t *testing.T) {
	const good = "version = 1\n\n[[account]]\nid = \"a\"\nname = \"A\"\nserver = \"pop.example.org\"\nuser = \"a\"\n"
	for name, test := range map[string]struct{ text, want string }{
		"syntax":       {good + "port = = 3\n", "settings.toml:8: account.port: expected value but found '=' instead"},
		"value":        {good + "port = 70000\n", "settings.toml:8: account.port: must be 1 to 65535"},
		"second table": {good + "\n[[account]]\nid = \"b\"\nname = \"B\"\nserver = \"bad host\"\nuser = \"b\"\n", "settings.toml:12: account.server: must be a host name or an IP address"},
		"missing":      {"[[account]]\nid = \"a\"\nname = \"A\"\nserver = \"pop.example.org\"\n", "settings.toml:1: account.user: must not be empty"},
		"duration":     {good + "interval = \"soon\"\n", "account.interval"},
		"newer":        {"# hello\nversion = 99\n", "settings.toml:2: version: 99 is from a newer traymail; this one knows 1"},
		"twice":        {good + strings.ReplaceAll(good[strings.Index(good, "["):], "pop.", "pop3."), "settings.toml:9: account.id: is used by another account"},
		"maildrop":     {good + strings.ReplaceAll(good[strings.Index(good, "["):], `"a"`, `"b"`) + "[[account]]\nid = \"c\"\nname = \"C\"\nserver = \"POP.example.org\"\nuser = \"a\"\n", "settings.toml:17: account.user: another account has the same server, port and user"},
		"cleartext":    {good + "security = \"none\"\n", "settings.toml:8: account.security: “none” would send the password unencrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "settings.toml")
			write(t, path, test.text)
			s, err := Open(path)
			var file *FileError
			if !errors.As(err, &file) || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("error %v, want %q", err, test.want)
			}
			if err := s.Update(func(*Settings) error { return nil }); err == nil {
				t.Error("a broken file was overwritten")
			}
			if b, err := os.ReadFile(path); err != nil || string(b) != test.text {
				t.Errorf("the broken file was changed: %q, %v", b, err)
			}
		})
	}
}

func TestUpdateKeepsWhatItDoesNotKnow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	write(t, path, `future = "yes"
[preferences]
language = "en"
colour = "blue"
[[account]]
id = "a"
name = "A"
server = "pop.example.org"
user = "a"
shine = 3
`)
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // what was kept must be kept again
		if err := s.Update(func(s *Settings) error { s.Accounts[0].Name += "!"; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`future = "yes"`, `colour = "blue"`, `shine = 3`, `name = "A!!"`, `interval = "10m"`} {
		if !strings.Contains(string(b), want) {
			t.Errorf("%s is missing in\n%s", want, b)
		}
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if again, err := Open(path); err != nil || again.Settings().Accounts[0].Name != "A!!" {
		t.Errorf("reading it back: %v", err)
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

// An editor's rename over the file is noticed; a mistake keeps the last good
// settings in force until it is mended.
func TestWatch(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "settings.toml")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Update(func(s *Settings) error { s.Accounts = []Account{account("a")}; return nil }); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	changed, done := make(chan struct{}, 10), make(chan error, 1)
	go func() { done <- s.Watch(ctx, func() { changed <- struct{}{} }) }()
	replace := func(text string) {
		t.Helper()
		write(t, path+"~", text)
		if err := os.Rename(path+"~", path); err != nil {
			t.Fatal(err)
		}
		select {
		case <-changed:
		case <-time.After(30 * time.Second):
			t.Fatal("the change was not noticed")
		}
	}
	const text = "[[account]]\nid = \"b\"\nname = \"B\"\nserver = \"pop.example.org\"\nuser = \"b\"\n"
	replace(text)
	if got := s.Settings().Accounts; len(got) != 1 || got[0].ID != "b" || s.Err() != nil {
		t.Errorf("got %+v, %v", got, s.Err())
	}
	replace(text + "port = 0x\n")
	if got := s.Settings().Accounts; len(got) != 1 || got[0].ID != "b" || s.Err() == nil {
		t.Errorf("a mistake changed the settings: %+v, %v", got, s.Err())
	}
	replace(text + "port = 110\n")
	if got := s.Settings().Accounts; got[0].Port != 110 || s.Err() != nil {
		t.Errorf("got %+v, %v", got, s.Err())
	}
	cancel()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func FuzzDecode(f *testing.F) {
	fixture, err := os.ReadFile("testdata/v1.toml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(fixture)
	f.Add([]byte("[[account]]\nid=1"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		s, unknown, err := decode(raw)
		if err != nil {
			return
		}
		again, err := encode(s, unknown)
		if err != nil {
			t.Fatalf("what was read cannot be written: %v", err)
		}
		if _, _, err := decode(again); err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, again)
		}
	})
}
