//go:build cgo && !nowindow

package window

import (
	"context"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
)

// fact is a line of the health page.
type fact struct{ name, value string }

// factsOf puts an account's state into words. What is not known is left
// out.
func factsOf(status api.AccountStatus, h api.Health, loc *locale.Catalogue, now time.Time) []fact {
	var facts []fact
	add := func(name, value string) {
		if value != "" {
			facts = append(facts, fact{loc.T("window.health." + name), value})
		}
	}
	if status.Error != nil {
		add("problem", explain.Text(status.Error, loc))
	}
	add("last", lastCheck(status, h, loc, now))
	add("next", nextCheck(status, h, loc, now))
	if h.Session != nil && h.Session.RoundTrips > 0 {
		add("cost", loc.T("window.health.cost_text",
			loc.N("window.health.round_trips", h.Session.RoundTrips, loc.Count(h.Session.RoundTrips)),
			loc.Size(h.Session.Sent+h.Session.Received), loc.Count(int(h.Session.DurationMS))))
	}
	add("server", h.Implementation)
	add("login", h.Login)
	if h.TLS != nil {
		text := h.TLS.Version + ", " + h.TLS.Cipher
		if h.TLS.Resumed {
			text = loc.T("window.health.resumed", text)
		}
		add("encryption", text)
		add("certificate", loc.T("window.health.certificate_text", strings.Join(h.TLS.Names, ", "), h.TLS.Issuer, loc.FullTime(h.TLS.Expires, now)))
	} else if h.Session != nil && h.Session.RoundTrips > 0 {
		add("encryption", loc.T("window.health.unencrypted"))
	}
	add("capabilities", strings.Join(h.Capabilities, " · "))
	var notes []string
	if h.NoUIDL {
		notes = append(notes, loc.T("window.health.no_uidl"))
	}
	if h.SizesLie {
		notes = append(notes, loc.T("window.health.sizes_lie"))
	}
	add("note", strings.Join(notes, " "))
	return facts
}

func lastCheck(status api.AccountStatus, h api.Health, loc *locale.Catalogue, now time.Time) string {
	if h.LastTry.IsZero() {
		if status.LastPoll.IsZero() {
			return loc.T("window.state.new")
		}
		return loc.Moment(status.LastPoll, now)
	}
	when := loc.Moment(h.LastTry, now)
	switch {
	case status.Error != nil && status.LastPoll.IsZero():
		return loc.T("window.health.failed", when)
	case status.Error != nil:
		return loc.T("window.health.failed_since", when, loc.Moment(status.LastPoll, now))
	case h.Session != nil && h.Session.Mode != "":
		return loc.T("window.health.mode_"+h.Session.Mode, when)
	}
	return when
}

func nextCheck(status api.AccountStatus, h api.Health, loc *locale.Catalogue, now time.Time) string {
	switch h.Why {
	case api.WhyUser, api.WhyUnlock, api.WhyOffline, api.WhyPaused, api.WhyHeld:
		return loc.T("window.health.next_" + string(h.Why))
	case "":
		return ""
	}
	if status.NextPoll.Before(now) {
		return loc.T("window.health.next_now")
	}
	return loc.T("window.health.next_"+strings.ReplaceAll(string(h.Why), "-", "_"), loc.Moment(status.NextPoll, now))
}

// accountHealth shows the facts and the last session.
type accountHealth struct {
	loc     *locale.Catalogue
	table   *fyne.Container
	session *widget.Label
	content *fyne.Container
	// text is everything on the page, to be copied.
	text string
}

func newAccountHealth(loc *locale.Catalogue) *accountHealth {
	p := &accountHealth{loc: loc, table: container.New(pairs{gap: 0, least: 96}), session: widget.NewLabel("")}
	p.session.TextStyle.Monospace = true
	p.session.Wrapping = fyne.TextWrapBreak
	p.session.SizeName = theme.SizeNameCaptionText
	p.session.Selectable = true
	title := widget.NewLabel(loc.T("window.health.session"))
	title.TextStyle.Bold = true
	p.content = stackOf(0, p.table, title, p.session)
	return p
}

// show fills the page.
func (p *accountHealth) show(status api.AccountStatus, h api.Health, now time.Time) {
	facts := factsOf(status, h, p.loc, now)
	var text strings.Builder
	text.WriteString(status.Name + "\n\n")
	p.table.RemoveAll()
	for _, f := range facts {
		value := newSelectable(f.value)
		name := widget.NewLabel(f.name)
		name.Importance = widget.LowImportance
		p.table.Add(name)
		p.table.Add(value)
		text.WriteString(p.loc.T("window.health.line", f.name, f.value) + "\n")
	}
	session := strings.Join(h.Transcript, "\n")
	if session == "" {
		session = p.loc.T("window.health.no_session")
	}
	p.session.SetText(session)
	text.WriteString("\n" + session + "\n")
	p.text = text.String()
	p.table.Refresh()
}

// fillHealth asks for what the health page shows.
func (s *accountsPage) fillHealth() {
	id := s.form.draft.id
	goRun(s.bridge, func(ctx context.Context) (api.Health, error) {
		return api.Explain.Ask(ctx, s.client, api.AccountRequest{Account: id})
	},
		func(h api.Health, err error) {
			status := statusOf(s.snapshot, id)
			if err != nil || status == nil || s.pane != paneHealth || s.form.draft.id != id {
				return
			}
			s.health.show(*status, h, s.bridge.now())
			s.again.setEnabled(!status.Checking)
			s.relayout()
			s.relayout() // the height of wrapped text follows from the width it just got
		})
}

func (s *accountsPage) pressCheck() {
	id := s.form.draft.id
	s.again.setEnabled(false)
	goDo(s.bridge,
		func(ctx context.Context) error { return checkNow(ctx, s.client, id) },
		func(error) { s.fillHealth() }) // what went wrong is on the page
}

func (s *accountsPage) pressCopy() {
	fyne.CurrentApp().Clipboard().SetContent(s.health.text)
}
