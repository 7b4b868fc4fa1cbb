package app

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"syscall"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// signInError marks what went wrong where an account signs in.
type signInError struct{ err error }

func (e *signInError) Error() string { return e.err.Error() }
func (e *signInError) Unwrap() error { return e.err }

// SignInError is an error of package oauth or tokens with its problem.
func SignInError(err error, a settings.Account) error { return explained(signingIn(err), a) }

func signingIn(err error) error {
	_, keyring := errors.AsType[*tokens.KeyringError](err)
	switch {
	case err == nil:
		return nil
	case keyring:
		return &secretError{err}
	}
	return &signInError{err}
}

// tokenOf are the credentials of an account that signs in.
func tokenOf(a settings.Account, token string) pop3.Credentials {
	return pop3.Credentials{User: a.User, Token: token, Mechanism: a.Mechanism, AllowCleartext: a.AllowCleartext}
}

// withToken runs a session, and once more with another access token where the
// server has refused the one that there was.
func (s *Service) withToken(ctx context.Context, t *poll.Target, session func() error) error {
	err := session()
	if !t.Account.SignsIn() || !poll.Refused(err) {
		return err
	}
	token, renewErr := s.tokens.Access(ctx, t.Account, t.Credentials.Token)
	if renewErr != nil {
		return signingIn(renewErr)
	}
	if token == t.Credentials.Token {
		return err
	}
	t.Credentials = tokenOf(t.Account, token)
	return session()
}

// unreached says whether neither the mail server nor the one where the account
// signs in was there, or the way to them.
func unreached(err error) bool {
	failed, ok := errors.AsType[*signInError](err)
	if !ok {
		return poll.Unreached(err)
	}
	_, answered := errors.AsType[*oauth.Error](failed.err)
	return !answered && !errors.Is(failed.err, tokens.ErrSignIn)
}

// web is how an account reaches the server where it signs in.
func (s *Service) web(a settings.Account) *http.Client {
	client := Web(cmp.Or(a.Proxy, s.preferences().Proxy))
	if s.roots != nil {
		client.Transport.(*http.Transport).TLSClientConfig = &tls.Config{RootCAs: s.roots, MinVersion: tls.VersionTLS12}
	}
	return client
}

// Web is a client for signing in. proxy is the account's, or that of the
// preferences.
func Web(proxy string) *http.Client {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.Proxy = webProxy(proxy)
	t.DisableKeepAlives = true // it is not asked again for an hour
	return &http.Client{Transport: t}
}

// signInProblem is what went wrong where an account signs in, or nil.
func signInProblem(err error, a settings.Account) *api.Problem {
	failed, ok := errors.AsType[*signInError](err)
	if !ok {
		return nil
	}
	host, port := signInHost(a)
	p := &api.Problem{Kind: api.KindSecret, Args: api.Args{api.ArgServer: host, api.ArgAccount: a.ID}}
	refused, known := errors.AsType[*oauth.Error](failed.err)
	switch {
	case errors.Is(err, tokens.ErrSignIn):
		p.Code = api.CodeSignIn
	case !known:
		return networkProblem(failed.err, host, port)
	default:
		p.Code = signInCodes[refused.Reason]
	}
	switch p.Code {
	case api.CodeSignInUnavailable, api.CodeSignInAnswer, api.CodeSignInCode, api.CodeSignInIssuer, api.CodeSignInNoMetadata, api.CodeSignInOtherIssuer, api.CodeSignInMetadata:
		p.Kind = api.KindTemporary
	}
	return p
}

var signInCodes = map[oauth.Reason]api.Code{
	oauth.Denied:        api.CodeSignInDenied,
	oauth.NeedsApproval: api.CodeSignInApproval,
	oauth.SignInAgain:   api.CodeSignIn,
	oauth.TimedOut:      api.CodeSignInTime,
	oauth.BadClient:     api.CodeSignInClient,
	oauth.NoClient:      api.CodeSignInNoClient,
	oauth.BadScope:      api.CodeSignInScope,
	oauth.NoMail:        api.CodeSignInNoMail,
	oauth.NoPort:        api.CodeSignInPort,
	oauth.NoRevoke:      api.CodeSignInNoRevoke,
	oauth.Unavailable:   api.CodeSignInUnavailable,
	oauth.OtherServer:   api.CodeSignInIssuer,
	oauth.BadCode:       api.CodeSignInCode,
	oauth.BadAnswer:     api.CodeSignInAnswer,
	oauth.NoMetadata:    api.CodeSignInNoMetadata,
	oauth.OtherIssuer:   api.CodeSignInOtherIssuer,
	oauth.BadMetadata:   api.CodeSignInMetadata,
}

// signInHost is who an account signs in with.
func signInHost(a settings.Account) (host string, port int) {
	address := tokens.AddressOf(a)
	u, err := url.Parse(address)
	if err != nil {
		return "", 0
	}
	const https = 443
	if port, err = strconv.Atoi(u.Port()); err != nil {
		port = https
	}
	return u.Hostname(), port
}

// networkProblem is what kept a sign-in server from being reached.
func networkProblem(err error, host string, port int) *api.Problem {
	p := &api.Problem{Kind: api.KindNetwork, Args: api.Args{api.ArgServer: host, api.ArgPort: strconv.Itoa(port)}}
	_, name := errors.AsType[*net.DNSError](err)
	_, untrusted := errors.AsType[*tls.CertificateVerificationError](err)
	network, timed := errors.AsType[net.Error](err)
	switch {
	case name:
		p.Code = api.CodeDNS
	case untrusted:
		p.Kind, p.Code = api.KindTLS, api.CodeCertificate
	case errors.Is(err, syscall.ECONNREFUSED):
		p.Code = api.CodeRefused
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, context.Canceled), timed && network.Timeout():
		p.Code = api.CodeTimeout
	}
	return p
}
