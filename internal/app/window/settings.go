//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/app/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/settings/secret"
)

// settingsClient is what the settings window asks of the tray role.
type settingsClient interface {
	tester
	Status(ctx context.Context) (app.Snapshot, error)
	Accounts(ctx context.Context) ([]settings.Account, error)
	SaveAccount(ctx context.Context, account settings.Account) error
	RemoveAccount(ctx context.Context, id string) error
	Health(ctx context.Context, account string) (app.Health, error)
	Check(ctx context.Context, ids ...string) (app.CheckResult, error)
}

// settingsScreen is the settings window: accounts on the left, the form of
// one of them on the right.
type settingsScreen struct {
	bridge  *bridge
	client  settingsClient
	secrets secret.Store
	loc     *locale.Catalogue
	keys    *keys
	window  fyne.Window
	dialogs *dialogs

	accounts []settings.Account
	snapshot app.Snapshot
	hint     string // the notice of the request that opened the window
	loaded   bool
	quiet    bool // the list is being changed by us, not by the user
	cancel   context.CancelFunc
	busy     bool

	list     *rows
	none     *line
	add      *button
	remove   *button
	notice   *banner
	heading  *line
	intro    *widget.Label
	problem  *banner
	form     *form
	probe    *probe
	outcome  *banner
	reason   *line
	test     *button
	save     *button
	scroll   *container.Scroll
	editor   *fyne.Container // what the form's page has
	bars     *fyne.Container // below it
	health   *healthPage
	healthy  *fyne.Container // what the health page has below
	toggle   *button
	again    *button
	onHealth bool
	right    *fyne.Container
	rootView fyne.CanvasObject
}

func newSettingsScreen(b *bridge, o Options, w fyne.Window, k *keys) *settingsScreen {
	s := &settingsScreen{
		bridge: b, client: o.Client, secrets: o.Secrets, loc: o.Locale, keys: k, window: w,
		dialogs: &dialogs{keys: k, window: w},
	}
	s.build(o.Open.Notice)
	return s
}

func (s *settingsScreen) build(notice string) {
	loc := s.loc
	s.list = newRows(s.keys, func() int { return len(s.accounts) },
		func() fyne.CanvasObject { return newAccountRow() },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			a := s.accounts[i]
			o.(*accountRow).show(a.Name, conditionOf(statusOf(s.snapshot, a.ID), s.snapshot.Offline, loc))
		})
	s.list.OnSelected = func(i widget.ListItemID) { s.selected(i) }
	s.add = newButton(s.keys, loc.T("window.add"), theme.ContentAddIcon(), func() { s.leave(s.showNew) })
	s.remove = newButton(s.keys, loc.T("window.remove"), theme.ContentRemoveIcon(), s.askRemove)
	s.none = newCaption()
	s.none.text = loc.T("window.no_accounts_yet")
	s.none.Hide()
	s.add.Importance, s.remove.Importance = widget.LowImportance, widget.LowImportance
	left := container.New(fixedWidth(236), container.NewBorder(nil,
		container.NewVBox(widget.NewSeparator(), inset(6, 4, container.NewGridWithColumns(2, s.add, s.remove))),
		nil, nil, container.NewStack(inset(6, 6, s.list), inset(16, 16, container.NewVBox(s.none)))))

	s.heading = newLine(theme.SizeNameSubHeadingText, theme.ColorNameForeground)
	s.heading.style.Bold = true
	s.intro = widget.NewLabel(loc.T("window.welcome_text"))
	s.intro.Wrapping = fyne.TextWrapWord
	s.problem = newBanner(0, 0, nil, s.relayout)
	s.form = newForm(s.keys, loc, s.changed, s.pressSave)
	s.probe = newProbe(s.keys, loc, func() { s.stopBusy() })
	s.outcome = newBanner(0, 0, nil, s.relayout)
	s.reason = newCaption()
	s.test = newButton(s.keys, loc.T("window.test"), nil, s.pressTest)
	s.save = newButton(s.keys, loc.T("window.save"), nil, s.pressSave)
	s.save.Importance = widget.HighImportance

	s.health = newHealthPage(loc)
	s.health.content.Hide()
	s.toggle = newButton(s.keys, loc.T("window.health"), theme.InfoIcon(), func() { s.showHealth(!s.onHealth) })
	s.toggle.Importance = widget.LowImportance
	s.again = newButton(s.keys, loc.T("window.check_now"), nil, s.pressCheck)
	copied := newButton(s.keys, loc.T("window.health.copy"), theme.ContentCopyIcon(), s.pressCopy)
	s.editor = stackOf(10, s.problem, s.form.content)
	heading := container.NewBorder(nil, nil, nil, s.toggle, container.New(middle{}, s.heading))
	s.scroll = container.NewVScroll(inset(18, 14, stackOf(10, inset(7, 0, heading), s.intro, s.editor, s.health.content)))
	reason := container.New(layout.NewCustomPaddedLayout(0, 0, 7, 8), container.New(middle{}, s.reason))
	bar := inset(18, 10, container.NewBorder(nil, nil, nil, container.NewHBox(s.test, s.save), reason))
	s.bars = stackOf(0, inset(18, 4, stackOf(4, s.probe.content, s.outcome)), widget.NewSeparator(), bar)
	s.healthy = stackOf(0, widget.NewSeparator(), inset(18, 10, container.NewHBox(layout.NewSpacer(), copied, s.again)))
	s.healthy.Hide()
	bottom := stackOf(0, s.bars, s.healthy)
	s.right = container.NewBorder(nil, bottom, nil, nil, s.scroll)
	s.right.Hide()

	s.notice = newBanner(12, 10, nil, s.relayout)
	s.hint = notice
	s.sayNotice()
	side := container.NewBorder(nil, nil, nil, widget.NewSeparator(), left)
	s.rootView = container.NewBorder(s.notice, nil, side, nil, s.right)
}

