package tokens

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// ErrSignIn: nobody has signed in for the account, or elsewhere or as another
// program than it says now.
var ErrSignIn = errors.New("nobody has signed in for the account")

// grant is what a sign-in has brought and the keyring keeps, under the
// account's own reference.
type grant struct {
	// Server and Client are who has given the tokens, and to which program.
	// They go to nobody else, whatever the settings say by now.
	Server string `json:"server"`
	Client string `json:"client"`
	// Secret is the client's, if it is one of the user's own and has one.
	Secret string `json:"secret,omitempty"`
	// Origins are those of the endpoints at the sign-in, where they are no provider's
	// of the table. Whoever can change the settings, or what an issuer publishes,
	// does not get what was given before.
	Origins []string `json:"origins,omitempty"`
	// Refresh are refresh tokens: the newest, and the one before until the
	// newest has worked.
	Refresh []string `json:"refresh"`
}

// mark begins a grant in the keyring, and no password.
const mark = "traymail-oauth:"

// IsGrant says whether a secret is a grant, which must not be sent as a password.
func IsGrant(secret string) bool { return strings.HasPrefix(secret, mark) }

func (g grant) String() string {
	text, _ := json.Marshal(g) //nolint:gosec // G117: it is for the keyring
	return mark + string(text)
}

// read takes a grant of the account from a secret.
func read(secret string, a settings.Account) (grant, error) {
	var g grant
	text, ok := strings.CutPrefix(secret, mark)
	client := ClientOf(a)
	if !ok || json.Unmarshal([]byte(text), &g) != nil || g.Server != ServerOf(a) || g.Client != client.ID ||
		len(g.Refresh) == 0 || slices.Contains(g.Refresh, "") {
		return grant{}, ErrSignIn
	}
	return g, nil
}

// goesTo says whether the tokens may be sent to an endpoint.
func (g grant) goesTo(endpoint string, o settings.OAuth) bool {
	switch {
	case endpoint == "" || o.Provider != settings.OAuthCustom:
		return true
	case len(g.Origins) == 0:
		return origin(endpoint) == origin(g.Server)
	}
	return slices.Contains(g.Origins, origin(endpoint))
}

func origin(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Scheme + "://" + u.Host
}

// ServerOf names where an account signs in: a provider with its tenant, or an
// address.
func ServerOf(a settings.Account) string {
	o := a.OAuth
	switch {
	case o.Provider != settings.OAuthCustom:
		return strings.TrimSuffix(o.Provider+"/"+o.Tenant, "/")
	case o.Issuer != "":
		return o.Issuer
	}
	return o.TokenURL
}

// ClientOf is the program as which an account signs in: the user's own, without
// its secret, or this build's. Without an ID there is none.
func ClientOf(a settings.Account) oauth.Client {
	if a.OAuth.ClientID != "" {
		return oauth.Client{ID: a.OAuth.ClientID}
	}
	if row := provider.SignIn(a.OAuth.Provider, ""); row != nil {
		id, secret := row.Client()
		return oauth.Client{ID: id, Secret: secret}
	}
	return oauth.Client{}
}

// Request says how an account signs in. clientSecret is that of a client of the
// user's own. An issuer is asked for its endpoints.
func Request(ctx context.Context, web *http.Client, a settings.Account, clientSecret string) (oauth.Request, error) {
	client := ClientOf(a)
	if a.OAuth.ClientID != "" {
		client.Secret = clientSecret
	}
	if client.ID == "" {
		return oauth.Request{}, &oauth.Error{Reason: oauth.NoClient}
	}
	r := oauth.Request{Client: client, Address: a.Address, HTTP: web}
	var err error
	if r.Server, err = server(ctx, web, a.OAuth); err != nil {
		return oauth.Request{}, err
	}
	if a.OAuth.Scope != "" {
		r.Server.Scopes = strings.Fields(a.OAuth.Scope)
	}
	return r, nil
}

