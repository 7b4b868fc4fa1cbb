package probe

import (
	"cmp"
	"crypto/x509"
	"net"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "hunter2-very-secret"

// serve starts a server and returns how it is reached.
func serve(t *testing.T, o popserver.Options) (*popserver.Server, pop3.Config) {
	t.Helper()
	o.Users = map[string]string{"me": password}
	s := popserver.New(o)
	t.Cleanup(func() { _ = s.Close() })
	address, err := s.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	host, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	return s, pop3.Config{Host: host, Port: n, Security: pop3.ImplicitTLS, Proxy: pop3.ProxyDirect}
}

// identity is a certificate for the server, and who trusts it.
func identity(t *testing.T, host string) (*popserver.Identity, *x509.CertPool) {
	t.Helper()
	id, err := popserver.NewIdentity(host)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(id.CA)
	return id, roots
}

func codes(p api.Probe) string {
	var all []string
	for _, f := range p.Verdict {
		all = append(all, f.Level+":"+f.Code)
	}
	return strings.Join(all, " ")
}

// What a server is like is found out without a login, whatever its security is.
func TestRun(t *testing.T) {
	id, roots := identity(t, "127.0.0.1")
	for _, c := range []struct {
		name                 string
		options              popserver.Options
		greeting             string
		security, pipelining string
		before, after        string
		mechanisms, verdict  string
		encrypted            bool
	}{
		{
			name: "tls", options: popserver.Options{TLS: id.ServerTLS(), Implicit: true, Pipelining: true},
			security: "tls", pipelining: "works", after: "USER|RESP-CODES|SASL PLAIN|UIDL|TOP|PIPELINING",
			mechanisms: "USER PLAIN", verdict: "ok:good ok:pipelining", encrypted: true,
		},
		{
			name: "stls", options: popserver.Options{TLS: id.ServerTLS(), Capabilities: []string{"X-\x1b[31mRED"}},
			greeting: "+OK hello <1.2@example.org>",
			security: "stls", pipelining: "works-unlisted",
			before:     "USER|RESP-CODES|SASL PLAIN|UIDL|TOP|STLS|X-RED",
			after:      "USER|RESP-CODES|SASL PLAIN|UIDL|TOP|X-RED",
			mechanisms: "USER APOP PLAIN", verdict: "warning:early_login ok:pipelining_unlisted", encrypted: true,
		},
		{
			name: "clear", options: popserver.Options{NoUIDL: true, NoTOP: true, NoPlain: true},
			security: "none", pipelining: "works-unlisted", before: "USER|RESP-CODES", after: "USER|RESP-CODES",
			mechanisms: "USER", verdict: "warning:no_uidl warning:no_top ok:pipelining_unlisted",
		},
		{
			name: "no CAPA", options: popserver.Options{TLS: id.ServerTLS(), Implicit: true, NoCAPA: true},
			security: "tls", pipelining: "works-unlisted", verdict: "warning:no_capa ok:pipelining_unlisted", encrypted: true,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, cfg := serve(t, c.options)
			if c.greeting != "" {
				s.SetGreeting(c.greeting)
			}
			cfg.RootCAs = roots
			p := Run(t.Context(), cfg, Options{Find: true, Now: time.Now().AddDate(0, -1, 0)}) // certificates of tests live a day
			if p.Error != nil || p.Security != c.security || string(p.Pipelining) != c.pipelining || p.RoundTrip <= 0 ||
				strings.Join(p.Before, "|") != c.before || strings.Join(p.After, "|") != c.after ||
				strings.Join(p.Mechanisms, " ") != c.mechanisms || codes(p) != c.verdict || (p.TLS != nil) != c.encrypted {
				t.Errorf("%+v\n%s", p, codes(p))
			}
			if len(p.Addresses) != 1 || p.Addresses[0].Address != "127.0.0.1" || !p.Addresses[0].Answered {
				t.Errorf("%+v", p.Addresses)
			}
			if want := strings.TrimPrefix(cmp.Or(c.greeting, "+OK traymail test server ready"), "+OK "); p.Greeting != want {
				t.Errorf("greeting %q, want %q", p.Greeting, want)
			}
			for _, command := range s.Commands() {
				keyword, _, _ := strings.Cut(command, " ") // or a part of a handshake, at first
				if slices.Contains([]string{"USER", "PASS", "APOP", "AUTH"}, keyword) {
					t.Errorf("it sends %q", command)
				}
			}
		})
	}
}

