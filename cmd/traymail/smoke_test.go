//go:build smoke

package main

import (
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// These run a finished program, TRAYMAIL_PROGRAM, where it is to run: after
// packing, on the system that it was made for.

// try runs the program in a home, and returns what it printed.
func try(t *testing.T, home, stdin string, args ...string) (stdout, stderr string, err error) {
	t.Helper()
	path := os.Getenv("TRAYMAIL_PROGRAM")
	if path == "" {
		t.Fatal("TRAYMAIL_PROGRAM names no program")
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, append([]string{"--home", home}, args...)...)
	cmd.Stdin = strings.NewReader(stdin)
	var out, complaints strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaints
	err = cmd.Run()
	return out.String(), complaints.String(), err
}

// program is try for what succeeds.
func program(t *testing.T, home, stdin string, args ...string) string {
	t.Helper()
	out, complaints, err := try(t, home, stdin, args...)
	if err != nil || complaints != "" {
		t.Fatalf("%v: %v\n%s%s", args, err, out, complaints)
	}
	return out
}

// checked is what of "check --json" is looked at.
type checked struct {
	Accounts []struct {
		State    string `json:"state"`
		Messages int    `json:"messages"`
		New      []struct {
			From    string `json:"from"`
			Subject string `json:"subject"`
		} `json:"new"`
	} `json:"accounts"`
	Unseen int `json:"unseen"`
}

func check(t *testing.T, home string) (c checked) {
	t.Helper()
	if err := json.Unmarshal([]byte(program(t, home, "", "check", "--json")), &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Accounts) != 1 || c.Accounts[0].State != "ok" {
		t.Fatalf("%+v", c)
	}
	return c
}

func TestSmoke(t *testing.T) {
	if v := program(t, t.TempDir(), "", "version"); !strings.HasPrefix(v, "traymail "+traymail.Version()+" (") {
		t.Fatalf("version: %q", v)
	}
	secretFile := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(secretFile, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, secret := range map[string]struct {
		stdin string
		args  []string
	}{
		"secret command": {"", []string{"--secret-command", "cat " + secretFile}},
		"keyring":        {password + "\n", []string{"--password-stdin"}},
	} {
		t.Run(name, func(t *testing.T) {
			s, server, address := world(t, popserver.Options{Pipelining: true})
			drop := server.Maildrop("me")
			drop.Deliver(mail("old"))
			id := strings.TrimSpace(program(t, s.home, secret.stdin, append([]string{
				"account", "add", "--name", "Home", "--server", address, "--security", "none", "--user", "me",
			}, secret.args...)...))
			if c := check(t, s.home); c.Unseen != 0 || c.Accounts[0].Messages != 1 {
				t.Errorf("the first check: %+v", c)
			}

			// From now on the long-lived process does the polling.
			tray := exec.Command(os.Getenv("TRAYMAIL_PROGRAM"), "--home", s.home, "--background")
			tray.Stdout, tray.Stderr = os.Stdout, os.Stderr
			if err := tray.Start(); err != nil {
				t.Fatal(err)
			}
			ended := make(chan error, 1)
			go func() { ended <- tray.Wait() }()
			t.Cleanup(func() { _ = tray.Process.Kill() })
			for late := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
				_, complaints, err := try(t, s.home, "", "status")
				if err == nil {
					break
				} else if time.Now().After(late) {
					t.Fatalf("it does not start: %s", complaints)
				}
			}
			drop.Deliver(mail("=?utf-8?b?5Lya6K6u?="))
			c := check(t, s.home)
			if c.Unseen != 1 || len(c.Accounts[0].New) != 1 || c.Accounts[0].New[0].Subject != "会议" || c.Accounts[0].New[0].From != "张伟" {
				t.Errorf("the second check: %+v", c)
			}
			var status struct{ Unseen int }
			if err := json.Unmarshal([]byte(program(t, s.home, "", "status", "--json")), &status); err != nil || status.Unseen != 1 {
				t.Errorf("status: %+v, %v", status, err)
			}
			program(t, s.home, "", "account", "remove", id)
			program(t, s.home, "", "quit")
			select {
			case err := <-ended:
				if err != nil {
					t.Errorf("it ended with %v", err)
				}
			case <-time.After(time.Minute):
				t.Error("it does not end")
			}
		})
	}
}
