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

// Who has Thunderbird is offered its accounts in the first window, takes them
// over with three keys, and is then asked for the password.
func TestThunderbird(t *testing.T) {
	j := begin(t, 5*time.Minute, desktoptest.Options{Keyring: keyringPassword}, user)
	j.picture = 140
	profile := filepath.Join(j.Dir, "home", ".thunderbird", "abc.default")
	j.must(os.MkdirAll(profile, 0o700))
	j.must(os.WriteFile(filepath.Join(profile, "..", "profiles.ini"), []byte("[Profile0]\nName=default\nIsRelative=1\nPath=abc.default\n"), 0o600))
	server := `user_pref("mail.server.server1.`
	j.must(os.WriteFile(filepath.Join(profile, "prefs.js"), []byte(strings.Join([]string{
		`user_pref("mail.accountmanager.accounts", "account1");`,
		`user_pref("mail.account.account1.server", "server1");`,
		server + `type", "pop3");`,
		server + `name", "家");`,
		server + `hostname", "localhost");`,
		server + `port", ` + strconv.Itoa(j.mail.POP3S) + `);`,
		server + `socketType", 3);`,
		server + `userName", "` + user + `");`,
	}, "\n")+"\n"), 0o600))

	j.start()
	_, err := j.AwaitWindow(j.ctx, settingsTitle)
	j.must(err)
	j.must(j.Focus(j.ctx, settingsTitle))
	j.must(j.Quiet(j.ctx, true)) // notifications lie over the window
	j.settled("thunderbird-offer")
	j.keys("shift+Tab", "Return")
	j.settled("thunderbird-accounts")
	j.keys("Return")
	var list struct {
		Accounts []struct {
			ID, Name, Server, User, Security string
			Port                             int
		}
	}
	j.await("the account", func() bool {
		out, err := j.traymail("account", "list", "--json")
		return err == nil && json.Unmarshal([]byte(out), &list) == nil && len(list.Accounts) == 1
	})
	if a := list.Accounts[0]; a.Name != "家" || a.Server != "localhost" || a.Port != j.mail.POP3S || a.User != user || a.Security != "tls" {
		t.Errorf("taken over: %+v", a)
	}
	j.await("the question for the password", func() bool {
		a := j.status().Accounts[0]
		return a.State == api.Failed && a.Error != nil && a.Error.Kind == "secret"
	})
	j.settled("thunderbird-taken-over")
	j.must(j.Type(j.ctx, password)) // where the focus is
	j.keys("Return")
	j.await("the password to be tried", func() bool {
		a := j.status().Accounts[0]
		return a.Error != nil && a.Error.Kind == "tls" // nobody vouches for the server's certificate
	})
	j.settled("thunderbird-saved")
	if n := j.mail.Logins() + j.mail.Refused(); n != 0 {
		t.Errorf("%d logins without a password", n)
	}
	j.quit()
}
