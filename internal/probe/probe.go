// Package probe finds out what a POP3 server is like: where it answers, how it
// encrypts, what it offers, and whether that works. It must never send a
// password to a server that has not proved who it is, nor retrieve, mark or
// delete a message.
package probe

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

// Limits of a probe.
const (
	// Timeout is how long all of it may take.
	Timeout = 90 * time.Second
	// patience bounds each connection, handshake and answer.
	patience = 10 * time.Second
	// lost is how long is waited for answers that a server may have lost, since it
	// takes no pipelined commands; a slow one has slowness times as long as as many
	// answers have taken one by one.
	lost     = 5 * time.Second
	slowness = 2
	// maxAddresses bounds how many addresses of a name are tried.
	maxAddresses = 16
	// trips is how many answers are timed.
	trips = 3
)

// Options say what to probe for.
type Options struct {
	// Find has the port's security found out; Config.Security is a guess then.
	Find bool
	// Login, if it is not nil, is tried once the server has proved who it is.
	Login *pop3.Credentials
	// Now is the time by which certificates are judged.
	Now time.Time
}

// Guess is what a port is usually for, and whether nothing else is any good
// there.
func Guess(port int) (security pop3.Security, certain bool) {
	switch port {
	case 995:
		return pop3.ImplicitTLS, true
	case 110:
		return pop3.STLS, false
	}
	return pop3.ImplicitTLS, false
}

// Run probes one port. What it cannot find out is left empty, and Error says
// why.
func Run(ctx context.Context, cfg pop3.Config, o Options) api.Probe {
	p, _ := run(ctx, cfg, o)
	return p
}

// Visit probes the server of an account, with its login. That the server has
// refused that is its error, too.
func Visit(now time.Time, report *api.Probe) func(context.Context, poll.Target) error {
	return func(ctx context.Context, t poll.Target) error {
		cfg, err := t.Config(nil)
		if err != nil {
			return err
		}
		cfg.Hints = pop3.Hints{Mechanism: cfg.Hints.Mechanism} // all else is found out; none weaker (S6)
		who := t.Sent()
		*report, err = run(ctx, cfg, Options{Login: &who, Now: now})
		return err
	}
}

// run is Run; its error is a refused login.
func run(ctx context.Context, cfg pop3.Config, o Options) (api.Probe, error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	cfg.DialTimeout, cfg.CommandTimeout = cmp.Or(cfg.DialTimeout, patience), cmp.Or(cfg.CommandTimeout, patience)
	p := &prober{Options: o, cfg: cfg}
	p.out = api.Probe{Host: cfg.Host, Port: cfg.Port, Addresses: []api.ProbeAddress{}}
	err := p.dial(ctx)
	if err == nil {
		p.sessions(ctx)
	} else {
		p.fail(err)
	}
	p.out.Verdict = judge(p.out, o)
	return p.out, p.refused
}

type prober struct {
	Options
	cfg pop3.Config
	out api.Probe
	// old: the handshake has failed without the key exchange of old.
	old bool
	// refused is why the login was, by the server.
	refused error
}

// fail notes why the probe does not go on; the first reason counts.
func (p *prober) fail(err error) {
	if p.out.Error == nil && err != nil {
		p.out.Error = poll.Problem(err, settings.Account{
			Server: p.cfg.Host, Port: p.cfg.Port, Security: settings.Security(p.cfg.Security.String()),
		})
	}
}

// dial tries each address by itself. With a proxy there is nothing to try.
func (p *prober) dial(ctx context.Context) error {
	if p.proxied() {
		p.out.Proxy = true
		return nil
	}
	resolving, cancel := context.WithTimeout(ctx, p.cfg.DialTimeout)
	defer cancel()
	addresses, err := net.DefaultResolver.LookupNetIP(resolving, "ip", p.cfg.Host)
	if err != nil {
		return &pop3.Error{Kind: pop3.KindNetwork, Code: pop3.CodeDNS, Command: pop3.StepConnect, Err: err}
	}
	addresses = addresses[:min(len(addresses), maxAddresses)]
	found := make(chan api.ProbeAddress)
	for _, a := range addresses {
		go func() { found <- p.try(ctx, a.Unmap()) }()
	}
	for range addresses {
		p.out.Addresses = append(p.out.Addresses, <-found)
	}
	slices.SortFunc(p.out.Addresses, func(a, b api.ProbeAddress) int { return strings.Compare(a.Address, b.Address) })
	return nil
}

