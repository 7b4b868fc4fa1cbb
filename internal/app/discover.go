package app

import (
	"context"
	"errors"
	"net"
	"net/http"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/settings"
)

// Discover finds the POP3 server of an e-mail address. What is asked over the
// network carries the domain alone. The error is a ProblemError (code
// "address" or "unreachable") or the context's; finding nothing is not an error.
func (s *Service) Discover(ctx context.Context, address string) (discover.Result, error) {
	result, err := s.discoverer().Discover(ctx, address)
	switch {
	case errors.Is(err, discover.ErrAddress):
		return result, &api.ProblemError{Problem: api.Problem{Kind: api.KindConfig, Code: api.CodeAddress, Args: api.Args{api.ArgAddress: address}}, Err: err}
	case errors.Is(err, discover.ErrUnreachable):
		return result, &api.ProblemError{Problem: api.Problem{Kind: api.KindNetwork, Code: api.CodeUnreachable}, Err: err}
	}
	return result, err
}

// discoverer asks the real world, except for what a test replaces.
func (s *Service) discoverer() discover.Discoverer {
	d := s.discovery
	if d.Resolver == nil {
		d.Resolver = net.DefaultResolver
	}
	if d.Transport == nil {
		// The environment's proxy applies. A connection is not used again.
		t := http.DefaultTransport.(*http.Transport).Clone()
		t.DisableKeepAlives = true
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

// greets says whether a POP3 server answers there as an account's would.
// Nothing but QUIT is sent (and STLS before it).
func (s *Service) greets(ctx context.Context, server string, port int, security settings.Security) error {
	return poll.Greets(ctx, server, port, security, s.preferences().Proxy, s.roots)
}
