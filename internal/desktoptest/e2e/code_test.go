//go:build e2e

package e2e

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// A code is copied from its notification: another program gets it from the
// clipboard, and no file of the program has it.
func TestCode(t *testing.T) {
	j := begin(t, 8*time.Minute, desktoptest.Options{}, user)
	j.picture = 200
	j.copyCode()
	j.saveAttachment()
	j.quit()
}

// The same on a desktop of Wayland, by the compositor.
func TestCodeOnWayland(t *testing.T) {
	j := begin(t, 8*time.Minute, desktoptest.Options{Sway: true}, user)
	j.folder = "sway"
	j.picture = 200
	j.copyCode()
	j.quit()
}

func (j *journey) copyCode() {
	const code = "482913"
	j.addByCommand()
	j.start("--background")
	j.await("the first poll", func() bool { return !j.status().Accounts[0].LastPoll.IsZero() })
	j.deliver("示例网 <no-reply@example.cn>", "登录验证", "Content-Type: text/plain; charset=utf-8\n", "您的验证码为 "+code+"，请在10分钟内完成验证。如非本人操作，请忽略本邮件。")
	j.check()
	j.await("the notification", func() bool { return j.announced(code+" – 示例网", "登录验证") == 1 })
	if note := j.Notes()[len(j.Notes())-1]; !slices.Contains(note.Actions, "copy-code") {
		j.Errorf("the notification offers %q", note.Actions)
	}
	j.settled("code-notification")
	j.must(j.CopyFromNotification(j.ctx))
	got := ""
	j.await("the code on the clipboard", func() bool {
		got, _ = j.Clipboard(j.ctx)
		return got != ""
	})
	if got != code {
		j.Errorf("the clipboard has %q", got)
	}
	if j.HasWindow(j.ctx, mailboxTitle) {
		j.Error("a window came up")
	}
	j.must(filepath.WalkDir(j.home, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), code) {
			j.Errorf("%s has the code", path)
		}
		return err
	}))
}

// saveAttachment saves a file with a Chinese name by keys alone.
func (j *journey) saveAttachment() {
	const name = "年度报告 2026.bin"
	random := rand.New(rand.NewPCG(7, 7))
	content := make([]byte, 300000)
	for i := range content {
		content[i] = byte(random.UintN(256)) // #nosec G115 -- an octet
	}
	encoded := base64.StdEncoding.EncodeToString(content)
	var lines strings.Builder
	for len(encoded) > 76 {
		lines.WriteString(encoded[:76] + "\n")
		encoded = encoded[76:]
	}
	lines.WriteString(encoded)
	j.must(j.Quiet(j.ctx, true)) // notifications lie over the window
	j.deliver("Ann <ann@example.org>", "the report", "MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\"=_b\"\n", fmt.Sprintf(
		"--=_b\nContent-Type: text/plain\n\nHere it is.\n--=_b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename=\"=?utf-8?b?%s?=\"\nContent-Transfer-Encoding: base64\n\n%s\n--=_b--",
		base64.StdEncoding.EncodeToString([]byte(name)), lines.String()))
	j.check()
	j.await("the message", func() bool { return len(j.status().Newest) > 0 && j.status().Newest[0].Subject == "the report" })
	_, err := j.Launch(j.program, "mailbox", "--home", j.home, "--account", j.account, "--uid", j.status().Newest[0].UID)
	j.must(err)
	g, err := j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	j.must(j.Focus(j.ctx, mailboxTitle))
	j.await("the message to be read", func() bool { return j.status().Newest[0].Subject != "the report" || j.status().Unseen == 1 })
	j.settled("attachment")
	// The message comes first, and only then the dialog, over the list.
	middle := desktoptest.Geometry{X: g.X + g.Width/4, Y: g.Y + g.Height/2, Width: g.Width / 8, Height: g.Height / 8}
	before, err := j.Pixels(middle)
	j.must(err)
	j.keys("ctrl+shift+s")
	j.await("the dialog", func() bool { now, err := j.Pixels(middle); return err == nil && !bytes.Equal(before, now) })
	j.settled("attachment-where")
	j.keys("Return") // in the user's home folder
	path := filepath.Join(j.Dir, "home", name)
	j.await("the file", func() bool {
		got, err := os.ReadFile(path)
		return err == nil && len(got) == len(content)
	})
	got, err := os.ReadFile(path)
	j.must(err)
	if !bytes.Equal(got, content) {
		j.Errorf("%d octets, and others than were sent", len(got))
	}
	j.settled("attachment-saved")
	j.keys("Escape")
	j.await("the window's end", func() bool { return !j.HasWindow(j.ctx, mailboxTitle) })
	if left, _ := filepath.Glob(filepath.Join(j.home, "state", "attachments", "*", "*")); len(left) > 0 {
		j.Errorf("left on the disk: %q", left)
	}
}