// proxied says whether something else resolves the name.
func (p *prober) proxied() bool {
	if p.cfg.Proxy != "" {
		return p.cfg.Proxy != pop3.ProxyDirect
	}
	proxy, err := p.cfg.ProxyFromEnvironment()
	return proxy != nil || err != nil
}

func (p *prober) try(ctx context.Context, a netip.Addr) api.ProbeAddress {
	begun := time.Now()
	conn, err := (&net.Dialer{Timeout: p.cfg.DialTimeout}).DialContext(ctx, "tcp", net.JoinHostPort(a.String(), strconv.Itoa(p.cfg.Port)))
	if err != nil {
		return api.ProbeAddress{Address: a.String()}
	}
	_ = conn.Close()
	return api.ProbeAddress{Address: a.String(), Answered: true, Milliseconds: milliseconds(time.Since(begun))}
}

func milliseconds(d time.Duration) float64 {
	return float64(d.Round(10*time.Microsecond)) / float64(time.Millisecond)
}

// sessions tries one session, and others with less demanded where that tells
// more: without TLS from the first octet, with the key exchange of old, or with
// a certificate that nobody vouches for. None of these is sent a password.
func (p *prober) sessions(ctx context.Context) {
	for {
		err := p.session(ctx)
		e, _ := pop3.As(err)
		leaf := pop3.Untrusted(err)
		switch {
		case err == nil:
			return
		case leaf != nil && len(p.cfg.Pins) == 0:
			p.fail(err)
			p.Login = nil
			p.cfg.Pins = append(p.cfg.Pins, sha256.Sum256(leaf.Raw))
			p.out.TLS = &api.TLSHealth{}
			poll.SetCertificate(p.out.TLS, leaf, e.Withheld)
		case p.Find && p.cfg.Security == pop3.ImplicitTLS && e != nil && e.Command == pop3.StepTLS && (e.Code == pop3.CodeNotTLS || e.Kind == pop3.KindNetwork):
			p.cfg.Security = pop3.STLS
		case leaf == nil && e != nil && e.Command == pop3.StepTLS && e.Kind == pop3.KindTLS && !p.cfg.LegacyTLS:
			p.fail(err)
			p.Login, p.old, p.cfg.LegacyTLS = nil, true, true
		default:
			p.fail(err)
			return
		}
		if ctx.Err() != nil {
			p.fail(err)
			return
		}
	}
}

// session is one session. What it finds out replaces what an earlier one has.
func (p *prober) session(ctx context.Context) error {
	cfg := p.cfg
	p.out.Greeting = ""
	greeted := false
	cfg.Trace = func(kind pop3.TraceKind, line string) {
		if kind == pop3.TraceReceived && !greeted {
			greeted, p.out.Greeting = true, greeting(line)
		}
	}
	if cfg.Security == pop3.STLS {
		cfg.Security = pop3.Cleartext // STLS comes later, by hand
	}
	c, err := pop3.Dial(ctx, cfg)
	if err != nil {
		return err
	}
	defer leave(ctx, c)
	p.out.Security = cfg.Security.String()
	caps, err := c.Capa(ctx)
	if err != nil {
		return err
	}
	if cfg.Security == pop3.Cleartext {
		p.out.Before = shown(caps)
		if p.cfg.Security == pop3.STLS {
			if caps, err = p.upgrade(ctx, c, caps); err != nil {
				return err
			}
		}
	}
	p.out.After = shown(caps)
	p.secured(c)
	p.out.Mechanisms = mechanisms(caps, p.out.Greeting)
	if err := p.time(ctx, c); err != nil {
		return err
	}
	if p.Login != nil {
		if err := c.Login(ctx, *p.Login, nil); err != nil {
			if poll.Refused(err) {
				p.refused = err
			}
			return err
		}
		p.out.LoggedIn = true
		if caps, err = c.Capa(ctx); err != nil {
			return err
		}
		p.out.Login = shown(caps)
	}
	p.out.Pipelining = p.pipelining(ctx, c, caps.Has("PIPELINING"))
	return nil
}

