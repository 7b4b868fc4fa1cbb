package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"html"
	"net/url"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/provider"
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
			engine, err := e.openEngine(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { _ = engine.Close() }()
			account, err := findAccount(cmd, engine, args[0])
			if err != nil {
				return err
			}
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
			if err := e.signIn(cmd.Context(), engine, account, o); err != nil {
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

// signIn has the user sign in for an account, writes what that brings to the
// keyring, and saves the account, which begins to use it at once. A new account
// that could not be saved leaves nothing behind.
func (e *env) signIn(ctx context.Context, engine engine, account settings.Account, o loginOptions) error {
	if err := e.confirmServer(ctx, account, o); err != nil {
		return err
	}
	all, err := api.Settings.Ask(ctx, engine, api.None{})
	if err != nil {
		return err
	}
	secrets := e.secrets()
	defer func() { _ = secrets.Close() }()
	clientSecret := tokens.ClientSecret(ctx, secrets, account)
	if account.OAuth.ClientID != "" && clientSecret == "" && e.terminal != nil {
		if clientSecret, err = e.terminal.Secret(ctx, e.loc.T("cli.login.client_secret")); err != nil {
			return err
		}
	}
	request, err := tokens.Request(ctx, app.Web(cmp.Or(account.Proxy, all.Preferences.Proxy)), account, clientSecret)
	if err != nil {
		return app.SignInError(err, account)
	}
	var got oauth.Tokens
	if o.device {
		got, err = e.signInByDevice(ctx, request)
	} else {
		got, err = e.signInByBrowser(ctx, request, account)
	}
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err == nil && got.Address != "" && account.Address != "" && !strings.EqualFold(got.Address, account.Address) && !o.yes:
		return errors.New(e.loc.T("cli.login.other", got.Address, account.Address))
	case errors.As(err, &usageError{}):
		return err
	case err != nil:
		return app.SignInError(err, account)
	}
	have, err := api.Accounts.Ask(ctx, engine, api.None{})
	if err != nil {
		return err
	}
	isNew := true
	for _, a := range have {
		isNew = isNew && a.ID != account.ID
	}
	if err := keepSignIn(ctx, secrets, account, request, got); err != nil {
		return err
	}
	_, err = api.SaveAccount.Ask(ctx, engine, account)
	if err != nil && isNew {
		err = errors.Join(err, secrets.Delete(ctx, account.ID))
	}
	return err
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
			e.errorf("%s\n", e.loc.T("cli.account_line", account.Name, err.Error()))
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

// signInPage is what the browser shows at the end.
func (e *env) signInPage(err error, account settings.Account) string {
	title, text := e.loc.T("cli.login.done", account.Name), e.loc.T("cli.login.close")
	if err != nil {
		title = e.loc.T("cli.login.not")
		text, _ = explain.Error(app.SignInError(err, account), e.loc)
	}
	return fmt.Sprintf(`<!DOCTYPE html>
<html lang="%s"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>traymail</title>
<style>body{font:1.1em/1.5 system-ui,sans-serif;max-width:30em;margin:15vh auto;padding:0 1em}</style>
<h1>%s</h1><p>%s</p></html>
`, e.loc.Tag(), html.EscapeString(title), html.EscapeString(text))
}
