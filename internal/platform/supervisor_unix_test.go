//go:build unix

package platform

import (
	"net"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

func TestSupervisor(t *testing.T) {
	dir, err := os.MkdirTemp("", "tm") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	path := filepath.Join(dir, "n")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	env := map[string]string{"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "5000000", "WATCHDOG_PID": strconv.Itoa(os.Getpid())}
	getenv := func(name string) string { return env[name] }
	s := SupervisorOf(getenv)
	if s.Watchdog != 5*time.Second {
		t.Errorf("watchdog: %v", s.Watchdog)
	}
	if err := s.Tell(SupervisorReady); err != nil {
		t.Fatal(err)
	}
	if err := s.TellStatus("a\nREADY=1"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"READY=1", "STATUS=a READY=1"} {
		b := make([]byte, 100)
		n, err := conn.Read(b)
		if err != nil || string(b[:n]) != want {
			t.Errorf("%q, %v, want %q", b[:n], err, want)
		}
	}
	// The watchdog of another process, say of a shell that started this one, is not ours.
	env["WATCHDOG_PID"] = "1"
	if s := SupervisorOf(getenv); s.Watchdog != 0 {
		t.Errorf("watchdog of another: %v", s.Watchdog)
	}
	if err := SupervisorOf(func(string) string { return "" }).Tell(SupervisorReady); err != nil {
		t.Error(err)
	}
}
