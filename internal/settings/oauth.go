package settings

import (
	"cmp"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/loopback"
)

// OAuth says where an account signs in with the browser in place of a password
// (OAuth 2), in the table [account.oauth]. The zero value: it has a password.
// Tokens, and the client's secret where it has one, are in the keyring.
type OAuth struct {
	// Provider is one of OAuthProviders, or OAuthCustom.
	Provider string `toml:"provider,omitempty" json:"provider,omitempty"`
	// Tenant is whose accounts sign in, where the provider tells them apart;
	// empty is the provider's usual one.
	Tenant string `toml:"tenant,omitempty" json:"tenant,omitempty"`
	// ClientID is the program as it was registered there; empty: as this build is.
	ClientID string `toml:"client_id,omitempty" json:"client_id,omitempty"`
	// Scope is what is asked for, separated by blanks (RFC 6749, section 3.3);
	// empty: what the provider's mail needs.
	Scope string `toml:"scope,omitempty" json:"scope,omitempty"`
	// Issuer publishes its endpoints (RFC 8414). It and the endpoints are for
	// OAuthCustom, which has either the one or the others.
	Issuer string `toml:"issuer,omitempty" json:"issuer,omitempty"`
	// AuthorizeURL, TokenURL, DeviceURL and RevokeURL are the endpoints.
	AuthorizeURL string `toml:"authorize_url,omitempty" json:"authorize_url,omitempty"`
	TokenURL     string `toml:"token_url,omitempty" json:"token_url,omitempty"`
	DeviceURL    string `toml:"device_url,omitempty" json:"device_url,omitempty"`
	RevokeURL    string `toml:"revoke_url,omitempty" json:"revoke_url,omitempty"`
}

// OAuthProviders are the IDs of package provider's table of sign-ins.
var OAuthProviders = []string{"google", "microsoft", "microsoft-china", "yahoo", "aol", "yandex", "mail-ru", "fastmail"}

// OAuthCustom is none of them: the account says the rest itself.
const OAuthCustom = "custom"

// tenants are those whose addresses have a tenant in them.
var tenants = []string{"microsoft", "microsoft-china"}

// SignsIn says whether the account signs in with the browser.
func (a Account) SignsIn() bool { return a.OAuth.Provider != "" }

const (
	oauthTable  = "oauth"
	oauthPrefix = oauthTable + "."
	maxClientID = 512
	maxTenant   = 254
)

var oauthKeys = keysOf[OAuth]()

// takeOAuth reads the table within the n-th account, if there is one.
func takeOAuth(d *decoded, doc *document, n int, values, unknown map[string]any, into *OAuth) error {
	value, ok := values[oauthTable]
	if !ok {
		return nil
	}
	table, ok := value.(map[string]any)
	if !ok {
		return doc.problem("account", n, FieldError{Field: oauthTable, Key: MistakeTable, Args: []any{"account." + oauthTable}})
	}
	extra, problem := unknownKeys(table, oauthKeys)
	if problem == nil {
		problem = fill(reflect.ValueOf(into).Elem(), table)
	}
	if problem != nil {
		problem.Field = oauthPrefix + problem.Field
		return doc.problem("account", n, *problem)
	}
	for key := range extra {
		d.warnings = append(d.warnings, doc.problem("account", n, FieldError{Field: oauthPrefix + key, Key: MistakeUnknownKey}))
	}
	if len(extra) > 0 {
		unknown[oauthTable] = extra
	}
	return nil
}

func (o *OAuth) normalize() {
	for _, s := range []*string{&o.Provider, &o.Tenant, &o.ClientID, &o.Issuer, &o.AuthorizeURL, &o.TokenURL, &o.DeviceURL, &o.RevokeURL} {
		*s = strings.TrimSpace(*s)
	}
	o.Scope = strings.Join(strings.Fields(o.Scope), " ")
}

var (
	// validTenant is a domain, a GUID or a word such as "organizations". How long
	// it may be is not said here: that takes a millisecond to compile.
	validTenant = regexp.MustCompile(`^[0-9A-Za-z]([0-9A-Za-z.-]*[0-9A-Za-z])?$`)
	// validToken is what RFC 6749, appendix A allows in an ID and a scope.
	validToken = regexp.MustCompile(`^[\x20-\x7e]*$`)
)

// validateOAuth adds what is wrong with how the account signs in.
func (a Account) validateOAuth(add func(field string, key Mistake, args ...any)) {
	o := a.OAuth
	if o == (OAuth{}) {
		return
	}
	custom := o.Provider == OAuthCustom
	switch {
	case o.Provider == "":
		add(oauthPrefix+"provider", MistakeRequired)
	case !custom && !slices.Contains(OAuthProviders, o.Provider):
		add(oauthPrefix+"provider", MistakeChoice, strings.Join(append(slices.Clip(OAuthProviders), OAuthCustom), ", "))
	}
	if o.Tenant != "" && (!slices.Contains(tenants, o.Provider) || len(o.Tenant) > maxTenant || !validTenant.MatchString(o.Tenant)) {
		add(oauthPrefix+"tenant", MistakeTenant)
	}
	for _, f := range []struct {
		field, value string
		most         int
		required     bool
	}{{"client_id", o.ClientID, maxClientID, custom}, {"scope", o.Scope, 1024, custom}} {
		switch {
		case f.value == "" && f.required:
			add(oauthPrefix+f.field, MistakeRequired)
		case len(f.value) > f.most:
			add(oauthPrefix+f.field, MistakeTooLong)
		case !validToken.MatchString(f.value):
			add(oauthPrefix+f.field, MistakeHidden)
		}
	}
	for _, f := range []struct{ field, value string }{
		{"issuer", o.Issuer},
		{"authorize_url", o.AuthorizeURL},
		{"token_url", o.TokenURL},
		{"device_url", o.DeviceURL},
		{"revoke_url", o.RevokeURL},
	} {
		switch {
		case f.value == "":
		case !custom:
			add(oauthPrefix+f.field, MistakeOnlyCustom)
		case !validEndpoint(f.value):
			add(oauthPrefix+f.field, MistakeEndpoint)
		}
	}
	switch {
	case !custom:
	case o.Issuer == "" && o.TokenURL == "":
		add(oauthPrefix+"issuer", MistakeRequired)
	case o.Issuer == "" && cmp.Or(o.AuthorizeURL, o.DeviceURL) == "":
		add(oauthPrefix+"authorize_url", MistakeRequired)
	}
	if a.SecretCommand != "" {
		add("secret_command", MistakeTwoSecrets)
	}
	if a.Mechanism != "" && !TokenMechanism(a.Mechanism) && slices.Contains(Mechanisms, a.Mechanism) {
		add("mechanism", MistakeChoice, "OAUTHBEARER, XOAUTH2")
	}
}

// validEndpoint says whether what is sent to an address can be read by nobody
// else, as package oauth wants it.
func validEndpoint(address string) bool {
	u, err := url.Parse(address)
	return err == nil && len(address) <= 1024 && validToken.MatchString(address) && u.Hostname() != "" && u.User == nil && u.Fragment == "" &&
		(u.Scheme == "https" || u.Scheme == "http" && loopback.Is(u.Hostname()))
}
