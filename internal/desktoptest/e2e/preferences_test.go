//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// What is changed in the settings file by hand is in force at once: language,
// badge, an icon that hides, left click, rules, quiet hours, autostart, where a
// click leads.
func TestPreferences(t *testing.T) {
	j := begin(t, 10*time.Minute, desktoptest.Options{}, user)
	j.picture = 95
	j.addByCommand()
	j.start("--background")
	j.await("the first poll", func() bool { return !j.status().Accounts[0].LastPoll.IsZero() })
	file := filepath.Join(j.home, "config", "settings.toml")
	account, err := os.ReadFile(file)
	j.must(err)
	edit := func(head string, changes ...string) {
		t.Helper()
		before := j.status().SettingsRevision
		text := head + strings.NewReplacer(changes...).Replace(string(account))
		j.must(os.WriteFile(file, []byte(text), 0o600))
		j.await("the edit", func() bool { return j.status().SettingsRevision > before })
		if problem := j.status().SettingsError; problem != "" {
			t.Fatal(problem)
		}
	}
	send := func(from, subject string, unseen int) {
		t.Helper()
		j.deliver(from, subject, "", "hello")
		j.check()
		j.unseen(unseen)
	}

	const rules = `# by hand
[[rule]]
field = "subject"
text = "NEWSLETTER"
effect = "mute"
[[rule]]
field = "sender"
regexp = true
text = '<boss@.*>$'
effect = "important"
`
	// With nothing unseen the icon may go, and the panel closes the gap.
	colours := func() int {
		n, err := j.Colours(j.TrayIconArea())
		j.must(err)
		return n
	}
	j.await("the icon", func() bool { return colours() > 8 })
	edit("[preferences]\nicon_only_unseen = true\n")
	j.await("the icon to be out of sight", func() bool { return colours() <= 2 })
	j.shot("icon-hidden")
	edit("[preferences]\n")
	j.await("the icon again", func() bool { return colours() > 8 })

	edit("[preferences]\nlanguage = 'zh-Hans'\nautostart = true\nleft_click = 'check'\n" + rules)
	j.await("the menu in Chinese", func() bool {
		labels, err := j.MenuLabels(j.ctx, j.item())
		return err == nil && slices.Contains(labels, "退出")
	})
	entry := filepath.Join(j.Dir, "home", ".config", "autostart", "io.github.traymail.traymail.desktop")
	j.await("the autostart entry", func() bool {
		b, err := os.ReadFile(entry)
		return err == nil && strings.Contains(string(b), "\nExec="+j.program+" --background --home "+j.home+"\n")
	})
	if out, err := j.Output(j.ctx, "desktop-file-validate", entry); err != nil || out != "" {
		t.Errorf("the entry: %v, %s", err, out)
	}
	logins := j.mail.Logins()
	x, y := j.TrayIcon()
	j.must(j.Click(j.ctx, x, y, 1))
	j.await("a check by the click", func() bool { return j.mail.Logins() > logins })

	send("Shop <shop@example.org>", "Our newsletter", 1)
	send("The Boss <boss@example.org>", "Come here", 2)
	j.await("the important one", func() bool { return j.announced("The Boss", "Come here") == 1 })
	notes := j.Notes()
	if len(notes) != 1 || notes[0].Urgency != 2 || notes[0].Actions[1] != "打开" {
		t.Errorf("notifications: %+v", notes)
	}
	number := j.item().Icon

	now := time.Now()
	quiet := fmt.Sprintf("quiet_from = '%s'\nquiet_until = '%s'\n", now.Add(-time.Hour).Format("15:04"), now.Add(time.Hour).Format("15:04"))
	edit("[preferences]\nbadge = 'dot'\n" + quiet + rules)
	j.await("a dot", func() bool { return j.item().Icon != number })
	dot := j.item().Icon
	j.await("no autostart entry", func() bool { _, err := os.Stat(entry); return os.IsNotExist(err) })
	send("Ann <ann@example.org>", "one", 3)
	send("Bob <bob@example.org>", "two", 4)
	if n := len(j.Notes()); n != 1 {
		t.Errorf("announced in quiet hours: %+v", j.Notes()[1:])
	}
	if icon := j.item().Icon; icon != dot {
		t.Error("the dot changed with the number")
	}
	j.shot("dot")
	edit("[preferences]\n", `name = "Home"`, "name = \"Home\"\nopen = \"https://mail.example.org/\"")
	j.await("one summary", func() bool { return j.announced("Home: 2 new messages", "Bob – two\nAnn – one") == 1 })
	j.settled("after-quiet-hours")

	// A click goes to the webmail, in the browser of this desktop.
	opened := filepath.Join(j.Dir, "home", "opened")
	bin := filepath.Join(j.Dir, "home", "browser")
	j.must(os.WriteFile(bin, []byte("#!/bin/sh\necho \"$1\" >"+opened+".new && mv "+opened+".new "+opened+"\n"), 0o700))
	j.must(os.MkdirAll(filepath.Join(j.Dir, "home", ".local/share/applications"), 0o700))
	j.must(os.WriteFile(filepath.Join(j.Dir, "home", ".local/share/applications/browser.desktop"),
		[]byte("[Desktop Entry]\nType=Application\nName=Browser\nExec="+bin+" %u\nMimeType=x-scheme-handler/https;\n"), 0o600))
	j.must(os.WriteFile(filepath.Join(j.Dir, "home", ".config/mimeapps.list"),
		[]byte("[Default Applications]\nx-scheme-handler/https=browser.desktop\n"), 0o600))
	j.must(j.ClickNotification(j.ctx))
	j.await("the webmail", func() bool {
		b, err := os.ReadFile(opened)
		return err == nil && string(b) == "https://mail.example.org/\n"
	})
	j.unseen(3) // it was the boss's, which is critical and therefore on top
	if j.HasWindow(j.ctx, mailboxTitle) {
		t.Error("the mailbox opened as well")
	}
	_, err = j.traymail("quit")
	j.must(err)
	j.await("the end of the tray role", func() bool { return len(j.Processes(j.program)) == 0 })
	if raw, err := os.ReadFile(file); err != nil || !strings.HasPrefix(string(raw), "[preferences]\n") {
		t.Errorf("%v in\n%s", err, raw)
	}
}
