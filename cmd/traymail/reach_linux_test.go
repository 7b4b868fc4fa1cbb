package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/platform"
)

// resident is a tray role in a process of its own, for a user whose folders
// are all in one.
type resident struct {
	t    *testing.T
	root string
	cmd  *exec.Cmd
	done chan struct{}
	said *heard // on stderr, since it was started last
}

// heard is what processes write, several at a time: one that has crashed is
// started again with the same stderr.
type heard struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (h *heard) Write(p []byte) (int, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.Write(p)
}

func (h *heard) String() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.text.String()
}

// environment are the variables of the user's session; more are added or, with
// an empty value, taken away.
func (r *resident) environment(more ...string) []string {
	var env []string
	for _, v := range os.Environ() {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "XDG_") && name != "DISPLAY" && name != "WAYLAND_DISPLAY" {
			env = append(env, v)
		}
	}
	env = append(env, programVariable+"=1", "HOME="+r.root, "TMPDIR="+filepath.Join(r.root, "tmp"),
		"DBUS_SESSION_BUS_ADDRESS=disabled:", "DBUS_SYSTEM_BUS_ADDRESS=disabled:")
	return append(env, more...)
}

// runtimeDir is what the session says and cron does not.
func (r *resident) runtimeDir() string { return "XDG_RUNTIME_DIR=" + filepath.Join(r.root, "run") }

// run runs a command with these variables more.
func (r *resident) run(env []string, args ...string) (code int, stdout, stderr string) {
	cmd := exec.CommandContext(r.t.Context(), os.Args[0], args...)
	cmd.Env = r.environment(env...)
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); cmd.ProcessState == nil {
		r.t.Error(err)
		return -1, "", ""
	}
	return cmd.ProcessState.ExitCode(), out.String(), complaints.String()
}

// reside starts a tray role and waits until it answers.
func reside(t *testing.T, env ...string) *resident {
	t.Helper()
	r := prepare(t)
	r.start(env...)
	return r
}

