//go:build cgo && !nowindow

package window

import (
	"context"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/ipc"
)

// healthPage shows what the doctor found: each check with its mark, and what
// to do where something is wrong.
type healthPage struct {
	pageEnv
	report doctor.Report
	busy   bool

	verdict  *banner
	checks   *fyne.Container
	state    *line
	copied   *button
	again    *button
	scroll   *container.Scroll
	rootView fyne.CanvasObject
}

func newHealthPage(e pageEnv) page {
	p := &healthPage{pageEnv: e, checks: stackOf(10), state: newCaption()}
	p.verdict = newBanner(0, 0, nil, e.relayout)
	p.copied = newButton(e.keys, e.loc.T("window.doctor.copy_report"), theme.ContentCopyIcon(), p.pressCopy)
	p.again = newButton(e.keys, e.loc.T("window.doctor.again"), theme.ViewRefreshIcon(), p.start)
	p.scroll = container.NewVScroll(inset(18, 14, container.New(column(640), stackOf(10, p.verdict, p.checks))))
	state := container.New(layout.NewCustomPaddedLayout(0, 0, 7, 8), container.New(middle{}, p.state))
	bar := inset(18, 10, container.NewBorder(nil, nil, nil, container.NewHBox(p.copied, p.again), state))
	p.rootView = container.NewBorder(nil, stackOf(0, widget.NewSeparator(), bar), nil, nil, p.scroll)
	p.copied.Disable()
	return p
}

func (p *healthPage) view() fyne.CanvasObject { return p.rootView }

func (p *healthPage) unsaved() bool { return false }

// handle does nothing: an examination asks a dozen services, and is made when
// the user asks for it.
func (p *healthPage) handle(ipc.Event) {}

// start has everything examined.
func (p *healthPage) start() {
	if p.busy {
		return
	}
	p.busy = true
	p.again.Disable()
	p.state.set(p.loc.T("window.doctor.examining"))
	goRun(p.bridge, func(ctx context.Context) (doctor.Report, error) {
		return doctor.Ask.Ask(ctx, p.client, doctor.Request{Language: p.loc.Tag()})
	}, func(r doctor.Report, err error) {
		p.busy = false
		p.again.Enable()
		p.state.set("")
		if err != nil {
			p.verdict.say(toneError, sentence(err, p.loc))
			return
		}
		p.show(r)
	})
}

func (p *healthPage) show(r doctor.Report) {
	p.report = r
	p.copied.Enable()
	tone, verdict := toneGood, "window.doctor.fine"
	switch r.Level {
	case doctor.Warning:
		tone, verdict = toneInfo, "window.doctor.warning"
	case doctor.Problem:
		tone, verdict = toneError, "window.doctor.problem"
	}
	p.checks.RemoveAll()
	group := doctor.Group("")
	for _, c := range r.Checks {
		if c.Group != group {
			group = c.Group
			p.checks.Add(heading(p.loc.T("doctor.group." + string(group))))
		}
		p.checks.Add(newFinding(c))
	}
	p.verdict.say(tone, p.loc.T(verdict))
	p.checks.Refresh()
	p.relayout()
	p.relayout() // the height of wrapped text follows from the width it just got
}

func (p *healthPage) pressCopy() {
	fyne.CurrentApp().Clipboard().SetContent(doctor.Text(p.report, p.loc))
	p.state.set(p.loc.T("window.doctor.copied"))
}

// newFinding is one check: its mark, which is told apart without its colour,
// what was found, and what to do.
func newFinding(c doctor.Check) fyne.CanvasObject {
	icons := map[doctor.Level]fyne.Resource{
		doctor.OK:      theme.NewSuccessThemedResource(theme.ConfirmIcon()),
		doctor.Warning: theme.NewWarningThemedResource(theme.WarningIcon()),
		doctor.Problem: theme.NewErrorThemedResource(theme.ErrorIcon()),
	}
	text := newText(c.Text)
	lines := stackOf(-8, text)
	if c.Advice != "" {
		advice := newText(c.Advice)
		lines.Add(advice)
	}
	icon := inset(7, 8, container.New(layout.NewVBoxLayout(), widget.NewIcon(icons[c.Level])))
	return container.NewBorder(nil, nil, icon, nil, lines)
}
