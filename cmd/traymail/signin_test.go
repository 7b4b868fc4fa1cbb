package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/oauth/oauthtest"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
	"github.com/traymail/traymail/internal/window"
)

// french has the window's engine, whose user has chosen French and has accounts.
func french(accounts *[]settings.Account) api.Handlers {
	h := api.Handlers{}
	api.Accounts.Handle(h, func(context.Context, api.None) ([]settings.Account, error) { return *accounts, nil })
	api.Settings.Handle(h, func(context.Context, api.None) (settings.Settings, error) {
		return settings.Settings{Preferences: settings.Preferences{Language: "fr"}}, nil
	})
	return h
}

// The window's process listens for the browser, and writes the keyring when it
// is told to.
func TestSignInFromTheWindow(t *testing.T) {
	d := newDesk(t)
	var out, errs bytes.Buffer
	page := make(chan string, 1)
	e := &env{loc: locale.New("en"), stdout: &out, stderr: &errs, browse: func(_ context.Context, address string) error {
		go func() { page <- oauthtest.Browse(address) }()
		return errors.New("so it seems")
	}}
	a := settings.Account{ID: "home-k3fa", Name: "Home", Address: oauthtest.User, OAuth: settings.OAuth{
		Provider: settings.OAuthCustom, Issuer: d.issuer, ClientID: oauthtest.Client, Scope: oauthtest.Scopes,
	}}
	waiting := ""
	accounts := []settings.Account{a}
	in, err := e.windowSignIn(french(&accounts), d.keyring)(t.Context(), window.SignIn{Account: a, Waiting: func(address string, err error) {
		if waiting = address; err == nil {
			t.Error("nobody hears that the browser did not open")
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if shown := <-page; !strings.Contains(shown, `lang="fr"`) || !strings.Contains(shown, "Home") {
		t.Errorf("the browser shows %s", shown)
	}
	if _, err := d.keyring.Get(t.Context(), a.ID); err == nil {
		t.Error("it is kept before anybody said so")
	}
	accounts = nil
	if err := in.Keep(t.Context()); err == nil || !strings.Contains(err.Error(), "Home n’existe plus") {
		t.Errorf("it was removed meanwhile: %v", err)
	}
	if _, err := d.keyring.Get(t.Context(), a.ID); err == nil {
		t.Error("it is kept for an account that is gone")
	}
	accounts = []settings.Account{a}
	if err := in.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	grant, err := d.keyring.Get(t.Context(), a.ID)
	if err != nil || !tokens.IsGrant(grant) {
		t.Fatalf("the keyring has nothing: %v", err)
	}
	_, refresh, _ := strings.Cut(grant, `"refresh":["`)
	if refresh = strings.TrimRight(refresh, `"]}`); refresh == "" || strings.Contains(waiting+out.String()+errs.String(), refresh) {
		t.Error("a token is shown")
	}
	d.nothingOf(refresh)
}

// What ends a sign-in is a problem, or the user's own word.
func TestSignInFromTheWindowFails(t *testing.T) {
	d := newDesk(t)
	e := &env{loc: locale.New("en"), browse: func(context.Context, string) error { return nil }}
	signIn := e.windowSignIn(french(new([]settings.Account)), d.keyring)
	a := settings.Account{ID: "home-k3fa", OAuth: settings.OAuth{Provider: "google"}}
	_, err := signIn(t.Context(), window.SignIn{Account: a})
	if known, ok := errors.AsType[*api.ProblemError](err); !ok || known.Problem.Code != api.CodeSignInNoClient {
		t.Errorf("without a client: %v", err)
	}
	a.OAuth = settings.OAuth{Provider: settings.OAuthCustom, Issuer: d.issuer, ClientID: oauthtest.Client, Scope: oauthtest.Scopes}
	ctx, cancel := context.WithCancel(t.Context())
	_, err = signIn(ctx, window.SignIn{Account: a, Waiting: func(string, error) { cancel() }})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}
