//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/discover/discovertest"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Name, address and password are all that a new user gives: the server is in
// the provider's autoconfig file.
func TestNewUser(t *testing.T) {
	onIsland(t, func(dns *discovertest.DNS) {
		const address = "lena@harbour.example"
		j := newUser(t, "", "pop.harbour.example", address)
		j.picture = 120
		web, err := popserver.NewIdentity("autoconfig.harbour.example")
		j.must(err)
		j.trust(web.CA)
		dns.AddHost("pop.harbour.example")
		dns.AddHost("autoconfig.harbour.example")
		asked := serveFile(t, web, `<clientConfig version="1.1"><emailProvider id="harbour.example">
			<incomingServer type="pop3"><hostname>pop.harbour.example</hostname><port>995</port>
			<socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer></emailProvider></clientConfig>`)
		j.firstBadge("Home", address, settingsTitle, mailboxTitle)
		for _, request := range asked() {
			if strings.Contains(request, "lena") {
				t.Errorf("the web server was told more than the domain: %s", request)
			}
		}
		j.onlyTheDomain(dns, "lena")
	})
}

// The same in a Chinese session; the server is in the DNS.
func TestNewUserInChinese(t *testing.T) {
	onIsland(t, func(dns *discovertest.DNS) {
		const address = "lina@yezi.example"
		j := newUser(t, "zh_CN.UTF-8", "pop.yezi.example", address)
		j.picture = 130
		j.trust()
		j.must(j.PutOnKeyboard(j.ctx, "工作邮箱"))
		dns.AddHost("pop.yezi.example")
		dns.AddSRV("_pop3s._tcp.yezi.example", "pop.yezi.example.", 995)
		j.firstBadge("工作邮箱", address, settingsTitleChinese, mailboxTitleChinese)
		j.onlyTheDomain(dns, "lina")
	})
}

const (
	settingsTitleChinese = "^traymail.*设置$"
	mailboxTitleChinese  = "^traymail.*邮箱$"
)

// newUser is a desktop whose mail server is host.
func newUser(t *testing.T, language, host string, users ...string) *journey {
	t.Helper()
	roots := filepath.Join(t.TempDir(), "roots.pem")
	j := arrive(t, 3*time.Minute, desktoptest.Options{Keyring: keyringPassword, Language: language, Roots: roots})
	j.roots = roots
	var err error
	j.mail, err = j.StartMailHost(j.ctx, passwordsOf(users), host)
	j.must(err)
	return j
}

// trust makes the authorities of the servers those of the machine. It has to
// come before the program starts.
func (j *journey) trust(more ...[]byte) {
	j.Helper()
	all, err := os.ReadFile(j.mail.CAFile)
	j.must(err)
	for _, one := range more {
		all = append(all, one...)
	}
	j.must(os.WriteFile(j.roots, all, 0o600))
}

// firstBadge is what a new user sees, from the first window to the first
// message.
func (j *journey) firstBadge(name, address, title, mailbox string) {
	j.Helper()
	j.must(j.mail.Deliver(address, letter("Old Friend <old@example.org>", "was here before", address)))
	j.start()
	_, err := j.AwaitWindow(j.ctx, title) // it opens by itself
	j.must(err)
	j.must(j.Focus(j.ctx, title))
	j.settled("new-user")
	j.fill(address)
	j.fill(password)
	j.must(j.Type(j.ctx, name))
	j.settled("new-user-filled")
	j.keys("Return")
	var list struct {
		Accounts []struct{ ID, Name, Server, User string }
	}
	j.await("the account", func() bool {
		out, err := j.traymail("account", "list", "--json")
		return err == nil && json.Unmarshal([]byte(out), &list) == nil && len(list.Accounts) == 1
	})
	if a := list.Accounts[0]; a.Name != name || a.User != address || !strings.HasPrefix(a.Server, "pop.") {
		j.Errorf("added: %+v", a)
	}
	j.await("the first poll", func() bool { return j.status().Accounts[0].State == api.OK })
	j.settled("new-user-added")
	if n := j.mail.Refused(); n != 0 {
		j.Errorf("%d logins were refused", n)
	}
	if s := j.status(); s.Unseen != 0 || len(j.Notes()) != 0 || s.Accounts[0].Existing != 1 {
		j.Errorf("the baseline is not silent, or not explained: %+v, %v", s, j.Notes())
	}
	plain := j.item().Icon
	j.must(j.mail.Deliver(address, letter("=?utf-8?b?5byg5Lyf?= <zw@example.cn>", "=?utf-8?b?5Lya6K6u5pS55pyf?=", address)))
	if c := j.check(); c.State != api.OK || len(c.New) != 1 || c.New[0].Subject != "会议改期" {
		j.Errorf("check: %+v, %+v", c, c.Error)
	}
	j.await("the notification", func() bool { return j.announced("张伟", "会议改期") == 1 })
	j.unseen(1)
	j.await("the badge", func() bool { return j.item().Icon != plain })
	j.settled("first-badge")
	// What was there can be counted as well, where that is said.
	_, err = j.traymail()
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, mailbox)
	j.must(err)
	j.must(j.Focus(j.ctx, mailbox))
	j.settled("first-mailbox")
	j.keys("shift+Tab", "shift+Tab", "Return") // from the list to the last buttons before it
	j.unseen(2)
	j.await("the answer", func() bool { return j.status().Accounts[0].Existing == 0 })
	j.settled("first-counted")
	j.quit()
}

