//go:build wine

package wine

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
)

const (
	settingsTitle = "^traymail.*Settings$"
	mailboxTitle  = "^traymail.*Mailbox$"
	cjkFont       = "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"
)

// balloonArea is a part of the screen that any balloon covers, and the menu.
var balloonArea = desktoptest.Geometry{X: 1240, Y: 715, Width: 25, Height: 30}

func TestJourney(t *testing.T) {
	j := begin(t, 20*time.Minute)
	var err error
	j.mail, err = j.StartDovecot(j.ctx, map[string]string{user: password})
	j.must(err)
	goBuild(t, []string{"CGO_ENABLED=1", "CC=x86_64-w64-mingw32-gcc"},
		"build", "-trimpath", "-ldflags", "-s -w -H=windowsgui", "-o", filepath.Join(j.bin, "traymail.exe"), "./cmd/traymail")
	goBuild(t, nil, "build", "-o", filepath.Join(j.bin, "explorer.exe"), "./internal/desktoptest/wine/explorer")
	j.program = j.wine.Path(filepath.Join(j.bin, "traymail.exe"))
	// In place of Microsoft YaHei and its like, for our windows and for Wine's.
	j.must(os.Symlink(cjkFont, filepath.Join(j.wine.Drive(), "windows", "Fonts", filepath.Base(cjkFont))))
	_, err = j.wine.Output(j.ctx, "", "reg", "add", `HKLM\Software\Microsoft\Windows NT\CurrentVersion\FontLink\SystemLink`,
		"/v", "Tahoma", "/t", "REG_MULTI_SZ", "/d", filepath.Base(cjkFont)+",Noto Sans CJK SC", "/f")
	j.must(err)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the program's log:\n%s", j.file("Local", "traymail", "traymail.log"))
		}
	})
	for _, step := range []struct {
		name string
		run  func(*journey)
	}{
		{"1 the settings open by themselves, an account is added", (*journey).addAccount},
		{"2 mail arrives: badge, balloon", (*journey).receive},
		{"3 a click on the balloon opens the message", (*journey).clickBalloon},
		{"4 a click on the icon opens the mailbox, a right click the menu", (*journey).clickIcon},
		{"5 a second start and a link open the mailbox", (*journey).secondStart},
		{"6 quit ends all, and the next start goes on", (*journey).quitAndReturn},
	} {
		ok := t.Run(step.name, func(t *testing.T) {
			here := *j
			here.T = t
			step.run(&here)
			here.T = j.T
			*j = here
		})
		if !ok {
			j.shot("failed")
			t.FailNow() // each step builds on the one before
		}
	}
}

func (j *journey) unseen(want int) {
	j.Helper()
	j.await(strconv.Itoa(want)+" unseen", func() bool { return j.status().Unseen == want })
}

func (j *journey) icon() []byte {
	j.Helper()
	pixels, err := j.Pixels(j.Settled(j.ctx, j.TrayIconArea()))
	j.must(err)
	return pixels
}

// closeWindow closes a window by its key, which a window that has only just
// come up may not hear.
func (j *journey) closeWindow(title string) {
	j.Helper()
	j.must(j.Focus(j.ctx, title))
	j.Settled(j.ctx, j.Screen())
	j.await("the window's end", func() bool {
		if !j.HasWindow(j.ctx, title) {
			return true
		}
		_ = j.Key(j.ctx, "Escape")
		return !j.HasWindow(j.ctx, title)
	})
}

func (j *journey) addAccount() {
	empty := j.icon()
	_, err := j.wine.Start(j.program, "--log-level", "debug")
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, settingsTitle)
	j.must(err)
	j.await("the icon", func() bool { return !bytes.Equal(j.icon(), empty) })
	j.must(j.Focus(j.ctx, settingsTitle))
	j.settled("settings")
	j.deliver("Old Friend <old@example.org>", "was here before", "hello")
	account := j.typeAccount()
	j.await("the first poll", func() bool {
		s := j.status()
		return len(s.Accounts) == 1 && s.Accounts[0].ID == account && s.Accounts[0].State == api.OK && s.Accounts[0].Messages == 1
	})
	if s := j.status(); s.Unseen != 0 {
		j.Errorf("the baseline is not silent: %+v", s)
	}
	profile, err := j.wine.Profile()
	j.must(err)
	j.must(filepath.WalkDir(filepath.Join(profile, "AppData"), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if bytes.Contains(b, []byte(password)) {
			j.Errorf("%s holds the password", path)
		}
		return err
	}))
	j.settled("settings-with-account")
	j.closeWindow(settingsTitle)
}