// sayNotice shows what concerns more than one account.
func (s *settingsScreen) sayNotice() {
	switch {
	case s.snapshot.SettingsError != "":
		s.notice.say(toneError, s.snapshot.SettingsError)
	case s.hint == "no-tray":
		s.notice.say(toneInfo, s.loc.T("window.no_tray"))
	default:
		s.notice.say(toneInfo, "")
	}
}

// relayout gives everything its room after something came or went.
func (s *settingsScreen) relayout() {
	if s.rootView != nil {
		s.rootView.Refresh()
	}
}

func (s *settingsScreen) view() fyne.CanvasObject { return s.rootView }

// start asks for what there is to show.
func (s *settingsScreen) start() {
	goRun(s.bridge, s.client.Status, func(snapshot app.Snapshot, err error) {
		if err == nil {
			s.handle(ipc.Event{Snapshot: &snapshot})
		}
	})
	s.reload("")
}

// reload reads the accounts again and shows the one with this ID, or the one
// that is shown now.
func (s *settingsScreen) reload(id string) {
	goRun(s.bridge, s.client.Accounts, func(accounts []settings.Account, err error) {
		if err != nil {
			s.outcome.say(toneError, sentence(err, s.loc))
			show(s.right, true)
			s.relayout()
			return
		}
		s.setAccounts(accounts, id)
	})
}

func (s *settingsScreen) setAccounts(accounts []settings.Account, id string) {
	s.accounts = accounts
	first := !s.loaded
	s.loaded = true
	if first {
		show(s.right, true)
		s.relayout() // Fyne focuses only what it has drawn
	}
	current := ""
	if s.form.draft != nil {
		current = s.form.draft.id
	}
	switch {
	case id != "":
		s.showAccount(s.indexOf(id))
	case first && len(accounts) == 0, !first && len(accounts) == 0 && current != "":
		s.showNew()
	case first, current != "" && s.indexOf(current) < 0:
		s.showAccount(0)
	default:
		s.mark(s.indexOf(current))
		if i := s.indexOf(current); i >= 0 && !s.form.draft.dirty() && s.form.draft.base != accounts[i] {
			s.showAccount(i) // changed by hand in the file
		}
	}
	s.update()
	s.relayout()
}

func (s *settingsScreen) indexOf(id string) int {
	return slices.IndexFunc(s.accounts, func(a settings.Account) bool { return a.ID == id })
}