// greeting is what the first line of a server says. Of what is no POP3 it is
// all: "220 smtp.example.org" or "SSH-2.0" tell what it is.
func greeting(line string) string {
	status, text, _ := strings.Cut(line, " ")
	if strings.EqualFold(status, "+OK") || strings.EqualFold(status, "-ERR") {
		return text
	}
	return line
}

// upgrade encrypts the session, if the server can. That it cannot is an error of
// the port where STLS was asked for.
func (p *prober) upgrade(ctx context.Context, c *pop3.Client, caps pop3.Capabilities) (pop3.Capabilities, error) {
	err := c.StartTLS(ctx)
	switch {
	case pop3.IsFatal(err):
		return nil, err
	case err != nil: // refused: it goes on in the clear, and no password with it
		if e, is := pop3.As(err); is && !p.Find {
			e.Kind, e.Code = pop3.KindTLS, pop3.CodeNoSTLS
			p.fail(e)
		}
		p.Login = nil
		return caps, nil
	}
	p.out.Security = pop3.STLS.String()
	return c.Capa(ctx)
}

func (p *prober) secured(c *pop3.Client) {
	state := c.TLS()
	if state == nil {
		return
	}
	if p.old {
		p.out.Error = nil
		p.fail(&pop3.Error{Kind: pop3.KindTLS, Code: pop3.CodeLegacyTLS, Command: pop3.StepTLS})
	}
	p.out.TLS = &api.TLSHealth{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite), Resumed: state.DidResume}
	if len(state.PeerCertificates) > 0 {
		poll.SetCertificate(p.out.TLS, state.PeerCertificates[0], c.Anonymous())
	}
}

// time takes the shortest of some answers for the round trip. A connection says
// less: who accepts it may be a proxy or a firewall nearby.
func (p *prober) time(ctx context.Context, c *pop3.Client) error {
	for range trips {
		begun := time.Now()
		if _, err := c.Capa(ctx); err != nil {
			return err
		}
		took := milliseconds(time.Since(begun))
		if p.out.RoundTrip == 0 || took < p.out.RoundTrip {
			p.out.RoundTrip = took
		}
	}
	return nil
}

// pipelining is tried last: a server that fails loses the session.
func (p *prober) pipelining(ctx context.Context, c *pop3.Client, listed bool) api.Pipelining {
	trying, cancel := context.WithTimeout(ctx, patienceFor(p.out.RoundTrip))
	defer cancel()
	works := c.Pipelines(trying) == nil
	switch {
	case ctx.Err() != nil:
		return api.PipeliningUntried
	case works && listed:
		return api.PipeliningWorks
	case works:
		return api.PipeliningUnsaid
	case listed:
		return api.PipeliningBroken
	}
	return api.PipeliningNone
}

// patienceFor is how long the answers to three commands in one write may take
// of a server whose single answers take so many milliseconds.
func patienceFor(roundTrip float64) time.Duration {
	const commands = 3 // of pop3.Client.Pipelines
	return max(lost, time.Duration(slowness*commands*roundTrip*float64(time.Millisecond)))
}

// shown are capabilities, safe to show, and never nil.
func shown(caps pop3.Capabilities) []string {
	list := make([]string, 0, len(caps))
	for _, line := range caps {
		list = append(list, clean(line))
	}
	return list
}

// mechanisms are the ways to log in.
func mechanisms(caps pop3.Capabilities, greeting string) []string {
	list := []string{}
	if caps.Has("USER") {
		list = append(list, "USER")
	}
	if pop3.OffersAPOP(greeting) {
		list = append(list, "APOP")
	}
	for _, name := range caps.Mechanisms() {
		list = append(list, clean(name))
	}
	return list
}

// leave says goodbye; a server that does not answer is left anyway.
func leave(ctx context.Context, c *pop3.Client) {
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_ = c.Quit(ctx)
	_ = c.Close()
}
