//go:build cgo && !nowindow

package window

import (
	"image/color"
	"math"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/theme"

	"github.com/traymail/traymail/internal/typeset"
)

// themeFonts are the fonts of the theme, for usual text of a size.
type themeFonts struct{ size float32 }

func (f themeFonts) sizeOf(face typeset.Face) float32 {
	switch face.Heading {
	case 0:
		return f.size
	case 1:
		return f.size * 1.45
	case 2:
		return f.size * 1.25
	case 3:
		return f.size * 1.1
	}
	return f.size
}

func styleOf(face typeset.Face) fyne.TextStyle {
	return fyne.TextStyle{Bold: face.Bold, Italic: face.Italic, Monospace: face.Mono}
}

// Width implements typeset.Fonts.
func (f themeFonts) Width(text string, face typeset.Face) float32 {
	return fyne.MeasureText(text, f.sizeOf(face), styleOf(face)).Width
}

// Height implements typeset.Fonts.
func (f themeFonts) Height(face typeset.Face) float32 {
	return float32(int(fyne.MeasureText("M", f.sizeOf(face), styleOf(face)).Height*1.1 + 0.5))
}

// draw draws what is in view, and a page above and below it, so that scrolling
// draws anew only after a page.
func (r *reading) draw(anew bool) {
	if r.painting || r.fitted.width <= 0 {
		return
	}
	r.painting = true
	defer func() { r.painting = false }()
	r.scale = 1
	if c := fyne.CurrentApp().Driver().CanvasForObject(r); c != nil {
		r.scale = c.Scale()
	}
	view := r.scroll.Size().Height
	top := r.scroll.Offset.Y - readingTop
	if !anew && r.drawnTop <= max(0, top) && min(top+view, r.page.Height) <= r.drawnEnd {
		return
	}
	height := r.page.Height
	first, last, moved := r.page.Show(top-view, top+2*view)
	r.first, r.last, r.drawnTop, r.drawnEnd = first, last, top+moved-view, top+moved+2*view
	if moved != 0 || height != r.page.Height {
		r.scroll.Offset.Y += moved
		r.grow()
		defer r.scroll.Refresh()
	}
	r.objects = r.objects[:0]
	r.paintBars()
	r.paintStop()
	for i := first; i < last; i++ {
		r.paintUnit(i)
	}
	canvas.Refresh(r)
}

// box adds a rectangle of the page.
func (r *reading) box(fill color.Color, x, y, width, height float32) *canvas.Rectangle {
	b := canvas.NewRectangle(fill)
	b.Move(fyne.NewPos(x+readingSide, r.sharp(y+readingTop)))
	b.Resize(fyne.NewSize(width, height))
	r.objects = append(r.objects, b)
	return b
}

// sharp is a height at a whole pixel: what is thin would blur between two.
func (r *reading) sharp(y float32) float32 {
	return float32(math.Round(float64(y*r.scale))) / r.scale
}

// paintBars draws a bar along each quotation.
func (r *reading) paintBars() {
	const thickness = 3
	units := r.page.Units[r.first:r.last]
	for level := 1; ; level++ {
		deeper := false
		for i := 0; i < len(units); i++ {
			if units[i].Quote < level {
				continue
			}
			deeper = true
			end := i
			for end+1 < len(units) && units[end+1].Quote >= level {
				end++
			}
			x := r.page.QuoteLeft(level - 1)
			if x < r.page.QuoteLeft(level) {
				y := units[i].Top
				r.box(themed(theme.ColorNameInputBorder), x, y, thickness, units[end].Top+units[end].Height-y).CornerRadius = thickness / 2
			}
			i = end
		}
		if !deeper {
			return
		}
	}
}

