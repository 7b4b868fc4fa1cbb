//go:build e2e

// Package e2e drives the real program on a real desktop: keys, mouse, panel,
// notification daemon, keyring and mail server are the ones people have.
package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/ledger"
)

const (
	user            = "me"
	password        = "correct-horse-7"
	keyringPassword = "keyring-password"
	settingsTitle   = "^traymail.*Settings$" // a pattern: xdotool compares bytes where the locale is missing
	mailboxTitle    = "^traymail.*Mailbox$"
)

// journey is the desktop and the program on it.
type journey struct {
	*testing.T
	*desktoptest.Desktop
	ctx     context.Context // of the one test there is
	mail    *desktoptest.Dovecot
	program string
	home    string
	roots   string // the authorities it trusts, on an island
	tray    *exec.Cmd
	picture int
	folder  string // of the pictures
	account string
	// look is the guard's look at the program's processes; afterwards is done
	// once it has looked at the files. Either may be nil.
	look, afterwards func()
}

func TestJourney(t *testing.T) {
	j := begin(t, 20*time.Minute, desktoptest.Options{Keyring: keyringPassword}, user)
	j.play([]step{
		{"1 an account is typed in, tested and saved", (*journey).addAccount},
		{"2 mail arrives and is announced, decoded", (*journey).receive},
		{"3 a click opens the message", (*journey).click},
		{"4 nothing is lost or repeated after kill -9", (*journey).crash},
		{"5 the icon survives the panel", (*journey).panel},
		{"6 a locked keyring is waited for", (*journey).keyring},
		{"7 a wrong password is not tried again soon", (*journey).wrongPassword},
		{"8 a second start opens the mailbox, quit ends all", (*journey).secondStart},
		{"9 a removed account leaves nothing", (*journey).removeAccount},
	})
}

// step is a part of a journey.
type step struct {
	name string
	run  func(*journey)
}

// play takes the steps, each of which builds on the one before.
func (j *journey) play(steps []step) {
	j.Helper()
	for _, step := range steps {
		ok := j.Run(step.name, func(t *testing.T) {
			here := *j
			here.T = t
			step.run(&here)
			here.T = j.T
			*j = here
		})
		if !ok {
			j.shot("failed")
			j.FailNow()
		}
	}
}

// must ends the test on an error.
func (j *journey) must(err error) {
	j.Helper()
	if err != nil {
		j.shot("failed")
		j.Fatal(err)
	}
}

func (j *journey) await(what string, ok func() bool) {
	j.Helper()
	j.must(j.Await(j.ctx, what, ok))
}

// shot keeps a picture under out.
func (j *journey) shot(name string) {
	j.Helper()
	j.picture++
	if err := j.Keep(j.ctx, j.folder, j.picture, name); err != nil {
		j.Error(err)
	}
}

// settled is shot once the screen has stopped changing.
func (j *journey) settled(name string) {
	j.Helper()
	j.Settled(j.ctx, j.Screen())
	j.shot(name)
}

// drawn waits until a window fills the room that it has got, to its lower left
// corner, where there are buttons.
func (j *journey) drawn(title string) {
	j.Helper()
	j.await("a window that is drawn", func() bool {
		g, err := j.AwaitWindow(j.ctx, title)
		j.must(err)
		colours, err := j.Colours(desktoptest.Geometry{X: g.X + 8, Y: g.Y + g.Height - 60, Width: 160, Height: 52})
		return err == nil && colours > 8
	})
}

// traymail runs a command and returns what it printed.
func (j *journey) traymail(args ...string) (string, error) {
	return j.Output(j.ctx, j.program, append(args, "--home", j.home)...)
}

func (j *journey) start(args ...string) {
	j.Helper()
	var err error
	j.tray, err = j.Launch(j.program, append(args, "--home", j.home, "--log-level", "debug")...)
	j.must(err)
	j.await("the tray role", func() bool {
		_, err := j.traymail("status", "--json")
		return err == nil
	})
	j.look() // it may be over in a moment
}

func (j *journey) status() (s api.Snapshot) {
	j.Helper()
	out, err := j.traymail("status", "--json")
	j.must(err)
	j.must(json.Unmarshal([]byte(out), &s))
	return s
}

