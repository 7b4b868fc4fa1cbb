//go:build servers

package servertest

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/oauth/oauthtest"
	"github.com/traymail/traymail/internal/pop3"
)

// A sign-in at a real authorization server opens the mailbox of a Dovecot that
// asks there about each token (RFC 7662), by either mechanism, and so does what
// renews it. What has been revoked opens nothing.
func TestSignIn(t *testing.T) {
	issuer := oauthtest.Start(t)
	s := dovecotWith(t, fmt.Sprintf("introspection_mode = post\nintrospection_url = http://%s:@%s/oauth/introspect\nusername_attribute = email\nactive_attribute = active\nactive_value = true\n",
		oauthtest.Client, strings.TrimPrefix(issuer, "http://")))
	s.deliver([]byte("From: a@example.org\nSubject: one\n\nHello\n"))
	at, err := oauth.Discover(t.Context(), nil, issuer)
	if err != nil {
		t.Fatal(err)
	}
	at.Scopes, at.Redirect = strings.Fields(oauthtest.Scopes), "http://127.0.0.1/"
	r := oauth.Request{Server: at, Client: oauth.Client{ID: oauthtest.Client}, Address: oauthtest.User}
	in, err := oauth.Begin(r, func(error) string { return "" })
	if err != nil {
		t.Fatal(err)
	}
	browsed := make(chan struct{})
	go func() {
		defer close(browsed)
		oauthtest.Browse(in.URL())
	}()
	first, err := in.Wait(t.Context())
	<-browsed
	if err != nil {
		t.Fatal(err)
	}
	second, err := oauth.Refresh(t.Context(), r, first.Refresh)
	if err != nil {
		t.Fatal(err)
	}
	open := func(token, mechanism string) error {
		cfg := s.config(t, pop3.ImplicitTLS)
		c, err := s.login(t, cfg, pop3.Credentials{User: oauthtest.Address, Token: token, Mechanism: mechanism}, nil)
		if err != nil {
			return err
		}
		defer func() { _ = c.Close() }()
		st, err := c.Stat(t.Context())
		if err == nil && st.Messages != 1 {
			err = fmt.Errorf("%d messages", st.Messages)
		}
		return err
	}
	for mechanism, status := range map[string]string{"XOAUTH2": "401", "OAUTHBEARER": "invalid_token"} {
		if err := open(second.Access, mechanism); err != nil {
			t.Errorf("%s: %v", mechanism, err)
		}
		refused, ok := errors.AsType[*pop3.Error](open(second.Access+"x", mechanism))
		if !ok || refused.Kind != pop3.KindAuth || refused.TokenStatus != status || strings.Contains(refused.Error(), second.Access) {
			t.Errorf("%s, a token that is none: %v", mechanism, refused)
		}
	}
	if err := oauth.Revoke(t.Context(), r, second.Refresh); err != nil {
		t.Fatal(err)
	}
	wantAuth(t, open(second.Access, "XOAUTH2"))
}
