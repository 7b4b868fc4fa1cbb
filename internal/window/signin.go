//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// signInRow is where accounts of a provider can sign in with the browser, or
// nil: nowhere, or only as a program that this build is not, and nobody else
// can register one.
func signInRow(p *provider.Provider) *provider.OAuth {
	if row := p.SignIn(); row.Usable() {
		return row
	}
	return nil
}

// signInLabel is what the button says that has somebody sign in at row, which
// is nil for a server of the account's own.
func signInLabel(row *provider.OAuth, loc *locale.Catalogue) string {
	if row == nil {
		return loc.T("window.signin.browser")
	}
	return loc.T("window.signin.button", explain.SignInName(row, loc))
}

// hasPasswords says whether a provider has a password for programs, which does
// as well as a sign-in. p may be nil.
func hasPasswords(p *provider.Provider) bool {
	return p != nil && p.POP3() && p.Secret != provider.SecretBrowser
}

// signer has the user sign in with the browser for an account, and shows how
// far that is.
type signer struct {
	page    *accountsPage
	account settings.Account
	row     *provider.OAuth
	from    pane // where it was asked for
	address string

	title    *line
	text     *paragraph
	spinner  *widget.Activity
	result   *banner
	copy     *button
	cancel   *button
	again    *button
	password *button
	fields   *fyne.Container // of a client of the user's own
	clientID *field
	secret   *field
	content  *fyne.Container
}

func newSigner(s *accountsPage) *signer {
	g := &signer{page: s, text: newText(""), spinner: widget.NewActivity()}
	loc := s.loc
	g.title = newLine(theme.SizeNameText, theme.ColorNameForeground)
	g.title.style.Bold, g.title.fixed = true, true
	g.result = newBanner(0, 0, nil, s.relayout)
	g.copy = newButton(s.keys, loc.T("window.signin.copy"), theme.ContentCopyIcon(), func() {
		fyne.CurrentApp().Clipboard().SetContent(g.address)
	})
	g.cancel = newButton(s.keys, loc.T("window.cancel"), nil, s.stopBusy)
	g.again = newButton(s.keys, "", nil, g.press)
	g.again.Importance = widget.HighImportance
	g.password = newButton(s.keys, loc.T("window.signin.password"), nil, s.pressPassword)
	g.clientID, g.secret = newField(s.keys), newField(s.keys)
	g.secret.Password = true
	table := container.New(pairs{gap: 6, drop: 1})
	for _, f := range []struct {
		name  string
		field *field
	}{{"client_id", g.clientID}, {"client_secret", g.secret}} {
		f.field.OnSubmitted = func(string) { g.press() }
		f.field.OnChanged = func(string) { g.update() }
		label := newLine(theme.SizeNameText, theme.ColorNameForeground)
		label.text, label.fixed = loc.T("window.signin."+f.name), true
		table.Add(container.New(fixedHeight(f.field.MinSize().Height), inset(themedSize(theme.SizeNameInnerPadding), 0, container.New(middle{}, label))))
		table.Add(f.field)
	}
	how := newButton(s.keys, loc.T("window.signin.how"), theme.ComputerIcon(), func() {
		page, _ := url.Parse(explain.SignInPage(loc))
		if err := fyne.CurrentApp().OpenURL(page); err != nil {
			s.outcome.say(toneError, sentence(err, loc))
		}
	})
	g.fields = stackOf(8, table, container.NewHBox(inset(7, 0, how)))
	head := container.NewHBox(inset(8, 0, container.New(middle{}, g.title)), container.NewCenter(g.spinner))
	buttons := inset(7, 0, container.NewHBox(g.copy, g.cancel, g.again, g.password))
	g.content = stackOf(8, head, g.text, g.result, g.fields, buttons)
	g.content.Hide()
	return g
}

// update allows to go on once a client ID is there.
func (g *signer) update() {
	g.again.setEnabled(!g.fields.Visible() || strings.TrimSpace(g.clientID.Text) != "")
}

// begin has somebody sign in for an account; from is where to go back to.
func (g *signer) begin(a settings.Account, from pane) {
	g.account, g.from = a, from
	g.row = provider.SignIn(a.OAuth.Provider, a.OAuth.Tenant)
	g.clientID.SetText(a.OAuth.ClientID)
	g.secret.SetText("")
	show(g.fields, false)
	g.title.set(signInLabel(g.row, g.page.loc))
	g.page.turn(paneSignIn)
	g.press()
}

