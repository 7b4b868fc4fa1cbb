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

// accountsPage is where accounts are added, changed and removed: the list of
// them on the left, the form of one of them on the right.
type accountsPage struct {
	pageEnv

	accounts []settings.Account
	snapshot api.Snapshot
	loaded   bool
	wanted   string // the account that is to be shown once they are loaded
	quiet    bool   // the list is being changed by us, not by the user
	cancel   context.CancelFunc
	busy     bool

	list    *rows
	none    *line
	add     *button
	remove  *button
	pane    pane
	heading *line
	intro   *paragraph
	problem *banner
	form    *form
	probe   *probe
	look    *button // at the certificate that the problem is about
	// signInAgain is for a problem that a sign-in ends.
	signInAgain *button
	tested      *api.Problem // what the last test of this draft failed on
	offered     string       // what Thunderbird has, for whoever has no account here
	offer       *banner      // says so
	choose      *button      // among them
	takeover    *takeover
	adder       *adder
	signer      *signer
	adding      bool   // the account is added once its test passes
	origin      string // where the server of that account was found
	manual      *button
	addNow      *button
	past        *existing // what was in a new account counts as seen
	outcome     *banner
	reason      *line
	test        *button
	save        *button
	scroll      *container.Scroll
	editor      *fyne.Container // the form and what is wrong with the account
	bars        *fyne.Container // what the form and the test have below
	health      *accountHealth
	healthy     *fyne.Container // what the health pane has below
	toggle      *button
	again       *button
	right       *fyne.Container
	rootView    fyne.CanvasObject
}

// pane is what the right side shows of an account.
type pane int

const (
	paneForm pane = iota
	paneNew
	paneTest
	paneHealth
	paneSignIn
)

func newAccountsPage(e pageEnv) page {
	s := &accountsPage{pageEnv: e}
	s.build()
	return s
}