// mark selects a row without acting on it; none when i is negative.
func (s *settingsScreen) mark(i int) {
	s.quiet = true
	defer func() { s.quiet = false }()
	if i < 0 {
		s.list.UnselectAll()
	} else {
		s.list.Select(i)
		s.list.Highlight(i)
	}
}

// selected acts on a choice in the list.
func (s *settingsScreen) selected(i int) {
	if s.quiet || s.form.draft != nil && s.form.draft.id == s.accounts[i].ID {
		return
	}
	id := s.accounts[i].ID
	if s.form.draft != nil {
		s.mark(s.indexOf(s.form.draft.id)) // until the question is answered
	}
	s.leave(func() { s.showAccount(s.indexOf(id)) })
}

// leave does next, after a question when something typed would be lost.
func (s *settingsScreen) leave(next func()) {
	if s.form.draft == nil || !s.form.draft.dirty() {
		next()
		return
	}
	s.dialogs.ask(question{
		title: s.loc.T("window.discard_title"), text: s.loc.T("window.discard_text"),
		yes: s.loc.T("window.discard"), no: s.loc.T("window.keep_editing"), danger: true,
	}, next)
}

// close asks where something would be lost; done closes the window.
func (s *settingsScreen) close(done func()) {
	if s.dialogs.dismiss() {
		return
	}
	s.leave(done)
}

func (s *settingsScreen) showAccount(i int) {
	if i < 0 {
		return
	}
	s.show(draftOf(s.accounts[i]))
	s.mark(i)
	s.window.Canvas().Focus(s.list)
}

func (s *settingsScreen) showNew() {
	s.show(newDraft())
	s.mark(-1)
	s.window.Canvas().Focus(s.form.fields[fieldName])
}

func (s *settingsScreen) show(d *draft) {
	s.stopBusy()
	s.probe.reset()
	s.outcome.say(toneInfo, "")
	s.showHealth(false)
	s.form.load(d)
	s.scroll.ScrollToTop()
	s.update()
}

// changed follows a keystroke in the form.
func (s *settingsScreen) changed() {
	s.outcome.say(toneInfo, "")
	if !s.busy && s.probe.content.Visible() {
		s.probe.reset()
		s.relayout()
	}
	s.update()
}

// update brings everything around the form in line with it.
func (s *settingsScreen) update() {
	d := s.form.draft
	if d == nil {
		return
	}
	isNew := d.id == ""
	show(s.none, len(s.accounts) == 0)
	switch {
	case !isNew:
		s.heading.set(d.base.Name)
	case len(s.accounts) == 0:
		s.heading.set(s.loc.T("window.welcome"))
	default:
		s.heading.set(s.loc.T("window.new_account"))
	}
	if first := isNew && len(s.accounts) == 0; first != s.intro.Visible() {
		show(s.intro, first)
		s.relayout()
	}
	text, tone := "", toneError
	if status := statusOf(s.snapshot, d.id); !isNew && status != nil && status.Error != nil && !s.probe.content.Visible() {
		text = status.Error.Text
		if status.State == app.Waiting {
			tone = toneInfo
		}
	}
	s.problem.say(tone, text)
	show(s.toggle, !isNew)

	reason := s.form.reason()
	s.test.setEnabled(reason == "" && !s.busy)
	if reason == "" && !d.dirty() {
		reason = s.loc.T("window.saved_already")
	}
	s.save.setEnabled(reason == "" && !s.busy)
	s.remove.setEnabled(!isNew && !s.busy)
	s.reason.set(reason)
}

// handle takes an event of the tray role's.
func (s *settingsScreen) handle(e ipc.Event) {
	if e.Open != nil && e.Open.Notice != "" {
		s.hint = e.Open.Notice
		s.sayNotice()
	}
	if e.Snapshot == nil {
		return
	}
	s.snapshot = *e.Snapshot
	s.sayNotice()
	known := make([]string, len(s.accounts))
	for i, a := range s.accounts {
		known[i] = a.ID
	}
	there := make([]string, len(s.snapshot.Accounts))
	for i, a := range s.snapshot.Accounts {
		there[i] = a.ID
	}
	if s.loaded && !slices.Equal(known, there) && !s.busy {
		s.reload("")
	}
	s.list.Refresh()
	s.update()
	if s.onHealth {
		s.fillHealth()
	}
}