// press begins the sign-in, or another.
func (g *signer) press() {
	s := g.page
	if s.busy || g.again.Disabled() {
		return
	}
	d, a := s.form.draft, g.account
	request := SignIn{Account: a, Was: d.was(), ClientSecret: g.secret.Text}
	if g.fields.Visible() {
		request.Account.OAuth.ClientID = strings.TrimSpace(g.clientID.Text)
	}
	request.Waiting = func(address string, err error) {
		s.bridge.post(func() { g.waiting(request.Account, address, err) })
	}
	g.address = ""
	s.outcome.say(toneInfo, "")
	g.result.say(toneInfo, "")
	g.show(s.loc.T("window.signin.opening"))
	s.setBusy(goRun(s.bridge,
		func(ctx context.Context) (*SignedIn, error) { return s.signIn(ctx, request) },
		func(in *SignedIn, err error) {
			s.setBusy(nil)
			switch {
			case s.form.draft != d || s.pane != paneSignIn:
			case errors.Is(err, context.Canceled):
				g.back()
			case err != nil:
				g.failed(err)
			default:
				g.signedIn(request.Account, in)
			}
		}))
	s.keepFocus(g.cancel)
}

// show shows what is going on.
func (g *signer) show(text string) {
	g.text.SetText(text)
	show(g.text, text != "")
	show(g.spinner, text != "")
	if text != "" {
		g.spinner.Start()
	} else {
		g.spinner.Stop()
	}
	show(g.cancel, text != "")
	show(g.copy, text != "" && g.address != "")
	show(g.again, text == "")
	show(g.password, text == "" && hasPasswords(provider.ByServer(g.account.Server, g.account.Address)))
	show(g.fields, text == "" && g.fields.Visible())
	g.update()
	g.page.relayout()
	g.page.relayout() // the height of wrapped text follows from the width it just got
}

// waiting says that the browser has been sent to address, or was not.
func (g *signer) waiting(a settings.Account, address string, err error) {
	if !g.page.busy || g.page.pane != paneSignIn {
		return
	}
	g.address = address
	text := "window.signin.waiting"
	if err != nil {
		text = "window.signin.unopened"
	}
	who := a.Address
	if who == "" {
		who = a.User
	}
	g.show(g.page.loc.T(text, who))
}

// failed says why nobody is signed in, and what else there is to do.
func (g *signer) failed(err error) {
	s := g.page
	known, is := errors.AsType[*api.ProblemError](err)
	none := is && known.Problem.Code == api.CodeSignInNoClient
	client := g.row != nil && is && (none || known.Problem.Code == api.CodeSignInClient)
	show(g.fields, client)
	g.show("")
	if client { // which may have been taken out of sight
		g.fields.Show()
		g.update()
	}
	g.again.SetText(s.loc.T("window.retry"))
	switch {
	case client && none:
		g.again.SetText(signInLabel(g.row, s.loc))
		if g.clientID.Text == "" {
			g.clientID.SetText(s.clientOf(g.row.ID))
		}
		g.result.say(toneInfo, s.loc.T("window.signin.client", explain.SignInName(g.row, s.loc)))
	default:
		g.result.say(toneError, sentence(err, s.loc))
	}
	s.relayout()
	if client {
		s.window.Canvas().Focus(g.clientID)
		return
	}
	s.window.Canvas().Focus(g.again)
}

// signedIn keeps what a sign-in brought, after a question where somebody else
// has signed in than the account is for.
func (g *signer) signedIn(a settings.Account, in *SignedIn) {
	s := g.page
	if in.Address == "" || a.Address == "" || strings.EqualFold(in.Address, a.Address) {
		g.keep(a, in)
		return
	}
	g.again.SetText(signInLabel(g.row, s.loc))
	g.show("")
	text := s.loc.T("window.signin.other_text", in.Address, a.Address)
	g.result.say(toneInfo, text)
	s.window.Canvas().Focus(g.again)
	s.dialogs.ask(question{
		title: s.loc.T("window.signin.other_title"), text: text,
		yes: s.loc.T("window.add.confirm_yes"), no: s.loc.T("window.cancel"),
	}, func() { g.keep(a, in) })
}

// keep writes the keyring and saves the account, which signs in from now on.
func (g *signer) keep(a settings.Account, in *SignedIn) {
	s, d := g.page, g.page.form.draft
	g.address = ""
	g.result.say(toneInfo, "")
	g.show(s.loc.T("window.signin.saving"))
	g.cancel.Hide() // it is done in a moment, or waits for the keyring's question
	s.setBusy(goDo(s.bridge,
		in.Keep,
		func(err error) {
			s.setBusy(nil)
			if err != nil {
				g.failed(err)
				return
			}
			d.text[fieldPassword] = "" // nothing typed is left to lose
			text := s.loc.T("window.signin.done")
			if g.from == paneNew {
				text = s.loc.T("problem.join", text, s.origin)
			}
			s.reloadAfterSave(a.ID, text, s.list)
		}))
}

// back goes where the sign-in was asked for.
func (g *signer) back() {
	s := g.page
	s.turn(g.from)
	if g.from == paneNew {
		s.keepFocus(s.adder.signIn)
	} else {
		s.keepFocus(s.form.signIn)
	}
}

