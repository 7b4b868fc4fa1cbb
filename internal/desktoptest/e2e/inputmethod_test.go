//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// Where there is an input method, XWayland shows the windows (D14), which come to
// the front all the same (D13). That what is typed becomes Chinese is for people
// to see, on the pictures.
func TestInputMethodOnSway(t *testing.T) {
	j := begin(t, 5*time.Minute, desktoptest.Options{Keyring: keyringPassword, Sway: true, Language: "C.UTF-8", Environment: []string{"XMODIFIERS=@im=fcitx"}}, user)
	j.folder, j.picture = "sway", 30
	for name, text := range map[string]string{
		"profile": "[Groups/0]\nName=Default\nDefault Layout=us\nDefaultIM=pinyin\n\n[Groups/0/Items/0]\nName=pinyin\nLayout=\n\n[GroupOrder]\n0=Default\n",
		"config":  "[Behavior]\nActiveByDefault=True\n",
	} {
		path := filepath.Join(j.Dir, "home", ".config", "fcitx5", name)
		j.must(os.MkdirAll(filepath.Dir(path), 0o700))
		j.must(os.WriteFile(path, []byte(text), 0o600))
	}
	_, err := j.Launch("fcitx5", "--disable", "wayland,waylandim")
	j.must(err)
	j.await("the input method", func() bool {
		_, err := j.Output(j.ctx, "fcitx5-remote")
		return err == nil
	})
	j.start()
	_, err = j.AwaitWindow(j.ctx, settingsTitle) // it opens by itself, with the keyboard in a field
	j.must(err)
	if !j.OnX11(j.ctx, settingsTitle) {
		t.Error("the window is not on X11, where the input method is")
	}
	j.drawn(settingsTitle)
	j.must(j.Type(j.ctx, "nihao"))
	j.settled("candidates")
	j.keys("space")
	j.settled("chinese")
	for command, title := range map[string]string{"mailbox": mailboxTitle, "settings": settingsTitle} {
		_, err := j.Launch(j.program, command, "--home", j.home)
		j.must(err)
		j.must(j.AwaitFocus(j.ctx, title))
	}
	_, err = j.traymail("mailbox") // behind the other, or in front already
	j.must(err)
	j.must(j.AwaitFocus(j.ctx, mailboxTitle))
	_, err = j.traymail("settings")
	j.must(err)
	j.must(j.AwaitFocus(j.ctx, settingsTitle))
	j.settled("raised-on-x11")
	j.quit()
}
