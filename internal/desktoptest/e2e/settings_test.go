//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
)

// The settings window by keyboard alone: a certificate that nobody vouches
// for, a wrong password, another language; and what follows when the trusted
// certificate is replaced.
func TestSettings(t *testing.T) {
	j := begin(t, 6*time.Minute, desktoptest.Options{Keyring: keyringPassword}, user)
	j.picture = 60
	j.start()
	_, err := j.AwaitWindow(j.ctx, settingsTitle)
	j.must(err)
	j.must(j.Focus(j.ctx, settingsTitle))
	j.must(j.Quiet(j.ctx, true)) // notifications lie over the window

	j.keys("Tab", "Tab", "Tab", "Return") // set up by hand
	for _, text := range []string{"Home", "", "localhost", strconv.Itoa(j.mail.POP3S)} {
		j.fill(text)
	}
	j.keys("Tab") // security: TLS
	j.fill(user)
	j.fill("a wrong password")
	j.keys("Tab", "Tab", "Return") // interval, more options; test
	j.settled("untrusted-certificate")
	if n := j.mail.Logins() + j.mail.Refused(); n != 0 {
		t.Errorf("%d logins over a connection nobody vouches for", n)
	}
	j.keys("shift+Tab", "shift+Tab", "Return") // the session, trust
	j.settled("trust-question")
	j.keys("Escape")
	j.settled("trust-refused")
	if n := j.mail.Logins() + j.mail.Refused(); n != 0 {
		t.Errorf("%d logins after the user has said no", n)
	}
	j.keys("Return", "Tab", "Return") // asked again: yes
	j.await("a login that is refused", func() bool { return j.mail.Refused() == 1 })
	j.draftIsGone()
	j.settled("wrong-password")

	// Back to the form, where the keyboard is on the password.
	j.keys("shift+Tab", "shift+Tab", "Return") // the session, back
	j.settled("form-again")
	j.keys("ctrl+a", "BackSpace")
	j.must(j.Type(j.ctx, password))
	j.keys("Tab", "Tab", "Tab", "Return") // interval, more options; test
	j.await("a login", func() bool { return j.mail.Logins() == 1 })
	j.draftIsGone()
	j.settled("tested")
	j.keys("Return") // save
	var list struct {
		Accounts []struct{ ID, Pin string }
	}
	j.await("the account", func() bool {
		out, err := j.traymail("account", "list", "--json")
		return err == nil && json.Unmarshal([]byte(out), &list) == nil && len(list.Accounts) == 1
	})
	j.account = list.Accounts[0].ID
	if raw, err := os.ReadFile(filepath.Join(j.home, "config", "settings.toml")); err != nil || len(list.Accounts[0].Pin) != 64 ||
		!strings.Contains(string(raw), list.Accounts[0].Pin) {
		t.Errorf("the pin is %q: %v, %s", list.Accounts[0].Pin, err, raw)
	}
	j.await("the first poll", func() bool { return j.status().Accounts[0].State == api.OK })

	// Another language at once, and back by Esc.
	j.keys("ctrl+Next", "Tab", "Tab") // preferences: start at login, language
	j.settled("preferences")
	j.keys("Down", "Down", "Down", "Down", "Return")
	_, err = j.AwaitWindow(j.ctx, "^traymail.*设置$")
	j.must(err)
	j.settled("in-chinese")
	j.keys("Escape")
	_, err = j.AwaitWindow(j.ctx, settingsTitle)
	j.must(err)
	j.keys("ctrl+Prior") // accounts

	// A certificate that is not the trusted one stops the account.
	logins := j.mail.Logins()
	j.must(j.Recertify(j.ctx, j.mail))
	j.await("another certificate", func() bool { c := j.check(); return c.State == api.Failed })
	if c := j.check(); c.Error == nil || c.Error.Kind != "tls" || c.Error.Code != "pin" ||
		!strings.Contains(c.Error.Text, list.Accounts[0].Pin[:16]) {
		t.Errorf("it says %+v", c.Error)
	}
	if n := j.mail.Logins() + j.mail.Refused() - 1; n != logins {
		t.Errorf("%d logins after the certificate changed", n-logins)
	}
	if next := j.status().Accounts[0].NextPoll; !next.IsZero() {
		t.Errorf("another try is planned for %v", next)
	}
	j.settled("changed-certificate")
	j.quit()
}

// draftIsGone waits until a test has removed its password from the keyring.
func (j *journey) draftIsGone() {
	j.Helper()
	j.await("the end of the test", func() bool {
		out, _ := j.Output(j.ctx, "secret-tool", "search", "--all", "service", "traymail")
		return !strings.Contains(out, "draft-")
	})
}
