//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// A user with a second session, on another seat or over VNC, is told where
// traymail runs, and has windows of their own there.
func TestTwoDisplays(t *testing.T) {
	j := arrive(t, 5*time.Minute, desktoptest.Options{NoPanel: true})
	j.picture = 116
	j.withoutTray()
	j.start("--background")
	other, err := j.SecondDisplay(j.ctx)
	j.must(err)
	there := "DISPLAY=" + other
	said := filepath.Join(j.Dir, "said")
	_, err = j.Launch("sh", "-c", `exec "$@" 2>`+said, "sh", "env", there, j.program, "--home", j.home)
	j.must(err)
	shown := func(title string) bool {
		out, err := j.Output(j.ctx, "env", there, "xdotool", "search", "--onlyvisible", "--name", title)
		return err == nil && out != ""
	}
	j.await("a mailbox on the second display", func() bool { return shown(mailboxTitle) })
	if text, err := os.ReadFile(said); err != nil || !strings.Contains(string(text), "traymail already runs on display ") {
		t.Errorf("%v: %s", err, text)
	}
	if j.HasWindow(j.ctx, mailboxTitle) {
		t.Error("it is on the first as well")
	}
	picture, err := filepath.Abs(filepath.Join("..", "..", "..", "out", "e2e", "116-second-display.png"))
	j.must(err)
	j.await("a picture of it", func() bool {
		_, err := j.Output(j.ctx, "env", there, "import", "-window", "root", picture)
		return err == nil
	})
	_, err = j.traymail()
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.settled("first-display")
	if !shown(mailboxTitle) {
		t.Error("the window of the second display has gone")
	}
	j.quit()
	j.await("the end of both windows", func() bool { return len(j.Processes(j.program)) == 0 })
}
