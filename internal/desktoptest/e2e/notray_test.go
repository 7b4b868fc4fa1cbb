//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/desktoptest"
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
	j.keys("Escape")
	j.await("the window's end", func() bool { return !j.HasWindow(ctx, settingsTitle) })

	j.deliver("Ann Lee <ann@example.org>", "Lunch at noon?", "", "hello")
	if c := j.check(); c.State != app.OK || len(c.New) != 1 {
		t.Errorf("check: %+v, %+v", c, c.Error)
	}
	j.await("the notification", func() bool { return j.announced("Ann Lee", "Lunch at noon?") == 1 })

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