// letter is a short message.
func letter(from, subject, to string) []byte {
	return fmt.Appendf(nil, "From: %s\nTo: %s\nSubject: %s\nDate: %s\nMessage-ID: <%d@example.org>\n\nhello\n",
		from, to, subject, time.Now().Format(time.RFC1123Z), time.Now().UnixNano())
}

// serveFile answers every request for an https page with a file, until the
// test ends. It returns what was asked.
func serveFile(t *testing.T, identity *popserver.Identity, file string) (asked func() []string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:443")
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var requests []string
	s := &http.Server{
		TLSConfig: identity.ServerTLS(), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			requests = append(requests, r.Host+r.URL.RequestURI())
			mu.Unlock()
			_, _ = io.WriteString(w, file)
		}),
	}
	var group sync.WaitGroup
	group.Go(func() { _ = s.ServeTLS(l, "", "") })
	t.Cleanup(func() {
		_ = s.Close()
		group.Wait()
	})
	return func() []string {
		mu.Lock()
		defer mu.Unlock()
		return slices.Clone(requests)
	}
}

// onlyTheDomain fails if the DNS was told who the user is.
func (j *journey) onlyTheDomain(dns *discovertest.DNS, user string) {
	j.Helper()
	names := dns.Asked()
	if len(names) == 0 || slices.ContainsFunc(names, func(name string) bool { return strings.Contains(name, user) }) {
		j.Errorf("the DNS was asked for %q", names)
	}
}

// POP3 is switched off at the provider, which says so in GBK: the user is told
// what to do, the password goes there once, and nothing is saved.
func TestPOP3SwitchedOff(t *testing.T) {
	onIsland(t, func(dns *discovertest.DNS) {
		roots := filepath.Join(t.TempDir(), "roots.pem")
		j := arrive(t, 3*time.Minute, desktoptest.Options{Keyring: keyringPassword, Language: "zh_CN.UTF-8", Roots: roots})
		j.picture = 140
		refusal, err := simplifiedchinese.GBK.NewEncoder().String("-ERR 您没有权限使用pop3功能\r\n")
		j.must(err)
		identity, err := popserver.NewIdentity("pop.163.com")
		j.must(err)
		j.must(os.WriteFile(roots, identity.CA, 0o600))
		server := popserver.New(popserver.Options{
			TLS: identity.ServerTLS(), Implicit: true, NoPlain: true,
			Mood: func(line string) *popserver.Override {
				if strings.HasPrefix(line, "PASS ") {
					return &popserver.Override{Raw: refusal}
				}
				return nil
			},
		})
		l, err := net.Listen("tcp", "127.0.0.1:995")
		j.must(err)
		var group sync.WaitGroup
		group.Go(func() { _ = server.Serve(l) })
		defer group.Wait()
		defer func() { _ = server.Close() }()
		dns.AddHost("pop.163.com")
		logins := func() int {
			n := 0
			for _, command := range server.Commands() {
				if strings.HasPrefix(command, "PASS") {
					n++
				}
			}
			return n
		}

		j.must(j.PutOnKeyboard(j.ctx, "网易"))
		j.start()
		_, err = j.AwaitWindow(j.ctx, settingsTitleChinese)
		j.must(err)
		j.must(j.Focus(j.ctx, settingsTitleChinese))
		j.fill("lina@163.com")
		j.settled("163-wants")
		j.fill(password)
		j.must(j.Type(j.ctx, "网易"))
		j.keys("Return")
		j.await("a login", func() bool { return logins() == 1 })
		j.draftIsGone()
		j.settled("pop3-switched-off")
		if out, err := j.traymail("account", "list", "--json"); err != nil || !strings.Contains(out, `"accounts": []`) {
			j.Errorf("saved: %s, %v", out, err)
		}
		j.quit()
		if n := logins(); n != 1 {
			j.Errorf("%d logins", n)
		}
	})
}

