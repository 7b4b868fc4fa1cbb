//go:build !darwin || cgo

package tray

import "fyne.io/systray"

// systrayMenu is systray's one and only menu.
type systrayMenu struct{ items []*systray.MenuItem }

type systrayItem struct{ *systray.MenuItem }

func (i systrayItem) clicks() chan struct{} { return i.ClickedCh }

func (m *systrayMenu) add(parent nativeItem, label string) nativeItem {
	var item *systray.MenuItem
	if p, ok := parent.(systrayItem); ok {
		item = p.AddSubMenuItem(label, "")
	} else {
		item = systray.AddMenuItem(label, "")
	}
	// D6: systray drops a click when nobody waits at that moment. With room
	// for one, a click made while a view is applied is kept.
	item.ClickedCh = make(chan struct{}, 1)
	m.items = append(m.items, item)
	return systrayItem{item}
}

func (m *systrayMenu) separator(parent nativeItem) {
	if p, ok := parent.(systrayItem); ok {
		p.AddSeparator()
		return
	}
	systray.AddSeparator()
}

func (m *systrayMenu) reset() {
	// systray closes the channels of removed entries; a click at that very
	// moment would send on a closed one. It leaves nil channels alone.
	for _, item := range m.items {
		item.ClickedCh = nil
	}
	m.items = nil
	systray.ResetMenu()
}
