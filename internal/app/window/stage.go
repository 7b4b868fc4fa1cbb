//go:build cgo && !nowindow

package window

import (
	"fyne.io/fyne/v2"

	"github.com/traymail/traymail/internal/app/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/settings"
)

// stage is a window and the screen in it, which is made anew when the user
// chooses another language.
type stage struct {
	bridge *bridge
	o      Options
	window fyne.Window
	screen screen
	// revision is that of the settings which o.Preferences are from.
	revision uint64
}

func newStage(b *bridge, o Options, w fyne.Window) *stage {
	s := &stage{bridge: b, o: o, window: w}
	s.build()
	size := fyne.NewSize(760, 560)
	if o.Open.Window == ipc.WindowMailbox {
		size = fyne.NewSize(920, 600)
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
func (s *stage) build() {
	k := &keys{escape: s.close}
	if s.o.Open.Window == ipc.WindowMailbox {
		s.screen = newMailboxScreen(s.bridge, s.o, s.window, k)
	} else {
		s.screen = newSettingsScreen(s.bridge, s.o, s.window, k)
	}
	s.window.SetTitle(title(s.o))
	s.window.SetContent(s.screen.view())
	s.window.SetCloseIntercept(s.close)
	k.attach(s.window.Canvas())
	s.screen.start()
}

func (s *stage) close() { s.screen.close(s.window.Close) }

// handle acts on what the tray role sends.
func (s *stage) handle(e ipc.Event) {
	if e.Closing {
		s.window.Close()
		return
	}
	if e.Open != nil {
		s.window.Show()
		s.window.RequestFocus()
	}
	s.screen.handle(e)
	if e.Snapshot == nil || e.Snapshot.SettingsRevision == s.revision {
		return
	}
	s.revision = e.Snapshot.SettingsRevision
	goRun(s.bridge, s.o.Client.Settings, func(all settings.Settings, err error) {
		if err == nil {
			s.adopt(all.Preferences)
		}
	})
}

// adopt brings theme and language in line with preferences.
func (s *stage) adopt(p settings.Preferences) {
	before := s.o.Preferences
	if p.Theme != before.Theme {
		s.o.Preferences.Theme = p.Theme
		fyne.CurrentApp().Settings().SetTheme(newLook(p.Theme))
	}
	if p.Language == before.Language || s.screen.unsaved() {
		return // what is being typed is worth more; the next change tries again
	}
	s.o.Preferences.Language = p.Language
	s.o.Locale = locale.New(p.Language)
	s.o.Open = s.screen.place()
	s.build()
}
