//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/window"
)

// Many are picked by keys and by the mouse, deleted, taken back, and deleted on
// a real server; closing the window and killing the tray role delete nothing.
// The window comes up again where it was.
func TestList(t *testing.T) {
	j := begin(t, 8*time.Minute, desktoptest.Options{}, user)
	j.picture = 140
	j.addByCommand()
	// A window that becomes light later would pass for one that shows something.
	config := filepath.Join(j.home, "config", "settings.toml")
	raw, err := os.ReadFile(config)
	j.must(err)
	j.must(os.WriteFile(config, append(raw, "\n[preferences]\ntheme = \"light\"\n"...), 0o600))
	j.start("--background")
	j.await("the first poll", func() bool { return !j.status().Accounts[0].LastPoll.IsZero() })
	j.must(j.Quiet(j.ctx, true)) // notifications lie over the window
	const all = 30
	for i := range all {
		from, subject := "Ann <ann@example.org>", fmt.Sprint("message ", i+1)
		if i%3 == 0 {
			from, subject = "陈晓梅 <mei@example.org>", fmt.Sprint("关于会议的安排 ", i+1)
		}
		j.deliver(from, subject, "", "hello")
	}
	onServer := func() int { return j.check().Messages }
	j.await("all to be known", func() bool { return onServer() == all })
	open := func() desktoptest.Geometry {
		_, err := j.traymail()
		j.must(err)
		g, err := j.AwaitWindow(j.ctx, mailboxTitle)
		j.must(err)
		j.must(j.Focus(j.ctx, mailboxTitle))
		return g
	}
	extend := func(n int) {
		for range n {
			j.keys("shift+Down")
		}
	}
	gone := func() { j.await("the window to be gone", func() bool { return !j.HasWindow(j.ctx, mailboxTitle) }) }
	var g desktoptest.Geometry
	// foot is a spot at the lower edge of the window, which a question dims, and
	// where what is about to be deleted is said.
	foot := func() string {
		pixels, err := j.Pixels(desktoptest.Geometry{X: g.X + g.Width - 60, Y: g.Y + g.Height - 30, Width: 8, Height: 8})
		j.must(err)
		return string(pixels)
	}
	// still is foot once it has stopped changing: a question fades in.
	still := func() (now string) {
		since := time.Now()
		j.await("a window that has come to rest", func() bool {
			if next := foot(); next != now {
				now, since = next, time.Now()
			}
			return time.Since(since) > time.Second
		})
		return now
	}
	var plain string
	remove := func(name string) {
		j.settled(name)
		plain = still()
		j.keys("Delete")
		j.await("the question", func() bool { return foot() != plain })
		dimmed := still()
		j.settled(name + "-question")
		j.keys("Tab", "Return")
		j.await("the answer", func() bool { now := foot(); return now != plain && now != dimmed })
		j.shot(name + "-about-to-go")
	}
	g = open()
	j.settled("list")

	// Ten, from the second to the eleventh, with Shift.
	j.keys("Down")
	extend(9)
	remove("ten")
	j.keys("ctrl+z")
	j.await("the bar to be gone", func() bool { return foot() == plain })
	j.settled("ten-are-back")

	// The mouse picks two others, which go; by then the time of the ten is over.
	row := func(i int) (x, y int) { return g.X + 150, g.Y + 200 + 55*i }
	click := func(i int) {
		x, y := row(i)
		j.must(j.Click(j.ctx, x, y, 1))
	}
	withKey := func(key string, do func()) {
		_, err := j.Output(j.ctx, "xdotool", "keydown", key)
		j.must(err)
		do()
		_, err = j.Output(j.ctx, "xdotool", "keyup", key)
		j.must(err)
	}
	click(1)
	withKey("ctrl", func() { click(3) })
	remove("two-by-the-mouse")
	j.await("the two to be gone", func() bool { return onServer() == all-2 })
	j.settled("two-are-gone")

	// A range by the mouse; closing the window keeps it.
	click(0)
	withKey("shift", func() { click(2) })
	remove("three")
	j.keys("ctrl+w")
	gone()
	place := filepath.Join(j.home, "state", "place.json")
	raw, err = os.ReadFile(place)
	j.must(err)
	var p window.Place
	if err := json.Unmarshal(raw, &p); err != nil || !p.Placed || p.Width < 900 || p.Split < 0.3 {
		t.Errorf("the window was at %s", raw)
	}
	p.X, p.Y, p.Width, p.Height, p.Split = 70, 90, 820, 560, 0.5
	raw, err = json.Marshal(p)
	j.must(err)
	j.must(os.WriteFile(place, raw, 0o600))
	if g = open(); g.X < 65 || g.X > 80 || g.Y < 85 || g.Y > 120 {
		t.Errorf("the window is at %+v", g)
	}
	j.settled("three-were-kept")

	// Search, all that is found, and the end of the tray role in between.
	j.keys("ctrl+f")
	j.must(j.Type(j.ctx, "message 2"))
	j.settled("found")
	j.keys("Return", "ctrl+a")
	remove("found")
	j.must(j.tray.Process.Kill())
	_ = j.tray.Wait()
	gone()
	j.start("--background")
	j.await("a poll", func() bool { return onServer() == all-2 })

	// The same ten, and now they go.
	g = open()
	j.settled("again")
	j.keys("Down")
	extend(9)
	remove("ten-again")
	j.await("the ten to be gone", func() bool { return onServer() == all-12 })
	j.settled("ten-are-gone")
	if n := j.status().Accounts[0].Messages; n != all-12 {
		t.Errorf("%d messages are left", n)
	}
	j.quit()
}
