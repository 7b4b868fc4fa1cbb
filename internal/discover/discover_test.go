package discover

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/discover/discovertest"
	"github.com/traymail/traymail/internal/settings"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// internet is a small one: its DNS, its web servers, and its POP3 servers,
// which are "host:port security" in answering.
type internet struct {
	*discovertest.DNS
	*discovertest.Web
	Discoverer

	mu        sync.Mutex
	answering []string
	silent    []string // never answer, nor refuse
	probed    []string
}

var soon = time.Now().Add(time.Hour)

func newInternet(t *testing.T, answering ...string) *internet {
	n := &internet{
		DNS: discovertest.NewDNS(t), Web: discovertest.NewWeb(t, discovertest.NewAuthority(t)), answering: answering,
	}
	n.Discoverer = Discoverer{
		Resolver: n.DNS.Resolver(), Transport: n.Web.Transport(), ISPDB: "https://ispdb.test/v1.1/", Probe: n.probe,
		Timeout: 4 * time.Second,
	}
	return n
}

func (n *internet) probe(ctx context.Context, server string, port int, security settings.Security) error {
	at := fmt.Sprintf("%s:%d %s", server, port, security)
	n.mu.Lock()
	n.probed = append(n.probed, at)
	n.mu.Unlock()
	if slices.Contains(n.silent, at) {
		<-ctx.Done()
	}
	if !slices.Contains(n.answering, at) {
		return errors.New("refused")
	}
	return nil
}

// find returns what is found, a candidate a word: source, where, and ! for
// one to be confirmed.
func (n *internet) find(t *testing.T, address string) (Result, string) {
	t.Helper()
	r, err := n.Discover(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	for _, c := range r.Candidates {
		s := fmt.Sprintf("%s=%s:%d/%s", c.Source, c.Server, c.Port, c.Security)
		if c.Confirm {
			s += "!"
		}
		found = append(found, s)
	}
	return r, strings.Join(found, " ")
}

func expect(t *testing.T, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %s\nwant %s", what, got, want)
	}
}

func file(servers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = fmt.Fprint(w, config(servers...)) }
}

// config is an autoconfig file with servers "type host port socketType username".
func config(servers ...string) string {
	var b strings.Builder
	b.WriteString(`<?xml version="1.0" encoding="UTF-8"?><clientConfig version="1.1"><emailProvider id="x"><domain>example.org</domain>`)
	for _, s := range servers {
		f := strings.Fields(s)
		fmt.Fprintf(&b, "<incomingServer type=%q><hostname>%s</hostname><port>%s</port><socketType>%s</socketType><username>%s</username><authentication>password-cleartext</authentication></incomingServer>", f[0], f[1], f[2], f[3], f[4])
	}
	return b.String() + "</emailProvider></clientConfig>"
}

const known = "pop3 pop.example.org 995 SSL %EMAILADDRESS%"

// A provider of the table is known without a question to anybody.
func TestTable(t *testing.T) {
	n := newInternet(t)
	r, found := n.find(t, "Me@163.COM")
	expect(t, "163", found, "table=pop.163.com:995/tls")
	if c := r.Candidates[0]; c.User != "Me@163.COM" || c.Origin != "NetEase 163" || r.Provider == nil || r.Domain != "163.com" {
		t.Errorf("%+v", r)
	}
	r, _ = n.find(t, "me@web.de")
	expect(t, "user", r.Candidates[0].User, "me")
	if r, found = n.find(t, "me@icloud.com"); found != "" || r.Provider == nil || r.Provider.POP3() || r.Candidates == nil {
		t.Errorf("iCloud: %s, %+v", found, r)
	}
	if asked := append(n.DNS.Asked(), n.Web.Asked()...); len(asked)+len(n.probed) > 0 {
		t.Errorf("asked %v and %v", asked, n.probed)
	}
}

// What the table has from memory is to be confirmed, unless a list agrees, or
// the server is the domain's own and answers.
func TestTableUnchecked(t *testing.T) {
	n := newInternet(t, "pop.qq.com:995 tls")
	_, found := n.find(t, "me@foxmail.com")
	expect(t, "alone", found, "table=pop.qq.com:995/tls!")
	n.Serve("ispdb.test", soon, file("pop3 pop.qq.com 995 SSL %EMAILADDRESS%"))
	r, found := n.find(t, "me@foxmail.com")
	expect(t, "seconded", found, "ispdb=pop.qq.com:995/tls")
	if r.Provider == nil {
		t.Error("the provider is lost")
	}
	n = newInternet(t, "pop.yeah.net:995 tls")
	_, found = n.find(t, "me@yeah.net")
	expect(t, "its own", found, "table=pop.yeah.net:995/tls")
}

