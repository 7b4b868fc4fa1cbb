package main

import (
	"bufio"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// follower is a status --follow in a process of its own.
type follower struct {
	t     *testing.T
	cmd   *exec.Cmd
	lines chan string
}

func (r *resident) follow(args ...string) *follower {
	r.t.Helper()
	f := &follower{t: r.t, lines: make(chan string, 100)}
	f.cmd = exec.Command(os.Args[0], append([]string{"status", "--follow"}, args...)...)
	f.cmd.Env = r.environment(r.runtimeDir())
	f.cmd.Stderr = r.t.Output()
	out, err := f.cmd.StdoutPipe()
	if err != nil {
		r.t.Fatal(err)
	}
	if err := f.cmd.Start(); err != nil {
		r.t.Fatal(err)
	}
	go func() {
		defer close(f.lines)
		for s := bufio.NewScanner(out); s.Scan(); {
			f.lines <- s.Text()
		}
	}()
	r.t.Cleanup(func() { _ = f.cmd.Process.Kill() })
	return f
}

// until reads lines until one is want, of which it returns those before. No
// line is the same as the one before it.
func (f *follower) until(want string) {
	f.t.Helper()
	last, any := "", false
	for {
		select {
		case line, ok := <-f.lines:
			if !ok {
				f.t.Fatalf("it ended while waiting for %q", want)
			}
			if any && line == last {
				f.t.Errorf("%q stands twice", line)
			}
			if last, any = line, true; line == want {
				return
			}
		case <-time.After(30 * time.Second):
			f.t.Fatalf("no line %q after %q", want, last)
		}
	}
}

// A line follows each change, whatever tray role there is or is not.
func TestFollow(t *testing.T) {
	_, server, address := world(t, popserver.Options{})
	r := prepare(t)
	f := r.follow("--format", "{state} {unseen} {subject}")
	g := r.follow("--format", "polybar")
	f.until("stopped  ")
	g.until("")
	r.start()
	f.until("none 0 ")
	if code, _, stderr := r.run([]string{r.runtimeDir()}, "account", "add", "--name", "Home", "--server", address, "--user", "me", "--security", "none", "--secret-command", "echo "+password); code != exitDone {
		t.Fatal(stderr)
	}
	check := func() {
		t.Helper()
		if code, _, stderr := r.run([]string{r.runtimeDir()}, "check"); code != exitDone {
			t.Fatal(stderr)
		}
	}
	check()
	server.Maildrop("me").Deliver(mail("one"))
	check()
	f.until("unseen 1 one")
	g.until("1")
	for _, end := range []os.Signal{syscall.SIGKILL, syscall.SIGTERM} {
		r.signal(end)
		<-r.done
		f.until("stopped  ")
		r.start()
		f.until("unseen 1 one")
	}
	if code, _, stderr := r.run([]string{r.runtimeDir()}, "seen", "--all"); code != exitDone {
		t.Fatal(stderr)
	}
	f.until("none 0 ")
	if err := f.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for range f.lines {
	}
	if err := f.cmd.Wait(); err != nil {
		t.Errorf("told to end: %v", err)
	}
}

// JSON is that of status --json, on a line of its own; one line is to be had
// without following as well.
func TestStatusFormats(t *testing.T) {
	r := prepare(t)
	f := r.follow("--json")
	f.until("null")
	r.start()
	line := <-f.lines
	var status struct {
		Unseen   *int
		Accounts []any
		Newest   []any
		Revision *int
	}
	if err := json.Unmarshal([]byte(line), &status); err != nil || status.Unseen == nil || status.Accounts == nil || status.Newest == nil || status.Revision != nil {
		t.Errorf("%s, %v", line, err)
	}
	for format, want := range map[string]string{"waybar": `{"text":"","alt":"none",`, "json": `{"unseen":0,"`, "{unseen}": "0\n", "i3blocks": `{"full_text":""}` + "\n"} {
		if code, out, stderr := r.run([]string{r.runtimeDir()}, "status", "--format", format); code != exitDone || !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 1 {
			t.Errorf("%s: exit code %d, %s%s", format, code, out, stderr)
		}
	}
	for _, args := range [][]string{{"--format", "frob"}, {"--format", "{frob}", "--follow"}, {"--json", "--format", "waybar"}} {
		if code, out, stderr := r.run([]string{r.runtimeDir()}, append([]string{"status"}, args...)...); code != exitUsage || out != "" || !strings.Contains(stderr, "--format") {
			t.Errorf("%v: exit code %d, %s%s", args, code, out, stderr)
		}
	}
}

// Nobody reads any more: then it ends, though nothing changes.
func TestFollowWithoutReader(t *testing.T) {
	r := reside(t)
	cmd := exec.Command(os.Args[0], "status", "--follow", "--format", "{state}")
	cmd.Env = r.environment(r.runtimeDir())
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || line != "none\n" {
		t.Fatalf("%q, %v", line, err)
	}
	_ = out.Close()
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-time.After(30 * time.Second):
		t.Fatal("it waits for what nobody will read")
	}
}

// The tray role runs the hooks of the settings file, also of one that is edited
// meanwhile, and says how they fare.
func TestHooks(t *testing.T) {
	_, server, address := world(t, popserver.Options{})
	r := reside(t)
	out := filepath.Join(r.root, "out")
	if code, _, stderr := r.run([]string{r.runtimeDir()}, "account", "add", "--name", "Home", "--server", address, "--user", "me", "--security", "none", "--secret-command", "echo "+password); code != exitDone {
		t.Fatal(stderr)
	}
	f := r.follow("--format", "{unseen} {subject}")
	f.until("0 ")
	path := filepath.Join(r.root, ".config", "traymail", "settings.toml")
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(out, 0o700); err != nil {
		t.Fatal(err)
	}
	hooks := "[[hook]]\non = \"new\"\ncommand = [\"touch\", \"--\", \"{subject}\"]\n\n" + // in HOME
		"[[hook]]\non = \"count\"\ncommand = [\"tee\", \"" + filepath.Join(out, "count") + "\"]\n\n"
	text := strings.Replace(string(raw), "[[account]]", hooks+"[[account]]", 1)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	appears := func(name, want string) {
		t.Helper()
		for late := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
			raw, err := os.ReadFile(name)
			if err == nil && strings.Contains(string(raw), want) {
				return
			}
			if time.Now().After(late) {
				t.Fatalf("%s: %q, %v, want %s", name, raw, err, want)
			}
		}
	}
	appears(filepath.Join(out, "count"), `{"event":"count","unseen":0}`) // so they are in force
	server.Maildrop("me").Deliver(mail("--help me"))
	if code, _, stderr := r.run([]string{r.runtimeDir()}, "check"); code != exitDone {
		t.Fatal(stderr)
	}
	f.until("1 --help me")
	appears(filepath.Join(r.root, "--help me"), "")
	appears(filepath.Join(out, "count"), `{"event":"count","unseen":1}`)
	_, stdout, _ := r.run([]string{r.runtimeDir()}, "status", "--json")
	for _, want := range []string{`"program": "touch"`, `"program": "tee"`, `"failures": 0`} {
		if !strings.Contains(stdout, want) {
			t.Errorf("%s is missing: %s", want, stdout)
		}
	}
}
