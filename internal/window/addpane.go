//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// addFields are all that a new account is asked for. Its name is its address,
// unless the user wants another.
var addFields = []string{fieldAddress, fieldPassword, fieldName}

// adder asks for address, password and name of a new account, and says what
// its provider wants as soon as that is known.
type adder struct {
	page   *accountsPage
	domain string // what follows is about it
	fields map[string]*field
	word   *line // what the password is called
	secret fyne.CanvasObject
	advice *fyne.Container
	// signIn has somebody sign in with the browser, which offer says is possible.
	signIn   *button
	offer    *banner
	provider *provider.Provider
	shown    []explain.Advice
	content  *fyne.Container
}

func newAdder(s *accountsPage) *adder {
	a := &adder{page: s, fields: map[string]*field{}, advice: stackOf(6)}
	a.signIn = newButton(s.keys, "", nil, s.pressSignInNew)
	a.offer = newBanner(0, 0, container.NewCenter(inset(8, 0, a.signIn)), s.relayout)
	table := container.New(pairs{gap: 6, drop: 1})
	for _, name := range addFields {
		e := newField(s.keys)
		e.OnChanged = func(text string) { s.form.edit(func() { s.form.draft.set(name, text); a.follow() }) }
		e.OnSubmitted = func(string) { s.pressAdd() }
		a.fields[name] = e
		label := newLine(theme.SizeNameText, theme.ColorNameForeground)
		label.text, label.fixed = s.loc.T("window.field."+name), true
		if name == fieldPassword {
			a.word = label
		}
		padding := themedSize(theme.SizeNameInnerPadding)
		table.Add(container.New(fixedHeight(e.MinSize().Height), inset(padding, 0, container.New(middle{}, label))))
		table.Add(e)
		if name == fieldPassword {
			a.secret = e
		}
	}
	a.fields[fieldPassword].Password = true
	a.fields[fieldAddress].SetPlaceHolder(s.loc.T("window.hint.address"))
	a.content = stackOf(10, table, a.advice, a.offer)
	a.content.Hide()
	return a
}

// load empties the fields for another draft.
func (a *adder) load(d *draft) {
	a.page.form.loading = true
	for _, name := range addFields {
		a.fields[name].SetText(d.text[name])
	}
	a.page.form.loading = false
	a.domain, a.provider = "", nil
	a.advise(nil)
	a.follow()
}

// follow says what the provider of the address wants, as far as the table
// knows; nobody is asked for that. What discovery said stays with the domain.
func (a *adder) follow() {
	loc := a.page.loc
	if name := a.page.form.draft.fallbackName(); a.fields[fieldName].PlaceHolder != name {
		a.fields[fieldName].SetPlaceHolder(name)
	}
	_, domain, _ := strings.Cut(a.page.form.draft.value(fieldAddress), "@")
	if domain = strings.ToLower(domain); domain == a.domain {
		return
	}
	a.domain = domain
	p := provider.ByDomain(domain)
	var advice []explain.Advice
	if p != nil {
		advice = explain.Provider(discover.Result{Domain: domain, Provider: p}, loc)
	}
	a.provider = p
	a.advise(advice)
}

// advise shows what has to be known before logging in can work.
func (a *adder) advise(advice []explain.Advice) {
	loc := a.page.loc
	word := loc.T("window.field.password")
	if a.provider != nil {
		word = explain.SecretLabel(a.provider, loc)
	}
	if a.word.text != word {
		a.word.set(word)
		a.content.Refresh()
	}
	a.offerSignIn(advice)
	if slices.Equal(a.shown, advice) {
		return
	}
	a.shown = advice
	a.advice.RemoveAll()
	for _, one := range advice {
		if one.Kind == explain.AdviceBrowser && signInRow(a.provider) != nil {
			continue // the button beside which it stands leads further than the page
		}
		var open fyne.CanvasObject
		if page, err := url.Parse(one.URL); err == nil && page.Scheme == "https" {
			open = container.NewCenter(inset(8, 0, newButton(a.page.keys, loc.T("window.add.page"), theme.ComputerIcon(), func() {
				if err := fyne.CurrentApp().OpenURL(page); err != nil {
					a.page.outcome.say(toneError, sentence(err, loc))
				}
			})))
		}
		b := newBanner(0, 0, open, a.page.relayout)
		a.advice.Add(b)
		tone := toneInfo
		if a.ends(one) {
			tone = toneError
		}
		b.say(tone, one.Text)
	}
	a.advice.Refresh()
	a.page.relayout()
}

