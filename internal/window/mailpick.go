//go:build cgo && !nowindow

package window

import (
	"context"
	"maps"
	"slices"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/api"
)

// pickBar says how many messages are picked, and what can be done with them.
type pickBar struct {
	*fyne.Container
	count                      *line
	seen, unseen, erase, leave *button
}

func (s *mailboxScreen) newPickBar() *pickBar {
	b := &pickBar{count: newLine(theme.SizeNameText, theme.ColorNameForeground)}
	b.count.style.Bold = true
	back := func(do func()) func() { // a click takes the keyboard from the list
		return func() {
			s.list.focus(s.window.Canvas())
			do()
		}
	}
	b.seen = newButton(s.keys, s.loc.T("window.mark_seen"), theme.ConfirmIcon(), back(func() { s.markPicked(false) }))
	b.unseen = newButton(s.keys, s.loc.T("window.mark_unseen"), nil, back(func() { s.markPicked(true) }))
	b.erase = newButton(s.keys, s.loc.T("window.delete"), theme.DeleteIcon(), back(s.removePicked))
	b.leave = newButton(s.keys, s.loc.T("window.unpick"), theme.CancelIcon(), back(func() { s.unpick() }))
	b.leave.Importance = widget.LowImportance
	b.Container = inset(10, 2, container.NewBorder(nil, nil, nil, container.NewHBox(b.seen, b.unseen, b.erase, b.leave),
		container.New(middle{}, inset(6, 0, b.count)))).(*fyne.Container)
	b.Hide()
	return b
}

// isPicked says whether a row looks selected: it is picked, or nothing is and
// it is the open one.
func (s *mailboxScreen) isPicked(i int) bool {
	if i >= len(s.mails) {
		return false // a row that the pointer has just left, of a longer list
	}
	if len(s.picked) > 0 {
		return s.picked[s.mails[i]]
	}
	return s.mails[i].key() == s.wanted
}

// pick takes up what the list says is picked.
func (s *mailboxScreen) pick(p picking) {
	if !p.toggle {
		clear(s.picked)
	} else if len(s.picked) == 0 {
		// The open message looks selected, and so it is among them.
		if i := s.indexOf(s.wanted); i >= 0 && i != p.from {
			s.picked[s.mails[i]] = true
		}
	}
	for i := p.from; i <= p.to && i < len(s.mails); i++ {
		if m := s.mails[i]; p.toggle && s.picked[m] {
			delete(s.picked, m)
		} else {
			s.picked[m] = true
		}
	}
	s.sayPicked()
}

// unpick has nothing picked, and says whether anything was.
func (s *mailboxScreen) unpick() bool {
	if len(s.picked) == 0 {
		return false
	}
	clear(s.picked)
	s.sayPicked()
	s.list.redress()
	return true
}

// sayPicked brings the bar in line with what is picked.
func (s *mailboxScreen) sayPicked() {
	n := len(s.picked)
	if n > 0 {
		var octets int64
		for m := range s.picked {
			octets += m.Octets
		}
		text := s.loc.N("window.picked", n, s.loc.Count(n))
		if octets > 0 {
			text = s.loc.T("window.picked_size", text, s.loc.Size(octets))
		}
		s.pickBar.count.set(text)
	}
	if visible := n > 0; visible != s.pickBar.Visible() {
		show(s.pickBar.Container, visible)
		s.relayout()
	}
}

// targets are the messages that a key or a button is about: those that are
// picked, or else the one that the keys are on. They are in the list's order.
func (s *mailboxScreen) targets() []*mail {
	if len(s.picked) > 0 {
		return slices.DeleteFunc(slices.Clone(s.mails), func(m *mail) bool { return !s.picked[m] })
	}
	if i := s.list.current; i >= 0 && i < len(s.mails) {
		return s.mails[i : i+1 : i+1]
	}
	return nil
}

// markPicked marks what is picked as seen or unseen.
func (s *mailboxScreen) markPicked(unseen bool) { s.markMails(s.targets(), unseen) }

// markMails marks messages as seen or unseen, and shows them so at once.
func (s *mailboxScreen) markMails(list []*mail, unseen bool) {
	by := map[string][]string{}
	for _, m := range list {
		if m.Seen == unseen {
			by[m.Account] = append(by[m.Account], m.UID)
		}
	}
	if len(by) == 0 {
		return
	}
	s.setFailure("")
	goDo(s.bridge,
		func(ctx context.Context) error {
			for _, account := range slices.Sorted(maps.Keys(by)) {
				if _, err := api.MarkSeen.Ask(ctx, s.client, api.SeenRequest{Account: account, UIDs: by[account], Unseen: unseen}); err != nil {
					return err
				}
			}
			return nil
		},
		func(err error) {
			if err == nil {
				for _, m := range list {
					m.Seen = !unseen
				}
				s.list.fill(true)
			}
			s.done(err)
		})
}

// showMenu shows the menu of a row.
func (s *mailboxScreen) showMenu(i int, at fyne.Position) {
	if i < len(s.mails) {
		widget.ShowPopUpMenuAtPosition(s.menu(i), s.window.Canvas(), at)
	}
}

// menu offers what can be done with a row, or with what is picked if the row is
// among that.
func (s *mailboxScreen) menu(i int) *fyne.Menu {
	if !s.picked[s.mails[i]] {
		s.unpick()
		s.list.current, s.list.anchor = i, i
		s.list.redress()
	}
	list := s.targets()
	seen := fyne.NewMenuItem(s.loc.T("window.mark_seen"), func() { s.markMails(list, false) })
	unseen := fyne.NewMenuItem(s.loc.T("window.mark_unseen"), func() { s.markMails(list, true) })
	seen.Disabled = !slices.ContainsFunc(list, func(m *mail) bool { return !m.Seen })
	unseen.Disabled = !slices.ContainsFunc(list, func(m *mail) bool { return m.Seen })
	erase := fyne.NewMenuItem(s.loc.T("window.delete"), func() { s.askDelete(list) })
	return fyne.NewMenu("", seen, unseen, fyne.NewMenuItemSeparator(), erase)
}
