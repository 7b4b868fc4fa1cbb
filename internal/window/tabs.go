//go:build cgo && !nowindow

package window

import (
	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// tabItem is what one tab shows.
type tabItem struct {
	name string
	icon fyne.Resource
}

// tabs is a row of tabs of which one is chosen. For the keyboard it is one
// thing, in which the arrows move.
type tabs struct {
	widget.BaseWidget
	keys    *keys
	items   []*tab
	current int
	focused bool
	chosen  func(int)
}

func newTabs(k *keys, items []tabItem, chosen func(int)) *tabs {
	t := &tabs{keys: k, chosen: chosen}
	for i, item := range items {
		t.items = append(t.items, newTab(item, func() { chosen(i) }))
	}
	t.ExtendBaseWidget(t)
	return t
}

// mark shows tab i as the chosen one.
func (t *tabs) mark(i int) {
	t.current = i
	t.Refresh()
}

// Refresh brings the tabs in line with choice and focus.
func (t *tabs) Refresh() {
	for i, item := range t.items {
		item.chosen, item.focused = i == t.current, i == t.current && t.focused
		item.Refresh()
	}
	t.BaseWidget.Refresh()
}

func (t *tabs) FocusGained() {
	t.focused, t.keys.last = true, t
	t.Refresh()
}

func (t *tabs) FocusLost() {
	t.focused = false
	t.Refresh()
}

func (t *tabs) TypedRune(rune) {}

func (t *tabs) TypedKey(ev *fyne.KeyEvent) {
	switch {
	case t.keys.key(ev):
	case ev.Name == fyne.KeyRight && t.current+1 < len(t.items):
		t.chosen(t.current + 1)
	case ev.Name == fyne.KeyLeft && t.current > 0:
		t.chosen(t.current - 1)
	}
}

func (t *tabs) TypedShortcut(s fyne.Shortcut) { t.keys.shortcut(s) }

func (t *tabs) CreateRenderer() fyne.WidgetRenderer {
	row := container.New(layout.NewCustomPaddedHBoxLayout(4))
	for _, item := range t.items {
		row.Add(item)
	}
	return widget.NewSimpleRenderer(row)
}

// tab is one of a row.
type tab struct {
	widget.BaseWidget
	chosen, focused bool
	tapped          func()
	back, under     *canvas.Rectangle
	name            *line
	body            fyne.CanvasObject
}

func newTab(item tabItem, tapped func()) *tab {
	t := &tab{tapped: tapped, back: canvas.NewRectangle(nil), under: canvas.NewRectangle(nil)}
	t.back.CornerRadius, t.under.CornerRadius = 5, 1
	t.under.SetMinSize(fyne.NewSize(0, 2))
	t.name = newLine(theme.SizeNameText, theme.ColorNameForeground)
	t.name.text, t.name.fixed = item.name, true
	icon := container.New(layout.NewCustomPaddedLayout(0, 0, 0, 6), widget.NewIcon(item.icon))
	label := inset(12, 6, container.NewHBox(icon, container.New(middle{}, t.name)))
	t.body = container.NewStack(t.back, container.NewBorder(nil, inset(12, 0, t.under), nil, nil, label))
	t.ExtendBaseWidget(t)
	return t
}

func (t *tab) Tapped(*fyne.PointEvent) { t.tapped() }

// Refresh draws the chosen tab underlined, and with a frame while it has the focus.
func (t *tab) Refresh() {
	t.paint()
	t.BaseWidget.Refresh()
}

func (t *tab) paint() {
	t.under.FillColor, t.back.StrokeColor, t.back.StrokeWidth = nil, nil, 0
	if t.chosen {
		t.under.FillColor = themed(theme.ColorNamePrimary)
	}
	if t.focused {
		t.back.StrokeColor, t.back.StrokeWidth = themed(theme.ColorNamePrimary), 2
	}
}

func (t *tab) CreateRenderer() fyne.WidgetRenderer {
	t.paint()
	return widget.NewSimpleRenderer(t.body)
}
