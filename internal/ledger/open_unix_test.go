//go:build unix

package ledger

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
	"time"
)

// Without a file descriptor to spare, or the right to read it, a healthy
// ledger stays where it is.
func TestNoDescriptorsKeepTheLedger(t *testing.T) {
	path := fixture(t, "version1.db")
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	var held []*os.File
	for {
		f, err := os.Open(path) // #nosec G304 -- the test's own
		if errors.Is(err, syscall.EMFILE) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if held = append(held, f); len(held) == 64 {
			if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &syscall.Rlimit{Cur: 64, Max: limit.Max}); err != nil {
				t.Fatal(err)
			}
		}
	}
	_, aside, err := Open(path, time.Now())
	if limited := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); limited != nil {
		t.Fatal(limited)
	}
	for _, f := range held {
		_ = f.Close()
	}
	if !errors.Is(err, syscall.EMFILE) || aside != "" || len(beside(t, path)) != 1 {
		t.Errorf("%q, %v, %q", aside, err, beside(t, path))
	}
	if os.Getuid() == 0 {
		return // who may read everything
	}
	if err := os.Chmod(path, 0); err != nil {
		t.Fatal(err)
	}
	if _, aside, err := Open(path, time.Now()); !errors.Is(err, fs.ErrPermission) || aside != "" {
		t.Errorf("%q, %v", aside, err)
	}
}
