//go:build unix

package child

import (
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// A program of the user gets the session's environment less what is ours, and
// what the session had of what we changed.
func TestEnvironment(t *testing.T) {
	t.Cleanup(func() { clear(ours) })
	for name, value := range map[string]string{
		"TRAYMAIL_ANYTHING": "1", "NOTIFY_SOCKET": "/run/x", "XDG_ACTIVATION_TOKEN": "t",
		"XDG_CACHE_HOME": "/session", "DISPLAY": ":7", "all_proxy": "socks5://localhost", "TRAYMAILER": "kept",
	} {
		t.Setenv(name, value)
	}
	Ours("XDG_CACHE_HOME")
	Ours("FYNE_FONT")
	t.Setenv("XDG_CACHE_HOME", "/ours")
	t.Setenv("FYNE_FONT", "/ours")
	Ours("XDG_CACHE_HOME") // again changes nothing
	cmd := exec.Command("env")
	cmd.Env = Environment()
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(string(out), "\n")
	for _, want := range []string{"XDG_CACHE_HOME=/session", "DISPLAY=:7", "all_proxy=socks5://localhost", "TRAYMAILER=kept"} {
		if !slices.Contains(got, want) {
			t.Errorf("%s is missing", want)
		}
	}
	for _, entry := range got {
		for _, name := range []string{"TRAYMAIL_", "NOTIFY_SOCKET", "XDG_ACTIVATION_TOKEN", "FYNE_FONT"} {
			if strings.HasPrefix(entry, name) {
				t.Errorf("it has %s", entry)
			}
		}
	}
}

// This process leaves no core, and what it starts may.
func TestNoCore(t *testing.T) {
	var before syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &before); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &before)
		core = nil
	})
	session := before
	session.Cur = min(before.Max, 8<<20)
	if session.Cur == 0 {
		t.Fatal("the test needs a hard limit for cores above 0")
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_CORE, &session); err != nil {
		t.Fatal(err)
	}
	NoCore()
	NoCore()
	limit := func() uint64 {
		var now syscall.Rlimit
		if err := syscall.Getrlimit(syscall.RLIMIT_CORE, &now); err != nil {
			t.Fatal(err)
		}
		return uint64(now.Cur)
	}
	if limit() != 0 {
		t.Error("a core would be written")
	}
	var out strings.Builder
	cmd := exec.Command("sh", "-c", "ulimit -c")
	cmd.Stdout = &out
	if err := Run(cmd); err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(out.String()) == "0" {
		t.Error("nor for the user's programs")
	}
	if limit() != 0 {
		t.Error("a core would be written after a program was started")
	}
	if err := Run(exec.Command("/nonexistent")); err == nil || limit() != 0 {
		t.Error(err, limit())
	}
}
