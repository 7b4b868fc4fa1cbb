package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// loginOptions are the flags of a sign-in. typed: where to sign in was typed by
// the user just now.
type loginOptions struct{ device, yes, typed bool }

func newAccountLogin(e *env) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:     "login ID",
		Short:   e.loc.T("cli.login.short"),
		Long:    e.loc.T("cli.login.long"),
		Example: "  traymail account login work-x1y2\n  traymail account login work-x1y2 --device",
		Args:    exactArgs(e, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			account, web, err := e.toSignIn(cmd, args[0])
			if err != nil {
				return err
			}
			was := account
			if !account.SignsIn() {
				row := provider.ByServer(account.Server, account.Address).SignIn()
				if row == nil {
					return usageError{errors.New(e.loc.T("cli.login.unknown", account.Server))}
				}
				account.OAuth.Provider = row.ID
				if err := e.validate(&account); err != nil {
					return err
				}
			}
			if err := e.signIn(cmd.Context(), web, account, &was, o); err != nil {
				return err
			}
			e.printf("%s\n", e.loc.T("cli.login.done", account.Name))
			return nil
		},
	}
	cmd.Flags().BoolVar(&o.device, "device", false, e.loc.T("cli.login.device"))
	cmd.Flags().BoolVar(&o.yes, "yes", false, e.loc.T("cli.login.yes"))
	return cmd
}

// toSignIn is an account as it is now, and how it reaches the server where it
// signs in.
func (e *env) toSignIn(cmd *cobra.Command, id string) (settings.Account, *http.Client, error) {
	engine, err := e.openEngine(cmd.Context())
	if err != nil {
		return settings.Account{}, nil, err
	}
	defer func() { _ = engine.Close() }()
	account, err := findAccount(cmd, engine, id)
	if err != nil {
		return settings.Account{}, nil, err
	}
	web, err := webOf(cmd.Context(), engine, account)
	return account, web, err
}

// webOf is how an account reaches the server where it signs in.
func webOf(ctx context.Context, engine api.Engine, a settings.Account) (*http.Client, error) {
	all, err := api.Settings.Ask(ctx, engine, api.None{})
	return app.Web(cmp.Or(a.Proxy, all.Preferences.Proxy)), err
}

// signIn has the user sign in for an account, and keeps what that brings. was is
// the account before; nil for a new one. No engine is held meanwhile: it may take
// minutes, and other commands must go on.
func (e *env) signIn(ctx context.Context, web *http.Client, account settings.Account, was *settings.Account, o loginOptions) error {
	if err := e.confirmServer(ctx, account, o); err != nil {
		return err
	}
	secrets := e.secrets()
	defer func() { _ = secrets.Close() }()
	clientSecret := tokens.ClientSecret(ctx, secrets, account)
	if account.OAuth.ClientID != "" && clientSecret == "" && e.terminal != nil {
		var err error
		if clientSecret, err = e.terminal.Secret(ctx, e.loc.T("cli.login.client_secret")); err != nil {
			return err
		}
	}
	known := account
	if was == nil {
		known.ID = "" // nobody must be sent to an account that is not there
	}
	request, err := tokens.Request(ctx, web, account, clientSecret)
	if err != nil {
		return app.SignInError(err, known)
	}
	var got oauth.Tokens
	if o.device {
		got, err = e.signInByDevice(ctx, request)
	} else {
		got, err = e.signInByBrowser(ctx, request, known)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && got.Address != "" && account.Address != "" && !strings.EqualFold(got.Address, account.Address) && !o.yes:
		if err := e.confirmAddress(ctx, got.Address, account.Address); err != nil {
			return err
		}
	case errors.As(err, &usageError{}):
		return err
	case err != nil:
		return app.SignInError(err, known)
	}
	engine, err := e.openEngine(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = engine.Close() }()
	return e.keepAccount(ctx, engine, secrets, account, was, request, got)
}

// keepAccount writes what a sign-in has brought to the keyring, and saves the
// account, which begins to use it at once: a new one, or one that was there
// before, of which nothing else is written than what has changed of was. What
// cannot be saved leaves nothing behind.
func (e *env) keepAccount(ctx context.Context, engine api.Engine, secrets secret.Store, account settings.Account, was *settings.Account, r oauth.Request, t oauth.Tokens) error {
	// now is the account as it is to be saved.
	now := func() (settings.Account, error) {
		if was == nil {
			return account, nil
		}
		return e.signedIn(ctx, engine, account, *was)
	}
	if _, err := now(); err != nil {
		return err
	}
	if was == nil {
		defer e.note(account.ID)()
	}
	undo, err := keepSignIn(ctx, secrets, account, r, t)
	if err != nil {
		return err
	}
	// The keyring may have asked the user, and so have taken its time.
	save, err := now()
	if err == nil {
		// Whoever interrupts it now has the account or not, but not a half of it.
		saving, cancel := context.WithTimeout(context.WithoutCancel(ctx), answerTime)
		defer cancel()
		_, err = api.SaveAccount.Ask(saving, engine, save)
	}
	if err != nil {
		undo()
		if has, unknown := hasAccount(ctx, engine, account.ID); unknown == nil && !has {
			err = errors.Join(err, secrets.Delete(ctx, account.ID))
		}
	}
	return err
}

