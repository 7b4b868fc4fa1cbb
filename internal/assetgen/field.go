package main

import (
	"image"
	"image/color"
	"math"
)

// grid is the side of the square on which everything is drawn.
const grid = 24.0

// field is a shape as its signed distance function: how far the point (x, y)
// is from the edge in grid units, negative inside. Growing a shape by an
// outline, cutting one out of another and smooth edges at any size are all
// simple sums on distances, which is why nothing here is a path.
type field func(x, y float64) float64

func circle(cx, cy, r float64) field {
	return func(x, y float64) float64 { return math.Hypot(x-cx, y-cy) - r }
}

// box is the rectangle with corners rounded by r.
func box(x0, y0, x1, y1, r float64) field {
	cx, cy, hx, hy := (x0+x1)/2, (y0+y1)/2, (x1-x0)/2-r, (y1-y0)/2-r
	return func(x, y float64) float64 {
		dx, dy := math.Abs(x-cx)-hx, math.Abs(y-cy)-hy
		return math.Hypot(math.Max(dx, 0), math.Max(dy, 0)) + math.Min(math.Max(dx, dy), 0) - r
	}
}

// line runs through the points x0, y0, x1, y1, ... with round ends.
func line(width float64, points ...float64) field {
	return func(x, y float64) float64 {
		d := math.Inf(1)
		for i := 0; i+3 < len(points); i += 2 {
			d = math.Min(d, segment(x, y, points[i], points[i+1], points[i+2], points[i+3]))
		}
		return d - width/2
	}
}

func segment(x, y, ax, ay, bx, by float64) float64 {
	dx, dy := bx-ax, by-ay
	t := ((x-ax)*dx + (y-ay)*dy) / (dx*dx + dy*dy)
	t = math.Max(0, math.Min(1, t))
	return math.Hypot(x-ax-t*dx, y-ay-t*dy)
}

// polygon is the area within the points, its corners rounded by r outwards.
func polygon(r float64, points ...float64) field {
	return func(x, y float64) float64 {
		d, inside := math.Inf(1), false
		for i, j := 0, len(points)-2; i < len(points); j, i = i, i+2 {
			ax, ay, bx, by := points[j], points[j+1], points[i], points[i+1]
			d = math.Min(d, segment(x, y, ax, ay, bx, by))
			if (ay > y) != (by > y) && x < (bx-ax)*(y-ay)/(by-ay)+ax {
				inside = !inside
			}
		}
		if inside {
			d = -d
		}
		return d - r
	}
}

// arc is part of a ring, from angle from to angle to, clockwise in degrees
// with zero on the right.
func arc(cx, cy, radius, width, from, to float64) field {
	middle, half := (from+to)/2*math.Pi/180, (to-from)/2*math.Pi/180
	sin, cos := math.Sincos(middle)
	return func(x, y float64) float64 {
		x, y = x-cx, y-cy
		// Turned so that the arc is symmetrical around the x axis.
		x, y = x*cos+y*sin, math.Abs(y*cos-x*sin)
		if math.Atan2(y, x) <= half {
			return math.Abs(math.Hypot(x, y)-radius) - width/2
		}
		return math.Hypot(x-radius*math.Cos(half), y-radius*math.Sin(half)) - width/2
	}
}

func (f field) grow(by float64) field {
	return func(x, y float64) float64 { return f(x, y) - by }
}

func union(fields ...field) field {
	return func(x, y float64) float64 {
		d := math.Inf(1)
		for _, f := range fields {
			d = math.Min(d, f(x, y))
		}
		return d
	}
}

func (f field) without(other field) field {
	return func(x, y float64) float64 { return math.Max(f(x, y), -other(x, y)) }
}

// canvas is a square picture addressed in grid units.
type canvas struct {
	*image.NRGBA
	scale float64 // pixels per unit
}

func newCanvas(size int) *canvas {
	return &canvas{image.NewNRGBA(image.Rect(0, 0, size, size)), float64(size) / grid}
}

// coverage is how much of the pixel lies within f, from 0 to 1.
func (c *canvas) coverage(f field, px, py int) float64 {
	d := f((float64(px)+0.5)/c.scale, (float64(py)+0.5)/c.scale)
	return math.Max(0, math.Min(1, 0.5-d*c.scale))
}

// fill paints f.
func (c *canvas) fill(f field, ink color.NRGBA) {
	c.each(func(px, py int) { c.blend(px, py, ink, c.coverage(f, px, py)) })
}

// erase makes f transparent.
func (c *canvas) erase(f field) {
	c.each(func(px, py int) {
		p := c.NRGBAAt(px, py)
		p.A = round8(float64(p.A) * (1 - c.coverage(f, px, py)))
		c.set(px, py, p)
	})
}

func (c *canvas) each(do func(px, py int)) {
	for py := range c.Rect.Dy() {
		for px := range c.Rect.Dx() {
			do(px, py)
		}
	}
}

func (c *canvas) blend(px, py int, ink color.NRGBA, cover float64) {
	if cover == 0 {
		return
	}
	below := c.NRGBAAt(px, py)
	a := cover * float64(ink.A) / 255
	b := float64(below.A) / 255 * (1 - a)
	mix := func(top, bottom uint8) uint8 {
		return round8((float64(top)*a + float64(bottom)*b) / (a + b))
	}
	c.set(px, py, color.NRGBA{mix(ink.R, below.R), mix(ink.G, below.G), mix(ink.B, below.B), round8((a + b) * 255)})
}

// set keeps invisible pixels black, so that they compress to nothing.
func (c *canvas) set(px, py int, p color.NRGBA) {
	if p.A == 0 {
		p = color.NRGBA{}
	}
	c.SetNRGBA(px, py, p)
}

func round8(v float64) uint8 { return uint8(math.Round(math.Max(0, math.Min(255, v)))) }
