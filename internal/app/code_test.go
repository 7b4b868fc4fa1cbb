package app

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// service delivers what a program of a service sends.
func (w *world) service(subject, text string) {
	w.drop.Deliver(fmt.Appendf(nil, "From: Shop <no-reply@shop.example>\nSubject: %s\nMessage-ID: <%x@x>\nContent-Type: text/plain; charset=utf-8\n\n%s\n", subject, subject, text))
}

// tops are the TOPs that asked for lines.
func (w *world) tops() (list []string) {
	for _, c := range w.server.Commands() {
		if strings.HasPrefix(c, "TOP ") && !strings.HasSuffix(c, " 0") {
			list = append(list, c)
		}
	}
	return list
}

// A code is shown first, and its text is asked for only where the header
// suggests one and does not have it.
func TestCodeIsAnnounced(t *testing.T) {
	for _, pipelining := range []bool{true, false} {
		w := newWorld(t, popserver.Options{Pipelining: pipelining})
		w.deliver("old")
		w.poll()
		w.server.ResetCommands()

		w.deliver("lunch?")
		w.service("Your verification code", "Your verification code is 482913. It expires in 10 minutes.")
		w.service("731904 is your login code", "nothing")
		w.poll()
		w.expect("notifications", w.announcer.shownAs(), []string{
			"Ann|lunch?", "482913 – Shop|Your verification code", "731904 – Shop|731904 is your login code",
		})
		w.expect("asked for", w.tops(), []string{"TOP 3 120"})
		uid := w.uid("Your verification code")
		code, err := w.Code("a", uid)
		w.expect("the code", fmt.Sprint(code, err), "482913<nil>")
		m, err := w.Fetch(t.Context(), "a", uid, false, false)
		w.expect("the code in the message", fmt.Sprint(m.Code, err), "482913<nil>")

		// Chinese.
		w.service("登录验证", "您的验证码为 604817，请在10分钟内完成验证。")
		w.poll()
		w.expect("notifications", w.announcer.shownAs(), []string{"604817 – Shop|登录验证"})

		// Not where the user wants no subject on the screen.
		w.prefer(settings.Preferences{Show: settings.ShowSender})
		w.service("Your sign-in code", "Sign-in code: 119283")
		w.poll()
		n := w.announcer.shown[0]
		w.expect("shown", fmt.Sprint(n.HasCode, n.Code, w.announcer.shownAs()), "true[Shop|A: 1 new message]")

		// Not at all where the user wants none.
		w.prefer(settings.Preferences{IgnoreCodes: true})
		w.server.ResetCommands()
		w.service("Your next verification code", "Your verification code is 555 012.")
		w.poll()
		w.expect("notifications", w.announcer.shownAs(), []string{"Shop|Your next verification code"})
		w.expect("asked for", w.tops(), []string{})
		uid = w.uid("Your next verification code")
		m, err = w.Fetch(t.Context(), "a", uid, false, false)
		w.expect("the code in the message", fmt.Sprint(m.Code, err), "<nil>")
	}
}

// A server that refuses lines, or sends what has no end, costs the code and
// nothing else.
func TestCodeThatIsNotToBeHad(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("old")
	w.poll()
	for name, answer := range map[string]string{
		"refused": "-ERR no\r\n",
		"endless": "+OK\r\nSubject: another\r\n\r\n" + strings.Repeat("verification code 123456\r\n", 20000),
		"another": "+OK\r\nSubject: Not that\r\n\r\nYour verification code is 123456\r\n.\r\n",
	} {
		w.server.SetMood(func(line string) *popserver.Override {
			if strings.HasPrefix(line, "TOP ") && strings.HasSuffix(line, " 120") {
				return &popserver.Override{Raw: answer}
			}
			return nil
		})
		subject := "Your verification code, " + name
		w.service(subject, "Your verification code is 482913.")
		w.poll()
		if got := w.announcer.shownAs(); !slices.Equal(got, []string{"Shop|" + subject}) {
			t.Errorf("%s: %q", name, got)
		}
	}
}

// A code is in memory, and in no file.
func TestCodeIsWrittenNowhere(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("old")
	w.poll()
	w.service("Your verification code", "Your verification code is 482913.")
	w.poll()
	w.expect("notifications", w.announcer.shownAs(), []string{"482913 – Shop|Your verification code"})
	if _, err := w.Fetch(t.Context(), "a", w.uid("Your verification code"), false, true); err != nil {
		t.Fatal(err)
	}
	files := 0
	err := filepath.WalkDir(w.dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		files++
		raw, err := os.ReadFile(path)
		if strings.Contains(string(raw), "482913") {
			t.Errorf("%s has the code", path)
		}
		return err
	})
	if err != nil || files < 2 {
		t.Errorf("%d files, %v", files, err)
	}
}
