package app

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

// Discover finds the POP3 server of an e-mail address. What is asked over the
// network carries the domain alone. The error is a ProblemError (code
// "address" or "unreachable") or the context's; finding nothing is not an error.
func (s *Service) Discover(ctx context.Context, address string) (discover.Result, error) {
	domain := address[strings.LastIndexByte(address, '@')+1:]
	result, err := s.discoverer(domain).Discover(ctx, address)
	switch {
	case errors.Is(err, discover.ErrAddress):
		return result, &api.ProblemError{Problem: api.Problem{Kind: api.KindConfig, Code: api.CodeAddress, Args: api.Args{api.ArgAddress: address}}, Err: err}
	case errors.Is(err, discover.ErrUnreachable):
		return result, &api.ProblemError{Problem: api.Problem{Kind: api.KindNetwork, Code: api.CodeUnreachable}, Err: err}
	}
	return result, err
}

// discoverer asks the real world for a domain, except for what a test replaces.
func (s *Service) discoverer(domain string) discover.Discoverer {
	d := s.discovery
	d.Proxied = d.Proxied || s.proxied(domain)
	if d.Resolver == nil {
		d.Resolver = net.DefaultResolver
	}
	if d.Transport == nil {
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.Proxy = webProxy(s.preferences().Proxy)
		t.DisableKeepAlives = true // a connection is not used again
		if s.roots != nil {
			t.TLSClientConfig = &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12}
		}
		d.Transport = t
	}
	if d.ISPDB == "" {
		d.ISPDB = discover.PublicISPDB
	}
	if d.Probe == nil {
		d.Probe = s.greets
	}
	return d
}

// proxied says whether a POP3 server of the domain would be reached by a proxy:
// that of the preferences, or else of the environment.
func (s *Service) proxied(domain string) bool {
	switch proxy := s.preferences().Proxy; proxy {
	case pop3.ProxyDirect:
		return false
	case "":
		u, err := mailProxy(domain)
		return u != nil || err != nil
	}
	return true
}

// webProxy is the proxy for requests: the one that the settings name, as for
// mail, or else that of the environment, of whose that for the web comes first.
func webProxy(proxy string) func(r *http.Request) (*url.URL, error) {
	return func(r *http.Request) (*url.URL, error) {
		switch proxy {
		case pop3.ProxyDirect:
			return nil, nil
		case "":
			if u, err := http.ProxyFromEnvironment(r); u != nil || err != nil {
				return u, err
			}
			return mailProxy(r.URL.Hostname())
		}
		return url.Parse(proxy)
	}
}

// mailProxy is the environment's proxy for a POP3 server.
func mailProxy(host string) (*url.URL, error) {
	return pop3.Config{Host: host, Port: settings.TLS.DefaultPort()}.ProxyFromEnvironment()
}

// greets says whether a POP3 server answers there as an account's would.
// Nothing but QUIT is sent (and STLS before it).
func (s *Service) greets(ctx context.Context, server string, port int, security settings.Security) error {
	return poll.Greets(ctx, server, port, security, s.preferences().Proxy, s.roots)
}
