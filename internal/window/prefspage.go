//go:build cgo && !nowindow

package window

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/settings"
)

// preferencesClient is what the preferences ask of the tray role.
type preferencesClient interface {
	Settings(ctx context.Context) (settings.Settings, error)
	SavePreferences(ctx context.Context, p settings.Preferences, rules []settings.Rule) error
	TryRule(ctx context.Context, r settings.Rule) ([]api.Mail, error)
}

// chosen is all that the user can choose here.
type chosen struct {
	settings.Preferences
	rules []settings.Rule
}

func (c chosen) equal(other chosen) bool {
	return c.Preferences == other.Preferences && slices.Equal(c.rules, other.rules)
}

// preferencesPage has what belongs to no account. Each choice is in force at
// once; all that was chosen since the page was opened can be undone, and that
// too.
type preferencesPage struct {
	pageEnv

	// now is what the widgets show, saved what is in force, before what was
	// in force when the page was opened.
	now, saved, before chosen
	revision           uint64 // of the settings that saved is from
	loaded, saving     bool
	kept               bool    // before is from the page that this one follows
	undone             *chosen // what was undone last

	form     *preferencesForm
	rules    *ruleList
	exchange *exchange
	problem  *banner
	state    *line
	back     *button
	rootView fyne.CanvasObject
}

func newPreferencesPage(e pageEnv) page {
	p := &preferencesPage{pageEnv: e}
	p.form = newPreferencesForm(e, p.change)
	p.rules = newRuleList(e, func(rules []settings.Rule) { p.change(func(c *chosen) { c.rules = rules }) })
	p.exchange = newExchange(e)
	p.problem = newBanner(0, 0, nil, e.relayout)
	p.state = newCaption()
	p.back = newButton(e.keys, e.loc.T("prefs.undo"), theme.ContentUndoIcon(), func() { p.undo() })
	content := container.NewVScroll(inset(18, 14, container.New(column(640), stackOf(18, p.problem, p.form.content, p.rules.content, p.exchange.content))))
	state := container.New(layout.NewCustomPaddedLayout(0, 0, 7, 8), container.New(middle{}, p.state))
	bar := inset(18, 10, container.NewBorder(nil, nil, nil, p.back, state))
	p.rootView = container.NewBorder(nil, stackOf(0, widget.NewSeparator(), bar), nil, nil, content)
	p.update()
	return p
}

func (p *preferencesPage) view() fyne.CanvasObject { return p.rootView }

// unsaved is never true: what is valid has been saved.
func (p *preferencesPage) unsaved() bool { return false }

func (p *preferencesPage) start() { p.load(true) }

// load shows what is in force; anew also forgets what could be undone.
func (p *preferencesPage) load(anew bool) {
	goRun(p.bridge, p.client.Settings, func(all settings.Settings, err error) {
		if err != nil {
			p.problem.say(toneError, sentence(err, p.loc))
			return
		}
		if p.saving {
			return // older than what the user has just chosen
		}
		p.problem.say(toneError, "")
		in := chosen{all.Preferences, all.Rules}
		if !p.kept && (anew || !p.loaded) {
			p.before, p.undone = in, nil
		}
		p.kept = false
		known := p.loaded && p.now.equal(in)
		p.loaded, p.now, p.saved = true, in, in
		p.rules.setAccounts(all.Accounts)
		if !known {
			p.form.show(in.Preferences)
			p.rules.show(in.rules)
		}
		p.update()
		p.relayout()
	})
}

// follow has what was chosen in an earlier page undone in this one: choosing
// another language makes the window anew.
func (p *preferencesPage) follow(earlier *preferencesPage) {
	if earlier.loaded {
		p.before, p.kept = earlier.before, true
	}
}

// handle takes up what was changed elsewhere, perhaps in the file.
func (p *preferencesPage) handle(e ipc.Event) {
	if e.Snapshot == nil || e.Snapshot.SettingsRevision == p.revision {
		return
	}
	p.revision = e.Snapshot.SettingsRevision
	if p.loaded {
		p.load(false)
	}
}

// change applies what the user chose, and saves it.
func (p *preferencesPage) change(apply func(*chosen)) {
	if !p.loaded {
		return
	}
	apply(&p.now)
	p.undone = nil
	p.update()
	p.save()
}

// save brings what is chosen into force, one save after another.
func (p *preferencesPage) save() {
	if p.saving || p.now.equal(p.saved) {
		return
	}
	p.saving = true
	next := p.now
	goDo(p.bridge,
		func(ctx context.Context) error { return p.client.SavePreferences(ctx, next.Preferences, next.rules) },
		func(err error) {
			p.saving = false
			if err != nil {
				p.problem.say(toneError, p.loc.T("window.not_saved", sentence(err, p.loc)))
				p.reset(p.saved)
				return
			}
			p.problem.say(toneError, "")
			p.saved = next
			p.update()
			p.save() // what was chosen meanwhile
		})
}

// reset shows other choices than those the user made last.
func (p *preferencesPage) reset(to chosen) {
	p.now = to
	p.form.show(to.Preferences)
	p.rules.show(to.rules)
	p.update()
	p.relayout()
}

// undo takes back all that was chosen since the page was opened, or brings it
// back. It says whether there was anything.
func (p *preferencesPage) undo() bool {
	switch {
	case p.undone != nil:
		again := *p.undone
		p.undone = nil
		p.reset(again)
	case p.loaded && !p.now.equal(p.before):
		was := p.now
		p.undone = &was
		p.reset(p.before)
	default:
		return false
	}
	p.save()
	return true
}

// escape is undo for the Esc key, which never brings anything back.
func (p *preferencesPage) escape() bool { return p.undone == nil && p.undo() }

// update brings what is below the choices in line with them.
func (p *preferencesPage) update() {
	changed := p.loaded && !p.now.equal(p.before)
	label, text := "prefs.undo", "prefs.at_once"
	switch {
	case p.undone != nil:
		label, text = "prefs.redo", "prefs.undone"
	case changed:
		text = "prefs.in_force"
	}
	if label = p.loc.T(label); p.back.Text != label {
		p.back.SetText(label)
	}
	p.back.setEnabled(changed || p.undone != nil)
	p.state.set(p.loc.T(text))
}

// column keeps its objects no wider than so much.
type column float32

func (c column) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(fyne.NewSize(min(size.Width, float32(c)), size.Height))
	}
}

func (c column) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}
