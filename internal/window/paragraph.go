//go:build cgo && !nowindow

package window

import (
	"strings"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"

	"github.com/traymail/traymail/internal/linebreak"
)

// paragraph is text in as many lines as its width needs, broken where Unicode
// allows it (UAX #14). Fyne breaks at spaces only, which Chinese and Japanese
// hardly have, or else anywhere: in Latin words, and before a comma.
type paragraph struct {
	widget.Label // has the text with its line breaks
	text         string
}

// newText is a paragraph.
func newText(text string) *paragraph {
	p := &paragraph{text: text}
	p.Text = text
	p.ExtendBaseWidget(p)
	return p
}

// SetText changes the text.
func (p *paragraph) SetText(text string) {
	p.text = text
	p.Refresh()
}

// Refresh breaks the lines anew: the font may be another one.
func (p *paragraph) Refresh() {
	p.fit()
	p.Label.Refresh()
}

// Resize breaks the lines for another width.
func (p *paragraph) Resize(size fyne.Size) {
	resized := size.Width != p.Size().Width
	p.Label.Resize(size)
	if resized && p.fit() {
		p.Label.Refresh()
	}
}

// MinSize is the height at the width there is.
func (p *paragraph) MinSize() fyne.Size {
	size := p.Label.MinSize()
	size.Width = min(size.Width, 4*themedSize(theme.SizeNameInnerPadding))
	return size
}

// fit breaks the lines for the width there is, and says whether they are
// others than before.
func (p *paragraph) fit() bool {
	text := p.text
	if width := p.Size().Width - 2*themedSize(theme.SizeNameInnerPadding); width > 0 {
		size := p.SizeName
		if size == "" {
			size = theme.SizeNameText
		}
		measure := func(s string) float32 { return fyne.MeasureText(s, themedSize(size), p.TextStyle).Width }
		text = strings.Join(linebreak.Break(text, width, measure), "\n")
	}
	if p.Text == text {
		return false
	}
	p.Text = text
	return true
}
