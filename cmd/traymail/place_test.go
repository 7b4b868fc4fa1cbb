package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/window"
)

// A place is found again; a file that is no place is as good as none.
func TestPlaceIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "place.json")
	if p := lastPlace(path); p != (window.Place{}) {
		t.Errorf("without a file: %+v", p)
	}
	p := window.Place{Width: 1000, Height: 700, Split: 0.3, X: -10, Y: 20, Placed: true}
	if err := keepPlace(path, p); err != nil {
		t.Fatal(err)
	}
	if got := lastPlace(path); got != p {
		t.Errorf("%+v, not %+v", got, p)
	}
	for _, text := range []string{"", "{", `{"width":"wide"}`, strings.Repeat(" ", 1<<20) + "{}"} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := lastPlace(path); got != (window.Place{}) {
			t.Errorf("%.20q is %+v", text, got)
		}
	}
}
