//go:build cgo && !nowindow

package window

import (
	"sort"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// line is one line of text without padding, which ends in "…" where the room
// ends: what the rows of a list are made of. Fyne's label costs a rich-text
// layout and twice the height.
type line struct {
	widget.BaseWidget
	text string
	// size and color are names of the theme.
	size  fyne.ThemeSizeName
	color fyne.ThemeColorName
	style fyne.TextStyle
	// fixed keeps the line at least as wide as its text.
	fixed bool

	drawn *canvas.Text
}

func newLine(size fyne.ThemeSizeName, color fyne.ThemeColorName) *line {
	l := &line{size: size, color: color, drawn: &canvas.Text{}}
	l.ExtendBaseWidget(l)
	return l
}

func newCaption() *line { return newLine(theme.SizeNameCaptionText, theme.ColorNamePlaceHolder) }

// set changes the text.
func (l *line) set(text string) {
	if l.text != text {
		l.text = text
		l.Refresh()
	}
}

func (l *line) measure(s string) fyne.Size {
	return fyne.MeasureText(s, themedSize(l.size), l.style)
}

func (l *line) MinSize() fyne.Size {
	size := l.measure("Mg")
	size.Width = 0
	if l.fixed {
		size.Width = l.measure(l.text).Width
	}
	return size
}

func (l *line) Resize(size fyne.Size) {
	l.BaseWidget.Resize(size)
	l.fit()
}

// Refresh takes up a changed text or theme.
func (l *line) Refresh() {
	l.fit()
	l.BaseWidget.Refresh()
}

// fit cuts the text to the width there is.
func (l *line) fit() {
	l.drawn.TextSize, l.drawn.TextStyle, l.drawn.Color = themedSize(l.size), l.style, themed(l.color)
	l.drawn.Text = l.text
	if width := l.Size().Width; !l.fixed && width > 0 {
		l.drawn.Text = shorten(l.text, l.size, l.style, width)
	}
}

// shorten cuts text to a width, with "…" at its end if it is too long.
func shorten(text string, size fyne.ThemeSizeName, style fyne.TextStyle, width float32) string {
	measure := func(s string) float32 { return fyne.MeasureText(s, themedSize(size), style).Width }
	if measure(text) <= width {
		return text
	}
	runes := []rune(text)
	n := sort.Search(len(runes), func(n int) bool { return measure(string(runes[:n+1])+"…") > width })
	return string(runes[:n]) + "…"
}

func (l *line) CreateRenderer() fyne.WidgetRenderer {
	l.fit()
	return widget.NewSimpleRenderer(l.drawn)
}
