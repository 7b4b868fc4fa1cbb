//go:build cgo && !nowindow

package window

import (
	"net"
	"slices"
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// stepState is how far a step of a test is.
type stepState int

const (
	stepWaiting stepState = iota
	stepRunning
	stepOK
	stepFailed
)

// stepRow is a step of a test: a mark that is told apart without its colour,
// what it is for, and what came of it.
type stepRow struct {
	state   stepState
	icon    *widget.Icon
	spinner *widget.Activity
	name    *line
	text    *line
	body    fyne.CanvasObject
}

func newStepRow(name string) *stepRow {
	r := &stepRow{
		icon: widget.NewIcon(nil), spinner: widget.NewActivity(),
		name: newLine(theme.SizeNameText, theme.ColorNameForeground),
		text: newLine(theme.SizeNameText, theme.ColorNamePlaceHolder),
	}
	r.name.text = name
	mark := container.NewCenter(container.NewStack(r.icon, r.spinner))
	left := container.NewHBox(mark, container.New(fixedWidth(120), container.New(middle{}, r.name)))
	r.body = inset(8, 1, container.NewBorder(nil, nil, left, nil, container.New(middle{}, r.text)))
	r.set(stepWaiting, "")
	return r
}

func (r *stepRow) set(state stepState, text string) {
	r.state = state
	icons := map[stepState]fyne.Resource{
		stepWaiting: theme.NewDisabledResource(theme.RadioButtonIcon()),
		stepOK:      theme.NewSuccessThemedResource(theme.ConfirmIcon()),
		stepFailed:  theme.NewErrorThemedResource(theme.CancelIcon()),
	}
	r.icon.SetResource(icons[state])
	show(r.spinner, state == stepRunning)
	if state == stepRunning {
		r.spinner.Start()
	} else {
		r.spinner.Stop()
	}
	r.name.color = theme.ColorNameForeground
	if state == stepWaiting {
		r.name.color = theme.ColorNamePlaceHolder
	}
	r.name.Refresh()
	r.text.set(text)
}

// stepsOf are the steps that a test of a will take, in order.
func stepsOf(a settings.Account) []string {
	var steps []string
	if net.ParseIP(a.Server) == nil {
		steps = append(steps, "name")
	}
	steps = append(steps, "connect")
	if a.Security != settings.None {
		steps = append(steps, "tls")
	}
	return append(steps, "login", "stat", "uidl", "top")
}

// probe shows a test: each step as it happens, what came of it, the
// certificate it stumbled over, and the session.
type probe struct {
	loc    *locale.Catalogue
	title  *line
	cancel *button
	order  []string
	rows   map[string]*stepRow
	steps  *fyne.Container
	result *banner
	// legacy offers what legacy_tls allows, where a test failed for the lack.
	legacy  *button
	offer   *fyne.Container // the button's row
	cert    *certificateBox
	details *disclosure
	session *widget.Label
	said    fyne.CanvasObject // the session with its button
	content *fyne.Container
	resized func()
}

// newProbe shows tests that cancel ends. trust is called for a certificate
// that is to be trusted, legacy where old encryption is to be allowed; resized
// when the probe needs other room.
func newProbe(b *bridge, k *keys, loc *locale.Catalogue, cancel func(), trust func(api.TLSHealth), legacy, resized func()) *probe {
	p := &probe{loc: loc, resized: resized, rows: map[string]*stepRow{}, steps: stackOf(0)}
	p.title = newLine(theme.SizeNameText, theme.ColorNameForeground)
	p.title.style.Bold = true
	p.cancel = newButton(k, loc.T("window.cancel"), nil, cancel)
	p.result = newBanner(0, 0, nil, resized)
	p.legacy = newButton(k, loc.T("window.legacy_tls.allow"), nil, legacy)
	p.offer = container.NewHBox(p.legacy)
	p.cert = newCertificateBox(b, k, loc, trust)
	p.session = widget.NewLabel("")
	p.session.TextStyle.Monospace = true
	p.session.Wrapping = fyne.TextWrapBreak
	p.session.SizeName = theme.SizeNameCaptionText
	p.session.Selectable = true
	copied := newButton(k, loc.T("window.health.copy"), theme.ContentCopyIcon(), func() {
		fyne.CurrentApp().Clipboard().SetContent(p.session.Text)
	})
	said := stackOf(0, p.session, container.NewHBox(copied))
	p.said = said
	p.details = newDisclosure(k, loc.T("window.transcript"), said, resized)
	p.details.Hide()
	head := container.NewBorder(nil, nil, nil, p.cancel, inset(8, 0, container.New(middle{}, p.title)))
	p.content = stackOf(6, head, p.steps, p.result, p.offer, p.cert.content, container.NewHBox(p.details), said)
	p.reset()
	return p
}

// reset takes away everything of the last test.
func (p *probe) reset() {
	for _, r := range p.rows {
		r.spinner.Stop()
	}
	clear(p.rows)
	p.order = nil
	p.steps.RemoveAll()
	p.result.say(toneInfo, "")
	p.offer.Hide()
	p.cert.content.Hide()
	p.details.open(false)
	p.details.Hide()
	p.content.Hide()
}

// start shows what a test of a will do.
func (p *probe) start(a settings.Account) {
	p.reset()
	p.title.set(p.loc.T("window.testing"))
	p.cancel.Show()
	for _, name := range stepsOf(a) {
		p.row(name)
	}
	p.run()
	p.content.Show()
	p.resized()
}

// row is the row of a step, made when it is new; "secret" is one that nobody
// hears of unless it fails.
func (p *probe) row(name string) *stepRow {
	if r := p.rows[name]; r != nil {
		return r
	}
	r := newStepRow(p.loc.T("window.step." + name))
	p.rows[name] = r
	if name == "secret" {
		p.order = slices.Insert(p.order, 0, name)
		p.steps.Objects = slices.Insert(p.steps.Objects, 0, r.body)
		p.steps.Refresh()
	} else {
		p.order = append(p.order, name)
		p.steps.Add(r.body)
	}
	return r
}

// run marks the first step that waits as the one under way.
func (p *probe) run() {
	for _, name := range p.order {
		switch p.rows[name].state {
		case stepWaiting:
			p.rows[name].set(stepRunning, "")
			return
		case stepRunning, stepFailed:
			return
		case stepOK:
		}
	}
}

// step shows a step that was just taken.
func (p *probe) step(s api.TestStep) {
	if s.OK {
		p.row(s.Name).set(stepOK, explain.Step(s, p.loc))
	} else {
		p.row(s.Name).set(stepFailed, "") // the result says why
	}
	p.run()
}

// report shows what a test came to.
func (p *probe) report(r api.TestReport, err error) {
	p.cancel.Hide()
	p.title.set(p.loc.T("window.tested"))
	for _, s := range r.Steps {
		p.step(s)
	}
	taken := func(name string) bool {
		return slices.ContainsFunc(r.Steps, func(s api.TestStep) bool { return s.Name == name })
	}
	for _, name := range p.order {
		if !taken(name) {
			p.rows[name].set(stepWaiting, "")
		}
	}
	switch {
	case err != nil:
		p.result.say(toneError, sentence(err, p.loc))
	case r.Error != nil:
		p.result.say(toneError, explain.Asked(r.Error, p.loc))
	case r.OK:
		p.result.say(toneGood, p.loc.N("window.test_ok", r.Messages, p.loc.Count(r.Messages)))
	}
	show(p.offer, r.Error != nil && r.Error.Code == api.CodeLegacyTLS)
	if untrusted(r) {
		p.cert.show(*r.TLS)
	}
	if len(r.Transcript) > 0 {
		p.session.SetText(strings.Join(r.Transcript, "\n"))
		p.details.Show()
	}
	p.content.Show()
	p.resized()
}

// untrusted says whether a test failed on a certificate that it has to show.
func untrusted(r api.TestReport) bool {
	return r.Error != nil && r.Error.Kind == api.KindTLS && r.TLS != nil && r.TLS.SHA256 != ""
}
