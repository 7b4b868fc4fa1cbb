//go:build cgo && !nowindow

package window

import (
	"context"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// page is one of the settings window's.
type page interface {
	view() fyne.CanvasObject
	// start asks for what there is to show. It is called each time that the
	// user turns to the page, which leaves the focus where it is.
	start()
	// handle takes an event, whether the page is shown or not, but not before
	// the first start.
	handle(ipc.Event)
	// unsaved says that something typed would be lost with the window.
	unsaved() bool
}

// settingsPages are the pages there are, in order: the part of translation
// keys that names each, its icon, and how it is made.
var settingsPages = []settingsPage{
	{"accounts", theme.AccountIcon, newAccountsPage},
	{"preferences", theme.SettingsIcon, newPreferencesPage},
	{"health", theme.InfoIcon, newHealthPage},
}

type settingsPage struct {
	name string
	icon func() fyne.Resource
	make func(pageEnv) page
}

// pageEnv is what a page has of its window.
type pageEnv struct {
	bridge  *bridge
	client  api.Engine
	secrets secret.Store
	signIn  func(context.Context, SignIn) (*SignedIn, error)
	revoke  func(context.Context, settings.Account) error
	loc     *locale.Catalogue
	keys    *keys
	window  fyne.Window
	dialogs *dialogs
	// systemSounds: a sound cannot be a file.
	systemSounds bool
	// relayout gives everything its room after something came or went.
	relayout func()
}

// askDiscard asks whether to lose what was typed, and calls then for yes.
func (e pageEnv) askDiscard(then func()) {
	e.dialogs.ask(question{
		title: e.loc.T("window.discard_title"), text: e.loc.T("window.discard_text"),
		yes: e.loc.T("window.discard"), no: e.loc.T("window.keep_editing"), danger: true,
	}, then)
}

// settingsScreen is the settings window: its pages, and what concerns all of
// them. The way between the pages is shown once there is more than one.
type settingsScreen struct {
	pageEnv
	pages   []page
	started []bool
	current int
	tabs    *tabs
	body    *fyne.Container
	notice  *banner
	hint    string // the notice of the request that opened the window
	tray    func(context.Context) bool
	// icon says whether the system hides the icon, of which firstAccount is the
	// time to tell: the user has just begun, and looks for it.
	icon         func() bool
	openIcon     *widget.Button
	iconSettings fyne.CanvasObject // has openIcon
	accountless  bool
	firstAccount bool
	problem      string // with the settings file
	rootView     *fyne.Container
}

func newSettingsScreen(b *bridge, o Options, w fyne.Window, k *keys) *settingsScreen {
	s := &settingsScreen{tray: o.AwaitTray, icon: o.IconHidden, accountless: len(o.Snapshot.Accounts) == 0}
	s.pageEnv = pageEnv{
		bridge: b, client: o.Client, secrets: o.Secrets, signIn: o.SignIn, revoke: o.Revoke, loc: o.Locale, keys: k, window: w,
		dialogs: &dialogs{keys: k, window: w}, systemSounds: o.SystemSounds, relayout: s.layOut,
	}
	s.body = container.NewStack()
	s.openIcon = widget.NewButton(s.loc.T("window.icon_settings"), func() {
		if err := o.IconSettings(); err != nil {
			o.Log.Warn("opening the settings of the taskbar", "error", err)
		}
	})
	s.iconSettings = container.NewCenter(inset(8, 0, s.openIcon))
	s.iconSettings.Hide()
	s.notice = newBanner(12, 10, s.iconSettings, s.layOut)
	items := make([]tabItem, len(settingsPages))
	for i, p := range settingsPages {
		items[i] = tabItem{s.loc.T("window.page." + p.name), p.icon()}
		s.pages = append(s.pages, p.make(s.pageEnv))
		view := s.pages[i].view()
		view.Hide()
		s.body.Add(view)
	}
	s.started = make([]bool, len(s.pages))
	s.tabs = newTabs(k, items, s.turnTo)
	k.undo = s.undo
	k.turn = func(by int) { s.turnTo((s.current + by + len(s.pages)) % len(s.pages)) }
	bar := stackOf(0, inset(12, 4, s.tabs), widget.NewSeparator())
	show(bar, len(s.pages) > 1)
	s.rootView = container.NewBorder(stackOf(0, bar, s.notice), nil, nil, nil, s.body)
	s.setHint(o.Open.Notice)
	s.current = pageIndex(o.Open.Page)
	s.openAccount(o.Open.Account)
	return s
}

// openAccount shows an account that somebody asked for; an empty ID is none.
func (s *settingsScreen) openAccount(id string) {
	if accounts, ok := s.pages[s.current].(*accountsPage); ok && id != "" {
		accounts.open(id)
	}
}

// pageIndex finds a page by its name; the first, if there is none.
func pageIndex(name string) int {
	return max(0, slices.IndexFunc(settingsPages, func(p settingsPage) bool { return p.name == name }))
}

// place is screen.place.
func (s *settingsScreen) place() ipc.OpenRequest {
	return ipc.OpenRequest{Window: ipc.WindowSettings, Page: settingsPages[s.current].name, Notice: s.hint}
}

// follow takes over from the screen that was there before.
func (s *settingsScreen) follow(earlier screen) {
	e, ok := earlier.(*settingsScreen)
	if !ok {
		return
	}
	for i, p := range s.pages {
		if p, ok := p.(*preferencesPage); ok {
			p.follow(e.pages[i].(*preferencesPage))
		}
	}
}

// unsaved is screen.unsaved.
func (s *settingsScreen) unsaved() bool {
	for i, p := range s.pages {
		if s.started[i] && p.unsaved() {
			return true
		}
	}
	return false
}

// layOut is pageEnv.relayout.
func (s *settingsScreen) layOut() {
	if s.rootView != nil {
		s.rootView.Refresh()
	}
}

func (s *settingsScreen) view() fyne.CanvasObject { return s.rootView }

func (s *settingsScreen) start() { s.show(s.current) }

// turnTo shows another page. What was typed into the one before stays there.
func (s *settingsScreen) turnTo(i int) {
	if i == s.current {
		return
	}
	s.dialogs.dismiss()
	s.pages[s.current].view().Hide()
	s.show(i)
	s.window.Canvas().Focus(s.tabs) // what had it before may be hidden now
}

func (s *settingsScreen) show(i int) {
	s.current = i
	s.pages[i].view().Show()
	s.tabs.mark(i)
	s.layOut()
	s.started[i] = true
	s.pages[i].start()
}

// undo is keys.undo: the page that is shown may have something, once no
// question is open.
func (s *settingsScreen) undo() bool {
	u, ok := s.pages[s.current].(interface{ escape() bool })
	return ok && s.dialogs.open == nil && u.escape()
}

// setHint says what is amiss with the desktop, for as long as it is.
func (s *settingsScreen) setHint(hint string) {
	if hint == noTray && s.hint != noTray {
		onTray(s.bridge, s.tray, func() { s.setHint("") })
	}
	s.hint = hint
	s.sayNotice()
}

// noTray is the notice of a desktop that shows no icons.
const noTray = "no-tray"

// sayNotice shows what concerns more than one page.
func (s *settingsScreen) sayNotice() {
	hidden := s.problem == "" && s.hint == "" && s.firstAccount && s.icon != nil && s.icon()
	show(s.iconSettings, hidden)
	switch {
	case hidden:
		s.notice.say(toneInfo, s.loc.T("window.icon_hidden"))
	case s.problem != "":
		s.notice.say(toneError, s.problem)
	case s.hint == noTray:
		s.notice.say(toneInfo, s.loc.T("window.no_tray"))
	default:
		s.notice.say(toneInfo, "")
	}
}

// handle takes an event of the tray role's.
func (s *settingsScreen) handle(e ipc.Event) {
	if e.Open != nil && e.Open.Notice != "" {
		s.setHint(e.Open.Notice)
	}
	if e.Open != nil && (e.Open.Page != "" || e.Open.Account != "") {
		s.turnTo(pageIndex(e.Open.Page))
		s.openAccount(e.Open.Account)
	}
	if e.Snapshot != nil {
		s.firstAccount = s.firstAccount || s.accountless && len(e.Snapshot.Accounts) > 0
		s.problem = ""
		if p := e.Snapshot.Problem; p != nil {
			s.problem = explain.Text(p, s.loc)
		}
	}
	s.sayNotice()
	for i, p := range s.pages {
		if s.started[i] {
			p.handle(e)
		}
	}
}

// close asks where something would be lost; done closes the window.
func (s *settingsScreen) close(done func()) {
	if s.dialogs.dismiss() {
		return
	}
	for i, p := range s.pages {
		if s.started[i] && p.unsaved() {
			s.turnTo(i)
			s.askDiscard(done)
			return
		}
	}
	done()
}