// A certificate that nobody vouches for is said, the rest found out all the
// same, and no password sent.
func TestRunUntrusted(t *testing.T) {
	id, _ := identity(t, "other.example.org")
	for _, implicit := range []bool{true, false} {
		s, cfg := serve(t, popserver.Options{TLS: id.ServerTLS(), Implicit: implicit, Pipelining: true})
		who := pop3.Credentials{User: "me", Password: password}
		p := Run(t.Context(), cfg, Options{Find: true, Now: time.Now(), Login: &who})
		if p.Error == nil || p.Error.Kind != api.KindTLS || p.TLS == nil || p.TLS.Version == "" || p.TLS.SHA256 == "" ||
			p.Pipelining != api.PipeliningWorks || p.LoggedIn || !strings.HasPrefix(codes(p), "problem:error") {
			t.Errorf("%+v", p)
		}
		if s.Logins()+s.FailedLogins() > 0 {
			t.Error("a password was sent")
		}
	}
}

// With a login, what is offered and pipelined after it counts.
func TestRunLogin(t *testing.T) {
	s, cfg := serve(t, popserver.Options{Pipelining: true})
	cfg.Security = pop3.Cleartext
	who := pop3.Credentials{User: "me", Password: password}
	p := Run(t.Context(), cfg, Options{Now: time.Now(), Login: &who})
	if p.Error != nil || !p.LoggedIn || !slices.Contains(p.Login, "PIPELINING") || p.Pipelining != api.PipeliningWorks || !slices.Contains(s.Commands(), "NOOP") {
		t.Errorf("%+v", p)
	}
	who.Password = "no-such-secret"
	if p = Run(t.Context(), cfg, Options{Now: time.Now(), Login: &who}); p.Error == nil || p.Error.Kind != api.KindAuth || p.LoggedIn {
		t.Errorf("%+v", p)
	}
}

// Where STLS is refused, no password follows in the clear.
func TestRunDowngrade(t *testing.T) {
	id, roots := identity(t, "127.0.0.1")
	s, cfg := serve(t, popserver.Options{TLS: id.ServerTLS(), Mood: popserver.Hostile()["downgrade"]})
	cfg.RootCAs, cfg.Security = roots, pop3.STLS
	who := pop3.Credentials{User: "me", Password: password}
	p := Run(t.Context(), cfg, Options{Now: time.Now(), Login: &who})
	if p.Security != "none" || p.TLS != nil || s.Logins() > 0 || p.Error == nil || p.Error.Code != api.CodeNoSTLS || !strings.HasPrefix(codes(p), "problem:error") {
		t.Errorf("%+v", p)
	}
}

// A server without STLS is no good where that is asked for, and one on this
// computer needs none where it is not.
func TestRunLacksSTLS(t *testing.T) {
	_, cfg := serve(t, popserver.Options{Pipelining: true})
	cfg.Security = pop3.STLS
	p := Run(t.Context(), cfg, Options{Now: time.Now()})
	if p.Error == nil || p.Error.Kind != api.KindTLS || p.Error.Code != api.CodeNoSTLS || codes(p) != "problem:error ok:pipelining" || p.After == nil {
		t.Errorf("%+v", p)
	}
	if p = Run(t.Context(), cfg, Options{Find: true, Now: time.Now()}); p.Error != nil || codes(p) != "ok:good ok:pipelining" {
		t.Errorf("%+v", p)
	}
}

// A server that is slow is not one that loses commands; the round trip is an
// answer's, not a connection's.
func TestRunSlow(t *testing.T) {
	const answer, pause = "+OK\r\n.\r\n", 5 * time.Millisecond
	_, cfg := serve(t, popserver.Options{Pipelining: true, Mood: func(string) *popserver.Override {
		return &popserver.Override{Raw: answer, Drip: pause}
	}})
	cfg.Security = pop3.Cleartext
	if p := Run(t.Context(), cfg, Options{Now: time.Now()}); p.Pipelining != api.PipeliningUnsaid || p.RoundTrip < milliseconds(time.Duration(len(answer))*pause) {
		t.Errorf("%+v", p)
	}
}

