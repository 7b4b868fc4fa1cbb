//go:build unix && !darwin

package platform

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
	"golang.org/x/sys/unix"
)

// lockVariable makes the test binary take the lock it names, say so, and wait.
const lockVariable = "TRAYMAIL_PLATFORM_TEST_LOCK"

func TestMain(m *testing.M) {
	if path := os.Getenv(lockVariable); path != "" {
		_, err := Lock(path)
		fmt.Println(err)
		_, _ = os.Stdin.Read(make([]byte, 1))
		return
	}
	goleak.VerifyTestMain(m)
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	other := exec.Command(os.Args[0]) // #nosec G204 G702 -- this test again
	other.Env = append(os.Environ(), lockVariable+"="+path)
	in, err := other.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := other.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = in.Close() }()
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "<nil>\n" {
		t.Fatalf("the other process: %q, %v", line, err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Fatalf("locked by another process: %v", err)
	}
	// However a process ends, its lock ends with it.
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	release, err := Lock(path)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Lock(path); !errors.Is(err, ErrLocked) {
		t.Errorf("locked by this process: %v", err)
	}
	release()
	release, err = Lock(path)
	if err != nil {
		t.Fatalf("after its release: %v", err)
	}
	release()
	if _, err := Lock(filepath.Join(path, "below a file")); err == nil || errors.Is(err, ErrLocked) {
		t.Errorf("a lock that cannot be: %v", err)
	}
}

// script writes an executable and returns its path.
func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil { // #nosec G306 -- it is run
		t.Fatal(err)
	}
	return path
}

// await polls until ok.
func await(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("timeout: %s", what)
		}
	}
}

// content is the file's text, empty while there is none.
func content(path string) string {
	b, _ := os.ReadFile(path) // #nosec G304 -- the test's
	return string(b)
}

func TestSpawn(t *testing.T) {
	dir := t.TempDir()
	out, log := filepath.Join(dir, "out"), filepath.Join(dir, "log")
	// What it says on its standard output goes to the log. Renaming makes
	// the result appear at once.
	exe := script(t, dir, "child", `
echo "said"; echo "complained" >&2
read line; echo "input ends: $?" > "$1.part"
echo "arguments: $*" >> "$1.part"
echo "pid: $$" >> "$1.part"
mv "$1.part" "$1"
sleep 600
`)
	if err := SpawnLogged(log, exe, out, "a b", "$(c)"); err != nil {
		t.Fatal(err)
	}
	await(t, "the child's report", func() bool { return content(out) != "" })
	lines := strings.Split(strings.TrimSpace(content(out)), "\n")
	if lines[0] != "input ends: 1" || lines[1] != "arguments: "+out+" a b $(c)" {
		t.Errorf("the child reports %q", lines)
	}
	if got := content(log); got != "said\ncomplained\n" {
		t.Errorf("the log is %q", got)
	}
	pid, err := strconv.Atoi(strings.TrimPrefix(lines[2], "pid: "))
	if err != nil {
		t.Fatal(err)
	}
	session, err := unix.Getsid(pid)
	if err != nil || session != pid {
		t.Errorf("its session is %d, %v, want its own", session, err)
	}
	// When it ends it is collected: no zombie is left.
	if err := syscall.Kill(-pid, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	await(t, "the child to be gone", func() bool { return errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) })

	if err := Spawn(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that is not there: %v", err)
	}
	if err := SpawnLogged(filepath.Join(dir, "missing", "log"), exe); err == nil {
		t.Error("a log that cannot be opened was accepted")
	}
}

func TestOpenURL(t *testing.T) {
	dir := t.TempDir()
	out := filepath.Join(dir, "out")
	script(t, dir, "xdg-open", fmt.Sprintf("echo \"$# $1\" >> '%s'\n", out))
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	for _, link := range []string{
		"https://example.org/path?q=a%20b&c=d#part",
		"http://example.org:8080/",
		"mailto:someone@example.org?subject=Hi%20there",
	} {
		_ = os.Remove(out)
		if err := OpenURL(t.Context(), link); err != nil {
			t.Errorf("%s: %v", link, err)
		}
		await(t, link, func() bool { return content(out) == "1 "+link+"\n" })
	}
	_ = os.Remove(out)
	for _, link := range []string{
		"", "example.org", "-version", "--help", "/etc/passwd", "file:///etc/passwd", "javascript:alert(1)",
		"ssh://example.org", "http:", "https:///path", "http:example.org", "mailto:", "ht tp://x", "http://a b/", "http://x/\x00", "smb://x/y",
	} {
		if err := OpenURL(t.Context(), link); err == nil {
			t.Errorf("%q was opened", link)
		}
	}
	cancelled, cancel := context.WithCancel(t.Context())
	cancel()
	if err := OpenURL(cancelled, "https://example.org"); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	t.Setenv("PATH", filepath.Join(dir, "empty"))
	if err := OpenURL(t.Context(), "https://example.org"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("without xdg-open: %v", err)
	}
	if got := content(out); got != "" {
		t.Errorf("xdg-open was called: %q", got)
	}
}
