//go:build cgo && !nowindow

package window

import (
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// shell is a window and the screen in it, which is made anew when the user
// chooses another language.
type shell struct {
	bridge *bridge
	o      Options
	window fyne.Window
	screen screen
	raiser *raiser
	fonts  *banner
	// revision is that of the settings which o.Preferences are from.
	revision uint64
}

func newShell(b *bridge, o Options, w fyne.Window) *shell {
	s := &shell{bridge: b, o: o, window: w, revision: o.Snapshot.SettingsRevision}
	s.raiser = newRaiser(b, w)
	b.snapshot = o.Snapshot
	s.fonts = newBanner(12, 10, nil, s.layOut)
	s.build()
	size := fyne.NewSize(760, 560)
	if o.Open.Window == ipc.WindowMailbox {
		size = fyne.NewSize(920, 600)
		if p := o.Place.bounded(); p.Width > 0 {
			size = fyne.NewSize(p.Width, p.Height)
		}
	}
	w.SetPadded(false)
	w.Resize(size)
	return s
}

// title is the window's, which also finds it on the desktop.
func title(o Options) string {
	if o.Open.Window == ipc.WindowMailbox {
		return o.Locale.T("window.title_mailbox")
	}
	return o.Locale.T("window.title_settings")
}

// build puts the screen that o.Open asks for into the window. What its work
// comes to before the loop runs waits in Fyne's queue.
func (s *shell) build() {
	if err := speakToolkit(s.o.Locale); err != nil && s.o.Log != nil {
		s.o.Log.Warn("the toolkit keeps its language", "err", err)
	}
	k := &keys{escape: s.close}
	if s.o.Open.Window == ipc.WindowMailbox {
		s.screen = newMailboxScreen(s.bridge, s.o, s.window, k)
	} else {
		next := newSettingsScreen(s.bridge, s.o, s.window, k)
		next.follow(s.screen)
		s.screen = next
	}
	s.window.SetTitle(title(s.o))
	s.window.SetContent(container.NewBorder(s.fonts, nil, nil, nil, s.screen.view()))
	s.window.SetCloseIntercept(s.close)
	k.attach(s.window.Canvas())
	s.screen.start()
	s.lookForFonts()
	s.bridge.bold.see(s.bridge, s.window.Title()) // headings are in its language
	for _, a := range s.o.Snapshot.Accounts {
		s.bridge.bold.see(s.bridge, a.Name)
	}
}

// layOut gives everything its room after the banner came or went.
func (s *shell) layOut() {
	if content := s.window.Content(); content != nil {
		content.Refresh()
	}
}

// lookForFonts says what to install where the language has no font (D5). It
// says so in English, whose letters there are.
func (s *shell) lookForFonts() {
	s.fonts.say(toneError, "")
	script := facts.ScriptOf(s.o.Locale.Tag())
	if script == "" || s.o.Fonts == nil {
		return
	}
	screen := s.screen
	goRun(s.bridge, s.o.Fonts, func(found facts.Fonts, err error) {
		if err != nil || screen != s.screen || !slices.Contains(found.Missing, script) {
			return // a system that does not say has fonts
		}
		t := locale.New("en").T
		advice := t("doctor.fonts.advice")
		if found.Package != "" {
			advice = t("doctor.fonts.package", found.Package)
		}
		s.fonts.say(toneError, t("problem.join", t("doctor.fonts.missing", t("doctor.fonts."+string(script))), advice))
	})
}

func (s *shell) close() { s.screen.close(s.window.Close) }

// keep has the place of a mailbox window remembered.
func (s *shell) keep(of func(fyne.Window) Place) {
	mailbox, ok := s.screen.(*mailboxScreen)
	if !ok || s.o.Keep == nil {
		return
	}
	p := of(s.window)
	p.Split = mailbox.split.Offset
	s.o.Keep(p)
}

// handle acts on what the tray role sends.
func (s *shell) handle(e ipc.Event) {
	if e.Closing {
		s.window.Close()
		return
	}
	if e.Open != nil {
		s.raiser.raise()
	}
	if e.Snapshot != nil {
		s.bridge.snapshot = *e.Snapshot
	}
	s.screen.handle(e)
	if e.Snapshot == nil || e.Snapshot.SettingsRevision == s.revision {
		return
	}
	s.revision = e.Snapshot.SettingsRevision
	goRun(s.bridge, asked(s.o.Client, api.Settings), func(all settings.Settings, err error) {
		if err == nil {
			s.adopt(all.Preferences)
		}
	})
}

// adopt brings theme and language in line with preferences.
func (s *shell) adopt(p settings.Preferences) {
	before := s.o.Preferences
	if p.Theme != before.Theme {
		s.o.Preferences.Theme = p.Theme
		fyne.CurrentApp().Settings().SetTheme(currentLook().preferring(p.Theme))
	}
	if p.Language == before.Language || s.screen.unsaved() {
		return // what is being typed is worth more; the next change tries again
	}
	s.o.Preferences.Language = p.Language
	s.o.Locale = locale.New(p.Language)
	s.o.Open = s.screen.place()
	s.build()
}