// signedIn is an account as it is by now, with what account changes of was. It must
// not have gone meanwhile, nor be for another mailbox or another server: the
// tokens would be for the old one.
func (e *env) signedIn(ctx context.Context, engine api.Engine, account, was settings.Account) (settings.Account, error) {
	have, err := api.Accounts.Ask(ctx, engine, api.None{})
	if err != nil {
		return settings.Account{}, err
	}
	at := slices.IndexFunc(have, func(a settings.Account) bool { return a.ID == was.ID })
	if at < 0 {
		return settings.Account{}, errors.New(e.loc.T("cli.login.gone", was.Name))
	}
	now := have[at]
	if !settings.SameMailbox(now, was) {
		return settings.Account{}, errors.New(e.loc.T("cli.login.changed", was.Name))
	}
	return settings.Rebase(now, was, account), nil
}

// confirmServer asks before a sign-in with a server that no table of ours has:
// the account may have come from a stranger.
func (e *env) confirmServer(ctx context.Context, account settings.Account, o loginOptions) error {
	if account.OAuth.Provider != settings.OAuthCustom || o.yes || o.typed {
		return nil
	}
	var hosts []string
	for _, address := range []string{account.OAuth.Issuer, account.OAuth.AuthorizeURL, account.OAuth.DeviceURL, account.OAuth.TokenURL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" && (len(hosts) == 0 || hosts[len(hosts)-1] != u.Host) {
			hosts = append(hosts, u.Host)
		}
	}
	at := strings.Join(hosts, ", ")
	if e.terminal == nil {
		return usageError{errors.New(e.loc.T("cli.login.custom_yes", at))}
	}
	answer, err := e.terminal.Line(ctx, e.loc.T("cli.login.custom", at))
	if err != nil {
		return err
	}
	if !e.agreed(answer) {
		return errors.New(e.loc.T("cli.login.not"))
	}
	return nil
}

// confirmAddress asks after a sign-in with another address than the account's.
func (e *env) confirmAddress(ctx context.Context, got, want string) error {
	if e.terminal == nil {
		return errors.New(e.loc.T("cli.login.other", got, want))
	}
	answer, err := e.terminal.Line(ctx, e.loc.T("cli.login.other_ask", got, want))
	if err != nil {
		return err
	}
	if !e.agreed(answer) {
		return errors.New(e.loc.T("cli.login.not"))
	}
	return nil
}

// signInByBrowser opens the browser. Its answer comes back to this process, or
// is pasted where the browser is on another computer.
func (e *env) signInByBrowser(ctx context.Context, request oauth.Request, account settings.Account) (oauth.Tokens, error) {
	s, err := oauth.Begin(request, func(err error) string { return e.signInPage(err, account) }) //nolint:contextcheck // it listens until Close
	if err != nil {
		return oauth.Tokens{}, err
	}
	defer s.Close() //nolint:contextcheck // the page is written even if ctx has ended
	e.errorf("%s\n\n%s\n\n", e.loc.T("cli.login.open"), s.URL())
	if os.Getenv("SSH_CONNECTION") == "" {
		if err := e.openBrowser(ctx, s.URL()); err != nil {
			e.errorf("%s\n", e.loc.T("cli.login.unopened"))
		}
	}
	if e.terminal != nil {
		pasting, done := context.WithCancel(ctx)
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			e.paste(pasting, s)
		}()
		defer func() { // the terminal is as it was
			done()
			<-ended
		}()
	}
	return s.Wait(ctx)
}

// paste takes addresses from the terminal until one is the answer. It is not
// shown, for there is a code in it.
func (e *env) paste(ctx context.Context, s *oauth.SignIn) {
	for {
		address, err := e.terminal.Secret(ctx, e.loc.T("cli.login.paste"))
		if err != nil {
			return
		}
		if s.Paste(strings.TrimSpace(address)) == nil {
			return
		}
		e.errorf("%s\n", e.loc.T("cli.login.foreign"))
	}
}

// signInByDevice has a code typed on any device.
func (e *env) signInByDevice(ctx context.Context, request oauth.Request) (oauth.Tokens, error) {
	if request.Server.Device == "" {
		return oauth.Tokens{}, usageError{errors.New(e.loc.T("cli.login.no_device"))}
	}
	return oauth.Device(ctx, request, func(p oauth.Prompt) {
		e.errorf("%s\n", e.loc.T("cli.login.code", p.URL, p.Code))
	})
}

// signInPage is what the browser shows at the end. Tokens are not an account yet:
// where it goes on, the user hears whether it is signed in.
func (e *env) signInPage(err error, account settings.Account) string {
	title, text := e.loc.T("cli.login.back"), e.loc.T("cli.login.close", account.Name)
	if err != nil {
		title = e.loc.T("cli.login.not_title")
		text, _ = explain.Error(app.SignInError(err, account), e.loc)
	}
	return fmt.Sprintf(`<!DOCTYPE html>
<html lang="%s"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>traymail</title>
<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:30em;margin:15vh auto;padding:0 1em}</style>
<h1>%s</h1><p>%s</p></html>
`, e.loc.Tag(), html.EscapeString(title), html.EscapeString(text))
}
