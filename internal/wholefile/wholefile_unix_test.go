//go:build unix

package wholefile

import (
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// A pipe without a writer would be waited for without an end.
func TestPipeIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Read(path, 100); !errors.Is(err, ErrNotRegular) {
		t.Errorf("error %v", err)
	}
}
