//go:build !darwin && !windows

package tray

import (
	"context"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/platform/dbustest"
)

func TestAwait(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	came := make(chan bool, 1)
	ctx, cancel := context.WithCancel(t.Context())
	go func() { came <- Await(ctx) }()
	cancel()
	if answer(t, came) {
		t.Error("a panel that never was")
	}
	go func() { came <- Await(t.Context()) }()
	panel := newHost(t, address)
	if !answer(t, came) {
		t.Error("a panel comes unseen")
	}
	if !Await(t.Context()) {
		t.Error("a panel is there unseen")
	}
	panel.stop()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/bus")
	if Await(t.Context()) {
		t.Error("a panel without a bus")
	}
}

func answer(t *testing.T, from <-chan bool) bool {
	t.Helper()
	select {
	case is := <-from:
		return is
	case <-time.After(20 * time.Second):
		t.Fatal("no answer")
		return false
	}
}
