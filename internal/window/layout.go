//go:build cgo && !nowindow

package window

import (
	"unicode"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/layout"
	"fyne.io/fyne/v2/theme"
	"fyne.io/fyne/v2/widget"
)

// pairs lays out label, content, label, content ... in two columns. A pair
// whose content is hidden takes no room.
type pairs struct {
	gap float32
	// least is the least width of the first column.
	least float32
	// drop moves labels down, to the base line of what stands in a frame.
	drop float32
}

func (p pairs) each(objects []fyne.CanvasObject, visit func(label, content fyne.CanvasObject)) {
	for i := 0; i+1 < len(objects); i += 2 {
		if objects[i+1].Visible() {
			objects[i].Show()
			visit(objects[i], objects[i+1])
		} else {
			objects[i].Hide()
		}
	}
}

// labelWidth counts hidden labels too, or showing one would move the column.
func (p pairs) labelWidth(objects []fyne.CanvasObject) (width float32) {
	width = p.least
	for i := 0; i < len(objects); i += 2 {
		width = max(width, objects[i].MinSize().Width)
	}
	return width
}

func (p pairs) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	width, y := p.labelWidth(objects), float32(0)
	p.each(objects, func(label, content fyne.CanvasObject) {
		label.Move(fyne.NewPos(0, y+p.drop))
		label.Resize(fyne.NewSize(width, label.MinSize().Height))
		height := content.MinSize().Height
		content.Move(fyne.NewPos(width, y))
		content.Resize(fyne.NewSize(size.Width-width, height))
		y += height + p.gap
	})
}

func (p pairs) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	p.each(objects, func(_, content fyne.CanvasObject) {
		least := content.MinSize()
		size.Width = max(size.Width, least.Width)
		size.Height += least.Height + p.gap
	})
	size.Width += p.labelWidth(objects)
	size.Height = max(0, size.Height-p.gap)
	return size
}

// fixedHeight gives its objects one height and the width there is.
type fixedHeight float32

func (h fixedHeight) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(fyne.NewSize(size.Width, float32(h)))
	}
}

func (h fixedHeight) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(0, float32(h))
	for _, o := range objects {
		size.Width = max(size.Width, o.MinSize().Width)
	}
	return size
}

// fixedWidth gives its objects one width and the height they need.
type fixedWidth float32

func (w fixedWidth) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		o.Move(fyne.NewPos(0, 0))
		o.Resize(size)
	}
}

func (w fixedWidth) MinSize(objects []fyne.CanvasObject) fyne.Size {
	size := fyne.NewSize(float32(w), 0)
	for _, o := range objects {
		size.Height = max(size.Height, o.MinSize().Height)
	}
	return size
}

// inset puts so much space left and right, and above and below.
func inset(x, y float32, content fyne.CanvasObject) fyne.CanvasObject {
	return container.New(layout.NewCustomPaddedLayout(y, y, x, x), content)
}

// stackOf puts objects under one another with a gap of its own.
func stackOf(gap float32, objects ...fyne.CanvasObject) *fyne.Container {
	return container.New(layout.NewCustomPaddedVBoxLayout(gap), objects...)
}

// banner is a tinted box with an icon and a sentence, and perhaps a button.
// It is hidden while it says nothing.
type banner struct {
	widget.BaseWidget
	box   *canvas.Rectangle
	icon  *widget.Icon
	label *paragraph
	body  fyne.CanvasObject
	tint  fyne.ThemeColorName
	// resized is called when the banner needs other room than before.
	resized func()
}

// newBanner keeps x and y free around itself.
func newBanner(x, y float32, trailing fyne.CanvasObject, resized func()) *banner {
	b := &banner{resized: resized, box: canvas.NewRectangle(nil), icon: widget.NewIcon(nil), label: newText("")}
	b.box.CornerRadius = 6
	icon := inset(8, 8, container.New(layout.NewVBoxLayout(), b.icon))
	b.body = inset(x, y, container.NewStack(b.box, container.NewBorder(nil, nil, icon, trailing, b.label)))
	b.ExtendBaseWidget(b)
	b.Hide()
	return b
}