// offerSignIn offers a sign-in with the browser where there is one. Where there
// is nothing else, no password is asked for.
func (a *adder) offerSignIn(advice []explain.Advice) {
	only := slices.ContainsFunc(advice, func(one explain.Advice) bool { return one.Kind == explain.AdviceBrowser })
	row := signInRow(a.provider)
	if show(a.secret, !only); row == nil {
		a.offer.say(toneInfo, "")
		return
	}
	loc := a.page.loc
	a.signIn.Importance = widget.MediumImportance
	text := loc.T("window.signin.offer")
	if only {
		a.signIn.Importance = widget.HighImportance
		text = explain.NeedsBrowser(a.provider, loc)
	}
	a.signIn.SetText(signInLabel(row, loc))
	a.offer.say(toneInfo, text)
}

// only says whether a sign-in with the browser is the only way.
func (a *adder) only() bool { return !a.secret.Visible() && signInRow(a.provider) != nil }

// update shows what can be pressed now.
func (a *adder) update() {
	a.signIn.setEnabled(!a.page.busy)
	if on := !a.only() || a.page.busy; on != a.page.addNow.Visible() { // busy, it says Cancel
		show(a.page.addNow, on)
		a.page.relayout()
	}
}

// needs says that something has to be done at the provider before logging in
// can work.
func needs(a explain.Advice) bool {
	return a.Kind == explain.AdviceSecret || a.Kind == explain.AdviceEnable
}

// ends says whether traymail cannot check such a mailbox.
func (a *adder) ends(one explain.Advice) bool {
	return one.Kind == explain.AdviceNoPOP3 || one.Kind == explain.AdviceBrowser && signInRow(a.provider) == nil
}

// missingToSignIn is missing for who signs in with the browser.
func (a *adder) missingToSignIn() (name, reason string) {
	return a.missingOf(fieldAddress, fieldName)
}

// missing is the first field that keeps the account from being added, with
// the reason; empty if nothing does.
func (a *adder) missing() (name, reason string) {
	for _, one := range a.shown {
		if a.ends(one) {
			return fieldAddress, one.Text
		}
	}
	if a.only() {
		return a.missingToSignIn()
	}
	return a.missingOf(fieldAddress, fieldPassword, fieldName)
}

// missingOf is missing as far as some fields are concerned.
func (a *adder) missingOf(fields ...string) (name, reason string) {
	d, loc := a.page.form.draft, a.page.loc
	for _, name := range fields {
		if name != fieldName && d.value(name) == "" {
			return name, loc.T("window.still_needed", loc.T("window.named."+name))
		}
	}
	for _, p := range d.problems() {
		if slices.Contains(fields, p.Field) {
			return p.Field, loc.T("window.to_correct", loc.T("window.named."+p.Field))
		}
	}
	return "", ""
}

// pressAdd finds the server of the address, tries it, and adds the account if
// that works: nothing else is asked, unless somebody has to vouch.
func (s *accountsPage) pressAdd() {
	if s.busy {
		return
	}
	if s.adder.only() {
		s.pressSignInNew()
		return
	}
	if name, reason := s.adder.missing(); reason != "" {
		s.window.Canvas().Focus(s.adder.fields[name])
		return
	}
	d := s.form.draft
	s.find(d, func(r discover.Result) { s.found(d, r) })
}