func TestMX(t *testing.T) {
	n := newInternet(t, "pop.gmail.com:995 tls")
	n.AddMX("example.org", "aspmx.l.google.com", "alt1.aspmx.l.google.com")
	n.AddMX("apple.example", "mx01.mail.icloud.com")
	n.AddMX("feishu.example", "mx1.feishu.cn")
	n.AddMX("own.example", "mx.own.example", "spool.mail.gandi.net")
	r, found := n.find(t, "me@example.org")
	expect(t, "Google", found, "mx=pop.gmail.com:995/tls")
	expect(t, "origin", r.Candidates[0].Origin, "Google Workspace")
	if r, found = n.find(t, "me@apple.example"); found != "" || r.Provider == nil || r.Provider.ID != "icloud" {
		t.Errorf("iCloud: %s %+v", found, r)
	}
	r, found = n.find(t, "me@own.example")
	if found != "" || r.Provider != nil {
		t.Errorf("a stand-in counts: %s %+v", found, r.Provider)
	}
	_, found = n.find(t, "me@feishu.example")
	expect(t, "unchecked and dead", found, "mx=pop.feishu.cn:995/tls!")
}

func TestAutoconfig(t *testing.T) {
	n := newInternet(t, "pop.example.org:995 tls", "pop.hoster.example:995 tls", "pop.example.net:110 stls")
	n.Serve("autoconfig.example.org", soon, file("imap imap.example.org 993 SSL %EMAILADDRESS%", "pop3 pop.example.org 110 plain x", known))
	n.Serve("example.net", soon, file("pop3 pop.%EMAILDOMAIN% 110 STARTTLS %EMAILLOCALPART%"))
	n.Serve("autoconfig.example.com", soon, file("pop3 pop.hoster.example 995 SSL %EMAILADDRESS%"))
	r, found := n.find(t, "me@example.org")
	expect(t, "own", found, "autoconfig=pop.example.org:995/tls")
	expect(t, "origin", r.Candidates[0].Origin, "autoconfig.example.org")
	r, found = n.find(t, "me@example.net")
	expect(t, "well-known", found, "autoconfig=pop.example.net:110/stls")
	expect(t, "user", r.Candidates[0].User, "me")
	_, found = n.find(t, "me@example.com")
	expect(t, "a host elsewhere", found, "autoconfig=pop.hoster.example:995/tls!")
	// What a provider wants holds wherever its server was found.
	n.answering = append(n.answering, "pop.gmail.com:995 tls")
	n.Serve("autoconfig.custom.example", soon, file("pop3 pop.gmail.com 995 SSL %EMAILADDRESS%"))
	if r, _ = n.find(t, "me@custom.example"); r.Provider == nil || r.Provider.ID != "google-workspace" {
		t.Errorf("%+v", r.Provider)
	}
	for _, asked := range n.Web.Asked() {
		if strings.Contains(asked, "?") || strings.Contains(asked, "%40") || strings.Contains(asked, "me@") {
			t.Errorf("the address was sent: %s", asked)
		}
	}
}

func TestRedirections(t *testing.T) {
	to := func(url string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, url, http.StatusFound) }
	}
	n := newInternet(t, "pop.example.org:995 tls")
	n.Serve("www.example.org", soon, file(known))
	n.Serve("hoster.example", soon, file(known))
	n.ServePlain("plain.example.org", file(known))
	n.Serve("loop.example.org", soon, to("https://loop.example.org/again"))
	for target, want := range map[string]string{
		"https://www.example.org/x":          "autoconfig=pop.example.org:995/tls",
		"https://hoster.example/x":           "",
		"http://plain.example.org/x":         "",
		"https://loop.example.org/":          "",
		"https://127.0.0.1/x":                "",
		"https://me:secret@www.example.org/": "",
		"file:///etc/passwd":                 "",
	} {
		n.Serve("autoconfig.example.org", soon, to(target))
		n.answering = []string{"pop.example.org:995 tls"}
		d := n.Discoverer
		d.Probe = nil // without guesses, only what files say
		r, err := d.Discover(t.Context(), "me@example.org")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if len(r.Candidates) > 0 {
			c := r.Candidates[0]
			got = fmt.Sprintf("%s=%s:%d/%s", c.Source, c.Server, c.Port, c.Security)
			if c.Confirm {
				got += "!"
			}
		}
		expect(t, target, got, want)
	}
	for _, asked := range n.Web.Asked() {
		if strings.HasPrefix(asked, "http:") || !strings.HasSuffix(asked, " ") || strings.Contains(asked, "hoster") {
			t.Errorf("asked in clear, with a Referer, or elsewhere: %s", asked)
		}
	}
}

