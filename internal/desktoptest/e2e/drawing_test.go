//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/doctor"
)

// windowsCheck is what doctor says of windows.
func (j *journey) windowsCheck() doctor.Check {
	j.Helper()
	out, _ := j.traymail("doctor", "--json") // whether there is a problem is in it
	var report doctor.Report
	j.must(json.Unmarshal([]byte(out), &report))
	for _, c := range report.Checks {
		if c.ID == "windows" {
			return c
		}
	}
	j.Fatalf("doctor says nothing of windows:\n%s", out)
	return doctor.Check{}
}

// On an X server without GLX, windows are drawn by EGL.
func TestWithoutGLX(t *testing.T) {
	j := arrive(t, 5*time.Minute, desktoptest.Options{NoPanel: true, NoGLX: true})
	j.picture = 110
	j.withoutTray()
	j.start("--background")
	_, err := j.traymail() // a second start, which opens the mailbox
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.settled("without-glx")
	if c := j.windowsCheck(); c.Level != doctor.OK {
		t.Errorf("%+v", c)
	}
	j.quit()
}

// Where nothing can be drawn, whoever asks for a window is told why, and no
// process is left that takes every later click.
func TestWithoutOpenGL(t *testing.T) {
	j := arrive(t, 5*time.Minute, desktoptest.Options{NoPanel: true, Environment: []string{"LIBGL_DRIVERS_PATH=/nonexistent"}})
	j.picture = 112
	j.withoutTray()
	j.start("--background")
	_, err := j.traymail("settings")
	if err == nil || !strings.Contains(err.Error(), "no OpenGL") || !strings.Contains(err.Error(), "libgl1-mesa-dri") {
		t.Errorf("a command says %v", err)
	}
	told := func() (n int) {
		for _, note := range j.Notes() {
			if note.Summary == "traymail cannot show its window" && strings.Contains(note.Body, "no OpenGL") {
				n++
			}
		}
		return n
	}
	j.await("the notification", func() bool { return told() == 1 }) // stderr is no terminal
	for i := range 2 {
		_, err = j.traymail()
		j.must(err)
		j.await("the notification for a click", func() bool { return told() == 2+i })
		j.await("the end of the window's process", func() bool { return len(j.Processes(j.program)) == 1 })
	}
	j.shot("without-opengl")
	log, err := os.ReadFile(filepath.Join(j.home, "state", "traymail.log"))
	j.must(err)
	if !strings.Contains(string(log), "a window could not be shown") {
		t.Errorf("the log:\n%s", log)
	}
	if c := j.windowsCheck(); c.Level != doctor.Problem || !strings.Contains(c.Advice, "libgl1-mesa-dri") {
		t.Errorf("%+v", c)
	}
	j.quit()
}

// Without a screen a window's command says so, and ends.
func TestWithoutAScreen(t *testing.T) {
	j := arrive(t, 5*time.Minute, desktoptest.Options{NoPanel: true})
	j.withoutTray()
	j.start("--background")
	_, err := j.Output(j.ctx, "env", "-u", "DISPLAY", j.program, "mailbox", "--home", j.home)
	if err == nil || !strings.Contains(err.Error(), "no screen") {
		t.Errorf("it says %v", err)
	}
	j.quit()
}

// A window is as large as Xft.dpi wants it, and its class is the desktop file's
// name.
func TestWindowOnADenseScreen(t *testing.T) {
	j := arrive(t, 5*time.Minute, desktoptest.Options{NoPanel: true})
	j.picture = 114
	_, err := j.OutputWith(j.ctx, "Xft.dpi: 115\n", "xrdb", "-merge", "-")
	j.must(err)
	j.withoutTray()
	j.start("--background")
	_, err = j.Launch(j.program, "settings", "--home", j.home)
	j.must(err)
	place, err := j.AwaitWindow(j.ctx, settingsTitle)
	j.must(err)
	j.settled("dense-screen")
	// Fyne rounds the factor to tenths, and the pixels up.
	if place.Width-760*6/5 > 1 || place.Width < 760*6/5 || place.Height-560*6/5 > 1 || place.Height < 560*6/5 {
		t.Errorf("the window is %+v", place)
	}
	if out, err := j.Output(j.ctx, "xdotool", "search", "--onlyvisible", "--class", `^io\.github\.traymail\.traymail$`); err != nil || out == "" {
		t.Errorf("no window has the class: %v", err)
	}
	j.quit()
}
