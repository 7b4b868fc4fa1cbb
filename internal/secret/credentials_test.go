package secret

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCredentials(t *testing.T) {
	folder := t.TempDir()
	for name, text := range map[string]string{"traymail.home": "correct horse\r\nmore\n", "traymail.bare": "secret", "traymail.empty": "\n", "traymail.large": strings.Repeat("x", maxCredential+1), "other": "x"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o400); err != nil {
			t.Fatal(err)
		}
	}
	below := Memory(map[string]string{})
	if err := below.Set(t.Context(), "work", "from below"); err != nil {
		t.Fatal(err)
	}
	s := WithCredentials(folder, below)
	for ref, want := range map[string]string{"home": "correct horse", "bare": "secret", "work": "from below"} {
		if got, err := s.Get(t.Context(), ref); err != nil || got != want {
			t.Errorf("%s: %q, %v", ref, got, err)
		}
	}
	for _, ref := range []string{"nobody", "../other"} {
		if got, err := s.Get(t.Context(), ref); !errors.Is(err, ErrNotFound) {
			t.Errorf("%s: %q, %v", ref, got, err)
		}
	}
	for _, ref := range []string{"empty", "large"} {
		if got, err := s.Get(t.Context(), ref); err == nil || errors.Is(err, ErrNotFound) || !strings.Contains(err.Error(), "traymail."+ref) || strings.Contains(err.Error(), "xxx") {
			t.Errorf("%s: %q, %v", ref, got, err)
		}
	}
	if err := os.Mkdir(filepath.Join(folder, "traymail.folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if got, err := s.Get(t.Context(), "folder"); err == nil || !strings.Contains(err.Error(), "it is no file") {
		t.Errorf("%q, %v", got, err)
	}
	if !HasCredential(folder, "home") || HasCredential(folder, "work") || HasCredential("", "home") {
		t.Error("what there is and what is said differ")
	}
	if WithCredentials("", below) != Store(below) {
		t.Error("without a folder something stands before the store")
	}
}