// keyringTitle is that of the keyring's own question.
const keyringTitle = "^Unlock Login Keyring$"

// The keyring is locked when an account is to be saved, and asks for its own
// password. Who cancels loses nothing, and can save once it is unlocked.
func TestKeyringLockedAtSave(t *testing.T) {
	roots := filepath.Join(t.TempDir(), "roots.pem")
	j := begin(t, 3*time.Minute, desktoptest.Options{Keyring: keyringPassword, Roots: roots}, user)
	j.picture, j.roots = 150, roots
	j.trust()
	j.start()
	_, err := j.AwaitWindow(j.ctx, settingsTitle)
	j.must(err)
	j.must(j.Focus(j.ctx, settingsTitle))
	j.keys("Tab", "Tab", "Tab", "Return") // set up by hand
	for _, text := range []string{"Home", "me@example.org", "localhost", strconv.Itoa(j.mail.POP3S)} {
		j.fill(text)
	}
	j.keys("Tab") // security: TLS
	j.fill(user)
	j.must(j.LockKeyring(j.ctx))
	j.must(j.Type(j.ctx, password))
	j.keys("Return")
	_, err = j.AwaitWindow(j.ctx, keyringTitle)
	j.must(err)
	j.settled("keyring-asks")
	j.keys("Escape")
	j.await("the end of the question", func() bool { return !j.HasWindow(j.ctx, keyringTitle) })
	j.settled("keyring-locked-at-save")
	if out, err := j.traymail("account", "list", "--json"); err != nil || !strings.Contains(out, `"accounts": []`) {
		j.Errorf("saved: %s, %v", out, err)
	}
	if n := j.mail.Logins() + j.mail.Refused(); n != 0 {
		j.Errorf("%d logins with a locked keyring", n)
	}
	j.keys("Return")
	_, err = j.AwaitWindow(j.ctx, keyringTitle)
	j.must(err)
	j.settled("keyring-asks-again")
	j.must(j.Type(j.ctx, keyringPassword))
	j.keys("Return")
	j.await("the account", func() bool {
		out, err := j.traymail("account", "list", "--json")
		return err == nil && strings.Contains(out, `"name": "Home"`)
	})
	j.await("the first poll", func() bool { return j.status().Accounts[0].State == api.OK })
	j.settled("saved-after-unlocking")

	// A check that a person asks for has it ask; those of a script never do.
	j.must(j.LockKeyring(j.ctx))
	if c := j.check(); c.State != api.Waiting || j.HasWindow(j.ctx, keyringTitle) {
		t.Errorf("a script's check: %+v", c)
	}
	_, err = j.traymail() // opens the mailbox
	j.must(err)
	_, err = j.AwaitWindow(j.ctx, mailboxTitle)
	j.must(err)
	for _, answer := range []string{"", keyringPassword} {
		j.must(j.Focus(j.ctx, mailboxTitle))
		j.keys("ctrl+r")
		_, err = j.AwaitWindow(j.ctx, keyringTitle)
		j.must(err)
		if answer == "" {
			j.keys("Escape")
		} else {
			j.must(j.Type(j.ctx, answer))
			j.keys("Return")
		}
		j.await("the end of the question", func() bool { return !j.HasWindow(j.ctx, keyringTitle) })
		j.settled("check-asked")
	}
	j.await("the check", func() bool { return j.status().Accounts[0].State == api.OK })
	j.quit()
}
