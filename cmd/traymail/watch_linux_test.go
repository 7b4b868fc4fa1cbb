package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// settle writes settings with one account whose password is nowhere in them.
func (r *resident) settle(address string) {
	r.t.Helper()
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		r.t.Fatal(err)
	}
	dir := filepath.Join(r.root, ".config", "traymail")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		r.t.Fatal(err)
	}
	text := fmt.Sprintf("[[hook]]\non = \"new\"\ncommand = [\"touch\", \"hooked\"]\n\n[[account]]\nid = \"home\"\nname = \"Home\"\nserver = %q\nport = %s\nuser = \"me\"\nsecurity = \"none\"\n", host, port)
	if err := os.WriteFile(filepath.Join(dir, "settings.toml"), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// Without a keyring and anything in its place it says so at once.
func TestWatchWithoutSecrets(t *testing.T) {
	r := prepare(t)
	r.settle("127.0.0.1:1")
	code, _, stderr := r.run([]string{r.runtimeDir()}, "watch")
	if code != exitUsage || !strings.Contains(stderr, "secret_command") || !strings.HasSuffix(stderr, ": home\n") {
		t.Errorf("exit code %d, %s", code, stderr)
	}
}

// The notifier without a tray, under a supervisor: it polls with a credential,
// runs hooks, answers commands, tells how it is, and ends when it is told to.
func TestWatch(t *testing.T) {
	_, server, address := world(t, popserver.Options{})
	r := prepare(t)
	r.settle(address)
	credentials := filepath.Join(r.root, "credentials")
	if err := os.Mkdir(credentials, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(credentials, "traymail.home"), []byte(password+"\n"), 0o400); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(r.root, "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	told := make(chan string, 1000)
	go func() {
		defer close(told)
		for b := make([]byte, 4096); ; {
			n, err := conn.Read(b)
			if err != nil {
				return
			}
			told <- string(b[:n])
		}
	}()
	t.Cleanup(func() { _ = conn.Close() })
	await := func(want string) {
		t.Helper()
		for late := time.After(30 * time.Second); ; {
			select {
			case got := <-told:
				if got == want {
					return
				}
			case <-late:
				t.Fatalf("the supervisor is not told %s", want)
			}
		}
	}
	cmd := exec.Command(os.Args[0], "watch", "--log-level", "debug")
	cmd.Env = r.environment(r.runtimeDir(), "CREDENTIALS_DIRECTORY="+credentials, "NOTIFY_SOCKET="+path, "WATCHDOG_USEC=200000", "JOURNAL_STREAM=8:1")
	said := &heard{}
	cmd.Stderr = said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	await("READY=1")
	await("STATUS=No unseen messages")
	await("WATCHDOG=1")
	check := func() {
		t.Helper()
		if code, _, stderr := r.run([]string{r.runtimeDir()}, "check"); code != exitDone {
			t.Fatal(stderr)
		}
	}
	check()
	server.Maildrop("me").Deliver(mail("confidential"))
	check()
	await("STATUS=1 unseen message")
	if code, _, stderr := r.run([]string{r.runtimeDir()}, "watch"); code != exitFailed || !strings.Contains(stderr, "running already") {
		t.Errorf("a second one: exit code %d, %s", code, stderr)
	}
	if code, stdout, stderr := r.run([]string{r.runtimeDir()}, "status", "--format", "{unseen}"); code != exitDone || stdout != "1\n" {
		t.Errorf("status: exit code %d, %s%s", code, stdout, stderr)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	await("STOPPING=1")
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ended with %v", err)
	}
	if _, err := os.Stat(filepath.Join(r.root, "hooked")); err != nil {
		t.Error(err)
	}
	lines := strings.Split(strings.TrimSuffix(said.String(), "\n"), "\n")
	for _, line := range lines {
		if !regexp.MustCompile(`^<[3467]>msg=`).MatchString(line) || strings.Contains(line, password) || strings.Contains(line, "confidential") {
			t.Errorf("%q", line)
		}
	}
	if all := said.String(); !strings.Contains(all, "<6>msg=\"new messages\" account=home new=1\n") || !strings.Contains(all, "unseen=1\n") {
		t.Errorf("%s", all)
	}
}
