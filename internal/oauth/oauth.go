// Package oauth signs in with the browser and keeps access tokens fresh: OAuth
// 2.0 (RFC 6749) as a native program uses it (RFC 8252), with PKCE (RFC 7636),
// or with a code typed on another device (RFC 8628). It knows no window, no
// keyring and no POP3: Begin and Device bring tokens, Refresh renews them, and
// whoever calls keeps them.
//
// No error has a code, a verifier, a token or a secret in it, whatever a server
// answers.
package oauth

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"golang.org/x/oauth2"

	"github.com/traymail/traymail/internal/loopback"
)

// Server is an authorization server, and what it is asked for. Its addresses
// are https, or http on this computer.
type Server struct {
	// Issuer is who has to have answered (RFC 9207); empty if that is not known.
	Issuer string
	// NamesIssuer: the server announces that it says so in each answer, so that
	// one without is not from it.
	NamesIssuer bool
	// Authorize and Token are the endpoints (RFC 6749, section 3). Device (RFC
	// 8628) and Revoke (RFC 7009) are empty where there is none.
	Authorize, Token, Device, Revoke string
	Scopes                           []string
	// Params are what else the browser's request carries, such as
	// "access_type": "offline".
	Params map[string]string
	// Redirect is the address on this computer to which the browser is sent
	// back, without its port: "http://127.0.0.1/", or "http://localhost" where
	// that was registered.
	Redirect string
	// SecretInHeader: a client's secret goes by HTTP Basic (RFC 6749, section
	// 2.3.1) and not among the parameters, where big providers want it.
	SecretInHeader bool
}

// Client is a program as it was registered with a server. Secret is empty for
// most that people install themselves.
type Client struct{ ID, Secret string }

// Tokens are what a sign-in or a renewal brings.
type Tokens struct {
	Access string
	// Expiry is when Access ends by this computer's clock; zero if the server
	// did not say.
	Expiry time.Time
	// Refresh renews Access. Refresh returns the old one where the server gave
	// no new one.
	Refresh string
	// Address is the e-mail address of who signed in, if the server told.
	Address string
}

// Request is what a sign-in needs.
type Request struct {
	Server Server
	Client Client
	// Address is offered to the server as the user's name there.
	Address string
	// HTTP asks the server; it has proxy, roots and timeouts.
	HTTP *http.Client
}

// Timeout bounds a sign-in with the browser.
const Timeout = 5 * time.Minute

// Limits of what a server sends.
const (
	answerTime = 30 * time.Second
	maxAnswer  = 256 << 10 // octets of an answer
	maxAddress = 320
)

// config checks the request and puts it into the library's words.
func (r Request) config(redirect string) (*oauth2.Config, error) {
	if r.Client.ID == "" {
		return nil, &Error{Reason: NoClient}
	}
	for _, address := range []string{r.Server.Authorize, r.Server.Token, r.Server.Device, r.Server.Revoke} {
		if address != "" && !safe(address) {
			return nil, fmt.Errorf("%w: an address that is not https", errServer)
		}
	}
	if r.Server.Token == "" {
		return nil, fmt.Errorf("%w: no token endpoint", errServer)
	}
	style := oauth2.AuthStyleInParams
	if r.Server.SecretInHeader && r.Client.Secret != "" {
		style = oauth2.AuthStyleInHeader
	}
	return &oauth2.Config{
		ClientID: r.Client.ID, ClientSecret: r.Client.Secret, RedirectURL: redirect, Scopes: r.Server.Scopes,
		Endpoint: oauth2.Endpoint{AuthURL: r.Server.Authorize, TokenURL: r.Server.Token, DeviceAuthURL: r.Server.Device, AuthStyle: style},
	}, nil
}

var errServer = fmt.Errorf("%w: the authorization server is not described well", &Error{Reason: BadMetadata})

// safe says whether what is sent to an address can be read by nobody else, and
// whether it is one as RFC 3986 has it: what a person reads of it must be what it
// is.
func safe(address string) bool {
	u, err := url.Parse(address)
	if err != nil || !printable(address) || strings.Contains(address, " ") || u.Host == "" || u.User != nil || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" && loopback.Is(u.Hostname())
}

// with has the library use the request's client, within ctx and with bounded
// answers.
func (r Request) with(ctx context.Context) context.Context {
	var own http.Client
	if r.HTTP != nil {
		own = *r.HTTP
	}
	transport := &bounded{ctx: ctx, base: own.Transport}
	own.Transport = transport
	// A redirection would carry codes and tokens elsewhere.
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	return context.WithValue(context.WithValue(ctx, boundedKey{}, transport), oauth2.HTTPClient, &own)
}

