//go:build e2e

package e2e

import (
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// The journey on a desktop of Wayland.
func TestSway(t *testing.T) {
	j := begin(t, 10*time.Minute, desktoptest.Options{Keyring: keyringPassword, Sway: true}, user)
	j.folder = "sway"
	j.play([]step{
		{"1 an account is typed in, tested and saved", (*journey).addAccount},
		{"2 mail arrives and is announced, decoded", (*journey).receive},
		{"3 a click opens the message", (*journey).click},
		{"4 an open window comes to the front", (*journey).raise},
		{"5 a change from dark to light is followed", (*journey).colourScheme},
		{"6 scaled screens", (*journey).scales},
		{"7 the icon survives the panel", (*journey).panel},
		{"8 a second start opens the mailbox, quit ends all", (*journey).secondStart},
	})
}

// raise has the mailbox window behind another, and on a workspace out of sight.
func (j *journey) raise() {
	j.must(j.openByIcon())
	_, err := j.Launch(j.program, "settings", "--home", j.home)
	j.must(err)
	j.must(j.AwaitFocus(j.ctx, settingsTitle))
	j.settled("mailbox-behind")
	before := j.Processes(j.program)
	j.deliver("Bea <bea@example.org>", "come to the front", "", "hello")
	j.check()
	j.await("the notification", func() bool { return j.announced("Bea", "come to the front") == 1 })
	j.must(j.ClickNotification(j.ctx))
	j.must(j.AwaitFocus(j.ctx, mailboxTitle))
	j.settled("raised-by-notification")
	j.must(j.Workspace(j.ctx, 2))
	j.await("the other workspace", func() bool { return !j.Focused(j.ctx, mailboxTitle) })
	j.must(j.openByIcon())
	j.settled("raised-by-icon")
	j.must(j.Workspace(j.ctx, 2))
	_, err = j.traymail("mailbox")
	j.must(err)
	j.must(j.AwaitFocus(j.ctx, mailboxTitle))
	if now := j.Processes(j.program); len(now) != len(before) {
		j.Errorf("processes %v became %v", before, now)
	}
	j.must(j.Focus(j.ctx, settingsTitle))
	j.keys("Escape")
	j.await("the window's end", func() bool { return !j.HasWindow(j.ctx, settingsTitle) })
	j.must(j.Focus(j.ctx, mailboxTitle))
}

// openByIcon clicks the icon and waits until the mailbox window has the focus.
func (j *journey) openByIcon() error {
	j.Helper()
	x, y := j.TrayIcon()
	j.must(j.Click(j.ctx, x, y, 1))
	return j.AwaitFocus(j.ctx, mailboxTitle)
}

// colourScheme changes what the portal says while the window is open.
func (j *journey) colourScheme() {
	g, err := j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	bright := func() bool {
		pixels, err := j.Pixels(g)
		return err == nil && len(pixels) > 0 && brightness(pixels) > 200
	}
	if bright() {
		j.Error("a window is light on a dark desktop")
	}
	_, err = j.Output(j.ctx, "gsettings", "set", "org.gnome.desktop.interface", "color-scheme", "prefer-light")
	j.must(err)
	j.await("the light window", bright)
	j.settled("light")
}

// brightness is the mean of all channels.
func brightness(pixels []byte) int {
	sum := 0
	for i := 0; i+4 <= len(pixels); i += 4 {
		sum += int(pixels[i]) + int(pixels[i+1]) + int(pixels[i+2])
	}
	return sum / (len(pixels) / 4 * 3)
}

// scales keeps pictures of a window whose screen gets another scale.
func (j *journey) scales() {
	j.must(j.Quiet(j.ctx, true))
	for _, scale := range []string{"2", "1.5"} {
		j.must(j.Scale(j.ctx, scale))
		g, err := j.AwaitWindow(j.ctx, mailboxTitle)
		j.must(err)
		j.Settled(j.ctx, g)
		j.shot("scale-" + scale)
	}
	j.must(j.Scale(j.ctx, "1"))
	j.must(j.Quiet(j.ctx, false))
}