// check polls; whether that succeeds is in the result.
func (j *journey) check() api.AccountCheck {
	j.Helper()
	out, _ := j.traymail("check", "--json")
	var r api.CheckResult
	j.must(json.Unmarshal([]byte(out), &r))
	return r.Accounts[0]
}

func (j *journey) unseen(want int) {
	j.Helper()
	j.await(fmt.Sprintf("%d unseen", want), func() bool { return j.status().Unseen == want })
}

// item is the one tray icon of the program.
func (j *journey) item() desktoptest.TrayItem {
	j.Helper()
	var items []desktoptest.TrayItem
	j.await("one tray icon", func() bool {
		var err error
		items, err = j.TrayItems()
		return err == nil && len(items) == 1
	})
	return items[0]
}

func (j *journey) deliver(from, subject, contentType, body string) {
	j.Helper()
	j.must(j.mail.Send(user, from, subject, contentType, body))
}

// announced counts the notifications with this sender and subject.
func (j *journey) announced(from, subject string) int {
	n := 0
	for _, note := range j.Notes() {
		if !note.Closed && note.Summary == from && note.Body == subject {
			n++
		}
	}
	return n
}

func (j *journey) keys(keys ...string) {
	j.Helper()
	j.must(j.Key(j.ctx, keys...))
}

// fill replaces what a field holds and goes to the next.
func (j *journey) fill(text string) {
	j.Helper()
	j.must(j.Fill(j.ctx, text))
}

func (j *journey) addAccount() {
	j.deliver("Old Friend <old@example.org>", "was here before", "", "hello")
	j.start()
	_, err := j.AwaitWindow(j.ctx, settingsTitle) // it opens by itself
	j.must(err)
	j.must(j.Focus(j.ctx, settingsTitle))
	j.drawn(settingsTitle)
	j.shot("settings-empty")
	j.keys("Tab", "Tab", "Tab", "Return") // address, password, name; set up by hand
	for _, text := range []string{"Home", "me@example.org", "127.0.0.1", strconv.Itoa(j.mail.POP3S)} {
		j.fill(text)
	}
	j.keys("Tab") // security: TLS
	j.fill(user)
	j.fill(password)
	j.keys("Tab")   // interval
	j.keys("space") // more options
	j.settled("settings-more")
	// Where a click leads, a box, the sound, the quiet hours, Thunderbird's file
	// and its chooser, two boxes, the login, the password command.
	j.keys("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Tab")
	j.fill(j.mail.CAFile)
	j.settled("settings-filled")
	// The client certificate and its key with their choosers, the proxy.
	j.keys("Tab", "Tab", "Tab", "Tab", "Tab", "Tab", "Return") // test
	j.await("a login by the test", func() bool { return j.mail.Logins() >= 1 })
	j.await("the end of the test", func() bool {
		// The draft of the password is gone again.
		out, _ := j.Output(j.ctx, "secret-tool", "search", "--all", "service", "traymail")
		return !strings.Contains(out, "draft-")
	})
	j.settled("settings-tested")
	j.keys("Return") // save, where the keyboard is after a test that passed
	var list struct {
		Accounts []struct{ ID, Name, Server, User string }
	}
	j.await("the account", func() bool {
		out, err := j.traymail("account", "list", "--json")
		return err == nil && json.Unmarshal([]byte(out), &list) == nil && len(list.Accounts) == 1
	})
	j.account = list.Accounts[0].ID
	if a := list.Accounts[0]; a.Name != "Home" || a.Server != "127.0.0.1" || a.User != user {
		j.Errorf("saved: %+v", a)
	}
	j.await("the first poll", func() bool { return j.status().Accounts[0].State == api.OK })
	j.shot("settings-saved")
	secret, err := j.Output(j.ctx, "secret-tool", "lookup", "service", "traymail", "username", j.account)
	if err != nil || secret != password {
		j.Errorf("the keyring has %q, %v", secret, err)
	}
	j.must(filepath.WalkDir(j.home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		if strings.Contains(string(b), password) {
			j.Errorf("%s holds the password", path)
		}
		return err
	}))
	if s := j.status(); s.Unseen != 0 || s.Accounts[0].Messages != 1 || len(j.Notes()) != 0 {
		j.Errorf("the baseline is not silent: %+v, %v", s, j.Notes())
	}
	j.keys("Escape")
	j.await("the window's end", func() bool { return !j.HasWindow(j.ctx, settingsTitle) })
}

