// Package oauthtest runs an authorization server for tests, a real one that is
// not of our making, and does there what a person does in a browser.
package oauthtest

import (
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"
	"github.com/zitadel/oidc/v3/pkg/op"
)

// The clients that Start registers: a program that people install, and one that
// may use the device code, whose secret is DeviceSecret.
const (
	Client       = "traymail"
	DeviceClient = "device"
	DeviceSecret = "secret"
)

// User is the name of whoever signs in, which is an address, and Password what
// they type. Address is their e-mail address, as the server knows it.
const (
	User     = "test-user@127.0.0.1"
	Password = "verysecure"
	Address  = "test-user@zitadel.ch"
)

// Scopes are what the server gives.
const Scopes = "openid email offline_access"

// Start runs a server until the test ends, and returns its issuer.
func Start(t *testing.T) (issuer string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	issuer = "http://" + l.Addr().String()
	server := &httptest.Server{Listener: l, Config: &http.Server{Handler: handler(issuer, storage.NewUserStore(issuer)), ReadHeaderTimeout: time.Minute}}
	server.Start()
	t.Cleanup(server.Close)
	return issuer
}

func handler(issuer string, users storage.UserStore) http.Handler {
	storage.RegisterClients(
		storage.NativeClient(Client, "http://localhost/auth/callback", "http://127.0.0.1/", "http://localhost"),
		storage.DeviceClient(DeviceClient, DeviceSecret),
	)
	return exampleop.SetupServer(issuer, granting{storage.NewStorage(users)}, slog.New(slog.DiscardHandler), false)
}

// granting gives whatever scope it is asked for, as a provider does those of mail;
// the storage leaves out what it does not know.
type granting struct{ *storage.Storage }

func (g granting) GetClientByClientID(ctx context.Context, id string) (op.Client, error) {
	c, err := g.Storage.GetClientByClientID(ctx, id)
	if err != nil {
		return nil, err
	}
	return anyScope{c}, nil
}

type anyScope struct{ op.Client }

func (anyScope) IsScopeAllowed(string) bool { return true }

// Handler is a server as issuer, an https address, for one user, whose password
// is Password. Its endpoints are /auth, /oauth/token and /oauth/introspect.
func Handler(issuer, address string) http.Handler {
	return handler(issuer, one{&storage.User{ID: "one", Username: address, Password: Password, Email: address, EmailVerified: true}})
}

// one is a storage.UserStore.
type one struct{ user *storage.User }

func (o one) GetUserByID(id string) *storage.User {
	if id != o.user.ID {
		return nil
	}
	return o.user
}

func (o one) GetUserByUsername(name string) *storage.User {
	if name != o.user.Username {
		return nil
	}
	return o.user
}

func (one) ExampleClientID() string { return "" }

var hidden = regexp.MustCompile(`name="id" value="([^"]+)"`)

// Browse does what a person does in a browser: signs in, and follows where it
// is sent. It returns the last page.
func Browse(address string) string { return browse(address, nil) }

// Redirected is Browse in a browser on another computer: it returns the address
// at which that found nobody.
func Redirected(address string) (last string) {
	browse(address, func(r *http.Request, _ []*http.Request) error {
		if r.URL.Query().Has("state") && r.URL.Query().Has("code") {
			last = r.URL.String()
			return http.ErrUseLastResponse
		}
		return nil
	})
	return last
}

func browse(address string, redirected func(*http.Request, []*http.Request) error) string {
	jar, _ := cookiejar.New(nil)
	transport := &http.Transport{DisableKeepAlives: true}
	browser := &http.Client{Jar: jar, Transport: transport, CheckRedirect: redirected}
	ask := func(to string, form url.Values) (text, at string) {
		method, body := http.MethodGet, io.Reader(nil)
		if form != nil {
			method, body = http.MethodPost, strings.NewReader(form.Encode())
		}
		r, err := http.NewRequest(method, to, body) //nolint:noctx // the test ends it
		if err != nil {
			return err.Error(), to
		}
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		answer, err := browser.Do(r)
		if err != nil {
			return err.Error(), to
		}
		defer func() { _ = answer.Body.Close() }()
		raw, err := io.ReadAll(answer.Body)
		if err != nil {
			return err.Error(), to
		}
		return string(raw), answer.Request.URL.String()
	}
	form, at := ask(address, nil)
	id := hidden.FindStringSubmatch(form)
	if id == nil {
		return form
	}
	last, _ := ask(at, url.Values{"id": {id[1]}, "username": {User}, "password": {Password}})
	return last
}