// revocation offers to end the sign-in of an account at its server, which is
// more than removing it here; more is nil where there is nothing to offer.
func (s *accountsPage) revocation(a settings.Account) (revoke *check, more fyne.CanvasObject) {
	at := strings.Join(signInHosts(a.OAuth), s.loc.T("window.list_separator"))
	if row := provider.SignIn(a.OAuth.Provider, a.OAuth.Tenant); row != nil {
		at = explain.SignInName(row, s.loc)
	}
	revoke = newCheck(s.keys, s.loc.T("window.revoke", at), nil)
	if !a.SignsIn() || !tokens.Revokes(a) {
		return revoke, nil
	}
	about := newText(s.loc.T("window.revoke_text"))
	about.Importance, about.SizeName = widget.LowImportance, theme.SizeNameCaptionText
	return revoke, stackOf(-6, revoke, container.New(layout.NewCustomPaddedLayout(0, 0, 23, 0), about))
}

// clientOf is the client ID with which another account signs in there.
func (s *accountsPage) clientOf(id string) string {
	for _, a := range s.accounts {
		if a.OAuth.Provider == id && a.OAuth.ClientID != "" {
			return a.OAuth.ClientID
		}
	}
	return ""
}

// pressSignIn has somebody sign in for the account in the form, at its provider
// or where it says itself.
func (s *accountsPage) pressSignIn() {
	d := s.form.draft
	if s.busy || d == nil {
		return
	}
	row := signInRow(provider.ByServer(d.value(fieldServer), d.value(fieldAddress)))
	signing := d.signingIn(row)
	if len(signing.problems()) > 0 {
		s.form.edit(func() { *d = *signing })
		s.wrong()
		return
	}
	a := signing.account()
	if a.ID == "" {
		a.ID = settings.NewID(a.Name)
	}
	begin := func() { s.signer.begin(a, paneForm) }
	if a.OAuth.Provider != settings.OAuthCustom {
		begin()
		return
	}
	// It may have come from a stranger.
	s.dialogs.ask(question{
		title: s.loc.T("window.signin.custom_title", strings.Join(signInHosts(a.OAuth), s.loc.T("window.list_separator"))),
		text:  s.loc.T("window.signin.custom_text"),
		yes:   s.loc.T("window.signin.browser"), no: s.loc.T("window.cancel"), danger: true,
	}, begin)
}

// signInHosts are the hosts of a sign-in that an account names itself.
func signInHosts(o settings.OAuth) (hosts []string) {
	for _, address := range []string{o.Issuer, o.AuthorizeURL, o.DeviceURL, o.TokenURL} {
		if u, err := url.Parse(address); err == nil && u.Host != "" && !slices.Contains(hosts, u.Host) {
			hosts = append(hosts, u.Host)
		}
	}
	return hosts
}

// pressSignInNew finds the server of a new address, and has somebody sign in.
func (s *accountsPage) pressSignInNew() {
	d := s.form.draft
	if s.busy || s.adder.provider == nil {
		return
	}
	if name, reason := s.adder.missingToSignIn(); reason != "" {
		s.window.Canvas().Focus(s.adder.fields[name])
		return
	}
	s.find(d, func(r discover.Result) {
		row := signInRow(r.Provider)
		if row == nil || len(r.Candidates) == 0 {
			s.found(d, r)
			return
		}
		s.confirm(r, r.Candidates[0], func(origin string) {
			s.form.edit(func() { d.take(r, r.Candidates[0]) })
			signing := d.signingIn(row)
			if len(signing.problems()) > 0 {
				s.pressManual()
				s.wrong()
				return
			}
			a := signing.account()
			a.ID = settings.NewID(a.Name)
			s.origin = origin
			s.signer.begin(a, paneNew)
		})
	})
}

// pressPassword goes back to where a password is typed.
func (s *accountsPage) pressPassword() {
	s.stopBusy()
	if s.form.draft.id == "" && s.pane == paneSignIn && s.signer.from == paneNew {
		s.turn(paneNew)
		s.window.Canvas().Focus(s.adder.fields[fieldPassword])
		return
	}
	s.turn(paneForm)
	s.form.edit(func() { s.form.draft.oauth = settings.OAuth{} })
	s.window.Canvas().Focus(s.form.fields[fieldPassword])
}

// signingIn is the draft as one that signs in: as it says itself, or else at row.
func (d *draft) signingIn(row *provider.OAuth) *draft {
	signing := *d
	signing.text = map[string]string{}
	for name, value := range d.text {
		signing.text[name] = value
	}
	signing.text[fieldPassword], signing.text[fieldSecretCommand] = "", ""
	if signing.oauth.Provider == "" && row != nil {
		signing.oauth.Provider = row.ID
	}
	if !settings.TokenMechanism(d.mechanism) {
		signing.mechanism = ""
	}
	return &signing
}