func (r *reading) paintUnit(i int) {
	u := &r.page.Units[i]
	line := r.page.LineHeight(u)
	left := r.page.Left(u)
	switch u.Role {
	case typeset.Rule:
		r.box(themed(theme.ColorNameSeparator), r.page.QuoteLeft(u.Quote), u.Top+u.Height/2, r.fitted.width-r.page.QuoteLeft(u.Quote), 1)
		return
	case typeset.Notice:
		const around = 4
		from := r.page.QuoteLeft(u.Quote)
		r.box(themed(theme.ColorNameBackground), from, u.Top-around, r.fitted.width-from, u.Height+2*around).CornerRadius = 4
	case typeset.Row:
		r.box(themed(theme.ColorNameSeparator), left, u.Top+u.Height+1, r.fitted.width-left, 1)
	case typeset.Item:
		r.write(u.Mark, typeset.Face{}, themed(theme.ColorNamePlaceHolder), left-r.page.MarkWidth(u), u.Top, line)
	case typeset.Fold:
		icon := theme.MenuDropDownIcon()
		if u.Folded {
			icon = theme.MenuExpandIcon()
		}
		image := canvas.NewImageFromResource(theme.NewColoredResource(icon, theme.ColorNamePlaceHolder))
		image.FillMode = canvas.ImageFillContain
		image.Move(fyne.NewPos(left-line+readingSide, u.Top+readingTop))
		image.Resize(fyne.NewSquareSize(line))
		r.objects = append(r.objects, image)
	}
	from, to := r.anchor, r.caret
	if to.Before(from) {
		from, to = to, from
	}
	begin, end := 0, len(u.Text)
	if from.Unit == i {
		begin = from.At
	}
	if to.Unit == i {
		end = to.At
	}
	chosen := from != to && from.Unit <= i && i <= to.Unit && u.Role != typeset.Fold
	// Of a long unit, only the lines in view.
	for _, l := range u.Lines {
		y := u.Top + l.Y
		if y+line < r.drawnTop || y > r.drawnEnd {
			continue
		}
		if chosen && begin <= l.To && end >= l.From {
			spans := r.page.Spans(u, l, begin, end)
			for _, s := range spans {
				r.box(themed(theme.ColorNameSelection), s.X, y, s.Width, line)
			}
			if len(spans) == 0 && l.From == l.To && begin <= l.From && end > l.To { // an empty line
				r.box(themed(theme.ColorNameSelection), l.X, y, line/4, line)
			}
		}
		for _, one := range r.page.Pieces(u, l) {
			r.piece(u, &one, y, line)
		}
	}
}

// piece draws a piece of a line.
func (r *reading) piece(u *typeset.Unit, one *typeset.Piece, y, line float32) {
	name := theme.ColorNameForeground
	switch {
	case one.Run.Link != "":
		name = theme.ColorNameHyperlink
	case u.Quote > 0 || one.Run.Signature || u.Role == typeset.Fold || one.Run.Struck:
		name = theme.ColorNamePlaceHolder
	}
	ink := themed(name)
	base := r.write(one.Text, one.Run.Face, ink, one.X, y, line)
	if one.Run.Link != "" {
		r.box(ink, one.X, base+2, one.Width, 1)
	}
	if one.Run.Struck {
		r.box(ink, one.X, base-themeFonts{r.fitted.size}.sizeOf(one.Run.Face)*0.28, one.Width, 1)
	}
}

// write draws a text, the middle of whose height is that of the line, and
// returns where its base line is.
func (r *reading) write(text string, face typeset.Face, ink color.Color, x, y, line float32) (base float32) {
	t := canvas.NewText(text, ink)
	t.TextSize, t.TextStyle = themeFonts{r.fitted.size}.sizeOf(face), styleOf(face)
	size, baseline := fyne.CurrentApp().Driver().RenderedTextSize(text, t.TextSize, t.TextStyle, nil)
	// Mixed styles stand on the base line of the usual one.
	usual := face
	usual.Bold, usual.Italic, usual.Mono = false, false, false
	plainSize, plainBase := fyne.CurrentApp().Driver().RenderedTextSize("M", t.TextSize, styleOf(usual), nil)
	base = r.sharp(y + (line-plainSize.Height)/2 + plainBase)
	t.Move(fyne.NewPos(x+readingSide, base-baseline-r.drops.of(text, t.TextSize, r.scale, t.TextStyle)+readingTop))
	t.Resize(size)
	r.objects = append(r.objects, t)
	return base
}

// paintStop draws a frame around the link or fold that has the focus.
func (r *reading) paintStop() {
	if !r.focus || r.stop < 0 {
		return
	}
	const around = 2
	s := r.stops[r.stop]
	u := &r.page.Units[s.Unit]
	line := r.page.LineHeight(u)
	for _, l := range u.Lines {
		if l.To < s.From || l.From > s.To {
			continue
		}
		for _, span := range r.page.Spans(u, l, s.From, s.To) {
			b := r.box(color.Transparent, span.X-around, u.Top+l.Y, span.Width+2*around, line)
			b.StrokeColor, b.StrokeWidth, b.CornerRadius = themed(theme.ColorNamePrimary), 1.5, 3
		}
	}
}
