//go:build cgo && !nowindow

package window

import (
	"context"
	"slices"
	"testing"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/ipc"
)

// plainPage is a page that only tells what is done with it.
type plainPage struct {
	label  *widget.Label
	record []string
	dirty  bool
}

func (p *plainPage) view() fyne.CanvasObject { return p.label }
func (p *plainPage) start()                  { p.record = append(p.record, "start") }
func (p *plainPage) handle(ipc.Event)        { p.record = append(p.record, "event") }
func (p *plainPage) unsaved() bool           { return p.dirty }

// A second page is reached by keys alone, gets events from then on, and what
// is unsaved on it is asked about wherever the window is closed.
func TestPages(t *testing.T) {
	second := &plainPage{label: widget.NewLabel("second")}
	before := settingsPages
	t.Cleanup(func() { settingsPages = before })
	settingsPages = slices.Clone(before[:1])
	settingsPages = append(settingsPages, before[0])
	settingsPages[1].make = func(pageEnv) page { return second }

	h := start(t, newFake(), ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	s := h.screen.(*settingsScreen)
	h.until("the accounts", func() bool { return h.accounts().loaded })
	c := s.window.Canvas()
	if second.label.Visible() || len(second.record) != 0 {
		t.Errorf("the second page is there at once: %q", second.record)
	}
	reached := false
	for range 20 {
		c.FocusNext()
		reached = reached || c.Focused() == fyne.Focusable(s.tabs)
	}
	if !reached {
		t.Fatal("Tab never comes to the tabs")
	}
	c.Focus(s.tabs)
	c.Focused().TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight})
	h.screen.handle(ipc.Event{})
	if !second.label.Visible() || s.pages[0].view().Visible() || !slices.Equal(second.record, []string{"start", "event"}) {
		t.Errorf("after the arrow: shown %v, %q", second.label.Visible(), second.record)
	}
	s.keys.shortcut(&desktop.CustomShortcut{KeyName: fyne.KeyPageUp, Modifier: fyne.KeyModifierShortcutDefault})
	if second.label.Visible() || c.Focused() != fyne.Focusable(s.tabs) {
		t.Error("Ctrl+Page Up does not turn back")
	}
	second.dirty = true
	if pressEscape(s.window); h.closed || s.dialogs.open == nil || !second.label.Visible() {
		t.Error("what is unsaved on the other page is not asked about there")
	}
}

// What is wrong with an account leads to that account, whether the window is
// there already or not.
func TestSettingsOpenOnAnAccount(t *testing.T) {
	f := newFake()
	f.accounts, f.snapshot = pictureAccounts, pictureSnapshot()
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings, Account: "work-22aa"}, "en", theme.VariantLight)
	s := h.screen.(*settingsScreen)
	h.screen.start()
	h.until("the account", func() bool { return h.accounts().loaded })
	if id := h.accounts().form.draft.id; id != "work-22aa" {
		t.Errorf("it opens on %s", id)
	}
	h.preferences()
	h.screen.handle(ipc.Event{Open: &ipc.OpenRequest{Window: ipc.WindowSettings, Account: "club-zzzz"}})
	if id := h.accounts().form.draft.id; id != "club-zzzz" || s.current != 0 {
		t.Errorf("page %d, account %s", s.current, id)
	}
	// What was asked for once does not come back over what is being typed.
	h.accounts().form.fields[fieldServer].SetText("pop.example.net")
	f.mu.Lock()
	f.accounts = slices.Clone(f.accounts)
	f.accounts[0].Name = "House"
	f.mu.Unlock()
	s.turnTo(1)
	s.turnTo(0)
	h.until("the accounts once more", func() bool { return h.accounts().accounts[0].Name == "House" })
	if a := h.accounts().form; a.draft.id != "club-zzzz" || a.fields[fieldServer].Text != "pop.example.net" {
		t.Errorf("the form has %s at %q", a.draft.id, a.fields[fieldServer].Text)
	}
	h.accounts().form.fields[fieldServer].SetText(f.accounts[2].Server)
	// One that is gone meanwhile is nothing to open.
	h.screen.handle(ipc.Event{Open: &ipc.OpenRequest{Window: ipc.WindowSettings, Account: "none-0000"}})
	if id := h.accounts().form.draft.id; id != "club-zzzz" {
		t.Errorf("account %s", id)
	}
}

// What is said of a desktop without a tray goes when it gets one.
func TestNoTrayUntilThereIsOne(t *testing.T) {
	for _, name := range []ipc.Window{ipc.WindowSettings, ipc.WindowMailbox} {
		f := filled()
		tray := make(chan bool)
		f.tray = func(context.Context) bool { return <-tray }
		h := start(t, f, ipc.OpenRequest{Window: name, Notice: noTray}, "en", theme.VariantLight)
		notice := func() *banner {
			if s, ok := h.screen.(*mailboxScreen); ok {
				return s.notice
			}
			return h.screen.(*settingsScreen).notice
		}
		if !notice().Visible() {
			t.Errorf("%s: nothing is said", name)
		}
		tray <- true
		h.until("the notice's end", func() bool { return !notice().Visible() })
		if h.screen.place().Notice != "" {
			t.Errorf("%s: the next screen says it again", name)
		}
	}
}

// Who has just added the first account is told where Windows keeps the icon,
// until it is there; who has accounts already, and no icon, wants it so.
func TestHiddenIcon(t *testing.T) {
	f := newFake()
	hidden := true
	f.icon = func() bool { return hidden }
	h := start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	s := h.screen.(*settingsScreen)
	if s.notice.Visible() {
		t.Error("it is told before there is an account")
	}
	first := pictureSnapshot()
	first.Accounts = first.Accounts[:1]
	s.handle(ipc.Event{Snapshot: &first})
	if !s.notice.Visible() || !s.iconSettings.Visible() {
		t.Fatal("it is not told")
	}
	s.openIcon.Tapped(nil)
	if len(f.opened) != 1 {
		t.Errorf("opened %v", f.opened)
	}
	hidden = false
	s.handle(ipc.Event{Snapshot: &first})
	if s.notice.Visible() || s.iconSettings.Visible() {
		t.Error("it is told, and the icon is there")
	}

	f = filled()
	f.icon = func() bool { return true }
	h = start(t, f, ipc.OpenRequest{Window: ipc.WindowSettings}, "en", theme.VariantLight)
	s = h.screen.(*settingsScreen)
	s.handle(ipc.Event{Snapshot: &f.snapshot})
	if s.notice.Visible() {
		t.Error("it is told to somebody who has accounts")
	}
}
