//go:build unix && !darwin

package platform

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// script writes an executable and returns its path.
func script(t *testing.T, dir, name, body string) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte("#!/bin/sh\n"+body), 0o700); err != nil { // #nosec G306 -- it is run
		t.Fatal(err)
	}
	return path
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
	ended := make(chan error, 1)
	if err := SpawnLogged(log, func(err error) { ended <- err }, exe, out, "a b", "$(c)"); err != nil {
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
	if err := <-ended; err == nil || err.Error() != "signal: killed" {
		t.Errorf("it is said to have ended with %v", err)
	}
	if err := syscall.Kill(pid, 0); !errors.Is(err, syscall.ESRCH) {
		t.Errorf("the child is still there: %v", err)
	}

	if err := Spawn(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a program that is not there: %v", err)
	}
}

// A program that dies leaves its words, after those that are there.
func TestSpawnLogged(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "log")
	exe := script(t, dir, "child", "echo \"$1\" >&2\nexit 3\n")
	run := func(log, words string) {
		t.Helper()
		ended := make(chan error, 1)
		if err := SpawnLogged(log, func(err error) { ended <- err }, exe, words); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; err == nil || err.Error() != "exit status 3" {
			t.Errorf("it is said to have ended with %v", err)
		}
	}
	run(log, "no OpenGL")
	run(log, "panic")
	if got := content(log); got != "no OpenGL\npanic\n" {
		t.Errorf("the log is %q", got)
	}
	if info, err := os.Stat(log); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info, err)
	}
	run(filepath.Join(dir, "missing", "log"), "unheard")

	// A long one is put aside, for one more time.
	if err := os.Truncate(log, maxLog+1); err != nil {
		t.Fatal(err)
	}
	run(log, "anew")
	old, err := os.Stat(log + ".old")
	if got := content(log); got != "anew\n" || err != nil || old.Size() != maxLog+1 {
		t.Errorf("the log is %q, the old one %v, %v", got, old, err)
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
	refuses(t)
	t.Setenv("PATH", filepath.Join(dir, "empty"))
	if err := OpenURL(t.Context(), "https://example.org"); !errors.Is(err, exec.ErrNotFound) {
		t.Errorf("without xdg-open: %v", err)
	}
	if got := content(out); got != "" {
		t.Errorf("xdg-open was called: %q", got)
	}
}