func (j *journey) receive() {
	icons := []string{j.item().Icon}
	gbk := func(s string) string {
		b, err := simplifiedchinese.GBK.NewEncoder().String(s)
		j.must(err)
		return b
	}
	gb2312 := "=?gb2312?B?1Oyc47XEu+HS6czh0NE=?=" // 造滃的会议提醒: beyond GB 2312
	for i, m := range []struct{ from, subject, content, wantFrom, want string }{
		{"Ann Lee <ann@example.org>", "Lunch at noon?", "", "Ann Lee", "Lunch at noon?"},
		{"=?utf-8?b?5byg5Lyf?= <zw@example.cn>", "=?utf-8?b?5Lya6K6u5pS55pyf?=", "Content-Type: text/plain; charset=utf-8\n", "张伟", "会议改期"},
		{"=?gb2312?b?zfWGtA==?= <wz@example.cn>", gb2312, "Content-Type: text/plain; charset=gb2312\n", "王喆", ""},
		{gbk("物业") + " <wy@example.cn>", gbk("关于周末停水的通知"), "", "物业", "关于周末停水的通知"},
	} {
		if m.want == "" { // computed, so that the bytes are right beyond doubt
			m.want = "朱镕老师的讲座"
			m.subject = "=?gb2312?Q?" + quoted(gbk(m.want)) + "?="
		}
		j.deliver(m.from, m.subject, m.content, "hello")
		if c := j.check(); c.State != api.OK || len(c.New) != 1 || c.New[0].Subject != m.want || c.New[0].From != m.wantFrom {
			j.Errorf("check %d: %+v, %+v", i, c, c.Error)
		}
		j.await("the notification "+m.want, func() bool { return j.announced(m.wantFrom, m.want) == 1 })
		j.unseen(i + 1)
		j.await("another badge", func() bool { return !slices.Contains(icons, j.item().Icon) })
		icons = append(icons, j.item().Icon)
	}
	note := j.Notes()[0]
	if want := []string{"default", "Open", "open", "Open", "seen", "Mark as seen"}; !slices.Equal(note.Actions, want) || note.Category != "email.arrived" {
		j.Errorf("notification: %+v", note)
	}
	j.shot("notifications")
	_, err := j.OpenTrayMenu(j.ctx)
	j.must(err)
	labels, err := j.MenuLabels(j.ctx, j.item())
	j.must(err)
	for _, want := range []string{"4 unseen messages", "Open mailbox", "物业 – 关于周末停水的通知", "Home: 4 unseen of 5", "Check now", "Mark all as seen", "Pause", "For 1 hour", "Settings…", "Quit"} {
		if !slices.Contains(labels, want) {
			j.Errorf("the menu lacks %q: %q", want, labels)
		}
	}
	j.shot("menu")
	j.must(j.CloseTrayMenu(j.ctx))
}

func quoted(s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, "=%02X", s[i])
	}
	return b.String()
}

func (j *journey) click() {
	j.must(j.ClickNotification(j.ctx))
	_, err := j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.unseen(3)
	j.settled("mailbox-from-notification")
	// One that is seen elsewhere takes its notification along.
	closed := j.closed()
	newest := j.status().Newest[0]
	_, err = j.traymail("seen", j.account, newest.UID)
	j.must(err)
	j.await("the notification's end", func() bool { return j.closed() > closed })
	j.unseen(2)
	j.must(j.Focus(j.ctx, mailboxTitle))
	j.keys("Escape")
	j.await("the window's end", func() bool { return !j.HasWindow(j.ctx, mailboxTitle) })
}

func (j *journey) closed() int {
	n := 0
	for _, note := range j.Notes() {
		if note.Closed {
			n++
		}
	}
	return n
}

