package ledger

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// Only what is damage is set aside: whatever else keeps the ledger from being
// opened passes, and with it would go what was seen.
func TestOnlyDamageIsSetAside(t *testing.T) {
	for _, size := range []int{0, 1, 100, 4095, 70000} {
		path := filepath.Join(t.TempDir(), "ledger")
		if err := os.WriteFile(path, make([]byte, size), 0o600); err != nil {
			t.Fatal(err)
		}
		l, aside, err := Open(path, time.Now())
		if err != nil || aside == "" {
			t.Errorf("%d octets of nothing: set aside as %q, %v", size, aside, err)
		}
		if err == nil {
			_ = l.Close()
		}
	}
	// What is no file cannot be opened, and stays.
	path := filepath.Join(t.TempDir(), "ledger")
	if err := os.MkdirAll(filepath.Join(path, "inside"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, aside, err := Open(path, time.Now()); err == nil || aside != "" {
		t.Errorf("set aside as %q, %v", aside, err)
	}
	if _, err := os.Stat(filepath.Join(path, "inside")); err != nil {
		t.Error(err)
	}
}

func TestIsDamage(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger")
	if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, passing := range []error{syscall.EMFILE, syscall.ENFILE, syscall.ENOMEM, syscall.EIO, os.ErrPermission, errors.New("timeout")} {
		if isDamage(fmt.Errorf("opening: %w", passing), path) {
			t.Errorf("%v passes for damage", passing)
		}
	}
	if err := fmt.Errorf("%w: page 3", errDamaged); !isDamage(err, path) || isDamage(err, path+"-gone") {
		t.Error("damage counts where the file can be read")
	}
}
