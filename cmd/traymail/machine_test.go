//go:build smoke

package main

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// TestMachine runs an installed program, TRAYMAIL_PROGRAM, in the profile of
// whoever runs the test, which is why it wants TRAYMAIL_MACHINE=yes, of a
// machine that is thrown away. It lets a message arrive, and TRAYMAIL_SEEN, a
// program that gets the subject as its argument, looks whether the system has
// been told: it fails until then. What was made stays for the steps to come.
func TestMachine(t *testing.T) {
	path, seen := os.Getenv("TRAYMAIL_PROGRAM"), os.Getenv("TRAYMAIL_SEEN")
	if os.Getenv("TRAYMAIL_MACHINE") != "yes" || path == "" || seen == "" {
		t.Fatal("TRAYMAIL_MACHINE=yes, TRAYMAIL_PROGRAM and TRAYMAIL_SEEN are wanted")
	}
	run := func(name, stdin string, args ...string) (string, error) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Stdin = strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	must := func(stdin string, args ...string) string {
		t.Helper()
		out, err := run(path, stdin, args...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	// until repeats what may need a while.
	until := func(what string, f func() (string, error)) {
		t.Helper()
		for late := time.Now().Add(2 * time.Minute); ; time.Sleep(time.Second) {
			out, err := f()
			if err == nil {
				t.Log(out)
				return
			} else if time.Now().After(late) {
				t.Fatalf("%s: %v\n%s", what, err, out)
			}
		}
	}
	_, server, address := world(t, popserver.Options{Pipelining: true})
	drop := server.Maildrop("me")
	drop.Deliver(mail("old"))

	tray := exec.Command(path, "--background")
	tray.Stdout, tray.Stderr = os.Stdout, os.Stderr
	if err := tray.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- tray.Wait() }()
	t.Cleanup(func() { _ = tray.Process.Kill() })
	until("it does not start", func() (string, error) { return run(path, "", "status") })
	id := strings.TrimSpace(must(password+"\n", "account", "add", "--name", "Machine", "--server", address, "--security", "none", "--user", "me", "--password-stdin"))
	must("", "check")
	const subject = "Seen on a real machine"
	drop.Deliver(mail(subject))
	must("", "check")
	until("the system has no notification", func() (string, error) { return run(seen, "", subject) })
	t.Log(must("", "status", "--json"))
	out, _ := run(path, "", "doctor") // it may find something, which is to be read, no failure
	t.Log(out)

	// The account's server ends with the test.
	must("", "account", "remove", id)
	must("", "quit")
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ended with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("it does not end")
	}
}