func (s *settingsScreen) setBusy(cancel context.CancelFunc) {
	s.busy, s.cancel = cancel != nil, cancel
	s.update()
}

func (s *settingsScreen) stopBusy() {
	if s.cancel != nil {
		s.cancel()
	}
}

func (s *settingsScreen) pressTest() {
	if s.busy || s.form.reason() != "" {
		return
	}
	d := s.form.draft
	account, password := d.account(), d.value(fieldPassword)
	if account.ID == "" {
		account.ID = settings.NewID(account.Name)
	}
	s.outcome.say(toneInfo, "")
	s.probe.start()
	s.relayout()
	s.setBusy(goRun(s.bridge,
		func(ctx context.Context) (app.TestReport, error) {
			return testDraft(ctx, s.client, s.secrets, account, password)
		},
		func(report app.TestReport, err error) {
			s.setBusy(nil)
			if s.form.draft != d || errors.Is(err, context.Canceled) {
				s.probe.reset()
				return
			}
			s.probe.report(report, err)
			s.update()
			s.relayout()
		}))
}

func (s *settingsScreen) pressSave() {
	d := s.form.draft
	if s.busy || d == nil || s.form.reason() != "" || !d.dirty() {
		return
	}
	account, password, isNew := d.account(), d.value(fieldPassword), d.id == ""
	if isNew {
		account.ID = settings.NewID(account.Name)
	}
	s.probe.reset()
	s.outcome.say(toneInfo, s.loc.T("window.saving"))
	s.setBusy(goDo(s.bridge,
		func(ctx context.Context) error {
			return saveAccount(ctx, s.client, s.secrets, account, password, isNew)
		},
		func(err error) {
			s.setBusy(nil)
			if err != nil {
				s.outcome.say(toneError, s.loc.T("window.not_saved", sentence(err, s.loc)))
				return
			}
			d.text[fieldPassword] = "" // nothing typed is left to lose
			s.reloadAfterSave(account.ID, s.loc.T("window.saved"))
		}))
}

// saver is what saving needs of the tray role.
type saver interface {
	SaveAccount(ctx context.Context, account settings.Account) error
}

// saveAccount writes the password before the account, so that the first poll
// finds it. What a failure leaves of a new account's password is removed.
func saveAccount(ctx context.Context, c saver, secrets secret.Store, a settings.Account, password string, isNew bool) error {
	if password != "" && a.SecretCommand == "" {
		if err := secrets.Set(ctx, a.ID, password); err != nil {
			return err
		}
	}
	err := c.SaveAccount(ctx, a)
	if err != nil && isNew && password != "" {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), deleteTimeout)
		defer cancel()
		_ = secrets.Delete(ctx, a.ID)
	}
	return err
}

func (s *settingsScreen) reloadAfterSave(id, text string) {
	goRun(s.bridge, s.client.Accounts, func(accounts []settings.Account, err error) {
		if err != nil {
			s.outcome.say(toneError, sentence(err, s.loc))
			return
		}
		s.setAccounts(accounts, id)
		s.outcome.say(toneGood, text)
	})
}

func (s *settingsScreen) askRemove() {
	d := s.form.draft
	if d == nil || d.id == "" || s.busy {
		return
	}
	id := d.id
	s.dialogs.ask(question{
		title: s.loc.T("window.remove_title", d.base.Name), text: s.loc.T("window.remove_text"),
		yes: s.loc.T("window.remove"), no: s.loc.T("window.keep"), danger: true,
	}, func() {
		s.setBusy(goDo(s.bridge,
			func(ctx context.Context) error { return s.client.RemoveAccount(ctx, id) },
			func(err error) {
				s.setBusy(nil)
				if err != nil {
					s.outcome.say(toneError, s.loc.T("window.not_removed", sentence(err, s.loc)))
					return
				}
				s.form.draft = draftOf(settings.Account{ID: id}) // what was typed went with it
				s.form.draft.base = s.form.draft.account()
				s.reload("")
			}))
	})
}