// find looks for the server of the draft's address.
func (s *accountsPage) find(d *draft, then func(discover.Result)) {
	address := d.value(fieldAddress)
	_, domain, _ := strings.Cut(address, "@")
	s.setBusy(goRun(s.bridge,
		func(ctx context.Context) (discover.Result, error) {
			return discover.Find.Ask(ctx, s.client, discover.Request{Address: address})
		},
		func(r discover.Result, err error) {
			s.setBusy(nil)
			s.outcome.say(toneInfo, "")
			switch {
			case s.form.draft != d || d.value(fieldAddress) != address || errors.Is(err, context.Canceled):
			case err != nil:
				s.outcome.say(toneError, sentence(err, s.loc))
			default:
				then(r)
			}
		}))
	s.outcome.say(toneInfo, s.loc.T("window.add.searching", domain))
}

// found goes on with what discovery came to.
func (s *accountsPage) found(d *draft, r discover.Result) {
	s.adder.provider = r.Provider
	advice := explain.Provider(r, s.loc)
	if len(r.Candidates) == 0 && r.Provider == nil {
		if !d.touched[fieldServer] {
			s.form.edit(func() { d.text[fieldServer] = "" }) // the usual names were tried
		}
		s.pressManual()
		s.window.Canvas().Focus(s.form.fields[fieldServer])
		s.outcome.say(toneInfo, advice[0].Text)
		return
	}
	news := !slices.Equal(s.adder.shown, advice) && slices.ContainsFunc(advice, needs)
	s.adder.advise(advice)
	s.update()
	if _, reason := s.adder.missing(); reason != "" || len(r.Candidates) == 0 {
		return
	}
	if s.adder.only() {
		s.window.Canvas().Focus(s.adder.signIn)
		return
	}
	if news { // before the wrong password goes there
		s.window.Canvas().Focus(s.adder.fields[fieldPassword])
		return
	}
	c := r.Candidates[0]
	s.confirm(r, c, func(origin string) { s.use(d, r, c, origin) })
}

// confirm asks for the user's word for a server, if it takes that, and goes on
// with where that was found.
func (s *accountsPage) confirm(r discover.Result, c discover.Candidate, then func(origin string)) {
	origin := explain.Origin(r, c, s.loc)
	if !c.Confirm {
		then(origin)
		return
	}
	s.dialogs.ask(question{
		title: s.loc.T("window.add.confirm_title", c.Server), text: origin,
		yes: s.loc.T("window.add.confirm_yes"), no: s.loc.T("window.cancel"),
	}, func() { then(origin) })
}

// use tries a server that was found; the account is added if that works.
func (s *accountsPage) use(d *draft, r discover.Result, c discover.Candidate, origin string) {
	s.form.edit(func() { d.take(r, c) })
	s.adding, s.origin = true, origin // unless the test finds nothing to try
	s.pressTest()
	s.outcome.say(toneInfo, origin)
}

// take fills in what was found for the address.
func (d *draft) take(r discover.Result, c discover.Candidate) {
	found := draftOf(settings.Account{Server: c.Server, Port: c.Port, Security: c.Security, User: c.User})
	d.security = found.security
	for _, name := range []string{fieldServer, fieldPort, fieldUser} {
		d.text[name], d.touched[name] = found.text[name], true
	}
	// A provider that refuses frequent logins would lock the account.
	if p := r.Provider; p != nil && time.Duration(p.IntervalMinutes)*time.Minute > d.interval {
		again := draftOf(settings.Account{Interval: settings.Duration(time.Duration(p.IntervalMinutes) * time.Minute)})
		d.interval, d.custom, d.text[fieldInterval] = again.interval, again.custom, again.text[fieldInterval]
	}
}

// pressManual turns to the full form, with what is known.
func (s *accountsPage) pressManual() {
	s.stopBusy()
	s.outcome.say(toneInfo, "")
	s.turn(paneForm)
	s.window.Canvas().Focus(s.form.fields[fieldName])
}