func (s *accountsPage) build() {
	loc := s.loc
	s.list = newRows(s.keys, func() int { return len(s.accounts) },
		func() fyne.CanvasObject { return newAccountRow() },
		func(i widget.ListItemID, o fyne.CanvasObject) {
			a := s.accounts[i]
			o.(*accountRow).show(a.Name, accountStateOf(statusOf(s.snapshot, a.ID), s.snapshot.Offline, loc))
		})
	s.list.OnSelected = func(i widget.ListItemID) { s.selected(i) }
	s.past = newExisting(s.bridge, s.client, s.keys, loc, 0, 0, s.relayout, func(err error) { s.outcome.say(toneError, sentence(err, loc)) })
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
	s.intro = newText(loc.T("window.welcome_text"))
	s.look = newButton(s.keys, loc.T("window.cert.look"), nil, s.pressTest)
	s.look.Hide()
	s.signInAgain = newButton(s.keys, loc.T("window.signin.again"), nil, s.pressSignIn)
	s.signInAgain.Hide()
	s.problem = newBanner(0, 0, container.NewCenter(inset(8, 0, container.NewHBox(s.look, s.signInAgain))), s.relayout)
	s.form = newForm(s.pageEnv, s.changed, s.pressSave, s.pressSignIn, s.pressPassword)
	s.probe = newProbe(s.bridge, s.keys, loc, func() { s.stopBusy() }, s.askTrust, s.allowLegacy, s.relayout)
	s.outcome = newBanner(0, 0, nil, s.relayout)
	s.adder = newAdder(s)
	s.signer = newSigner(s)
	s.takeover = &takeover{pageEnv: s.pageEnv, say: s.outcome.say, added: s.takenOver}
	s.choose = newButton(s.keys, loc.T("window.thunderbird.button"), nil, func() { s.leave(s.takeover.press) })
	s.offer = newBanner(0, 0, container.NewCenter(inset(8, 0, s.choose)), s.relayout)
	s.manual = newButton(s.keys, loc.T("window.add.manual"), nil, s.pressManual)
	s.addNow = newButton(s.keys, loc.T("window.add.add"), nil, func() {
		if s.busy { // then it says Cancel
			s.stopBusy()
		} else {
			s.pressAdd()
		}
	})
	s.addNow.Importance = widget.HighImportance
	s.reason = newCaption()
	s.test = newButton(s.keys, loc.T("window.test"), nil, s.pressTest)
	s.save = newButton(s.keys, loc.T("window.save"), nil, s.pressSave)
	s.save.Importance = widget.HighImportance

	s.health = newAccountHealth(loc)
	s.health.content.Hide()
	s.toggle = newButton(s.keys, loc.T("window.health"), theme.InfoIcon(), func() {
		switch {
		case s.pane == paneForm:
			s.turn(paneHealth)
		case s.pane == paneSignIn && !s.busy:
			s.signer.back()
		case s.pane == paneSignIn:
			s.stopBusy() // which goes back
		default:
			s.stopBusy()
			s.turn(paneForm)
			s.focusCause()
		}
	})
	s.toggle.Importance = widget.LowImportance
	s.again = newButton(s.keys, loc.T("window.check_now"), nil, s.pressCheck)
	copied := newButton(s.keys, loc.T("window.health.copy"), theme.ContentCopyIcon(), s.pressCopy)
	s.editor = stackOf(10, s.problem, s.form.content)
	heading := container.NewBorder(nil, nil, nil, s.toggle, container.New(middle{}, s.heading))
	s.scroll = container.NewVScroll(inset(18, 14, stackOf(10, inset(7, 0, heading), s.intro, s.offer, s.past, s.adder.content, s.editor, s.probe.content, s.signer.content, s.health.content)))
	s.keys.reveal = func(o fyne.CanvasObject) { bringIntoView(s.scroll, o) }
	reason := container.New(layout.NewCustomPaddedLayout(0, 0, 7, 8), container.New(middle{}, s.reason))
	bar := inset(18, 10, container.NewBorder(nil, nil, nil, container.NewHBox(s.manual, s.addNow, s.test, s.save), reason))
	s.bars = stackOf(0, inset(18, 4, s.outcome), widget.NewSeparator(), bar)
	s.healthy = stackOf(0, widget.NewSeparator(), inset(18, 10, container.NewHBox(layout.NewSpacer(), copied, s.again)))
	s.healthy.Hide()
	bottom := stackOf(0, s.bars, s.healthy)
	s.right = container.NewBorder(nil, bottom, nil, nil, s.scroll)
	s.right.Hide()

	side := container.NewBorder(nil, nil, nil, widget.NewSeparator(), left)
	s.rootView = container.NewBorder(nil, nil, side, nil, s.right)
}

func (s *accountsPage) view() fyne.CanvasObject { return s.rootView }

// start asks for what there is to show.
func (s *accountsPage) start() {
	s.handle(ipc.Event{Snapshot: &s.bridge.snapshot})
	s.reload("")
}

// open shows an account that somebody asked for.
func (s *accountsPage) open(id string) {
	if !s.loaded {
		s.wanted = id
	} else if i := s.indexOf(id); i >= 0 {
		s.selected(i)
		s.focusSignIn()
	}
}

// focusSignIn brings the keyboard to where a sign-in is asked for, if it is.
func (s *accountsPage) focusSignIn() {
	if s.pane == paneForm && s.dialogs.open == nil && s.problem.Visible() && s.signInAgain.Visible() {
		s.window.Canvas().Focus(s.signInAgain)
	}
}

// reload reads the accounts again and shows the one with this ID, or the one
// that is shown now.
func (s *accountsPage) reload(id string) {
	goRun(s.bridge, asked(s.client, api.Accounts), func(accounts []settings.Account, err error) {
		if err != nil {
			s.outcome.say(toneError, sentence(err, s.loc))
			show(s.right, true)
			s.relayout()
			return
		}
		s.setAccounts(accounts, id)
	})
}

