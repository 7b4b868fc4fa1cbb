package main

import (
	"fmt"
	"image"
	"image/color"
	"image/draw"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/image/vector"
)

// glyphs draws characters from Go Bold, which is part of x/image: the result
// does not depend on the fonts of the machine.
type glyphs struct {
	font *sfnt.Font
	buf  sfnt.Buffer
}

func newGlyphs() (*glyphs, error) {
	f, err := sfnt.Parse(gobold.TTF)
	if err != nil {
		return nil, err
	}
	return &glyphs{font: f}, nil
}

// digitHeight is the height of Go Bold's digits as part of its size.
const digitHeight = 0.73

// draw paints r centred on cx, standing on base. Digits become height high;
// stretch changes the width alone.
func (g *glyphs) draw(c *canvas, r rune, cx, base, height, stretch float64, ink color.NRGBA) error {
	index, err := g.font.GlyphIndex(&g.buf, r)
	if err != nil || index == 0 {
		return fmt.Errorf("no glyph for %q: %w", r, err)
	}
	const ppem = 1024
	segments, err := g.font.LoadGlyph(&g.buf, index, fixed.I(ppem), nil)
	if err != nil {
		return err
	}
	bounds, _, err := g.font.GlyphBounds(&g.buf, index, fixed.I(ppem), font.HintingNone)
	if err != nil {
		return err
	}
	unit := height / digitHeight / ppem / 64
	middle := float64(bounds.Min.X+bounds.Max.X) / 2
	at := func(p fixed.Point26_6) (x, y float32) {
		return float32((cx + (float64(p.X)-middle)*unit*stretch) * c.scale), float32((base + float64(p.Y)*unit) * c.scale)
	}
	size := c.Rect.Dx()
	z := vector.NewRasterizer(size, size)
	for _, s := range segments {
		x0, y0 := at(s.Args[0])
		x1, y1 := at(s.Args[1])
		x2, y2 := at(s.Args[2])
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			z.ClosePath()
			z.MoveTo(x0, y0)
		case sfnt.SegmentOpLineTo:
			z.LineTo(x0, y0)
		case sfnt.SegmentOpQuadTo:
			z.QuadTo(x0, y0, x1, y1)
		case sfnt.SegmentOpCubeTo:
			z.CubeTo(x0, y0, x1, y1, x2, y2)
		}
	}
	z.ClosePath()
	mask := image.NewAlpha(c.Rect)
	z.DrawOp = draw.Src
	z.Draw(mask, mask.Rect, image.Opaque, image.Point{})
	c.each(func(px, py int) { c.blend(px, py, ink, float64(mask.AlphaAt(px, py).A)/255) })
	return nil
}