func (j *journey) crash() {
	before := len(j.Notes())
	j.must(j.tray.Process.Kill())
	j.await("the icon's end", func() bool {
		items, err := j.TrayItems()
		return err == nil && len(items) == 0
	})
	j.deliver("Night Owl <owl@example.org>", "while it was dead", "", "hoo")
	j.start("--background")
	c := j.check()
	if c.State != api.OK || c.Unseen != 3 || c.Messages != 6 {
		j.Errorf("after the crash: %+v", c)
	}
	j.await("the new one's notification", func() bool { return j.announced("Night Owl", "while it was dead") == 1 })
	j.check()
	shown := 0
	for _, note := range j.Notes()[before:] {
		if !note.Closed {
			shown++
		}
	}
	if shown != 1 {
		j.Errorf("%d notifications after the crash", shown)
	}
	j.shot("after-kill")
}

func (j *journey) panel() {
	// At first there is but the one that systray publishes.
	j.await("the icon in all sizes", func() bool { return j.item().Sizes == 6 })
	badge := j.item().Icon
	// What counts is what is on the screen; without an icon that is two colours.
	j.await("the icon on the screen", func() bool {
		colours, err := j.Colours(j.Settled(j.ctx, j.TrayIconArea()))
		return err == nil && colours > 20
	})
	before, err := j.Pixels(j.TrayIconArea())
	j.must(err)
	back := func() bool {
		now, err := j.Pixels(j.TrayIconArea())
		return err == nil && slices.Equal(now, before)
	}
	j.must(j.StopPanel(j.ctx))
	j.await("the panel gone from the screen", func() bool { return !back() })
	j.must(j.StartPanel(j.ctx))
	j.must(j.AwaitFor(j.ctx, 5*time.Second, "the icon in the new panel", back))
	if icon := j.item().Icon; icon != badge {
		j.Error("another icon came back")
	}
	j.shot("panel-restarted")
	// The tray first, the panel later.
	j.quit()
	j.must(j.StopPanel(j.ctx))
	j.start("--background")
	j.must(j.StartPanel(j.ctx))
	j.must(j.AwaitFor(j.ctx, 5*time.Second, "the icon in the late panel", back))
	j.item() // one, and no second
	j.shot("panel-late")
}

// quit ends the program and expects everything to be gone within 2 s.
func (j *journey) quit() {
	j.Helper()
	began := time.Now()
	_, err := j.traymail("quit")
	j.must(err)
	var left []string
	err = j.AwaitFor(j.ctx, 20*time.Second, "the end of all processes", func() bool {
		left = nil
		out, _ := j.Output(j.ctx, "pgrep", "-f", "^"+j.program)
		for _, pid := range strings.Fields(out) {
			state, _ := os.ReadFile("/proc/" + pid + "/stat")
			if len(state) > 0 && !strings.Contains(string(state), ") Z ") {
				left = append(left, pid)
			}
		}
		return len(left) == 0
	})
	if err != nil {
		for _, pid := range left {
			line, _ := os.ReadFile("/proc/" + pid + "/cmdline")
			j.Logf("process %s is left: %s", pid, strings.ReplaceAll(string(line), "\x00", " "))
		}
		// Their stacks say what they wait for.
		for _, pid := range left {
			_, _ = j.Output(j.ctx, "kill", "-QUIT", pid)
		}
		_ = j.tray.Process.Signal(syscall.SIGQUIT)
		_ = j.AwaitFor(j.ctx, 5*time.Second, "its stacks", func() bool { return strings.Contains(fmt.Sprint(j.tray.Stderr), "goroutine ") })
		j.Logf("%v", j.tray.Stderr)
	}
	j.must(err)
	if took := time.Since(began); took > 2*time.Second {
		j.Errorf("quitting took %v", took)
	}
}

func (j *journey) keyring() {
	logins := j.mail.Logins()
	j.must(j.LockKeyring(j.ctx))
	c := j.check()
	if c.State != api.Waiting || c.Error == nil || c.Error.Kind != "secret" || c.Error.Code != "locked" {
		j.Errorf("with a locked keyring: %+v, %+v", c, c.Error)
	}
	if n := j.mail.Logins() + j.mail.Refused(); n != logins {
		j.Errorf("%d logins with a locked keyring", n-logins)
	}
	j.await("the tooltip", func() bool { return strings.Contains(j.item().Tooltip, "Waiting for the keyring") })
	j.shot("keyring-locked")
	j.must(j.UnlockKeyring(j.ctx))
	j.await("the poll after unlocking", func() bool { return j.status().Accounts[0].State == api.OK })
	if n := j.mail.Logins(); n != logins+1 {
		j.Errorf("%d logins after unlocking", n-logins)
	}
}

