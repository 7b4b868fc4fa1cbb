//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
)

// A real server with 1,000 messages is polled over each kind of connection,
// at a cost that does not grow with the mailbox.
func TestDovecot(t *testing.T) {
	j := begin(t, 10*time.Minute, desktoptest.Options{NoPanel: true}, "tls", "stls", "none")
	ctx, desktop, server, program := j.ctx, j.Desktop, j.mail, j.program
	secret := filepath.Join(desktop.Dir, "home", "secret")
	if err := os.WriteFile(secret, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	const many = 1000
	for _, security := range []string{"tls", "stls", "none"} {
		t.Run(security, func(t *testing.T) {
			deliver := func(subject string) {
				t.Helper()
				raw := fmt.Sprintf("From: Ann <ann@example.org>\nSubject: %s\nDate: %s\n\nhello\n", subject, time.Now().Format(time.RFC1123Z))
				if err := server.Deliver(security, []byte(raw)); err != nil {
					t.Fatal(err)
				}
			}
			for i := range many {
				deliver(fmt.Sprint("old ", i))
			}
			home := filepath.Join(desktop.Dir, "home", security)
			run := func(args ...string) string {
				t.Helper()
				out, err := desktop.Output(ctx, program, append(args, "--home", home)...)
				if err != nil {
					t.Fatal(err)
				}
				return out
			}
			port := server.POP3
			if security == "tls" {
				port = server.POP3S
			}
			id := strings.TrimSpace(run("account", "add", "--name", security, "--server", "localhost:"+strconv.Itoa(port), "--security", security,
				"--user", security, "--secret-command", "cat "+secret, "--ca-file", server.CAFile))
			check := func(mode string, messages, arrived int, roundTrips int) {
				t.Helper()
				var r api.CheckResult
				if err := json.Unmarshal([]byte(run("check", id, "--json")), &r); err != nil {
					t.Fatal(err)
				}
				a := r.Accounts[0]
				if a.Poll.Mode != mode || a.Messages != messages || len(a.New) != arrived || roundTrips > 0 && a.Poll.RoundTrips != roundTrips {
					t.Errorf("%+v, %+v; want %s, %d messages, %d new, %d round trips", a, a.Poll, mode, messages, arrived, roundTrips)
				}
				if mode != "full" && a.Poll.Received > 2000 {
					t.Errorf("%d octets were received", a.Poll.Received)
				}
			}
			stls := 0
			if security == "stls" {
				stls = 1 // the STLS itself
			}
			check("full", many, 0, 0)
			check("unchanged", many, 0, 1+stls)
			deliver("new")
			check("grown", many+1, 1, 2+stls)
			if out := run("account", "test", id); !strings.Contains(out, "The newest message: new") {
				t.Errorf("test: %s", out)
			}
		})
	}
}