func (s *accountsPage) setAccounts(accounts []settings.Account, id string) {
	s.accounts = accounts
	first := !s.loaded
	wanted := s.wanted != ""
	if wanted {
		id, s.wanted = s.wanted, ""
	}
	s.loaded = true
	if first {
		show(s.right, true)
		s.relayout() // Fyne focuses only what it has drawn
		if len(accounts) == 0 {
			s.lookAround()
		}
	}
	current := ""
	if s.form.draft != nil {
		current = s.form.draft.id
	}
	switch {
	case id != "" && s.indexOf(id) >= 0:
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
	if wanted {
		s.focusSignIn()
	}
}

// lookAround looks for accounts in Thunderbird, to offer them. Nobody has asked
// for that, so a profile that cannot be read is no news.
func (s *accountsPage) lookAround() {
	goRun(s.bridge,
		func(context.Context) ([]candidate, error) { return lookIntoThunderbird(nil, s.loc) },
		func(all []candidate, _ error) {
			if n := countFree(all); n > 0 {
				s.offered = s.loc.N("window.thunderbird.offer", n)
				s.update()
			}
		})
}

// takenOver shows the first of the accounts that were added, where its password
// goes.
func (s *accountsPage) takenOver(added []settings.Account) {
	if len(added) == 0 {
		return
	}
	text, focus := s.loc.N("window.thunderbird.added", len(added), namesOf(added, s.loc)), fyne.Focusable(s.form.fields[fieldPassword])
	if added[0].SignsIn() {
		text, focus = s.loc.T("window.thunderbird.added_signs_in", namesOf(added, s.loc)), s.form.signIn
	}
	s.reloadAfterSave(added[0].ID, text, focus)
}

func (s *accountsPage) indexOf(id string) int {
	return slices.IndexFunc(s.accounts, func(a settings.Account) bool { return a.ID == id })
}

// mark selects a row without acting on it; none when i is negative.
func (s *accountsPage) mark(i int) {
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
func (s *accountsPage) selected(i int) {
	if s.quiet || s.form.draft != nil && s.form.draft.id == s.accounts[i].ID {
		return
	}
	s.list.pointed()
	id := s.accounts[i].ID
	if s.form.draft != nil {
		s.mark(s.indexOf(s.form.draft.id)) // until the question is answered
	}
	s.leave(func() { s.showAccount(s.indexOf(id)) })
}

// unsaved says that something typed would be lost.
func (s *accountsPage) unsaved() bool { return s.form.draft != nil && s.form.draft.dirty() }

// leave does next, after a question when something typed would be lost.
func (s *accountsPage) leave(next func()) {
	if !s.unsaved() {
		next()
		return
	}
	s.askDiscard(next)
}

func (s *accountsPage) showAccount(i int) {
	if i < 0 {
		return
	}
	s.show(draftOf(s.accounts[i]))
	s.mark(i)
	s.list.focus(s.window.Canvas())
}

func (s *accountsPage) showNew() {
	s.show(newDraft())
	s.turn(paneNew)
	s.mark(-1)
	s.window.Canvas().Focus(s.adder.fields[fieldAddress])
}

func (s *accountsPage) show(d *draft) {
	s.stopBusy()
	s.tested, s.adding = nil, false
	s.outcome.say(toneInfo, "")
	s.form.load(d)
	s.adder.load(d)
	s.turn(paneForm)
	s.update()
}

// changed follows a keystroke in the form.
func (s *accountsPage) changed() {
	s.outcome.say(toneInfo, "")
	s.tested = nil
	s.update()
}

// update brings everything around the form in line with it.
func (s *accountsPage) update() {
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
	first := isNew && len(s.accounts) == 0 && s.pane == paneNew
	if first != s.intro.Visible() {
		show(s.intro, first)
		s.relayout()
	}
	offered := ""
	if first {
		offered = s.offered
	}
	s.offer.say(toneInfo, offered)
	s.sayProblem()
	status := statusOf(s.snapshot, d.id)
	if status != nil && !isNew && s.pane != paneTest && s.pane != paneSignIn {
		s.past.about(*status)
	} else {
		s.past.about()
	}
	if none := !isNew && status != nil && status.Error != nil && status.Error.Code == api.CodeNoSecret; none != s.form.unstored {
		s.form.unstored = none
		s.form.sync()
	}
	show(s.toggle, !isNew || s.pane != paneForm && s.pane != paneNew)

	reason := s.form.reason()
	if s.pane == paneNew {
		_, reason = s.adder.missing()
		s.addNow.setEnabled(reason == "" || s.busy)
		s.adder.update()
		label := s.loc.T("window.add.add")
		if s.busy {
			label = s.loc.T("window.cancel")
		}
		if s.addNow.Text != label {
			s.addNow.SetText(label)
		}
		for _, one := range s.adder.shown {
			if s.adder.ends(one) {
				reason = "" // it stands above already
			}
		}
		s.reason.set(reason)
		s.remove.setEnabled(false)
		return
	}
	if s.pane == paneSignIn {
		s.reason.set("")
		s.remove.setEnabled(false)
		return
	}
	s.test.setEnabled(reason == "" && !s.busy)
	if reason == "" && !d.dirty() {
		reason = s.loc.T("window.saved_already")
	}
	s.save.setEnabled(reason == "" && !s.busy)
	s.remove.setEnabled(!isNew && !s.busy)
	s.reason.set(reason)
}

// handle takes an event of the tray role's.
func (s *accountsPage) handle(e ipc.Event) {
	if e.Step != nil && s.busy && s.pane == paneTest {
		s.probe.step(*e.Step)
	}
	if e.Snapshot == nil {
		return
	}
	s.snapshot = *e.Snapshot
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
	if s.pane == paneHealth {
		s.fillHealth()
	}
}

func (s *accountsPage) setBusy(cancel context.CancelFunc) {
	s.busy, s.cancel = cancel != nil, cancel
	s.update()
}

func (s *accountsPage) stopBusy() {
	if s.cancel != nil {
		s.cancel()
	}
}

func (s *accountsPage) pressSave() { s.saveDraft(s.loc.T("window.saved")) }

// saveDraft saves what was typed, and says so with text.
func (s *accountsPage) saveDraft(text string) {
	d := s.form.draft
	if s.busy || d == nil || s.wrong() || !d.dirty() {
		return
	}
	account, password, was := d.account(), d.value(fieldPassword), d.was()
	if was == nil {
		account.ID = settings.NewID(account.Name)
	}
	s.outcome.say(toneInfo, s.loc.T("window.saving"))
	s.setBusy(goDo(s.bridge,
		func(ctx context.Context) error {
			return saveAccount(ctx, s.client, s.secrets, account, password, was)
		},
		func(err error) {
			s.setBusy(nil)
			if err != nil {
				s.outcome.say(toneError, s.loc.T("window.not_saved", sentence(err, s.loc)))
				return
			}
			d.text[fieldPassword] = "" // nothing typed is left to lose
			s.reloadAfterSave(account.ID, text, s.list)
		}))
}

func (s *accountsPage) reloadAfterSave(id, text string, focus fyne.Focusable) {
	goRun(s.bridge, asked(s.client, api.Accounts), func(accounts []settings.Account, err error) {
		if err != nil {
			s.outcome.say(toneError, sentence(err, s.loc))
			return
		}
		s.setAccounts(accounts, id)
		s.outcome.say(toneGood, text)
		s.window.Canvas().Focus(focus)
	})
}

func (s *accountsPage) askRemove() {
	d := s.form.draft
	if d == nil || d.id == "" || s.busy {
		return
	}
	id, account := d.id, d.base
	revoke, more := s.revocation(account)
	text := s.loc.T("window.remove_text")
	if account.SignsIn() {
		text = s.loc.T("window.remove_signin")
	}
	s.dialogs.ask(question{
		title: s.loc.T("window.remove_title", d.base.Name), text: text, more: more,
		yes: s.loc.T("window.remove"), no: s.loc.T("window.keep"), danger: true,
	}, func() {
		first := revoke.Checked
		s.setBusy(goDo(s.bridge,
			func(ctx context.Context) error {
				if first {
					if err := s.revoke(ctx, account); err != nil {
						return err
					}
				}
				_, err := api.RemoveAccount.Ask(ctx, s.client, api.AccountRequest{Account: id})
				return err
			},
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
