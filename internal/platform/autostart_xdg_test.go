//go:build unix && !darwin

package platform

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func autostartFile(t *testing.T) string {
	t.Helper()
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	return filepath.Join(config, "autostart", "io.github.traymail.traymail.desktop")
}

func read(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAutostart(t *testing.T) {
	path := autostartFile(t)
	a := NewAutostart("/opt/traymail/traymail", "--background")
	expect := func(want bool) {
		t.Helper()
		if on, err := a.Enabled(); err != nil || on != want {
			t.Fatalf("enabled %v, %v", on, err)
		}
	}
	set := func(a Autostart, on bool) {
		t.Helper()
		if err := a.Set(t.Context(), on); err != nil {
			t.Fatal(err)
		}
	}
	expect(false)
	set(a, false)
	set(a, true)
	expect(true)
	if text := read(t, path); !strings.Contains(text, "\nExec=/opt/traymail/traymail --background\n") {
		t.Error(text)
	}
	// What is right already is left alone.
	before, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	set(a, true)
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("it was written again: %v", err)
	}
	// The program has moved.
	if err := NewAutostart("/usr/bin/traymail", "--background").Renew(); err != nil {
		t.Fatal(err)
	}
	if text := read(t, path); !strings.Contains(text, "\nExec=/usr/bin/traymail --background\n") {
		t.Error(text)
	}
	// Switched off by the session's settings, it stays so, even if it moves.
	for _, off := range []string{"Hidden=true\n", "X-GNOME-Autostart-enabled=false\n"} {
		if err := os.WriteFile(path, []byte("[Desktop Entry]\nType=Application\nExec=/old\n"+off), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := a.Renew(); err != nil {
			t.Fatal(err)
		}
		expect(false)
		if text := read(t, path); !strings.Contains(text, "Exec=/opt/") {
			t.Error(text)
		}
	}
	// But not when the user says otherwise here.
	set(a, true)
	expect(true)
	set(a, false)
	expect(false)
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the entry is still there: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(path))
	if err != nil || len(left) != 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

func TestAutostartWords(t *testing.T) {
	for word, want := range map[string]string{
		"/usr/bin/traymail":  "/usr/bin/traymail",
		"/home/我/traymail":   "/home/我/traymail",
		"/opt/my mail/t":     `"/opt/my mail/t"`,
		"/opt/100%/t":        "/opt/100%%/t",
		"/opt/$HOME/`id`/\"": `"/opt/\\$HOME/\\` + "`id\\\\`" + `/\\""`,
		`/opt/a\b`:           `"/opt/a\\\\b"`,
		"":                   `""`,
	} {
		if got := execWord(word); got != want {
			t.Errorf("%q became %s, want %s", word, got, want)
		}
	}
	autostartFile(t)
	if err := NewAutostart("/opt/a\nExec=evil").Set(t.Context(), true); err == nil {
		t.Error("a line break got into the file")
	}
}