// Before a server is believed to have lost commands, it has the time that it
// takes for them.
func TestPatience(t *testing.T) {
	for _, c := range []struct {
		roundTrip float64
		want      time.Duration
	}{{0, 5 * time.Second}, {800, 5 * time.Second}, {3000, 18 * time.Second}} {
		if got := patienceFor(c.roundTrip); got != c.want {
			t.Errorf("%v ms: %v", c.roundTrip, got)
		}
	}
}

// What a server says first is shown, whatever it is, and no later line is.
func TestRunGreeting(t *testing.T) {
	for said, want := range map[string]string{
		"+OK":                        "",
		"+OK ready":                  "ready",
		"-ERR [SYS/TEMP] later":      "[SYS/TEMP] later",
		"220 smtp.example.org ESMTP": "220 smtp.example.org ESMTP",
		"SSH-2.0-OpenSSH_10":         "SSH-2.0-OpenSSH_10",
	} {
		s, cfg := serve(t, popserver.Options{})
		s.SetGreeting(said)
		cfg.Security = pop3.Cleartext
		if p := Run(t.Context(), cfg, Options{Now: time.Now()}); p.Greeting != want {
			t.Errorf("%q: %q", said, p.Greeting)
		}
	}
}

// A server that is not there, or is none, is said to be so.
func TestRunFails(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	_ = l.Close()
	n, _ := strconv.Atoi(port)
	p := Run(t.Context(), pop3.Config{Host: "127.0.0.1", Port: n, Proxy: pop3.ProxyDirect}, Options{Now: time.Now()})
	if p.Error == nil || p.Error.Code != api.CodeRefused || p.Addresses[0].Answered || p.Security != "" || p.After != nil {
		t.Errorf("%+v", p)
	}
	s, cfg := serve(t, popserver.Options{})
	s.SetGreeting("220 smtp.example.org ESMTP")
	cfg.Security = pop3.Cleartext
	if p = Run(t.Context(), cfg, Options{Now: time.Now()}); p.Error == nil || p.Error.Kind != api.KindProtocol {
		t.Errorf("%+v", p)
	}
}

// A server that loses what comes in one write is said to, if it has promised.
func TestRunPipeliningBroken(t *testing.T) {
	count := 0
	_, cfg := serve(t, popserver.Options{Pipelining: true, Mood: func(line string) *popserver.Override {
		if line == "CAPA" {
			if count++; count > 4 { // those that are sent one by one
				return &popserver.Override{Close: true}
			}
		}
		return nil
	}})
	cfg.Security = pop3.Cleartext
	if p := Run(t.Context(), cfg, Options{Now: time.Now()}); p.Pipelining != api.PipeliningBroken || p.Error != nil {
		t.Errorf("%+v", p)
	}
}

func TestJudge(t *testing.T) {
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	good := api.Probe{Security: "tls", TLS: &api.TLSHealth{Expires: now.AddDate(0, 3, 0)}, After: []string{"UIDL", "TOP", "SASL PLAIN"}}
	with := func(change func(*api.Probe)) api.Probe {
		p := good
		change(&p)
		return p
	}
	for name, c := range map[string]struct {
		probe  api.Probe
		want   string
		number int
	}{
		"good":     {good, "ok:good", 0},
		"expiring": {with(func(p *api.Probe) { p.TLS = &api.TLSHealth{Expires: now.Add(50 * time.Hour)} }), "warning:expires", 2},
		"silent": {with(func(p *api.Probe) {
			p.Addresses = []api.ProbeAddress{{Answered: true}, {}, {}}
		}), "warning:silent", 2},
		"nobody": {api.Probe{Error: &api.Problem{}, Addresses: []api.ProbeAddress{{}}}, "problem:error", 0},
		"clear":  {with(func(p *api.Probe) { p.TLS, p.Host = nil, "pop.example.org" }), "problem:unencrypted", 0},
		"lone":   {with(func(p *api.Probe) { p.Pipelining = api.PipeliningNone }), "ok:good ok:pipelining_none", 0},
	} {
		p := c.probe
		p.Verdict = judge(p, Options{Now: now})
		if codes(p) != c.want || p.Verdict[0].Number != c.number {
			t.Errorf("%s: %+v", name, p.Verdict)
		}
	}
}
