package settings

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// watched is a store with one account "a" that is being watched.
func watched(t *testing.T, path string) (*Store, <-chan struct{}) {
	t.Helper()
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
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	return s, changed
}

func await(t *testing.T, changed <-chan struct{}) {
	t.Helper()
	select {
	case <-changed:
	case <-time.After(30 * time.Second):
		t.Fatal("the change was not noticed")
	}
}

const edited = "[[account]]\nid = \"b\"\nname = \"B\"\nserver = \"pop.example.org\"\nuser = \"b\"\n"

// However an editor saves, it is noticed; a mistake keeps the last good
// settings in force until it is mended.
func TestWatch(t *testing.T) {
	for name, save := range map[string]func(t *testing.T, path, text string){
		"in place": write,
		"a new file over the old": func(t *testing.T, path, text string) {
			write(t, path+".new", text)
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		},
		"the old one aside": func(t *testing.T, path, text string) {
			if err := os.Rename(path, path+"~"); err != nil {
				t.Fatal(err)
			}
			write(t, path, text)
		},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "settings.toml")
			s, changed := watched(t, path)
			expect := func(port int, bad bool) {
				t.Helper()
				for { // saving in place may be seen half done
					await(t, changed)
					got := s.Settings().Accounts
					if len(got) == 1 && got[0].ID == "b" && got[0].Port == port && (s.Err() != nil) == bad {
						return
					}
					if len(got) != 1 {
						t.Errorf("accounts were lost: %+v, %v", got, s.Err())
					}
				}
			}
			save(t, path, edited)
			expect(995, false)
			save(t, path, edited+"port = 0x\n")
			expect(995, true)
			save(t, path, edited+"port = 110\n")
			expect(110, false)
		})
	}
}

// A file that has gone changes nothing but the error, until it is back.
func TestWatchFileGone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	s, changed := watched(t, path)
	if err := os.Rename(path, path+"~"); err != nil {
		t.Fatal(err)
	}
	await(t, changed)
	if got := s.Settings().Accounts; len(got) != 1 || s.Err() == nil {
		t.Errorf("gone: %+v, %v", got, s.Err())
	}
	if got, want := s.Err().Error(), path+": the file is gone or empty; the last settings stay in force"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
	await(t, changed)
	if got := s.Settings().Accounts; len(got) != 1 || s.Err() != nil {
		t.Errorf("back: %+v, %v", got, s.Err())
	}
}

// An editor that saves in place cuts the file off first: whoever looks then
// must not take it for settings without accounts.
func TestEmptiedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	s, changed := watched(t, path)
	write(t, path, "")
	await(t, changed)
	if got := s.Settings().Accounts; len(got) != 1 || s.Err() == nil {
		t.Errorf("got %+v, %v", got, s.Err())
	}
	// Nothing is lost by writing over it.
	if err := s.Update(func(*Settings) error { return nil }); err != nil || s.Err() != nil {
		t.Errorf("Update: %v, %v", err, s.Err())
	}
}

// What a link points to is edited in another folder.
func TestWatchThroughLink(t *testing.T) {
	path, real := filepath.Join(t.TempDir(), "settings.toml"), filepath.Join(t.TempDir(), "real.toml")
	write(t, real, "version = 1\n")
	if err := os.Symlink(real, path); err != nil {
		t.Fatal(err)
	}
	s, changed := watched(t, path)
	write(t, real, edited)
	for s.Settings().Accounts[0].ID != "b" {
		await(t, changed)
	}
}

// What traymail itself wrote is no news, and an edit by hand is.
func TestWatchTellsOnlyNews(t *testing.T) {
	path := filepath.Join(t.TempDir(), "settings.toml")
	s, changed := watched(t, path)
	for range 3 {
		if err := s.Update(func(s *Settings) error { s.Accounts[0].Name += "!"; return nil }); err != nil {
			t.Fatal(err)
		}
	}
	write(t, path+"~", edited)
	if err := os.Rename(path+"~", path); err != nil {
		t.Fatal(err)
	}
	await(t, changed)
	if got := s.Settings().Accounts; got[0].ID != "b" {
		t.Errorf("told of %+v", got)
	}
}