// What the domain leads to in another one is asked nothing before the user says
// yes, and no name that is asked for has more of the address than its domain.
func TestNothingIsAskedElsewhere(t *testing.T) {
	n := newInternet(t, "pop.example.org:995 tls", "pop.evil.example:995 tls", "somebody.evil.example:995 tls")
	n.Serve("autoconfig.example.org", soon, file(
		"pop3 %EMAILLOCALPART%.evil.example 995 SSL x", "pop3 %EMAILLOCALPART%.example.org 995 SSL x", "pop3 pop.evil.example 995 SSL x"))
	n.AddSRV("_pop3s._tcp.example.org", "pop.evil.example.", 995)
	_, found := n.find(t, "somebody@example.org")
	expect(t, "the user decides", found, "autoconfig=pop.evil.example:995/tls! guess=pop.example.org:995/tls")
	for _, asked := range slices.Concat(n.probed, n.DNS.Asked(), n.Web.Asked()) {
		if strings.Contains(asked, "evil") || strings.Contains(asked, "somebody") {
			t.Errorf("asked %s", asked)
		}
	}
}

// What is wrong with a provider's web server leads to the next source.
func TestBadWebServers(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"not found": http.NotFound,
		"a page":    func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html><p>Welcome</html>")) },
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			for range 1000 {
				if _, err := w.Write([]byte(strings.Repeat(" ", 4096))); err != nil {
					return
				}
			}
		},
		"entities": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`<!DOCTYPE clientConfig [<!ENTITY h "evil.example.org">]>` + strings.Replace(config(known), "pop.example.org", "&h;", 1)))
		},
		"slow": func(w http.ResponseWriter, r *http.Request) {
			w.WriteHeader(http.StatusOK)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	} {
		t.Run(name, func(t *testing.T) {
			n := newInternet(t, "pop.example.org:995 tls")
			if name == "slow" {
				n.Timeout = 2 * time.Second
			}
			n.Serve("autoconfig.example.org", soon, h)
			n.Serve("ispdb.test", soon, file(known))
			_, found := n.find(t, "me@example.org")
			expect(t, name, found, "ispdb=pop.example.org:995/tls")
			if !slices.Contains(n.Web.Asked(), "https://ispdb.test/v1.1/example.org ") {
				t.Errorf("asked %v", n.Web.Asked())
			}
		})
	}
	t.Run("expired", func(t *testing.T) {
		n := newInternet(t)
		n.Serve("autoconfig.example.org", time.Now().Add(-time.Minute), file(known))
		n.ServePlain("autoconfig.example.org", file(known))
		_, found := n.find(t, "me@example.org")
		expect(t, "expired", found, "")
		if len(n.Web.Asked()) > 0 {
			t.Errorf("asked %v", n.Web.Asked())
		}
	})
}

func TestSRV(t *testing.T) {
	n := newInternet(t, "mx.example.org:1995 tls", "pop.hoster.example:995 tls", "mx.example.net:110 stls", "pop.example.net:995 tls", "pop.none.example:995 tls")
	n.AddSRV("_pop3s._tcp.example.org", "mx.example.org.", 1995)
	n.AddSRV("_pop3._tcp.example.org", "mx.example.org.", 110)
	n.AddSRV("_pop3s._tcp.example.com", "pop.hoster.example.", 995)
	n.AddSRV("_pop3s._tcp.example.net", ".", 0)
	n.AddSRV("_pop3._tcp.example.net", "mx.example.net.", 110)
	n.AddSRV("_pop3s._tcp.none.example", ".", 0)
	n.AddSRV("_pop3._tcp.none.example", ".", 0)
	r, found := n.find(t, "me@example.org")
	expect(t, "own, the dead one last", found, "srv=mx.example.org:1995/tls srv=mx.example.org:110/stls")
	expect(t, "origin", r.Candidates[0].Origin, "_pop3s._tcp.example.org")
	_, found = n.find(t, "me@example.com")
	expect(t, "elsewhere", found, "srv=pop.hoster.example:995/tls!")
	_, found = n.find(t, "me@example.net")
	expect(t, "no pop3s", found, "srv=mx.example.net:110/stls")
	_, found = n.find(t, "me@none.example")
	expect(t, "no service", found, "")
}