// typeAccount adds the account by keyboard, trusting the server's certificate.
func (j *journey) typeAccount() (id string) {
	j.Helper()
	keys := func(keys ...string) {
		j.Helper()
		j.must(j.Key(j.ctx, keys...))
	}
	keys("Tab", "Tab", "Tab", "Return") // address, password, name; set up by hand
	j.must(j.Fill(j.ctx, "Home", "me@example.org", "localhost", strconv.Itoa(j.mail.POP3S)))
	keys("Tab") // security: TLS
	j.must(j.Fill(j.ctx, user, password))
	j.settled("settings-filled")
	keys("Tab", "Tab") // interval, more options; test
	j.must(j.Key(j.ctx, "Return"))
	j.await("the end of a test that fails", func() bool { return j.mail.Left() > 0 })
	j.settled("settings-untrusted")
	keys("shift+Tab", "shift+Tab") // the session, trust
	j.press("Return", "settings-trust")
	if n := j.mail.Logins() + j.mail.Refused(); n != 0 {
		j.Errorf("%d logins over a connection nobody vouches for", n)
	}
	keys("Tab", "Return") // no, yes
	const credentials = `HKCU\Software\Wine\Credential Manager`
	j.await("the end of a test that passes", func() bool {
		return j.mail.Logins() == 1 && !strings.Contains(j.registry(credentials), "draft-")
	})
	j.settled("settings-tested")
	keys("Return") // save
	var list struct {
		Accounts []struct{ ID, Name, Server, User, Pin string }
	}
	j.await("the account", func() bool {
		out, err := j.traymail("account", "list", "--json")
		return err == nil && json.Unmarshal([]byte(out), &list) == nil && len(list.Accounts) == 1
	})
	a := list.Accounts[0]
	if a.Name != "Home" || a.Server != "localhost" || a.User != user || len(a.Pin) != 64 {
		j.Errorf("saved: %+v", a)
	}
	if stored := j.registry(credentials); !strings.Contains(stored, a.ID) || strings.Contains(stored, "draft-") {
		j.Errorf("the Credential Manager has not just %s: %s", a.ID, stored)
	}
	return a.ID
}

func (j *journey) receive() {
	calm := j.icon()
	var icons [][]byte
	for i, m := range []struct{ from, subject, want string }{
		{"Ann Lee <ann@example.org>", "Lunch & $(calc) at noon?", "Lunch & $(calc) at noon?"},
		{"=?utf-8?b?5byg5Lyf?= <zw@example.cn>", "=?utf-8?b?5Lya6K6u5pS55pyf?=", "会议改期"},
	} {
		j.deliver(m.from, m.subject, "你好，我们改到星期五。\n\nSee you there.")
		if c := j.check(); c.State != api.OK || len(c.New) != 1 || c.New[0].Subject != m.want {
			j.Errorf("check %d: %+v, %+v", i, c, c.Error)
		}
		j.unseen(i + 1)
		j.await("a badge", func() bool {
			now := j.icon()
			return !bytes.Equal(now, calm) && !slices.ContainsFunc(icons, func(before []byte) bool { return bytes.Equal(before, now) })
		})
		icons = append(icons, j.icon())
		j.await("the balloon", j.balloonIsUp)
		j.settled("balloon")
	}
	// The other balloon is then all that a click can mean.
	newest := j.status().Newest
	_, err := j.traymail("seen", newest[1].Account, newest[1].UID)
	j.must(err)
	j.unseen(1)
}

func (j *journey) balloonIsUp() bool {
	colours, err := j.Colours(balloonArea)
	return err == nil && colours > 1
}

func (j *journey) clickBalloon() {
	said, err := j.wine.Start(j.wine.Path(filepath.Join(j.bin, "explorer.exe")), "SystrayClass")
	j.must(err)
	j.await("the stand-in", func() bool { return strings.Contains(said(), "watching") })
	// Held down until it is noticed.
	_, err = j.Output(j.ctx, "xdotool", "mousemove", "--sync", strconv.Itoa(balloonArea.X+balloonArea.Width/2), strconv.Itoa(balloonArea.Y+balloonArea.Height/2), "sleep", "0.2", "mousedown", "1")
	j.must(err)
	j.await("the click", func() bool { return strings.Contains(said(), "posted 1") })
	_, err = j.Output(j.ctx, "xdotool", "mouseup", "1")
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.unseen(0) // it is opened, and so seen
	j.settled("mailbox-from-balloon")
	j.closeWindow(mailboxTitle)
}

