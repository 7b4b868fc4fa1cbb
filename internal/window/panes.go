//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/dialog"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/settings"
)

// turn shows the form of the account, its test, or what explains it.
func (s *accountsPage) turn(p pane) {
	s.pane = p
	s.toggle.Text, s.toggle.Icon = s.loc.T("window.health.back"), theme.NavigateBackIcon()
	switch p {
	case paneNew:
		s.adding = false
		s.probe.reset()
	case paneForm:
		s.adding = false
		s.toggle.Text, s.toggle.Icon = s.loc.T("window.health"), theme.InfoIcon()
		s.probe.reset()
	case paneHealth:
		s.fillHealth()
	case paneTest:
	case paneSignIn:
		s.probe.reset()
		if s.signer.from == paneNew {
			s.toggle.Text = s.loc.T("window.health.back")
		}
	}
	s.toggle.Refresh()
	show(s.editor, p == paneForm)
	show(s.adder.content, p == paneNew)
	show(s.signer.content, p == paneSignIn)
	show(s.manual, p == paneNew)
	show(s.addNow, p == paneNew)
	show(s.test, p != paneNew && p != paneSignIn)
	show(s.save, p != paneNew && p != paneSignIn)
	show(s.bars, p != paneHealth)
	show(s.health.content, p == paneHealth)
	show(s.healthy, p == paneHealth)
	s.scroll.ScrollToTop()
	s.update()
	s.relayout()
}

// bringIntoView scrolls to what has got the focus, if it is out of sight.
func bringIntoView(scroll *container.Scroll, o fyne.CanvasObject) {
	driver := fyne.CurrentApp().Driver()
	if !within(scroll.Content, o) {
		return
	}
	const margin = 12
	at := driver.AbsolutePositionForObject(o).Subtract(driver.AbsolutePositionForObject(scroll)).Y
	to := scroll.Offset
	switch below := at + o.Size().Height + margin - scroll.Size().Height; {
	case at < margin:
		to.Y += at - margin
	case below > 0:
		to.Y += below
	default:
		return
	}
	scroll.ScrollToOffset(to)
}

// within says whether o is somewhere in root, and nothing there hides it.
func within(root, o fyne.CanvasObject) bool {
	if !root.Visible() {
		return false
	}
	if root == o {
		return true
	}
	switch r := root.(type) {
	case *fyne.Container:
		return slices.ContainsFunc(r.Objects, func(child fyne.CanvasObject) bool { return within(child, o) })
	case *container.Scroll:
		return within(r.Content, o)
	case *frame:
		return within(r.body, o)
	}
	return false
}

// sayProblem shows what is wrong with the account: what the user has just
// seen in a test, or what the last poll came upon.
func (s *accountsPage) sayProblem() {
	found, tone := s.tested, toneError
	if status := statusOf(s.snapshot, s.form.draft.id); found == nil && s.form.draft.id != "" && status != nil {
		found = status.Error
		if status.State == api.Waiting {
			tone = toneInfo
		}
	}
	if found == nil {
		s.problem.say(tone, "")
		return
	}
	show(s.look, found.Kind == api.KindTLS)
	show(s.signInAgain, found.SignIn())
	s.problem.say(tone, explain.Text(found, s.loc))
}

// wrong says whether something keeps the draft from being used, and brings
// the keyboard there.
func (s *accountsPage) wrong() bool {
	if s.form.reason() == "" {
		return false
	}
	if s.pane != paneForm {
		s.turn(paneForm)
	}
	s.form.showAll()
	s.window.Canvas().Focus(s.form.firstWrong())
	return true
}

// focusCause brings the keyboard to what the last test failed on.
func (s *accountsPage) focusCause() {
	name := fieldName
	if s.tested != nil {
		switch s.tested.Kind {
		case "auth", "secret":
			name = fieldPassword
		case "network", "tls", "protocol":
			name = fieldServer
		}
	}
	s.window.Canvas().Focus(s.form.fields[name])
}

// allowLegacy allows the account what its server needs, and tests it again.
// Nothing is saved yet.
func (s *accountsPage) allowLegacy() {
	s.form.edit(func() { s.form.draft.legacyTLS = true })
	s.pressTest()
}

func (s *accountsPage) pressTest() {
	if s.busy || s.wrong() {
		return
	}
	d := s.form.draft
	account, password := d.account(), d.value(fieldPassword)
	if account.ID == "" {
		account.ID = settings.NewID(account.Name)
	}
	s.outcome.say(toneInfo, "")
	s.tested = nil
	s.turn(paneTest)
	s.probe.start(account)
	s.setBusy(goRun(s.bridge,
		func(ctx context.Context) (api.TestReport, error) {
			return testDraft(ctx, s.client, s.secrets, account, password)
		},
		func(report api.TestReport, err error) {
			s.setBusy(nil)
			if s.form.draft != d {
				return
			}
			if errors.Is(err, context.Canceled) {
				s.cancelled()
				return
			}
			s.tested = report.Error
			s.probe.report(report, err)
			s.update()
			switch {
			case !report.OK:
				s.keepFocus(s.test)
			case s.adding:
				s.adding = false
				s.saveDraft(s.loc.T("problem.join", s.loc.T("window.saved"), s.origin))
			case !s.save.Disabled():
				s.window.Canvas().Focus(s.save) // what comes next
			}
		}))
}

// cancelled goes back to where a test was asked for.
func (s *accountsPage) cancelled() {
	s.outcome.say(toneInfo, "")
	if s.adding {
		s.turn(paneNew)
		s.keepFocus(s.adder.fields[fieldPassword])
		return
	}
	s.turn(paneForm)
	s.keepFocus(s.test)
}

// keepFocus brings the keyboard to instead if what has it is hidden by now.
func (s *accountsPage) keepFocus(instead fyne.Focusable) {
	if s.dialogs.open != nil { // which gives it back
		return
	}
	c := s.window.Canvas()
	if now, ok := c.Focused().(fyne.CanvasObject); !ok || !within(c.Content(), now) {
		c.Focus(instead)
	}
}

// askTrust asks whether a certificate is to be the only one that counts for
// this account; then the test is made anew.
func (s *accountsPage) askTrust(c api.TLSHealth) {
	s.dialogs.ask(s.trustQuestion(s.form.draft, c), func() {
		s.form.edit(func() { s.form.draft.pin = c.SHA256 })
		s.pressTest()
	})
}

// trustQuestion says what trusting c for a draft means.
func (e pageEnv) trustQuestion(d *draft, c api.TLSHealth) question {
	text := "window.cert.trust_text"
	if d.pin != "" {
		text = "window.cert.trust_changed"
	}
	return question{
		title: e.loc.T("window.cert.trust_title"), text: e.loc.T(text, d.value(fieldServer), fingerprint(c.SHA256)),
		yes: e.loc.T("window.cert.trust_yes"), no: e.loc.T("window.cert.trust_no"), danger: true,
	}
}

// chooseFile asks for a file, and calls then with its path.
func (e pageEnv) chooseFile(then func(path string)) {
	e.dialogs.show(dialog.NewFileOpen(func(chosen fyne.URIReadCloser, err error) {
		if err != nil || chosen == nil {
			return
		}
		defer func() { _ = chosen.Close() }() // only its name is of interest
		then(chosen.URI().Path())
	}, e.window))
}
