//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/doctor"
)

// A desktop without a tray is told about once, in a window; notifications go
// on, and a second start opens the mailbox.
func TestNoTray(t *testing.T) {
	j := begin(t, 10*time.Minute, desktoptest.Options{Keyring: keyringPassword, NoPanel: true}, user)
	ctx, mail := j.ctx, j.mail
	j.picture = 90
	_, err := j.OutputWith(ctx, password+"\n", j.program, "account", "add", "--home", j.home, "--name", "Home",
		"--server", "127.0.0.1:"+strconv.Itoa(mail.POP3S), "--user", user, "--password-stdin", "--ca-file", mail.CAFile)
	j.must(err)

	j.start("--background")
	_, err = j.AwaitWindow(ctx, settingsTitle)
	j.must(err)
	j.must(j.Focus(ctx, settingsTitle))
	j.settled("no-tray")
	// It is said for as long as it is so.
	j.must(j.StartPanel(ctx))
	j.settled("tray-came")
	j.must(j.StopPanel(ctx))
	j.keys("Escape")
	j.await("the window's end", func() bool { return !j.HasWindow(ctx, settingsTitle) })

	j.deliver("Ann Lee <ann@example.org>", "Lunch at noon?", "", "hello")
	if c := j.check(); c.State != api.OK || len(c.New) != 1 {
		t.Errorf("check: %+v, %+v", c, c.Error)
	}
	j.await("the notification", func() bool { return j.announced("Ann Lee", "Lunch at noon?") == 1 })

	j.doctor()
	j.move()

	_, err = j.traymail()
	j.must(err)
	_, err = j.AwaitWindow(ctx, mailboxTitle)
	j.must(err)
	j.settled("no-tray-mailbox")
	_, err = j.traymail("quit")
	j.must(err)
	j.await("the end of the tray role", func() bool { return len(j.Processes(j.program)) == 0 })

	log := filepath.Join(j.home, "state", "traymail.log")
	found := func() int {
		b, err := os.ReadFile(log)
		j.must(err)
		return strings.Count(string(b), "shows no tray icons")
	}
	before := found()
	j.start("--background")
	j.await("the tray to be missed again", func() bool { return found() > before })
	j.deliver("Bob <bob@example.org>", "Dinner?", "", "hello")
	j.check()
	j.await("the notification", func() bool { return j.announced("Bob", "Dinner?") == 1 })
	if j.HasWindow(ctx, settingsTitle) {
		t.Error("it tells a second time")
	}
	_, err = j.traymail("quit")
	j.must(err)
	j.await("the end of the tray role", func() bool { return len(j.Processes(j.program)) == 0 })
}

// doctor: the running tray role finds a daemon and a keyring, and no tray.
func (j *journey) doctor() {
	j.Helper()
	out, err := j.traymail("doctor", "--json")
	j.must(err) // nothing is a problem
	var report doctor.Report
	j.must(json.Unmarshal([]byte(out), &report))
	levels := map[string]doctor.Level{}
	for _, c := range report.Checks {
		levels[c.ID] = c.Level
	}
	for id, want := range map[string]doctor.Level{
		"tray": doctor.Warning, "notifications": doctor.OK, "keyring": doctor.OK, "fonts": doctor.OK, "clock": doctor.OK,
		"running": doctor.OK, "settings": doctor.OK, "ledger": doctor.OK,
	} {
		if levels[id] != want {
			j.Errorf("%s is %q, want %q:\n%s", id, levels[id], want, out)
		}
	}
	shared, err := j.traymail("doctor", "--share")
	j.must(err)
	if strings.Contains(shared, "Home") || !strings.Contains(shared, "loopback") {
		j.Errorf("shared:\n%s", shared)
	}
}

// move takes the account out and in again: without its password it waits, and
// says so; with it, it is checked at once.
func (j *journey) move() {
	j.Helper()
	file := filepath.Join(j.home, "accounts.toml")
	_, err := j.traymail("account", "export", file)
	j.must(err)
	_, err = j.traymail("account", "remove", j.onlyAccount().ID)
	j.must(err)
	_, err = j.traymail("account", "import", file)
	j.must(err)
	j.await("the missing password", func() bool { a := j.onlyAccount(); return a.Error != nil && a.Error.Code == "missing" })
	if out, err := j.traymail("doctor"); err == nil || !strings.Contains(out, "enter it in the settings") {
		j.Errorf("doctor finds no problem:\n%s", out)
	}
	_, err = j.OutputWith(j.ctx, password+"\n", j.program, "account", "password", "--home", j.home, j.onlyAccount().ID, "--password-stdin")
	j.must(err)
	j.await("the first check", func() bool { return j.onlyAccount().State == api.OK })
}

// onlyAccount is the only account's state.
func (j *journey) onlyAccount() api.AccountStatus {
	j.Helper()
	out, err := j.traymail("status", "--json")
	j.must(err)
	var s api.Snapshot
	j.must(json.Unmarshal([]byte(out), &s))
	if len(s.Accounts) != 1 {
		j.Fatalf("accounts: %s", out)
	}
	return s.Accounts[0]
}
