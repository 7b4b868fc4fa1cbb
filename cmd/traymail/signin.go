package main

import (
	"cmp"
	"context"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
	"github.com/traymail/traymail/internal/window"
)

// windowSignIn is window.Options.SignIn: the window's own process listens for
// the browser and writes the keyring, so that no token crosses the socket.
func (e *env) windowSignIn(engine api.Engine, secrets secret.Store) func(context.Context, window.SignIn) (*window.SignedIn, error) {
	return func(ctx context.Context, r window.SignIn) (*window.SignedIn, error) {
		all, err := api.Settings.Ask(ctx, engine, api.None{})
		if err != nil {
			return nil, err
		}
		in := *e
		if language := all.Preferences.Language; language != "" {
			in.loc = locale.New(language)
		}
		clientSecret := r.ClientSecret
		if clientSecret == "" && r.Account.OAuth.ClientID != "" {
			clientSecret = tokens.ClientSecret(ctx, secrets, r.Account)
		}
		request, err := tokens.Request(ctx, app.Web(cmp.Or(r.Account.Proxy, all.Preferences.Proxy)), r.Account, clientSecret)
		var got oauth.Tokens
		if err == nil {
			got, err = in.awaitBrowser(ctx, request, r)
		}
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case err != nil:
			return nil, app.SignInError(err, r.Account)
		}
		return &window.SignedIn{
			Address: got.Address,
			Keep: func(ctx context.Context) error {
				return in.keepAccount(ctx, engine, secrets, r.Account, r.Was, request, got)
			},
		}, nil
	}
}

// revoke ends the sign-in of an account at its server.
func (e *env) revoke(ctx context.Context, engine api.Engine, secrets secret.Store, a settings.Account) error {
	web, err := webOf(ctx, engine, a)
	if err != nil {
		return err
	}
	if err = tokens.Revoke(ctx, web, secrets, a); err != nil {
		return app.SignInError(err, a)
	}
	return nil
}

// awaitBrowser sends the browser to where one signs in, and waits for it.
func (e *env) awaitBrowser(ctx context.Context, request oauth.Request, r window.SignIn) (oauth.Tokens, error) {
	s, err := oauth.Begin(request, func(err error) string { return e.signInPage(err, r.Account) }) //nolint:contextcheck // it listens until Close
	if err != nil {
		return oauth.Tokens{}, err
	}
	defer s.Close() //nolint:contextcheck // the page is written even if ctx has ended
	r.Waiting(s.URL(), e.openBrowser(ctx, s.URL()))
	return s.Wait(ctx)
}

func (e *env) openBrowser(ctx context.Context, address string) error {
	if e.browse != nil {
		return e.browse(ctx, address)
	}
	return platform.OpenURL(ctx, address)
}

// hasAccount says whether there is an account by now.
func hasAccount(ctx context.Context, engine api.Engine, id string) (bool, error) {
	have, err := api.Accounts.Ask(ctx, engine, api.None{})
	return slices.ContainsFunc(have, func(a settings.Account) bool { return a.ID == id }), err
}

// undoTime bounds how long taking a sign-in back may hold up the end of the
// process.
const undoTime = 5 * time.Second

// keepSignIn writes what a sign-in has brought to the keyring. undo puts back what
// was there; if there is an error, or ctx has ended, that is done already.
func keepSignIn(ctx context.Context, secrets secret.Store, a settings.Account, r oauth.Request, t oauth.Tokens) (undo func(), err error) {
	before, unread := secrets.Get(ctx, a.ID)
	undo = func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), undoTime)
		defer cancel()
		if unread == nil {
			_ = secrets.Set(ctx, a.ID, before)
			return
		}
		_ = secrets.Delete(ctx, a.ID)
	}
	err = tokens.Save(ctx, secrets, a, r, t)
	switch {
	case ctx.Err() != nil: // it may have been written all the same
		undo()
		return nil, ctx.Err()
	case err != nil:
		undo()
		return nil, &api.ProblemError{Problem: *app.Problem(err, a), Err: err}
	}
	return undo, nil
}
