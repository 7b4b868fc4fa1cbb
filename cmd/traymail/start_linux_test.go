package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
)

// closed counts how often it was closed.
type closed struct {
	secret.Store
	times int
}

func (c *closed) Close() error {
	c.times++
	return c.Store.Close()
}

// A tray role whose ledger cannot be opened closes what it has opened.
func TestTrayRoleClosesWhatItOpened(t *testing.T) {
	e := &env{loc: locale.New("en"), home: t.TempDir(), logLevel: "info", stdout: t.Output(), stderr: t.Output()}
	if err := e.prepare(); err != nil {
		t.Fatal(err)
	}
	e.paths.Ledger = filepath.Join(e.paths.Lock, "ledger.db") // below a file
	secrets := &closed{Store: secret.Memory(nil)}
	err := runTray(t.Context(), e, trayOptions{background: true, secrets: secrets})
	if err == nil || secrets.times != 1 {
		t.Errorf("error %v, the secrets were closed %d times", err, secrets.times)
	}
	release, err := platform.Lock(e.paths.Lock)
	if err != nil {
		t.Fatalf("the lock: %v", err)
	}
	release()
	fds, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	for _, fd := range fds {
		if name, err := os.Readlink("/proc/self/fd/" + fd.Name()); err == nil && strings.HasPrefix(name, e.home) {
			t.Errorf("%s stays open", name)
		}
	}
}