func TestGuess(t *testing.T) {
	n := newInternet(t, "mail.example.org:995 tls", "pop.example.org:110 stls")
	_, found := n.find(t, "me@example.org")
	expect(t, "TLS first", found, "guess=mail.example.org:995/tls guess=pop.example.org:110/stls")
	_, found = n.find(t, "me@example.com")
	expect(t, "nothing", found, "")
	n.answering = []string{"pop.xn--bcher-kva.example:995 tls"}
	r, found := n.find(t, "me@Bücher.example")
	expect(t, "IDN", found, "guess=pop.xn--bcher-kva.example:995/tls")
	expect(t, "domain", r.Domain, "xn--bcher-kva.example")
}

// A better source that answers ends the wait for worse ones, and the time
// limit ends the wait for what never answers.
func TestTime(t *testing.T) {
	n := newInternet(t, "pop.gmail.com:995 tls", "pop3.example.com:995 tls")
	n.Timeout = time.Hour
	n.silent = []string{"pop.example.org:995 tls"}
	n.AddMX("example.org", "aspmx.l.google.com")
	began := time.Now()
	_, found := n.find(t, "me@example.org")
	expect(t, "early", found, "mx=pop.gmail.com:995/tls")
	if took := time.Since(began); took > probeTimeout {
		t.Errorf("took %v", took)
	}
	n.Timeout = 200 * time.Millisecond
	n.silent = []string{"pop.example.com:995 tls"}
	_, found = n.find(t, "me@example.com")
	expect(t, "late", found, "guess=pop3.example.com:995/tls")
}

func TestNobodyAnswers(t *testing.T) {
	n := newInternet(t)
	n.Timeout = 200 * time.Millisecond
	n.Hang()
	if r, err := n.Discover(t.Context(), "me@example.org"); !errors.Is(err, ErrUnreachable) {
		t.Errorf("%+v, %v", r, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := n.Discover(ctx, "me@example.org"); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	if r, err := (Discoverer{}).Discover(t.Context(), "me@example.org"); err != nil || len(r.Candidates) > 0 {
		t.Errorf("the table alone: %+v, %v", r, err)
	}
}

func TestAddresses(t *testing.T) {
	n := newInternet(t)
	for _, text := range []string{
		"", "me", "@example.org", "me@", "me@localhost", "me@127.0.0.1", "me@[::1]", "me@0x7f.1", "me@a..b", "me@-a.org",
		"me@exa mple.org", "me@example.org/x", "me@example.org:80", "me@evil.example?.org", "a b@example.org", "me\r\n@example.org",
		"me@" + strings.Repeat("a.", 200) + "org", "me@under_score.org", "<me@example.org>", "me@\u202eexample.org",
	} {
		if r, err := n.Discover(t.Context(), text); !errors.Is(err, ErrAddress) {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	}
}

// Whatever is typed, what is asked for is a domain of the internet in ASCII.
func FuzzAddress(f *testing.F) {
	for _, seed := range []string{"me@example.org", "me@Bücher.example", "a@b@c.example.", "me@0x7f.1", "me@xn--.example", "me@例え.テスト"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		a, err := parseAddress(text)
		if err != nil {
			return
		}
		again, ok := hostName(a.domain)
		if !ok || again != a.domain || strings.ContainsFunc(a.domain, func(r rune) bool { return r > 'z' || r < '-' }) || !a.owns(a.domain) || a.local == "" {
			t.Errorf("%q: %+v", text, a)
		}
		if host, ok := a.host("pop.%EMAILDOMAIN%"); ok && !a.owns(host) {
			t.Errorf("%q: %s is not in %s", text, host, a.domain)
		}
	})
}