// Refresh returns new tokens for a refresh token (RFC 6749, section 6). An
// *Error with SignInAgain says that this one is of no use any more.
func Refresh(ctx context.Context, r Request, refresh string) (Tokens, error) {
	c, err := r.config("")
	if err != nil {
		return Tokens{}, err
	}
	ctx = r.with(ctx)
	token, err := c.TokenSource(ctx, &oauth2.Token{RefreshToken: refresh}).Token()
	if err != nil {
		return Tokens{}, fault(ctx, err)
	}
	return tokens(token)
}

// Revoke ends a refresh token (RFC 7009), and with some providers every other
// sign-in of this program.
func Revoke(ctx context.Context, r Request, refresh string) error {
	if _, err := r.config(""); err != nil {
		return err
	}
	if r.Server.Revoke == "" {
		return &Error{Reason: NoRevoke}
	}
	ctx = r.with(ctx)
	form := url.Values{"token": {refresh}, "token_type_hint": {"refresh_token"}, "client_id": {r.Client.ID}}
	inHeader := r.Server.SecretInHeader && r.Client.Secret != ""
	if inHeader {
		form.Del("client_id") // a client uses one way only (RFC 6749, section 2.3)
	} else if r.Client.Secret != "" {
		form.Set("client_secret", r.Client.Secret)
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.Server.Revoke, strings.NewReader(form.Encode()))
	if err != nil {
		return errServer
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if inHeader {
		request.SetBasicAuth(url.QueryEscape(r.Client.ID), url.QueryEscape(r.Client.Secret))
	}
	response, err := oauth2.NewClient(ctx, nil).Do(request)
	if err != nil {
		return fault(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode == http.StatusOK {
		return nil
	}
	var said struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return fault(ctx, err)
	}
	if json.Unmarshal(raw, &said) != nil || said.Error == "" {
		return status(response.StatusCode)
	}
	switch e := refusal(said.Error, said.Description); {
	case said.Error == "unsupported_token_type": // RFC 7009, section 2.2.1
		return &Error{NoRevoke, said.Error}
	case said.Error == "invalid_token", e.Reason == SignInAgain:
		return nil // it was ended before, of which some servers make an error
	default:
		return e
	}
}

// tokens takes over what the library brought.
func tokens(t *oauth2.Token) (Tokens, error) {
	if t.Type() != "Bearer" || !printable(t.AccessToken) || !printable(t.RefreshToken) {
		return Tokens{}, &Error{Reason: BadAnswer}
	}
	id, _ := t.Extra("id_token").(string)
	return Tokens{Access: t.AccessToken, Expiry: t.Expiry, Refresh: t.RefreshToken, Address: addressOf(id)}, nil
}

// signedIn takes over what a sign-in has brought. It has to last, and to be for
// mail.
func (r Request) signedIn(token *oauth2.Token) (Tokens, error) {
	t, err := tokens(token)
	switch {
	case err != nil:
		return Tokens{}, err
	case t.Refresh == "": // it would end within the hour
		return Tokens{}, &Error{Reason: BadScope}
	case !forMail(r.Server.Scopes, token.Extra("scope")):
		return Tokens{}, &Error{Reason: NoMail}
	}
	return t, nil
}

// who are the scopes of OpenID Connect, which say who somebody is.
var who = []string{"openid", "profile", "email", "address", "phone", "offline_access"}

// forMail says whether a token is for mail, as far as the server says what it is
// for: people may allow less on its page than it was asked for, and then it has
// to say so (RFC 6749, section 5.1).
func forMail(asked []string, granted any) bool {
	given, _ := granted.(string)
	if some, ok := granted.([]any); ok { // some servers make a list of it
		for _, one := range some {
			given += fmt.Sprint(" ", one)
		}
	}
	if strings.TrimSpace(given) == "" {
		return true
	}
	var needed, pop []string
	for _, scope := range asked {
		if scope = bare(scope); slices.Contains(who, scope) {
			continue
		}
		if needed = append(needed, scope); strings.Contains(scope, "pop") {
			pop = append(pop, scope)
		}
	}
	if len(pop) > 0 {
		needed = pop
	}
	return len(needed) == 0 || slices.ContainsFunc(strings.Fields(given), func(scope string) bool {
		return slices.Contains(needed, bare(scope))
	})
}

// bare is a scope without the resource that it is of, which servers may leave
// out.
func bare(scope string) string {
	scope = strings.TrimSuffix(strings.ToLower(scope), "/")
	return scope[strings.LastIndexByte(scope, '/')+1:]
}

// printable says whether a token is of what RFC 6749, appendix A.12 allows. A
// SASL response must not be forged with one.
func printable(token string) bool {
	return !strings.ContainsFunc(token, func(r rune) bool { return r < ' ' || r > '~' })
}
