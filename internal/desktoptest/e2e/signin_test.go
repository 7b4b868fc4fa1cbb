//go:build e2e

package e2e

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/discover/discovertest"
	"github.com/traymail/traymail/internal/oauth/oauthtest"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// From a typed address to a badge without a password: the settings window sends
// the browser to where Microsoft has people sign in, under its real name, and a
// real Chromium signs in at a real authorization server there. A real Dovecot
// asks that about the tokens.
func TestSignInWithTheBrowser(t *testing.T) {
	onIsland(t, func(dns *discovertest.DNS) {
		const address = "lena@outlook.com"
		const at, host = "login.microsoftonline.com", "outlook.office365.com"
		authority := oauthtest.Handler("https://"+at, address)
		asked := httptest.NewServer(authority) // by the mail server
		defer asked.Close()
		dns.AddHost(at)
		dns.AddHost(host)

		roots := filepath.Join(t.TempDir(), "roots.pem")
		j := arrive(t, 4*time.Minute, desktoptest.Options{Keyring: keyringPassword, Roots: roots})
		j.picture, j.roots = 160, roots
		link := j.chooseBrowser()
		var err error
		j.mail, err = j.StartTokenHost(j.ctx, "http://"+oauthtest.Client+":@"+strings.TrimPrefix(asked.URL, "http://")+"/oauth/introspect", []string{address}, host)
		j.must(err)
		identity, err := popserver.NewIdentity(at)
		j.must(err)
		j.trust(identity.CA)
		serveMicrosoft(t, identity, authority)

		j.start()
		g, err := j.AwaitWindow(j.ctx, settingsTitle)
		j.must(err)
		j.must(j.Focus(j.ctx, settingsTitle))
		// The bar below has buttons until somebody is to sign in.
		bar := desktoptest.Geometry{X: g.X + g.Width - 150, Y: g.Y + g.Height - 32, Width: 130, Height: 18}
		empty := func() bool {
			now, err := j.Pixels(bar)
			return err != nil || bytes.Count(now, now[:4]) == len(now)/4
		}
		j.await("the form", func() bool { return !empty() })
		j.Settled(j.ctx, j.Screen())
		j.must(j.Type(j.ctx, address))
		j.settled("sign-in-offered")
		j.keys("Return")
		j.await("the question for a client ID", empty)
		j.settled("sign-in-client")
		j.must(j.Type(j.ctx, oauthtest.Client))
		j.keys("Return")
		var to []byte
		j.await("the browser", func() bool {
			to, err = os.ReadFile(link)
			return err == nil
		})
		j.settled("sign-in-waiting")
		if !strings.HasPrefix(string(to), "https://"+at+"/common/oauth2/v2.0/authorize?") || !strings.Contains(string(to), "login_hint=lena%40outlook.com") {
			t.Errorf("the browser is sent to %s", to)
		}

		c := startChromium(t)
		c.visit(string(to))
		defer func() {
			if t.Failed() {
				t.Logf("Chromium shows %v", c.evaluate("location.href + ' ' + document.documentElement.innerText"))
			}
		}()
		j.await("the page to sign in", func() bool {
			return c.evaluate(fmt.Sprintf(`(() => {
				if (!document.querySelector('#password')) return false;
				document.querySelector('#username').value = %q;
				document.querySelector('#password').value = %q;
				document.querySelector('button').click();
				return true;
			})()`, address, oauthtest.Password)) == true
		})
		j.await("the last page", func() bool {
			text, _ := c.evaluate("document.body.innerText").(string)
			return strings.Contains(text, "Go back to traymail")
		})
		j.await("the first poll", func() bool {
			s := j.status()
			return len(s.Accounts) == 1 && s.Accounts[0].State == api.OK
		})
		j.settled("signed-in")
		plain := j.item().Icon
		j.must(j.mail.Deliver(address, letter("Old Friend <old@example.org>", "now at last", address)))
		if r := j.check(); r.State != api.OK || len(r.New) != 1 {
			t.Errorf("check: %+v, %+v", r, r.Error)
		}
		j.unseen(1)
		j.await("the badge", func() bool { return j.item().Icon != plain })
		j.settled("signed-in-badge")
		j.quit()
	})
}

