package platform

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestAutostart(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	path := filepath.Join(home, "Library", "LaunchAgents", "io.github.traymail.traymail.plist")
	a := NewAutostart("/Applications/traymail.app/Contents/MacOS/traymail", "--background")
	expect := func(want bool) {
		t.Helper()
		if on, err := a.Enabled(); err != nil || on != want {
			t.Fatalf("enabled %v, %v", on, err)
		}
	}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	expect(false)
	must(a.Set(t.Context(), false))
	must(a.Set(t.Context(), true))
	expect(true)
	before, err := os.Stat(path)
	must(err)
	must(a.Set(t.Context(), true))
	if after, err := os.Stat(path); err != nil || !os.SameFile(before, after) {
		t.Errorf("what was right was written again: %v", err)
	}
	// The program has moved.
	must(NewAutostart("/Users/me/traymail", "--background").Renew())
	text, err := os.ReadFile(path)
	must(err)
	if got := plist(t, text)["ProgramArguments"]; !slices.Equal(got, []string{"/Users/me/traymail", "--background"}) {
		t.Errorf("it starts %q", got)
	}
	must(a.Set(t.Context(), false))
	expect(false)
}