// setPassword changes the password on the server, which looks at its file at
// most once in a second of the clock.
func (j *journey) setPassword(to string) {
	j.Helper()
	j.must(j.mail.SetPassword(user, to))
	changed := time.Now().Unix()
	j.await("the next seconds", func() bool { return time.Now().Unix() > changed+1 })
}

func (j *journey) wrongPassword() {
	j.setPassword("changed")
	refused := j.mail.Refused()
	c := j.check()
	if c.State != api.Failed || c.Error == nil || c.Error.Kind != "auth" || !strings.Contains(c.Error.Text, "correct it in the settings") {
		j.Errorf("with a wrong password: %+v, %+v", c, c.Error)
	}
	j.await("the attempt in the server's log", func() bool { return j.mail.Refused() == refused+1 })
	// The account has worked before, and that its password is another one now
	// is not known here: it is tried again, but not before it is safe (P24).
	if next := j.status().Accounts[0].NextPoll; time.Until(next) < 10*time.Minute {
		j.Errorf("another attempt is planned for %v", next)
	}
	j.shot("wrong-password")
	j.setPassword(password)
	if c := j.check(); c.State != api.OK {
		j.Errorf("with the right password: %+v", c.Error)
	}
	if n := j.mail.Refused(); n != refused+1 {
		j.Errorf("%d attempts", n-refused)
	}
}

func (j *journey) secondStart() {
	if out, err := j.traymail(); err != nil {
		j.Errorf("the second start: %v, %s", err, out)
	}
	_, err := j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.item()
	j.settled("second-start")
	j.quit()
	if j.HasWindow(j.ctx, mailboxTitle) {
		j.Error("the window is still there")
	}
	j.await("the icon's end", func() bool {
		items, err := j.TrayItems()
		return err == nil && len(items) == 0
	})
}

func (j *journey) removeAccount() {
	j.start("--background")
	_, err := j.Launch(j.program, "settings", "--home", j.home)
	j.must(err)
	j.must(j.Focus(j.ctx, settingsTitle))
	// What explains the account, and back.
	j.await("the account", func() bool { s := j.status(); return len(s.Accounts) == 1 && !s.Checking })
	j.must(j.Quiet(j.ctx, true)) // notifications lie over the window
	j.settled("settings-of-the-account")
	for _, name := range []string{"health", "settings-again"} {
		g, err := j.AwaitWindow(j.ctx, settingsTitle)
		j.must(err)
		before, err := j.Pixels(g)
		j.must(err)
		j.must(j.Click(j.ctx, g.X+g.Width-60, g.Y+80, 1))
		j.await("the page "+name, func() bool { now, err := j.Pixels(g); return err == nil && !bytes.Equal(before, now) })
		j.settled(name)
	}
	j.must(j.Quiet(j.ctx, false))
	j.await("the removal", func() bool {
		// The window may still be drawing: click until it asks.
		g, err := j.AwaitWindow(j.ctx, settingsTitle)
		j.must(err)
		j.must(j.Click(j.ctx, g.X+176, g.Y+g.Height-21, 1))
		j.settled("remove-question")
		j.keys("Tab", "Return")
		return j.AwaitFor(j.ctx, 3*time.Second, "the account's end", func() bool {
			out, err := j.traymail("account", "list")
			return err == nil && strings.Contains(out, "no account")
		}) == nil
	})
	j.settled("removed")
	if secret, err := j.Output(j.ctx, "secret-tool", "lookup", "service", "traymail", "username", j.account); err == nil {
		j.Errorf("the keyring still has %q", secret)
	}
	j.quit()
	left, err := ledger.Inspect(filepath.Join(j.home, "state", "ledger.db"))
	j.must(err)
	if len(left.Polled) > 0 {
		j.Errorf("the ledger still has %v", left.Polled)
	}
	_ = syscall.Kill(j.tray.Process.Pid, 0)
}
