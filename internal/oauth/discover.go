package oauth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"golang.org/x/oauth2"
)

// errNoMetadata is what Discover returns where an issuer publishes nothing.
var errNoMetadata = fmt.Errorf("%w: the issuer says nowhere how to sign in", &Error{Reason: NoMetadata})

// Discover asks an issuer, an https address, for its endpoints: RFC 8414, then
// OpenID Connect Discovery 1.0. Scopes and redirection are the caller's to add.
// What is published there and of no use is an *Error.
func Discover(ctx context.Context, client *http.Client, issuer string) (Server, error) {
	u, err := url.Parse(issuer)
	if err != nil || !safe(issuer) || u.RawQuery != "" {
		return Server{}, fmt.Errorf("%w: an issuer that is not https", errServer)
	}
	ctx = Request{HTTP: client}.with(ctx)
	path := strings.TrimSuffix(u.Path, "/")
	err = errNoMetadata
	for _, place := range []string{
		"/.well-known/oauth-authorization-server" + path, // RFC 8414, section 3.1
		path + "/.well-known/openid-configuration",
	} {
		at := *u
		at.Path = place
		var s Server
		if s, err = metadata(ctx, at.String(), issuer); !errors.Is(err, errNoMetadata) {
			return s, err
		}
	}
	return Server{}, err
}

func metadata(ctx context.Context, place, issuer string) (Server, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, place, nil)
	if err != nil {
		return Server{}, errServer
	}
	request.Header.Set("Accept", "application/json")
	response, err := oauth2.NewClient(ctx, nil).Do(request)
	if err != nil {
		return Server{}, fault(ctx, err)
	}
	defer func() { _ = response.Body.Close() }()
	switch code := response.StatusCode; {
	case code >= http.StatusInternalServerError, code == http.StatusTooManyRequests:
		return Server{}, status(code)
	case code != http.StatusOK:
		return Server{}, errNoMetadata
	}
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		return Server{}, fault(ctx, err)
	}
	return read(raw, issuer)
}

// read reads an issuer's metadata (RFC 8414, section 2).
func read(raw []byte, issuer string) (Server, error) {
	var m struct {
		Issuer        string   `json:"issuer"`
		Authorization string   `json:"authorization_endpoint"`
		Token         string   `json:"token_endpoint"`
		Device        string   `json:"device_authorization_endpoint"`
		Revocation    string   `json:"revocation_endpoint"`
		Challenges    []string `json:"code_challenge_methods_supported"`
		Auth          []string `json:"token_endpoint_auth_methods_supported"`
		NamesIssuer   bool     `json:"authorization_response_iss_parameter_supported"` // RFC 9207
	}
	var some map[string]json.RawMessage // null is no metadata, and no error either
	if json.Unmarshal(raw, &some) != nil || len(some) == 0 || json.Unmarshal(raw, &m) != nil {
		return Server{}, errNoMetadata
	}
	// Who may speak for others could have their codes sent to itself (section 3.3).
	if m.Issuer != issuer {
		return Server{}, fmt.Errorf("%w: it names another issuer", &Error{Reason: OtherIssuer})
	}
	for _, address := range []string{m.Authorization, m.Token, m.Device, m.Revocation} {
		if address != "" && !safe(address) {
			return Server{}, fmt.Errorf("%w: an address that is not https", &Error{Reason: BadMetadata})
		}
	}
	switch {
	case m.Token == "" || m.Authorization == "" && m.Device == "":
		return Server{}, fmt.Errorf("%w: no endpoint to sign in at", &Error{Reason: BadMetadata})
	case len(m.Challenges) > 0 && !slices.Contains(m.Challenges, "S256"):
		return Server{}, fmt.Errorf("%w: no PKCE with SHA-256", &Error{Reason: BadMetadata})
	}
	return Server{
		Issuer: issuer, NamesIssuer: m.NamesIssuer,
		Authorize: m.Authorization, Token: m.Token, Device: m.Device, Revoke: m.Revocation,
		// HTTP Basic is what a server takes that names no method.
		SecretInHeader: !slices.Contains(m.Auth, "client_secret_post"),
	}, nil
}
