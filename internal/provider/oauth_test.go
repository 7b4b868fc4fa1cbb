package provider

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/loopback"
)

// Every row is whole, and leads from and to a provider of mail.
func TestSignIns(t *testing.T) {
	var mail []string
	needed := map[string]bool{}
	for _, r := range rows() {
		mail = append(mail, r.ID)
		if r.Secret == SecretBrowser {
			needed[r.ID] = true
		}
	}
	var seen []string
	for _, o := range oauthRows() {
		if !id.MatchString(o.ID) || slices.Contains(seen, o.ID) || o.Name == "" || o.Source == "" || len(o.Scopes) == 0 || len(o.For) == 0 {
			t.Errorf("%+v lacks something", o)
		}
		seen = append(seen, o.ID)
		if strings.Contains(o.Source, "memory") && o.Verified {
			t.Errorf("%s is verified by nothing but memory", o.ID)
		}
		for _, of := range o.For {
			if !slices.Contains(mail, of) {
				t.Errorf("%s is for %s, which is no provider", o.ID, of)
			}
			p := &Provider{ID: of}
			if got := p.SignIn(); got == nil || got.ID != o.ID {
				t.Errorf("%s signs in at %+v", of, got)
			}
			delete(needed, of)
		}
		at := SignIn(o.ID, "")
		for name, address := range map[string]string{"authorize": at.Authorize, "token": at.Token, "device": at.Device, "revoke": at.Revoke, "register": at.Register} {
			if address == "" && name != "authorize" && name != "token" {
				continue
			}
			if u, err := url.Parse(address); err != nil || u.Scheme != "https" || !hostName.MatchString(u.Hostname()) || u.User != nil || strings.Contains(address, "%") {
				t.Errorf("%s: %s is %q", o.ID, name, address)
			}
		}
		if u, err := url.Parse(o.Redirect); err != nil || u.Scheme != "http" || !loopback.Is(u.Hostname()) || u.Port() != "" {
			t.Errorf("%s: back to %q", o.ID, o.Redirect)
		}
		if strings.Contains(o.Authorize+o.Token+o.Device, tenantVariable) != (o.Tenant != "") {
			t.Errorf("%s: tenant %q", o.ID, o.Tenant)
		}
		if o.Closed == (o.Register != "") {
			t.Errorf("%s: who can register?", o.ID)
		}
		// Nobody's client is taken.
		if id, secret := o.Client(); id != "" || secret != "" {
			t.Errorf("%s has a client", o.ID)
		}
	}
	if len(needed) > 0 {
		t.Errorf("there is no way to sign in for %v", needed)
	}
	if !slices.Equal(SignIns(), seen) || SignIn("nobody", "") != nil {
		t.Error("other rows than there are")
	}
	if (*Provider)(nil).SignIn() != nil || (&Provider{ID: "qq"}).SignIn() != nil {
		t.Error("who takes passwords signs in")
	}
}

// A tenant is one segment of the path, whatever it says.
func TestTenant(t *testing.T) {
	for tenant, want := range map[string]string{
		"":                    "https://login.microsoftonline.com/common/oauth2/v2.0/token",
		"consumers":           "https://login.microsoftonline.com/consumers/oauth2/v2.0/token",
		"contoso.example":     "https://login.microsoftonline.com/contoso.example/oauth2/v2.0/token",
		"../evil?x#y@z/token": "https://login.microsoftonline.com/..%2Fevil%3Fx%23y@z%2Ftoken/oauth2/v2.0/token",
	} {
		if got := SignIn("microsoft", tenant).Token; got != want {
			t.Errorf("%q: %s", tenant, got)
		}
	}
}

// What the build was given is told apart by provider.
func TestClients(t *testing.T) {
	defer func(was string) { clients = was }(clients)
	clients = "google:123.apps.example:s3cret,microsoft:4-5-6"
	for of, want := range map[string][2]string{
		"google":    {"123.apps.example", "s3cret"},
		"microsoft": {"4-5-6", ""},
		"yandex":    {},
	} {
		if id, secret := SignIn(of, "").Client(); id != want[0] || secret != want[1] {
			t.Errorf("%s: %q, %q", of, id, secret)
		}
	}
}
