package main

import (
	"fmt"
	"image"
	"image/color"
)

// The colour of the panel is unknown, and on Linux it may be anything. So the
// envelope is light within a dark outline: on a light panel the outline draws
// it, on a dark one the body does. What tells the shapes apart is a mark, not
// a colour; the colours only help.
var (
	dark  = color.NRGBA{0x1b, 0x22, 0x2c, 0xff}
	paper = color.NRGBA{0xff, 0xff, 0xff, 0xff}
	ash   = color.NRGBA{0xb4, 0xbc, 0xc8, 0xff}
	red   = color.NRGBA{0xd9, 0x22, 0x1c, 0xff}
	blue  = color.NRGBA{0x1d, 0x5f, 0xe0, 0xff}
	amber = color.NRGBA{0xff, 0xb4, 0x1f, 0xff}
)

// shapes are those of trayview.Shape. All but "none" also exist with a badge.
var shapes = []string{"none", "unseen", "checking", "paused", "offline", "error"}

// maxBadge stands for "9+".
const maxBadge = 10

// dotBadge stands for a dot without number.
const dotBadge = -1

// gap is the transparent line between the envelope and what lies upon it.
const gap = 1.1

// drawTray draws one icon for colour panels.
func drawTray(g *glyphs, shape string, badge, size int) (*image.NRGBA, error) {
	c := newCanvas(size)
	body := paper
	if shape == "paused" || shape == "offline" {
		body = ash
	}
	c.fill(envelope, dark)
	c.fill(envelope.grow(-1.3), body)
	c.fill(flap(1.7), dark)

	if shape == "offline" {
		slash := line(2.1, 3, 21.3, 21, 2.7)
		c.erase(slash.grow(1.1 + gap*0.8))
		c.fill(slash.grow(1.1), dark)
		c.fill(slash, paper)
	}
	// The number has the lower right corner, a mark gives way to it.
	m := marker{x: 17, y: 17, r: 7}
	if badge != 0 {
		m = marker{x: 5.8, y: 5.8, r: 5.8}
	}
	m.draw(c, shape)
	if badge == dotBadge {
		dot := circle(18.3, 18.3, 5.5)
		c.erase(dot.grow(gap))
		c.fill(dot, red)
	} else if badge > 0 {
		if err := drawBadge(c, g, badge); err != nil {
			return nil, err
		}
	}
	return c.NRGBA, nil
}

var envelope = box(0.4, 3.2, 23.6, 20.8, 3.2)

func flap(width float64) field { return line(width, 3.4, 6.6, 12, 13.2, 20.6, 6.6) }

// drawBadge covers the lower right with the number, as large as it can be:
// at 22 pixels a digit is 10 of them high.
func drawBadge(c *canvas, g *glyphs, badge int) error {
	const top, side = 9.2, 24
	left := 9.8
	if badge >= maxBadge {
		left = 5.2
	}
	plate := box(left, top, side, side, 4.6)
	c.erase(plate.grow(gap))
	c.fill(plate, red)
	const base, height = 22.1, 11
	middle := (left + side) / 2
	if badge < maxBadge {
		return g.draw(c, rune("0123456789"[badge]), middle, base, height, 1.1, paper)
	}
	if err := g.draw(c, '9', middle-3.9, base, height, 1.05, paper); err != nil {
		return err
	}
	c.fill(union(line(2.1, middle+1.6, 16.6, middle+7, 16.6), line(2.1, middle+4.3, 13.9, middle+4.3, 19.3)), paper)
	return nil
}

// marker is the disc or triangle that says what is the matter.
type marker struct{ x, y, r float64 }

func (m marker) draw(c *canvas, shape string) {
	// u is the unit of the drawings within the disc: its radius is 7.
	u := m.r / 7
	at := func(points ...float64) []float64 {
		for i := range points {
			if i%2 == 0 {
				points[i] = m.x + points[i]*u
			} else {
				points[i] = m.y + points[i]*u
			}
		}
		return points
	}
	disc := circle(m.x, m.y, m.r)
	switch shape {
	case "checking":
		c.erase(disc.grow(gap))
		c.fill(disc, blue)
		c.fill(arc(m.x, m.y+0.4*u, 3.4*u, 1.9*u, 15, 268), paper)
		c.fill(polygon(0.3*u, at(-0.1, -5.6, 3.9, -3, -0.1, -0.4)...), paper)
	case "paused":
		c.erase(disc.grow(gap))
		c.fill(disc, dark)
		c.fill(disc.grow(-1.2*u), paper)
		c.fill(union(line(2*u, at(-1.9, -2.4, -1.9, 2.4)...), line(2*u, at(1.9, -2.4, 1.9, 2.4)...)), dark)
	case "error":
		triangle := polygon(1.5*u, at(0, -5.6, 5.6, 4.9, -5.6, 4.9)...)
		c.erase(triangle.grow(gap))
		c.fill(triangle, dark)
		c.fill(triangle.grow(-1.1*u), amber)
		c.fill(union(line(2.1*u, at(0, -2.2, 0, 0.8)...), circle(m.x, m.y+3.6*u, 1.2*u)), dark)
	}
}

// drawTemplate draws the icon for the macOS menu bar: one colour, of which
// the system takes the alpha only. The count stands beside it as text.
func drawTemplate(shape string, size int) (*image.NRGBA, error) {
	black := color.NRGBA{A: 0xff}
	c := newCanvas(size)
	switch shape {
	case "unseen":
		c.fill(envelope.without(flap(1.9)), black)
	default:
		c.fill(envelope.without(envelope.grow(-1.9)), black)
		c.fill(flap(1.9), black)
	}
	m := marker{x: 17, y: 17, r: 7}
	switch shape {
	case "none", "unseen":
	case "offline":
		slash := line(2, 3, 21.5, 21, 2.5)
		c.erase(slash.grow(1.6))
		c.fill(slash, black)
	case "checking":
		c.erase(circle(m.x, m.y, m.r+0.6))
		c.fill(arc(m.x, m.y+0.6, 4.6, 2.1, 15, 268), black)
		c.fill(polygon(0.3, m.x-0.1, m.y-7.2, m.x+4.6, m.y-4, m.x-0.1, m.y-0.8), black)
	case "paused":
		c.erase(circle(m.x, m.y, m.r+gap))
		c.fill(union(line(3, m.x-2.7, m.y-4, m.x-2.7, m.y+4), line(3, m.x+2.7, m.y-4, m.x+2.7, m.y+4)), black)
	case "error":
		triangle := polygon(1.5, m.x, m.y-5.6, m.x+5.6, m.y+4.9, m.x-5.6, m.y+4.9)
		c.erase(triangle.grow(gap))
		c.fill(triangle, black)
		c.erase(union(line(1.9, m.x, m.y-2.2, m.x, m.y+0.8), circle(m.x, m.y+3.6, 1.1)))
	default:
		return nil, fmt.Errorf("no template for %q", shape)
	}
	return c.NRGBA, nil
}
