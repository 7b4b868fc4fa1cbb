package tray

import (
	"math"
	"reflect"

	"github.com/traymail/traymail/internal/trayview"
)

// nativeMenu is the menu as systray has it: entries can be added at the end,
// changed and hidden, but only all of them be removed; separators cannot even
// be hidden.
type nativeMenu interface {
	// add appends an entry to parent, nil being the menu itself.
	add(parent nativeItem, label string) nativeItem
	separator(parent nativeItem)
	// reset removes everything.
	reset()
}

// nativeItem is one entry of a nativeMenu.
type nativeItem interface {
	SetTitle(string)
	Enable()
	Disable()
	Show()
	Hide()
	// clicks receives one value for each click.
	clicks() chan struct{}
}

// slot is a place in the native menu, in which different entries can be shown
// over time, or none. That keeps an open menu still while mail comes and goes.
type slot struct {
	native   nativeItem // nil for a separator
	shown    trayview.MenuItem
	hidden   bool
	children []*slot
}

func (s *slot) separator() bool { return s.native == nil }

// menu shows lists of trayview.MenuItem in a native menu, changing what differs.
type menu struct {
	native nativeMenu
	mark   string // of a shortcut key in a label, as for escapeLabel
	slots  []*slot
}

// messages is how many messages a list of them is given room for: as many as
// api.Snapshot.Newest has at most.
const messages = 10

// show brings the menu to items.
func (m *menu) show(items []trayview.MenuItem) {
	if fits, _ := fit(m.slots, items); fits != nil {
		m.assign(m.slots, fits, items)
		return
	}
	if m.slots != nil {
		m.native.reset()
	}
	m.slots = m.build(nil, items)
}

// build appends items to parent. A list of messages gets hidden slots up to
// the number that it can grow to.
func (m *menu) build(parent nativeItem, items []trayview.MenuItem) []*slot {
	slots := []*slot{}
	listed := 0
	for i, item := range items {
		slots = append(slots, m.add(parent, item))
		if !isMessage(item) {
			continue
		}
		listed++
		if i+1 == len(items) || !isMessage(items[i+1]) {
			for ; listed < messages; listed++ {
				spare := m.add(parent, trayview.MenuItem{})
				spare.native.Hide()
				spare.hidden = true
				slots = append(slots, spare)
			}
		}
	}
	return slots
}

func (m *menu) add(parent nativeItem, item trayview.MenuItem) *slot {
	if item.Separator {
		m.native.separator(parent)
		return &slot{shown: item}
	}
	s := &slot{native: m.native.add(parent, escapeLabel(item.Label, m.mark)), shown: item}
	if item.Disabled {
		s.native.Disable()
	}
	if len(item.Children) > 0 {
		s.children = m.build(s.native, item.Children)
	}
	return s
}

func isMessage(item trayview.MenuItem) bool { return item.Action.UID != "" }

// assign shows items in their slots and hides the slots that are left.
func (m *menu) assign(slots []*slot, fits []int, items []trayview.MenuItem) {
	next := 0
	for i, s := range slots {
		if next < len(fits) && fits[next] == i {
			m.change(s, items[next])
			next++
		} else if !s.hidden {
			s.native.Hide()
			s.hidden = true
		}
	}
}

func (m *menu) change(s *slot, item trayview.MenuItem) {
	if s.separator() {
		s.shown = item
		return
	}
	// Windows brings a hidden entry back with any change of it, so an entry
	// is changed only to be shown.
	if s.shown.Label != item.Label {
		s.native.SetTitle(escapeLabel(item.Label, m.mark))
	}
	if s.shown.Disabled != item.Disabled {
		if item.Disabled {
			s.native.Disable()
		} else {
			s.native.Enable()
		}
	}
	if s.children != nil {
		fits, _ := fit(s.children, item.Children)
		m.assign(s.children, fits, item.Children)
	}
	if s.hidden {
		s.native.Show()
		s.hidden = false
	}
	s.shown = item
}

// fit finds the slots, in order, that show items with the fewest visible
// changes; nil when items do not fit. It is the edit distance between what is
// there and what should be.
func fit(slots []*slot, items []trayview.MenuItem) (slotOf []int, cost float64) {
	if slots == nil {
		return nil, math.Inf(1)
	}
	// best[i][j] is the least cost of showing items[j:] in slots[i:].
	best := make([][]float64, len(slots)+1)
	for i := range best {
		best[i] = make([]float64, len(items)+1)
	}
	for j := range items {
		best[len(slots)][j] = math.Inf(1)
	}
	for i := len(slots) - 1; i >= 0; i-- {
		for j := len(items); j >= 0; j-- {
			best[i][j] = hiding(slots[i]) + best[i+1][j]
			if j < len(items) {
				best[i][j] = min(best[i][j], showing(slots[i], items[j])+best[i+1][j+1])
			}
		}
	}
	if math.IsInf(best[0][0], 1) {
		return nil, best[0][0]
	}
	slotOf = make([]int, 0, len(items))
	for i, j := 0, 0; j < len(items); i++ {
		if showing(slots[i], items[j])+best[i+1][j+1] == best[i][j] {
			slotOf = append(slotOf, i)
			j++
		}
	}
	return slotOf, best[0][0]
}

// hiding is the cost of showing nothing in s.
func hiding(s *slot) float64 {
	switch {
	case s.separator():
		return math.Inf(1)
	case s.hidden:
		return 0
	}
	return 1
}

// showing is the cost of having item in s.
func showing(s *slot, item trayview.MenuItem) float64 {
	if s.separator() || item.Separator {
		if s.separator() && item.Separator {
			return 0
		}
		return math.Inf(1)
	}
	// An entry that once had a submenu keeps its arrow, and the other way round.
	if (s.children != nil) != (len(item.Children) > 0) {
		return math.Inf(1)
	}
	cost := 0.0
	if s.children != nil {
		_, cost = fit(s.children, item.Children)
	}
	if s.hidden {
		cost++
	}
	if s.shown.ID != item.ID {
		cost += 2
	}
	return cost
}

// targets are the entries that a click can hit, with the channels for
// reflect.Select in the same order.
func targets(slots []*slot) (hit []*slot, cases []reflect.SelectCase) {
	for _, s := range slots {
		if s.separator() {
			continue
		}
		hit = append(hit, s)
		cases = append(cases, reflect.SelectCase{Dir: reflect.SelectRecv, Chan: reflect.ValueOf(s.native.clicks())})
		below, more := targets(s.children)
		hit, cases = append(hit, below...), append(cases, more...)
	}
	return hit, cases
}
