//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// A message is read in the mailbox window with mouse and keyboard: a link opens
// in the browser at exactly its address, and what is selected is copied.
func TestReading(t *testing.T) {
	j := begin(t, 5*time.Minute, desktoptest.Options{NoPanel: true}, user)
	j.picture = 170
	j.withoutTray()
	opened := filepath.Join(j.Dir, "home", "opened")
	browser := filepath.Join(j.Dir, "home", "browser")
	for path, content := range map[string]string{
		browser: "#!/bin/sh\nprintf '%s' \"$1\" >" + opened + ".new && mv " + opened + ".new " + opened + "\n",
		filepath.Join(j.Dir, "home", ".local/share/applications/browser.desktop"): "[Desktop Entry]\nType=Application\nName=Browser\nExec=" + browser + " %u\nMimeType=x-scheme-handler/https;\n",
		filepath.Join(j.Dir, "home", ".config/mimeapps.list"):                     "[Default Applications]\nx-scheme-handler/https=browser.desktop\n",
	} {
		j.must(os.MkdirAll(filepath.Dir(path), 0o700))
		j.must(os.WriteFile(path, []byte(content), 0o700))
	}
	j.addByCommand()
	j.start("--background")
	j.await("the first poll", func() bool { return !j.status().Accounts[0].LastPoll.IsZero() })
	j.must(j.Quiet(j.ctx, true))
	const first, second = "https://example.org/a?b=c%20d&e=1#f", "https://example.org/second"
	j.deliver("Ann <ann@example.org>", "a page to see", "MIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n",
		`<p>Hello 你好 there</p><p><a href="`+first+`">A link to click</a></p><p>The last paragraph is at `+second+` for now.</p><img src="https://example.org/pixel.gif" width=1 height=1>`)
	j.check()
	j.unseen(1)
	_, err := j.traymail()
	j.must(err)
	g, err := j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.must(j.Focus(j.ctx, mailboxTitle))
	j.settled("before-reading")
	j.keys("Return")
	var link desktoptest.Geometry
	j.await("the link", func() (found bool) {
		link, found = underlined(j, desktoptest.Geometry{X: g.X + g.Width*43/100, Y: g.Y, Width: g.Width / 2, Height: g.Height})
		return found
	})
	j.settled("reading")

	follows := func(want string) {
		t.Helper()
		j.await("the browser", func() bool {
			_, err := os.Stat(opened)
			return err == nil
		})
		got, err := os.ReadFile(opened)
		j.must(err)
		if string(got) != want {
			t.Errorf("the browser got %q, want %q", got, want)
		}
		j.must(os.Remove(opened))
	}
	// The underline is below the letters.
	x, y := link.X+link.Width/2, link.Y-5
	j.must(j.Click(j.ctx, x, y, 1))
	follows(first)
	j.settled("link-pointed")

	copied := func(want string) {
		t.Helper()
		got := ""
		err := j.AwaitFor(j.ctx, 20*time.Second, "the clipboard", func() bool {
			got, _ = j.Output(j.ctx, "xclip", "-o", "-selection", "clipboard")
			return got == want
		})
		if err != nil {
			t.Errorf("the clipboard has %q, want %q", got, want)
		}
	}
	j.keys("ctrl+a", "ctrl+c")
	copied("Hello 你好 there\n\nA link to click\n\nThe last paragraph is at " + second + " for now.")
	j.settled("all-selected")

	// From before the line of the link to behind it.
	drag := func(steps ...string) {
		t.Helper()
		_, err := j.Output(j.ctx, "xdotool", steps...)
		j.must(err)
	}
	left, right, line := strconv.Itoa(link.X-8), strconv.Itoa(link.X+link.Width+60), strconv.Itoa(y)
	drag("mousemove", left, line, "mousedown", "1", "mousemove", strconv.Itoa(link.X+20), line, "mousemove", right, line, "mouseup", "1")
	j.keys("ctrl+c")
	copied("A link to click")
	j.settled("dragged")

	// Tab leads to the first link in view, then to the next.
	j.keys("Tab", "Tab", "Return")
	follows(second)
	j.settled("link-focused")
	j.quit()
}

// underlined looks for the first long line in the colour of links.
func underlined(j *journey, part desktoptest.Geometry) (desktoptest.Geometry, bool) {
	pixels, err := j.Pixels(part)
	if err != nil || len(pixels) < 4*part.Width*part.Height {
		return part, false
	}
	const long = 40
	for y := range part.Height {
		run := 0
		for x := 0; x <= part.Width; x++ {
			if x < part.Width && blue(pixels[4*(y*part.Width+x):]) {
				run++
				continue
			}
			if run >= long {
				return desktoptest.Geometry{X: part.X + x - run, Y: part.Y + y, Width: run, Height: 1}, true
			}
			run = 0
		}
	}
	return part, false
}

// blue says whether a pixel has the colour of links, on light or dark.
func blue(bgrx []byte) bool {
	b, g, r := int(bgrx[0]), int(bgrx[1]), int(bgrx[2])
	return b > 180 && b > r+80 && b > g+50 && r < 150
}
