package provider

import (
	_ "embed"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// oauth.json has a row a line: where people sign in with the browser, and what
// is asked for there. No client ID is in it.
//
//go:embed oauth.json
var oauthTable string

// OAuth is where the accounts of a provider sign in with the browser.
type OAuth struct {
	ID     string `json:"id"`
	Name   string `json:"name"`
	NameZH string `json:"name_zh"`
	// For are the IDs of the providers of mail whose accounts sign in there.
	For []string `json:"for"`
	// Issuer is whom an answer has to name if it names anybody; else empty.
	Issuer string `json:"issuer"`
	// Authorize, Token, Device and Revoke are https addresses; the last two are
	// empty where there is none, or none for mail.
	Authorize string            `json:"authorize"`
	Token     string            `json:"token"`
	Device    string            `json:"device"`
	Revoke    string            `json:"revoke"`
	Redirect  string            `json:"redirect"`
	Scopes    []string          `json:"scopes"`
	Params    map[string]string `json:"params"`
	// Tenant is the usual one where the addresses have a tenant in them; empty
	// where they have none.
	Tenant string `json:"tenant"`
	// NeedsSecret: a program that people install has a client secret there all
	// the same, which is none then.
	NeedsSecret bool `json:"needs_secret"`
	// Closed: not everybody can register a client.
	Closed bool `json:"closed"`
	// Register is the https page where a client is registered; empty where none
	// is known.
	Register string `json:"register"`
	// Verified is false for what no document of the provider says in full.
	Verified bool   `json:"verified"`
	Source   string `json:"source"`
}

const tenantVariable = "%TENANT%"

// ofTenant is o with the addresses of a tenant; empty is the usual one.
func (o OAuth) ofTenant(tenant string) *OAuth {
	if tenant == "" {
		tenant = o.Tenant
	}
	for _, address := range []*string{&o.Authorize, &o.Token, &o.Device, &o.Revoke} {
		*address = strings.ReplaceAll(*address, tenantVariable, url.PathEscape(tenant))
	}
	return &o
}

// SignIn returns the row with an ID, with the addresses of a tenant (empty: the
// usual one), or nil.
func SignIn(id, tenant string) *OAuth {
	for _, o := range oauthRows() {
		if o.ID == id {
			return o.ofTenant(tenant)
		}
	}
	return nil
}

// SignIn returns where accounts of p sign in with the browser, or nil. p may be nil.
func (p *Provider) SignIn() *OAuth {
	if p == nil {
		return nil
	}
	for _, o := range oauthRows() {
		if slices.Contains(o.For, p.ID) {
			return o.ofTenant("")
		}
	}
	return nil
}

// Usable says whether somebody can sign in there: as this build, or as a client
// that anybody can register. o may be nil.
func (o *OAuth) Usable() bool {
	if o == nil {
		return false
	}
	id, _ := o.Client()
	return id != "" || !o.Closed
}

// SignIns returns the IDs of all rows.
func SignIns() []string {
	var ids []string
	for _, o := range oauthRows() {
		ids = append(ids, o.ID)
	}
	return ids
}

func oauthRows() []OAuth {
	var all []OAuth
	d := json.NewDecoder(strings.NewReader(oauthTable))
	d.DisallowUnknownFields()
	if err := d.Decode(&all); err != nil {
		panic("the table of sign-ins: " + err.Error()) // a test reads it
	}
	return all
}

// clients are those that this build was given, empty in the source:
//
//	scripts/build.sh OUTPUT "-X github.com/traymail/traymail/internal/provider.clients=google:ID:SECRET,microsoft:ID"
//
// Such a secret is in every copy of the program, and so is none (RFC 8252,
// section 8.5).
var clients string

// Client is the program as it is registered where o is, if this build knows
// that; else both are empty.
func (o *OAuth) Client() (id, secret string) {
	for client := range strings.SplitSeq(clients, ",") {
		if of, rest, ok := strings.Cut(client, ":"); ok && of == o.ID {
			id, secret, _ = strings.Cut(rest, ":")
			return id, secret
		}
	}
	return "", ""
}