// prepare makes a user's folders.
func prepare(t *testing.T) *resident {
	t.Helper()
	root, err := os.MkdirTemp("", "tm") // a socket's path is short
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	for _, dir := range []string{"run", "tmp"} {
		if err := os.Mkdir(filepath.Join(root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return &resident{t: t, root: root}
}

func (r *resident) start(env ...string) {
	r.t.Helper()
	r.cmd = exec.Command(os.Args[0], "--background")
	r.cmd.Env = r.environment(append(env, r.runtimeDir())...)
	r.said = &heard{}
	r.cmd.Stderr = io.MultiWriter(r.t.Output(), r.said)
	if err := r.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	cmd, done := r.cmd, make(chan struct{})
	r.done = done
	go func() {
		_ = cmd.Wait()
		close(done)
	}()
	r.t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-done
	})
	late := time.Now().Add(time.Minute)
	for code := -1; code != exitDone; {
		if code, _, _ = r.run([]string{r.runtimeDir()}, "status"); time.Now().After(late) {
			r.t.Fatal("it does not start")
		}
	}
}

func (r *resident) signal(s os.Signal) {
	r.t.Helper()
	if err := r.cmd.Process.Signal(s); err != nil {
		r.t.Fatal(err)
	}
}

// A folder that another computer has taken over, or that is gone, ends the tray
// role before it polls, with a sentence; what the other wrote down stays.
func TestTrayWhoseFolderIsAnothers(t *testing.T) {
	for name, test := range map[string]struct {
		lose func(lock string) error
		want string
	}{
		"taken over": {func(lock string) error {
			return platform.Note(lock, platform.Holder{PID: 7, Host: "elsewhere", Since: time.Now(), Tray: true})
		}, "computer “elsewhere”"},
		"gone": {func(lock string) error { return os.RemoveAll(filepath.Dir(lock)) }, "is gone"},
	} {
		t.Run(name, func(t *testing.T) {
			r := reside(t)
			lock := filepath.Join(r.root, ".local", "state", "traymail", "lock")
			if _, err := os.Stat(lock); err != nil {
				t.Fatal(err)
			}
			if err := test.lose(lock); err != nil {
				t.Fatal(err)
			}
			// A new account is due at once. Whether the command hears of that is its luck.
			_, _, _ = r.run([]string{r.runtimeDir()}, "account", "add", "--name", "A", "--server", "127.0.0.1:1", "--user", "a", "--secret-command", "echo x")
			select {
			case <-r.done:
			case <-time.After(time.Minute):
				t.Fatal("it runs on")
			}
			if code := r.cmd.ProcessState.ExitCode(); code != exitFailed || !strings.Contains(r.said.String(), test.want) {
				t.Errorf("exit code %d, %s", code, r.said.String())
			}
			if name == "taken over" {
				if raw, err := os.ReadFile(lock + ".holder"); err != nil || !strings.Contains(string(raw), "elsewhere") {
					t.Errorf("what the other wrote down: %s, %v", raw, err)
				}
			}
		})
	}
}

// After an update the next start takes the place of the tray role that still
// runs, whether that speaks the same protocol or not; what is newer stays.
func TestOlderTrayIsReplaced(t *testing.T) {
	for name, test := range map[string]struct {
		protocol int
		version  string
		replaced bool
	}{
		"the same protocol": {ipc.Version, "0.0.9", true},
		"an older protocol": {ipc.Version - 1, "0.0.1", true},
		"a newer protocol":  {ipc.Version + 1, "99.0.0", false},
		"a newer version":   {ipc.Version, "99.0.0", false},
	} {
		t.Run(name, func(t *testing.T) {
			r := prepare(t)
			state, run := filepath.Join(r.root, ".local", "state", "traymail"), filepath.Join(r.root, "run", "traymail")
			for _, dir := range []string{state, run} {
				if err := os.MkdirAll(dir, 0o700); err != nil {
					t.Fatal(err)
				}
			}
			socket := filepath.Join(run, "sock")
			old := exec.CommandContext(t.Context(), os.Args[0]) // #nosec G204 G702 -- this test again
			old.Env = append(os.Environ(), fmt.Sprintf("%s=%d %s %s %s", oldVariable, test.protocol, test.version, filepath.Join(state, "lock"), socket))
			old.Stderr = t.Output()
			ready, err := old.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := old.Start(); err != nil {
				t.Fatal(err)
			}
			if _, err := fmt.Fscanln(ready, new(string)); err != nil {
				t.Fatalf("the old one does not start: %v", err)
			}
			ended := make(chan struct{})
			go func() {
				_ = old.Wait()
				close(ended)
			}()
			t.Cleanup(func() { <-ended })
			if !test.replaced {
				if code, stdout, stderr := r.run([]string{r.runtimeDir()}, "--background"); code == exitDone && test.protocol != ipc.Version {
					t.Errorf("%s%s", stdout, stderr)
				}
				select {
				case <-ended:
					t.Error("the newer one was ended")
				default:
				}
				_ = old.Process.Kill()
				return
			}
			r.start()
			select {
			case <-ended:
			case <-time.After(time.Minute):
				t.Fatal("the old one runs on")
			}
		})
	}
}

// Who comes from cron, su or ssh has no XDG_RUNTIME_DIR, and finds the tray
// role all the same.
func TestTrayIsFoundWithoutARuntimeFolder(t *testing.T) {
	r := reside(t)
	for _, args := range [][]string{{"status"}, {"check"}, {"account", "list"}, {"quit"}} {
		if code, stdout, stderr := r.run(nil, args...); code != exitDone || stderr != "" {
			t.Errorf("%v: exit code %d, %s%s", args, code, stdout, stderr)
		}
	}
	select {
	case <-r.done:
	case <-time.After(time.Minute):
		t.Fatal("it runs on")
	}
	if code, _, stderr := r.run(nil, "status"); code != exitFailed || !strings.Contains(stderr, "is not running") {
		t.Errorf("afterwards: exit code %d, %s", code, stderr)
	}
	if code, _, stderr := r.run(nil, "quit"); code != exitDone || stderr != "" {
		t.Errorf("quit afterwards: exit code %d, %s", code, stderr)
	}
}

// One that does not answer, because it is stopped or nobody can get at its
// socket, is named by whoever would talk to it, and no command claims success.
func TestTrayThatDoesNotAnswerIsNamed(t *testing.T) {
	r := reside(t)
	want := fmt.Sprintf("traymail already runs (process %d, since ", r.cmd.Process.Pid)
	named := func(what string, env ...string) {
		t.Helper()
		var group sync.WaitGroup
		for _, command := range []string{"status", "check", "quit"} {
			group.Go(func() {
				if code, _, stderr := r.run(env, command); code != exitFailed || !strings.Contains(stderr, want) || strings.Count(stderr, "\n") != 1 {
					t.Errorf("%s, %s: exit code %d, %s", what, command, code, stderr)
				}
			})
		}
		group.Go(func() {
			if _, stdout, _ := r.run(env, "doctor"); !strings.Contains(stdout, fmt.Sprintf("traymail runs (process %d, since", r.cmd.Process.Pid)) {
				t.Errorf("%s, doctor: %s", what, stdout)
			}
		})
		group.Wait()
	}
	r.signal(syscall.SIGSTOP)
	named("stopped", r.runtimeDir())
	r.signal(syscall.SIGCONT)
	if code, _, stderr := r.run(nil, "status"); code != exitDone {
		t.Fatalf("it went on: exit code %d, %s", code, stderr)
	}
	if err := os.Remove(filepath.Join(r.root, "run", "traymail", "sock")); err != nil {
		t.Fatal(err)
	}
	named("without a socket")
}

// A command at work is no tray role: there is nothing to quit.
func TestQuitWhileACommandWorks(t *testing.T) {
	s := shell{t, t.TempDir()}
	s.must("account", "list")
	release, err := platform.Hold(filepath.Join(s.home, "state", "lock"), platform.Holder{PID: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if code, _, stderr := s.run("quit"); code != exitDone {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if code, _, stderr := s.run("status"); code != exitFailed || !strings.Contains(stderr, "is not running") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
	if report, _ := s.examined(); checkOf(report, "running").Level != doctor.Warning {
		t.Errorf("%+v", checkOf(report, "running"))
	}
}

// Who starts traymail on another display is told where it runs, and the one
// there opens no window that they would not see.
func TestSecondStartOnAnotherDisplay(t *testing.T) {
	r := reside(t, "DISPLAY=:5.0")
	for _, test := range []struct {
		env  []string
		args []string
		want string
	}{
		{[]string{"DISPLAY=:7"}, []string{"--background"}, "traymail: traymail already runs on display :5, since "},
		{[]string{"DISPLAY=:7"}, nil, "traymail: traymail already runs on display :5, since "},
		{[]string{"DISPLAY=:5", "WAYLAND_DISPLAY=wayland-1"}, []string{"--background"}, ""},
		{[]string{"DISPLAY=:6", "WAYLAND_DISPLAY=wayland-1"}, nil, "traymail: traymail already runs on display :5, since "},
		{[]string{"DISPLAY=:5"}, []string{"--background"}, ""},
		{nil, []string{"--background"}, ""},
	} {
		code, stdout, stderr := r.run(append(test.env, r.runtimeDir()), test.args...)
		if code != exitDone || !strings.HasPrefix(stderr, test.want) || (stderr == "") != (test.want == "") || strings.Count(stderr, "\n") > 1 || stdout != "" {
			t.Errorf("%v, %v: exit code %d, %s%s", test.env, test.args, code, stdout, stderr)
		}
	}
	log, err := os.ReadFile(filepath.Join(r.state(), "traymail.log"))
	if err != nil || strings.Contains(string(log), "window") {
		t.Errorf("the log: %s, %v", log, err)
	}
}