func server(ctx context.Context, web *http.Client, o settings.OAuth) (s oauth.Server, err error) {
	const here = "http://127.0.0.1/"
	if row := provider.SignIn(o.Provider, o.Tenant); row != nil {
		return oauth.Server{
			Issuer: row.Issuer, Authorize: row.Authorize, Token: row.Token, Device: row.Device, Revoke: row.Revoke,
			Scopes: row.Scopes, Params: row.Params, Redirect: row.Redirect,
		}, nil
	}
	if o.Issuer != "" {
		s, err = oauth.Discover(ctx, web, o.Issuer)
		s.Redirect = here
		return s, err
	}
	return oauth.Server{
		Authorize: o.AuthorizeURL, Token: o.TokenURL, Device: o.DeviceURL, Revoke: o.RevokeURL, Redirect: here,
		SecretInHeader: true, // which every server has to take (RFC 6749, section 2.3.1)
	}, nil
}

// Save keeps what a sign-in has brought, in place of a password or of what an
// earlier one did.
func Save(ctx context.Context, secrets secret.Store, a settings.Account, r oauth.Request, t oauth.Tokens) error {
	g := grant{Server: ServerOf(a), Client: r.Client.ID, Refresh: []string{t.Refresh}}
	if a.OAuth.ClientID != "" {
		g.Secret = r.Client.Secret
	}
	if a.OAuth.Provider == settings.OAuthCustom {
		for _, endpoint := range []string{r.Server.Token, r.Server.Revoke} {
			if endpoint != "" && !slices.Contains(g.Origins, origin(endpoint)) {
				g.Origins = append(g.Origins, origin(endpoint))
			}
		}
	}
	return secrets.Set(ctx, a.ID, g.String())
}

// Revokes says whether what a sign-in for the account has brought can be revoked,
// as far as that is known.
func Revokes(a settings.Account) bool {
	if row := provider.SignIn(a.OAuth.Provider, a.OAuth.Tenant); row != nil {
		return row.Revoke != ""
	}
	return a.SignsIn() && (a.OAuth.Issuer != "" || a.OAuth.RevokeURL != "")
}

// Revoke ends, at the server, what a sign-in for the account has brought (RFC
// 7009); with some servers every other sign-in of this program ends with it.
// Where nobody has signed in there is nothing to end. The error is an
// *oauth.Error, a *KeyringError, one of package net, or the context's.
func Revoke(ctx context.Context, web *http.Client, secrets secret.Store, a settings.Account) error {
	stored, err := secrets.Get(ctx, a.ID)
	switch {
	case errors.Is(err, secret.ErrNotFound):
		return nil
	case err != nil:
		return &KeyringError{err}
	}
	g, err := read(stored, a)
	if err != nil {
		return nil //nolint:nilerr // nobody has signed in, or elsewhere
	}
	r, err := Request(ctx, web, a, g.Secret)
	if err == nil && !g.goesTo(r.Server.Revoke, a.OAuth) {
		err = &oauth.Error{Reason: oauth.OtherServer}
	}
	for _, refresh := range g.Refresh {
		if err == nil {
			err = oauth.Revoke(ctx, r, refresh)
		}
	}
	return err
}

// ClientSecret is that of the client of the user's own with which somebody has
// signed in for the account before; empty if there is none.
func ClientSecret(ctx context.Context, secrets secret.Store, a settings.Account) string {
	stored, err := secrets.Get(ctx, a.ID)
	if err != nil {
		return ""
	}
	g, err := read(stored, a)
	if err != nil {
		return ""
	}
	return g.Secret
}

// AddressOf is an address of the server where an account signs in; empty if it
// is not known.
func AddressOf(a settings.Account) string {
	if row := provider.SignIn(a.OAuth.Provider, a.OAuth.Tenant); row != nil {
		return row.Token
	}
	return ServerOf(a)
}