// chooseBrowser makes one the user's that writes the link it is to open to a
// file, whose path is returned.
func (j *journey) chooseBrowser() (link string) {
	j.Helper()
	link = filepath.Join(j.Dir, "link")
	browser := filepath.Join(j.Dir, "browser")
	for path, text := range map[string]string{
		browser: fmt.Sprintf("#!/bin/sh\nprintf '%%s' \"$1\" >'%[1]s.new' && mv '%[1]s.new' '%[1]s'\n", link),
		filepath.Join(j.Dir, "home", ".local", "share", "applications", "mine.desktop"): "[Desktop Entry]\nType=Application\nName=Mine\nExec=" + browser + " %u\nMimeType=x-scheme-handler/https;\n",
		filepath.Join(j.Dir, "home", ".config", "mimeapps.list"):                        "[Default Applications]\nx-scheme-handler/https=mine.desktop\n",
	} {
		j.must(os.MkdirAll(filepath.Dir(path), 0o755))  // the session
		j.must(os.WriteFile(path, []byte(text), 0o755)) // reads and runs them
	}
	return link
}

// serveMicrosoft has an authorization server answer under Microsoft's paths.
func serveMicrosoft(t *testing.T, identity *popserver.Identity, authority http.Handler) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:443")
	if err != nil {
		t.Fatal(err)
	}
	s := &http.Server{
		TLSConfig: identity.ServerTLS(), ErrorLog: log.New(io.Discard, "", 0), ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			switch rest, _ := strings.CutPrefix(r.URL.Path, "/common/oauth2/v2.0"); rest {
			case "/authorize":
				r.URL.Path = "/auth"
			case "/token":
				r.URL.Path = "/oauth/token"
			}
			authority.ServeHTTP(w, r)
		}),
	}
	var group sync.WaitGroup
	group.Go(func() { _ = s.ServeTLS(l, "", "") })
	t.Cleanup(func() {
		_ = s.Close()
		group.Wait()
	})
}

// chromium is a browser without a screen, over its debugging pipe: messages of
// JSON, each with a zero octet at its end.
type chromium struct {
	t       *testing.T
	in      io.Writer
	out     *bufio.Reader
	n       int
	session string
}

func startChromium(t *testing.T) *chromium {
	t.Helper()
	theirIn, in, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	out, theirOut, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	// Who runs as root has no sandbox; the authority is one of the test.
	cmd := exec.CommandContext(t.Context(), "chromium", "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
		"--ignore-certificate-errors", "--remote-debugging-pipe", "--user-data-dir="+t.TempDir(), "about:blank")
	cmd.Env = append(os.Environ(), "HOME="+t.TempDir())
	cmd.ExtraFiles = []*os.File{theirIn, theirOut} // 3 and 4
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_, _ = theirIn.Close(), theirOut.Close()
	c := &chromium{t: t, in: in, out: bufio.NewReader(out)}
	t.Cleanup(func() {
		_ = in.Close() // which ends it
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = out.Close()
	})
	return c
}

// ask sends a command and waits for its answer.
func (c *chromium) ask(method string, params map[string]any) map[string]any {
	c.t.Helper()
	c.n++
	message := map[string]any{"id": c.n, "method": method, "params": params}
	if c.session != "" {
		message["sessionId"] = c.session
	}
	text, err := json.Marshal(message)
	if err == nil {
		_, err = c.in.Write(append(text, 0))
	}
	for err == nil {
		var line []byte
		if line, err = c.out.ReadBytes(0); err != nil {
			break
		}
		var answer struct {
			ID     int
			Result map[string]any
		}
		if err = json.Unmarshal(line[:len(line)-1], &answer); err == nil && answer.ID == c.n {
			return answer.Result
		}
	}
	c.t.Fatalf("Chromium, asked for %s: %v", method, err)
	return nil
}

// visit opens a page.
func (c *chromium) visit(address string) {
	c.t.Helper()
	target := c.ask("Target.createTarget", map[string]any{"url": address})
	attached := c.ask("Target.attachToTarget", map[string]any{"targetId": target["targetId"], "flatten": true})
	c.session, _ = attached["sessionId"].(string)
	if c.session == "" {
		c.t.Fatalf("Chromium shows no page: %v, %v", target, attached)
	}
}

// evaluate is the value of an expression of JavaScript in the page; nil while
// that is on its way.
func (c *chromium) evaluate(expression string) any {
	c.t.Helper()
	result, _ := c.ask("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true})["result"].(map[string]any)
	return result["value"]
}
