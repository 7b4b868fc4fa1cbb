//go:build cgo && !nowindow

package window

import (
	"image"
	"image/color"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/driver/software"
	"github.com/go-text/typesetting/language"
)

// Fyne puts the base line of a text where the highest of its fonts wants it, but
// tells it for its own font alone. Beside each other, a text with Chinese in it
// stood lower than one without. So it is drawn once, and looked at.

// dropKey is what decides how much lower a text is drawn.
type dropKey struct {
	size, scale float32
	style       fyne.TextStyle
	letters     uint32 // a script, or a block of characters that belong to none
}

// drops are how much lower the base line of texts is than it is told. They are
// for one set of fonts, and for Fyne's goroutine.
type drops struct {
	bold  fyne.Resource
	known map[dropKey]float32
}

// of is how much lower a text stands on a canvas of a scale.
func (d *drops) of(text string, size, scale float32, style fyne.TextStyle) (most float32) {
	if bold := currentLook().bold; d.known == nil || d.bold != bold {
		d.bold, d.known = bold, map[dropKey]float32{}
	}
	for _, r := range text {
		if r < 0x530 || r >= 0x2000 && r < 0x2070 { // Fyne's own font has them, or nothing is drawn
			continue
		}
		letters := uint32(language.LookupScript(r))
		if s := language.Script(letters); s == language.Common || s == language.Inherited || s == language.Unknown {
			letters = uint32(r) >> 7
		}
		key := dropKey{size, scale, style, letters}
		drop, known := d.known[key]
		if !known {
			drop = footOf("H"+string(r), size, scale, style) - footOf("H", size, scale, style)
			d.known[key] = drop
		}
		most = max(most, drop)
	}
	return most
}

// footOf is where the first letter of a text ends below, as it is drawn.
func footOf(text string, size, scale float32, style fyne.TextStyle) float32 {
	t := canvas.NewText(text, color.Black)
	t.TextSize, t.TextStyle = size, style
	paper := canvas.NewRectangle(color.White)
	room := t.MinSize().AddWidthHeight(0, size)
	paper.Resize(room)
	t.Resize(t.MinSize())
	c := software.NewCanvas()
	c.SetPadded(false)
	c.SetScale(scale)
	c.SetContent(container.NewWithoutLayout(paper, t))
	c.Resize(room)
	picture := c.Capture()
	width := int(fyne.MeasureText("H", size, style).Width * scale)
	for y := picture.Bounds().Max.Y - 1; y >= 0; y-- {
		if inked(picture, y, width) {
			return float32(y+1) / scale
		}
	}
	return 0
}

func inked(picture image.Image, y, width int) bool {
	for x := range width {
		if r, _, _, _ := picture.At(x, y).RGBA(); r < 0x8000 {
			return true
		}
	}
	return false
}
