//go:build e2e

package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
)

// On a full disk polling goes on, the user is told, and once there is room
// again nothing was lost.
func TestFullDisk(t *testing.T) {
	j := begin(t, 10*time.Minute, desktoptest.Options{NoPanel: true}, user)
	j.must(os.MkdirAll(j.home, 0o700))
	j.must(syscall.Mount("tmpfs", j.home, "tmpfs", 0, "size=4m"))
	j.afterwards = func() { _ = syscall.Unmount(j.home, syscall.MNT_DETACH) }
	j.withoutTray()
	j.addByCommand()
	j.start("--background")
	j.await("the first poll", func() bool { c := j.check(); return c.State == api.OK })
	j.deliver("Ann <ann@example.org>", "before", "", "hello")
	if c := j.check(); c.State != api.OK || len(c.New) != 1 {
		t.Fatalf("%+v, %+v", c, c.Error)
	}

	filler := filepath.Join(j.home, "filler")
	fill := func() {
		t.Helper()
		f, err := os.OpenFile(filler, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
		j.must(err)
		for chunk := 1 << 20; chunk > 0; chunk /= 2 {
			for err == nil {
				_, err = f.Write(bytes.Repeat([]byte{1}, chunk))
			}
			err = nil
		}
		_ = f.Close()
	}
	fill()
	// Enough that the ledger has to grow.
	const many = 400
	for i := range many {
		j.deliver("Bob <bob@example.org>", "number "+strconv.Itoa(i)+" "+strings.Repeat("long subject ", 6), "", "hello")
	}
	c := j.check()
	if c.State != api.Failed || c.Error == nil || c.Error.Kind != "config" || c.Error.Code != "disk-full" {
		t.Fatalf("on a full disk: %+v, %+v", c, c.Error)
	}
	t.Logf("it says: %s", c.Error.Text)
	if s := j.status(); s.Accounts[0].Messages != 1 || s.Accounts[0].Unseen != 1 {
		t.Errorf("meanwhile it shows %+v", s.Accounts[0])
	}
	if c := j.check(); c.State != api.Failed { // and it is still there to say so
		t.Errorf("the second time: %+v", c)
	}

	j.must(os.Remove(filler))
	c = j.check()
	if c.State != api.OK || c.Messages != many+1 || c.Unseen != many+1 || len(c.New)+c.More != many {
		t.Errorf("with room again: %d messages, %d unseen, %d new and %d more, %+v", c.Messages, c.Unseen, len(c.New), c.More, c.Error)
	}
	j.await("the summary", func() bool {
		for _, note := range j.Notes() {
			if strings.Contains(note.Summary, strconv.Itoa(many)) {
				return true
			}
		}
		return false
	})
	if n := j.subjects()["before"]; n != 1 {
		t.Errorf("the first message was announced %d times", n)
	}
	// A start on a full disk ends no better, and harms nothing.
	_, err := j.traymail("quit")
	j.must(err)
	j.await("the end of the tray role", func() bool { return len(j.Processes(j.program)) == 0 })
	fill()
	j.start("--background")
	j.await("the tray role", func() bool { _, err := j.traymail("status"); return err == nil })
	if s := j.status(); s.Unseen != many+1 {
		t.Errorf("after a start on a full disk: %d unseen", s.Unseen)
	}
	j.must(os.Remove(filler))
	if c := j.check(); c.State != api.OK || c.Unseen != many+1 || len(c.New) != 0 {
		t.Errorf("at the end: %+v, %+v", c, c.Error)
	}
	_, err = j.traymail("quit")
	j.must(err)
}
