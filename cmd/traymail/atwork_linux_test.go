package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/platform"
)

// occupy has a command hold the lifetime lock, which this test is, until it
// gives it back.
func (r *resident) occupy(since time.Time, lasting bool) (release func()) {
	r.t.Helper()
	if err := os.MkdirAll(r.state(), 0o700); err != nil {
		r.t.Fatal(err)
	}
	release, err := platform.Hold(filepath.Join(r.state(), "lock"), platform.Holder{
		PID: os.Getpid(), Host: hostname(), Since: since.Round(0), Command: "traymail fetch", Lasting: lasting,
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return release
}

// Who needs the lock that a lasting command has is told at once which it is,
// and not to end it.
func TestCommandAtWorkIsNamed(t *testing.T) {
	r := prepare(t)
	defer r.occupy(time.Now().Add(-time.Hour), true)()
	want := fmt.Sprintf("traymail: “traymail fetch” is at work (process %d, since ", os.Getpid())
	for _, args := range [][]string{{"check"}, {"list", "other"}, {"fetch", "other", "--mbox", filepath.Join(r.root, "mbox")}} {
		began := time.Now()
		code, _, stderr := r.run([]string{r.runtimeDir()}, args...)
		if code != exitFailed || !strings.HasPrefix(stderr, want) || strings.Count(stderr, "\n") != 1 || time.Since(began) >= startTimeout {
			t.Errorf("%v: exit code %d after %v, %s", args, code, time.Since(began), stderr)
		}
	}
	if _, stdout, _ := r.run([]string{r.runtimeDir()}, "doctor"); !strings.Contains(stdout, fmt.Sprintf("“traymail fetch” (process %d, since ", os.Getpid())) {
		t.Errorf("doctor: %s", stdout)
	}
	// What asks for nothing but the settings goes on.
	if code, _, stderr := r.run([]string{r.runtimeDir()}, "account", "list"); code != exitDone {
		t.Errorf("account list: exit code %d, %s", code, stderr)
	}
}

// One that takes longer than it should is named after the wait.
func TestSlowCommandIsNamed(t *testing.T) {
	r := prepare(t)
	defer r.occupy(time.Now(), false)()
	if code, _, stderr := r.run([]string{r.runtimeDir()}, "check"); code != exitFailed || !strings.HasPrefix(stderr, "traymail: “traymail fetch” is at work") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// A person is told at once; a script waits a little, unless that is in vain.
func TestGiveUp(t *testing.T) {
	person, script := &env{terminal: terminal{}}, &env{}
	held := func(ago time.Duration, lasting bool) error {
		return heldError{platform.Holder{Command: "traymail fetch", Host: hostname(), Since: time.Now().Add(-ago), Lasting: lasting}, ipc.ErrNotRunning}
	}
	for _, c := range []struct {
		e    *env
		err  error
		want bool
	}{
		{person, held(0, true), true},
		{person, held(time.Hour, false), false},
		{script, held(0, true), false},
		{script, held(2*startTimeout, true), true},
		{person, heldError{platform.Holder{Tray: true, Host: hostname()}, ipc.ErrNotRunning}, false},
		{person, ipc.ErrNotRunning, false},
	} {
		if got := c.e.giveUp(c.err); got != c.want {
			t.Errorf("%+v: %v", c.err, got)
		}
	}
}

// A command writes down which one it is.
func TestHolderOfCommands(t *testing.T) {
	for command, lasting := range map[string]bool{"traymail fetch": true, "traymail console": true, "traymail check": false} {
		e := &env{command: command}
		if h := e.holder(false, ""); h.Command != command || h.Lasting != lasting || !commandHolds(h) {
			t.Errorf("%+v", h)
		}
		if h := e.holder(true, ""); h.Command != "" || h.Lasting || commandHolds(h) {
			t.Errorf("%+v", h)
		}
	}
}

// The tray role waits for the end of a command, says so, and starts.
func TestTrayOutlastsACommand(t *testing.T) {
	r := prepare(t)
	release := r.occupy(time.Now(), true)
	cmd := exec.Command(os.Args[0], "--background")
	cmd.Env = r.environment(r.runtimeDir())
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	said, err := bufio.NewReader(stderr).ReadString('\n')
	if err != nil || !strings.HasPrefix(said, "traymail: “traymail fetch” is at work (process ") || !strings.HasSuffix(said, "; traymail starts as soon as it has ended.\n") {
		t.Errorf("%q, %v", said, err)
	}
	release()
	r.awaitTray()
	log, err := os.ReadFile(filepath.Join(r.state(), "traymail.log"))
	if err != nil || !strings.Contains(string(log), `msg="waiting until a command has ended" command="traymail fetch"`) {
		t.Errorf("the log: %s, %v", log, err)
	}
}

// awaitTray waits until a tray role answers.
func (r *resident) awaitTray() {
	r.t.Helper()
	for late := time.Now().Add(time.Minute); ; {
		code, _, stderr := r.run([]string{r.runtimeDir()}, "status")
		if code == exitDone {
			return
		}
		if time.Now().After(late) {
			r.t.Fatal("it does not start: " + stderr)
		}
	}
}

// So does the one without a tray; its supervisor has it for a service that is
// well meanwhile, and can end it.
func TestWatchOutlastsACommand(t *testing.T) {
	r := prepare(t)
	release := r.occupy(time.Now(), true)
	path := filepath.Join(r.root, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	await := func(want string) {
		t.Helper()
		_ = conn.SetReadDeadline(time.Now().Add(30 * time.Second))
		for b := make([]byte, 4096); ; {
			n, err := conn.Read(b)
			if err != nil {
				t.Fatalf("the supervisor is not told %s: %v", want, err)
			}
			if strings.HasPrefix(string(b[:n]), want) {
				return
			}
		}
	}
	start := func() *exec.Cmd {
		t.Helper()
		cmd := exec.Command(os.Args[0], "watch")
		cmd.Env = r.environment(r.runtimeDir(), "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=200000")
		cmd.Stderr = t.Output()
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill() })
		await("STATUS=“traymail fetch” is at work (process ")
		await("READY=1")
		await("WATCHDOG=1")
		return cmd
	}
	end := func(cmd *exec.Cmd) {
		t.Helper()
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Fatal(err)
		}
		await("STOPPING=1")
		if err := cmd.Wait(); err != nil {
			t.Errorf("it ended with %v", err)
		}
	}
	end(start())
	cmd := start()
	release()
	await("STATUS=No ")
	r.awaitTray()
	end(cmd)
}
