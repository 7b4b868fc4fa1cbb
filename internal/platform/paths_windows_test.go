package platform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPaths(t *testing.T) {
	root := folder(t)
	t.Setenv("APPDATA", filepath.Join(root, "roaming"))
	t.Setenv("LOCALAPPDATA", filepath.Join(root, "local"))
	got, err := PathsFor("")
	if err != nil {
		t.Fatal(err)
	}
	state := filepath.Join(root, "local", "traymail")
	want := Paths{
		Config: filepath.Join(root, "roaming", "traymail", "settings.toml"), Ledger: filepath.Join(state, "ledger.db"),
		Lock: filepath.Join(state, "lock"), Log: filepath.Join(state, "traymail.log"), WindowLog: filepath.Join(state, "window.log"), Place: filepath.Join(state, "place.json"), History: filepath.Join(state, "console.history"), Socket: got.Socket,
	}
	if got != want || !strings.HasPrefix(got.Socket, `\\.\pipe\traymail-`) {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, path := range []string{got.Config, got.Ledger} {
		if info, err := os.Stat(filepath.Dir(path)); err != nil || !info.IsDir() {
			t.Errorf("the folder of %s: %v", path, err)
		}
	}
}

// Processes that share a ledger must find each other, however they were told
// where it is.
func TestHomesHaveTheirPipes(t *testing.T) {
	root := folder(t)
	t.Chdir(root)
	pipe := func(home string) string {
		t.Helper()
		got, err := PathsFor(home)
		if err != nil {
			t.Fatal(err)
		}
		return got.Socket
	}
	one := pipe(filepath.Join(root, "Home"))
	for _, same := range []string{"Home", "home", `.\HOME\`, strings.ToUpper(filepath.Join(root, "home")), filepath.ToSlash(filepath.Join(root, "Home"))} {
		if pipe(same) != one {
			t.Errorf("%s has another pipe", same)
		}
	}
	if pipe("other") == one || pipe("") == one {
		t.Error("two homes share a pipe")
	}
}