// wrappingFor is how text is broken into lines. Fyne breaks at spaces, which
// Chinese and Japanese hardly have: there a line would end long before its room.
func wrappingFor(text string) fyne.TextWrap {
	wide, all := 0, 0
	for _, r := range text {
		all++
		if unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana) {
			wide++
		}
	}
	if 3*wide > all {
		return fyne.TextWrapBreak
	}
	return fyne.TextWrapWord
}

// newSelectable is text of several lines that can be selected, and is copied
// without the breaks between them.
func newSelectable(text string) *widget.Label {
	l := widget.NewLabel(text)
	l.Wrapping, l.Selectable = wrappingFor(text), true
	return l
}

// The kinds of banner by the colour they take.
const (
	toneInfo  = theme.ColorNamePrimary
	toneError = theme.ColorNameError
	toneGood  = theme.ColorNameSuccess
)

// say shows text in a tone; an empty text hides the banner.
func (b *banner) say(tone fyne.ThemeColorName, text string) {
	if text == "" {
		if b.Visible() {
			b.Hide()
			b.resized()
		}
		return
	}
	if b.Visible() && b.label.text == text && b.tint == tone {
		return
	}
	b.tint = tone
	icons := map[fyne.ThemeColorName]fyne.Resource{
		toneInfo:  theme.NewPrimaryThemedResource(theme.InfoIcon()),
		toneError: theme.NewErrorThemedResource(theme.ErrorIcon()),
		toneGood:  theme.NewSuccessThemedResource(theme.ConfirmIcon()),
	}
	b.icon.SetResource(icons[tone])
	b.label.SetText(text)
	b.Show()
	b.Refresh()
	b.resized()
	b.resized() // the height of wrapped text follows from the width it just got
}

// Refresh takes the tint from the theme.
func (b *banner) Refresh() {
	if b.tint != "" {
		r, g, bl, _ := themed(b.tint).RGBA()
		b.box.FillColor = tinted(r, g, bl)
	}
	b.BaseWidget.Refresh()
}

func (b *banner) CreateRenderer() fyne.WidgetRenderer { return widget.NewSimpleRenderer(b.body) }

// middle gives its objects the full width and their own height, in the middle.
type middle struct{}

func (middle) Layout(objects []fyne.CanvasObject, size fyne.Size) {
	for _, o := range objects {
		h := o.MinSize().Height
		o.Move(fyne.NewPos(0, (size.Height-h)/2))
		o.Resize(fyne.NewSize(size.Width, h))
	}
}

func (middle) MinSize(objects []fyne.CanvasObject) (size fyne.Size) {
	for _, o := range objects {
		size = size.Max(o.MinSize())
	}
	return size
}

// plate is a background in a colour of the theme, whichever is in force: it may
// be another after the first frame (D11).
type plate struct {
	widget.BaseWidget
	color fyne.ThemeColorName
	box   *canvas.Rectangle
}

func newPlate(color fyne.ThemeColorName, radius float32) *plate {
	p := &plate{color: color, box: canvas.NewRectangle(nil)}
	p.box.CornerRadius = radius
	p.ExtendBaseWidget(p)
	return p
}

func (p *plate) paint() { p.box.FillColor = themed(p.color) }

// Refresh takes the colour from the theme; Fyne calls it when that changes.
func (p *plate) Refresh() {
	p.paint()
	p.BaseWidget.Refresh()
}

func (p *plate) CreateRenderer() fyne.WidgetRenderer {
	p.paint()
	return widget.NewSimpleRenderer(p.box)
}

// frame draws the border that Fyne's drop-down lacks beside its text fields.
type frame struct {
	widget.BaseWidget
	line *canvas.Rectangle
	body fyne.CanvasObject
}

func newFrame(content fyne.CanvasObject) *frame {
	f := &frame{line: canvas.NewRectangle(nil)}
	f.line.StrokeWidth = 1
	f.body = container.NewStack(f.line, inset(1, 1, content))
	f.ExtendBaseWidget(f)
	return f
}

func (f *frame) paint() {
	f.line.StrokeColor = themed(theme.ColorNameInputBorder)
	f.line.CornerRadius = themedSize(theme.SizeNameInputRadius)
}

// Refresh takes colour and shape from the theme.
func (f *frame) Refresh() {
	f.paint()
	f.BaseWidget.Refresh()
}

func (f *frame) CreateRenderer() fyne.WidgetRenderer {
	f.paint()
	return widget.NewSimpleRenderer(f.body)
}
