package app

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/discover/discovertest"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// published is a world with a POP3 server that the DNS of example.test names,
// with a certificate for host. The network has nothing else.
func published(t *testing.T, o popserver.Options, host string) (*world, *popserver.Server, *discovertest.DNS) {
	t.Helper()
	authority, dns := discovertest.NewAuthority(t), discovertest.NewDNS(t)
	o.TLS = &tls.Config{Certificates: []tls.Certificate{authority.Issue(time.Now().Add(time.Hour), host)}, MinVersion: tls.VersionTLS12}
	server := popserver.New(o)
	t.Cleanup(func() { _ = server.Close() })
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	service := map[bool]string{true: "_pop3s", false: "_pop3"}[o.Implicit]
	dns.AddSRV(service+"._tcp.example.test", "pop.example.test.", uint16(number))
	dns.AddHost("pop.example.test")
	w := newWorld(t, popserver.Options{})
	w.roots = authority.Roots
	w.discovery = discover.Discoverer{Resolver: dns.Resolver(), Transport: discovertest.NewWeb(t, authority).Transport()}
	before := net.DefaultResolver // which the POP3 client asks
	net.DefaultResolver = dns.Resolver()
	t.Cleanup(func() { net.DefaultResolver = before })
	return w, server, dns
}

// The server that is found is one that greets over TLS, and is told nothing
// but QUIT.
func TestDiscover(t *testing.T) {
	for name, test := range map[string]struct {
		o    popserver.Options
		told []string
	}{
		"TLS":  {popserver.Options{Implicit: true}, []string{"QUIT"}},
		"STLS": {popserver.Options{}, []string{"STLS", "QUIT"}},
	} {
		t.Run(name, func(t *testing.T) {
			w, server, _ := published(t, test.o, "pop.example.test")
			r, err := w.Discover(t.Context(), "me@example.test")
			if err != nil || len(r.Candidates) != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			c := r.Candidates[0]
			if c.Server != "pop.example.test" || c.Source != discover.SourceSRV || c.Confirm || c.User != "me@example.test" {
				t.Errorf("%+v", c)
			}
			if got := server.Commands(); !reflect.DeepEqual(got, test.told) {
				t.Errorf("the server was told %q", got)
			}
			if err := w.greets(t.Context(), c.Server, c.Port, c.Security); err != nil {
				t.Errorf("the server counts as dead: %v", err)
			}
		})
	}
}

// A server that cannot prove its name, or speaks something else, counts as
// dead; one that is busy does not.
func TestGreets(t *testing.T) {
	w, _, _ := published(t, popserver.Options{Implicit: true}, "other.example.test")
	r, err := w.Discover(t.Context(), "me@example.test")
	if err != nil || len(r.Candidates) != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if c := r.Candidates[0]; w.greets(t.Context(), c.Server, c.Port, c.Security) == nil {
		t.Error("a certificate for another name will do")
	}
	authority := discovertest.NewAuthority(t)
	w.roots = authority.Roots
	for greeting, alive := range map[string]bool{
		"-ERR [SYS/TEMP] too many connections\r\n": true,
		"+OK\r\n":                          true,
		"* OK IMAP4rev1 Service Ready\r\n": false,
		"HTTP/1.1 400 Bad Request\r\n":     false,
	} {
		l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{
			Certificates: []tls.Certificate{authority.Issue(time.Now().Add(time.Hour), "pop.example.test")}, MinVersion: tls.VersionTLS12,
		})
		if err != nil {
			t.Fatal(err)
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			conn, err := l.Accept()
			if err != nil {
				return
			}
			_, _ = io.WriteString(conn, greeting)
			_, _ = io.Copy(io.Discard, conn)
			_ = conn.Close()
		}()
		err = w.greets(t.Context(), "pop.example.test", l.Addr().(*net.TCPAddr).Port, settings.TLS)
		if (err == nil) != alive {
			t.Errorf("%q: %v", greeting, err)
		}
		_ = l.Close()
		<-done
	}
}

// With a proxy, of the preferences or of the environment, everything is asked by
// way of it and the DNS nothing; and the result says so.
func TestDiscoverByProxy(t *testing.T) {
	for _, name := range []string{"http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy", "NO_PROXY"} {
		t.Setenv(name, "")
	}
	for name, test := range map[string]struct{ preference, environment string }{
		"SOCKS5":          {"socks5://", ""},
		"SOCKS5h":         {"socks5h://", ""},
		"HTTP":            {"http://", ""},
		"the environment": {"", "socks5://"},
	} {
		t.Run(name, func(t *testing.T) {
			w, server, dns := published(t, popserver.Options{Implicit: true}, "pop.example.test")
			address, err := server.ListenAndServeLoopback()
			if err != nil {
				t.Fatal(err)
			}
			proxy := discovertest.NewProxy(t)
			if test.environment != "" {
				t.Setenv("all_proxy", test.environment+proxy.Address)
			} else if err := w.SavePreferences(t.Context(), settings.Preferences{Proxy: test.preference + proxy.Address}, nil); err != nil {
				t.Fatal(err)
			}
			authority := discovertest.NewAuthority(t)
			w.roots.AppendCertsFromPEM(authority.PEM())
			web := discovertest.NewWeb(t, authority)
			web.Serve("autoconfig.example.test", time.Now().Add(time.Hour), func(rw http.ResponseWriter, _ *http.Request) {
				_, _ = io.WriteString(rw, `<clientConfig><emailProvider><incomingServer type="pop3"><hostname>pop.example.test</hostname><port>995</port><socketType>SSL</socketType></incomingServer></emailProvider></clientConfig>`)
			})
			proxy.Route("autoconfig.example.test:443", web.Address("autoconfig.example.test:443"))
			proxy.Route("pop.example.test:995", address)
			w.discovery.Transport = nil
			r, err := w.Discover(t.Context(), "me@example.test")
			if err != nil || len(r.Candidates) != 1 || r.Candidates[0].Source != discover.SourceProvider || !r.WithoutDNS {
				t.Fatalf("%+v, %v", r, err)
			}
			if got := dns.Asked(); len(got) > 0 {
				t.Errorf("the DNS was asked for %v", got)
			}
			if asked := proxy.Asked(); !slices.Contains(asked, "autoconfig.thunderbird.net:443") || slices.Contains(asked, "an address") {
				t.Errorf("the proxy was asked for %v", asked)
			}
		})
	}
}

func TestDiscoverProblems(t *testing.T) {
	w, _, dns := published(t, popserver.Options{Implicit: true}, "pop.example.test")
	w.discovery.Timeout = 200 * time.Millisecond
	w.discovery.Probe = func(context.Context, string, int, settings.Security) error { return errors.New("no network") }
	problem := func(address string, code api.Code) {
		t.Helper()
		var p *api.ProblemError
		if _, err := w.Discover(t.Context(), address); !errors.As(err, &p) || p.Problem.Code != code {
			t.Errorf("%s: %v", address, err)
		}
	}
	problem("nobody", "address")
	dns.Hang()
	problem("me@example.test", "unreachable")
}
