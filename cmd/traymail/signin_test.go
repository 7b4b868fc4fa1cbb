package main

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/oauth/oauthtest"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
	"github.com/traymail/traymail/internal/window"
)

// french has the window's engine, whose user has chosen French and has accounts.
// What is saved replaces the one with its ID, unless that fails.
func french(accounts *[]settings.Account, failing *error) api.Handlers {
	h := api.Handlers{}
	api.SaveAccount.Handle(h, func(_ context.Context, a settings.Account) (none api.None, err error) {
		if *failing == nil {
			*accounts = append(slices.DeleteFunc(*accounts, func(b settings.Account) bool { return a.ID == b.ID }), a)
		}
		return none, *failing
	})
	api.Accounts.Handle(h, func(context.Context, api.None) ([]settings.Account, error) { return *accounts, nil })
	api.Settings.Handle(h, func(context.Context, api.None) (settings.Settings, error) {
		return settings.Settings{Preferences: settings.Preferences{Language: "fr"}}, nil
	})
	return h
}

// The window's process listens for the browser, and writes the keyring and the
// account when it is told to.
func TestSignInFromTheWindow(t *testing.T) {
	d := newDesk(t)
	var out, errs bytes.Buffer
	page := make(chan string, 1)
	e := &env{loc: locale.New("en"), home: d.home, logLevel: "info", stdout: &out, stderr: &errs, browse: func(_ context.Context, address string) error {
		go func() { page <- oauthtest.Browse(address) }()
		return errors.New("so it seems")
	}}
	if err := e.prepare(); err != nil {
		t.Fatal(err)
	}
	a := settings.Account{ID: "home-k3fa", Name: "Home", Address: oauthtest.User, OAuth: settings.OAuth{
		Provider: settings.OAuthCustom, Issuer: d.issuer, ClientID: oauthtest.Client, Scope: oauthtest.Scopes,
	}}
	typed := a
	typed.Silent = true
	waiting := ""
	accounts := []settings.Account{a}
	var failing error
	in, err := e.windowSignIn(french(&accounts, &failing), d.keyring)(t.Context(), window.SignIn{Account: typed, Was: &a, Waiting: func(address string, err error) {
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
	// kept says what the keyring has.
	kept := func() string {
		text, _ := d.keyring.Get(t.Context(), a.ID)
		return text
	}
	if err := d.keyring.Set(t.Context(), a.ID, "before"); err != nil {
		t.Fatal(err)
	}
	other := a
	other.User = "you"
	for name, test := range map[string]struct {
		accounts []settings.Account
		failing  error
		want     string
	}{
		"removed":       {nil, nil, "Home n’existe plus"},
		"another user":  {[]settings.Account{other}, nil, "Home a été modifié"},
		"not to be had": {[]settings.Account{a}, errors.New("no room"), "no room"},
	} {
		accounts, failing = test.accounts, test.failing
		if err := in.Keep(t.Context()); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v", name, err)
		}
		if name != "removed" && kept() != "before" || tokens.IsGrant(kept()) || slices.Contains(accounts, typed) {
			t.Errorf("%s: something is kept", name)
		}
	}
	// What was changed elsewhere while the browser was open stays, and so does what
	// was typed.
	now := a
	now.Interval = settings.Duration(time.Hour)
	accounts, failing = []settings.Account{now}, nil
	if err := in.Keep(t.Context()); err != nil {
		t.Fatal(err)
	}
	now.Silent = true
	if len(accounts) != 1 || accounts[0] != now {
		t.Errorf("saved %+v", accounts)
	}
	grant := kept()
	if !tokens.IsGrant(grant) {
		t.Fatal("the keyring has nothing")
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
	signIn := e.windowSignIn(french(new([]settings.Account), new(error)), d.keyring)
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