func (j *journey) clickIcon() {
	x, y := j.TrayIcon()
	j.must(j.Click(j.ctx, x, y, 1))
	_, err := j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.closeWindow(mailboxTitle)
	before, err := j.Pixels(balloonArea)
	j.must(err)
	j.must(j.Click(j.ctx, x, y, 3))
	j.await("the menu", func() bool {
		now, err := j.Pixels(balloonArea)
		return err == nil && !bytes.Equal(now, before)
	})
	j.settled("menu")
	j.must(j.Click(j.ctx, x-80, y-50, 1)) // the last but one
	_, err = j.AwaitWindow(j.ctx, settingsTitle)
	j.must(err)
	j.closeWindow(settingsTitle)
}

func (j *journey) secondStart() {
	_, err := j.traymail()
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.closeWindow(mailboxTitle)
	// What Windows starts for a link. Wine 8 does not look there for it.
	if command := `"` + j.program + `" -- "%1"`; !strings.Contains(j.registry(`HKCU\Software\Classes\traymail\shell\open\command`), command) {
		j.Errorf("links do not start %s: %s", command, j.registry(`HKCU\Software\Classes\traymail`))
	}
	_, err = j.traymail("--", "traymail:open?account="+j.status().Accounts[0].ID)
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.settled("mailbox-from-link")
	if out, err := j.traymail("--", "traymail:open?account=a", "--home", "x"); err == nil {
		j.Errorf("a link with arguments of its own: %s", out)
	}
}

func (j *journey) quitAndReturn() {
	running := func() int { return j.Commands(j.program) }
	// A window that was closed is out of the way at once, and its process soon.
	j.await("tray and mailbox alone", func() bool { return running() == 2 })
	badge := j.icon()
	_, err := j.traymail("quit")
	j.must(err)
	j.await("the end of all processes", func() bool { return running() == 0 })
	j.await("the icon's end", func() bool { return !bytes.Equal(j.icon(), badge) })
	before := j.file("Local", "traymail", "traymail.log")
	if strings.Contains(string(before), "level=ERROR") {
		j.Errorf("the log:\n%s", before)
	}
	// There are no toasts here: it has looked, said so once, and left no trace.
	if n := strings.Count(string(before), "notifications without buttons"); n != 1 {
		j.Errorf("the log speaks of balloons %d times:\n%s", n, before)
	}
	if app := j.registry(`HKCU\Software\Classes\AppUserModelId`); strings.Contains(app, "traymail") {
		j.Errorf("registered for what there is not: %s", app)
	}
	profile, err := j.wine.Profile()
	j.must(err)
	config := filepath.Join(profile, "AppData", "Roaming", "traymail", "settings.toml")
	text, err := os.ReadFile(config)
	j.must(err)
	if bytes.Contains(text, []byte("[preferences]")) {
		j.Fatalf("preferences that nobody has set:\n%s", text)
	}
	j.must(os.WriteFile(config, append(text, "\n[preferences]\nautostart = true\n"...), 0o600))
	j.deliver("Night Owl <owl@example.org>", "while it was off", "hoo")
	// As COM starts it for a click on a notification.
	_, err = j.wine.Start(j.program, "--background", "--log-level", "debug", "--activation", "-Embedding")
	j.must(err)
	j.await("the tray role", func() bool {
		_, err := j.traymail("status")
		return err == nil
	})
	j.check()
	j.await("what came meanwhile", func() bool {
		newest := j.status().Newest
		return len(newest) > 0 && newest[0].Subject == "while it was off"
	})
	j.await("the balloon", j.balloonIsUp)
	j.settled("next-start")
	// Seen elsewhere, it takes its balloon along.
	newest := j.status().Newest[0]
	_, err = j.traymail("seen", newest.Account, newest.UID)
	j.must(err)
	j.await("the balloon's end", func() bool { return !j.balloonIsUp() })
	if run := j.registry(`HKCU\Software\Microsoft\Windows\CurrentVersion\Run`); !strings.Contains(run, j.program+" --background") {
		j.Errorf("the session does not start it: %s", run)
	}
	var health struct {
		Checks []struct{ ID, Level, Text string }
	}
	out, _ := j.traymail("doctor", "--json") // fails if anything is amiss
	j.must(json.Unmarshal([]byte(out), &health))
	for _, id := range []string{"fonts", "keyring"} {
		if !slices.ContainsFunc(health.Checks, func(c struct{ ID, Level, Text string }) bool { return c.ID == id && c.Level == "ok" }) {
			j.Errorf("the doctor is not content with %s: %s", id, out)
		}
	}
	if j.HasWindow(j.ctx, settingsTitle) || j.HasWindow(j.ctx, mailboxTitle) {
		j.Error("a window opened in the background")
	}
	_, err = j.traymail("quit")
	j.must(err)
	j.await("the end", func() bool { return running() == 0 })
}
