//go:build cgo && !nowindow

package window

import (
	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// reach is how much of a window has to lie on a screen, in its units, for the
// window to be put there again: enough to get hold of it.
const reach = 80

// putAt has a window come up at a place, if there is still a screen. It must be
// called on the main goroutine once GLFW has begun.
func putAt(w fyne.Window, p Place) {
	placeable, ok := w.(interface{ RequestPosition(x, y int) })
	if !ok || !p.Placed || glfw.GetPlatform() == glfw.PlatformWayland {
		return
	}
	for _, m := range glfw.GetMonitors() {
		x, y, width, height := m.GetWorkarea()
		if p.X >= x && p.X <= x+width-reach && p.Y >= y && p.Y <= y+height-reach {
			placeable.RequestPosition(p.X, p.Y)
			return
		}
	}
}

// placeOf is where a window is, and how large; it must still be there.
func placeOf(w fyne.Window) Place {
	size := w.Canvas().Size()
	p := Place{Width: size.Width, Height: size.Height}
	drawn, ok := w.(interface{ RunWithContext(func()) })
	if !ok || glfw.GetPlatform() == glfw.PlatformWayland {
		return p
	}
	drawn.RunWithContext(func() {
		if g := glfw.GetCurrentContext(); g != nil && g.GetAttrib(glfw.Maximized) == glfw.False && g.GetAttrib(glfw.Iconified) == glfw.False {
			p.X, p.Y = g.GetPos()
			p.Placed = true
		}
	})
	return p
}
