//go:build cgo && !nowindow

package window

import (
	"context"
	"os"
	"strings"
	"time"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// choosePlatform has GLFW speak X11 where an input method needs it (D14). It
// must be called on the main goroutine before Fyne's loop: GLFW is begun once,
// and where X11 does not answer, Fyne chooses as ever.
func choosePlatform() {
	if !typesByX11(os.Getenv) {
		return
	}
	glfw.InitHint(glfw.PlatformHint, int(glfw.PlatformX11))
	if glfw.Init() != nil {
		glfw.InitHint(glfw.PlatformHint, int(glfw.AnyPlatform))
	}
}

// typesByX11 says whether a session of Wayland has an input method that windows
// reach by X11 alone: GLFW knows that of X11 only, and finds it by XMODIFIERS.
// Without one, windows of Wayland's own are sharper on scaled screens.
func typesByX11(getenv func(string) string) bool {
	if !onWayland(getenv) || getenv("DISPLAY") == "" || getenv("FYNE_PLATFORM") != "" {
		return false
	}
	_, method, named := strings.Cut(getenv("XMODIFIERS"), "@im=")
	method, _, _ = strings.Cut(method, "@")
	return named && method != "" && method != "none" && method != "local"
}

func onWayland(getenv func(string) string) bool { return getenv("WAYLAND_DISPLAY") != "" }

// granted is how long a compositor takes to raise a window that asks for it.
const granted = 300 * time.Millisecond

// raiser brings a window to the front.
type raiser struct {
	bridge *bridge
	window fyne.Window
	// front: the window has the focus.
	front bool
	// remap: compositors of this session may refuse to raise a window (D13).
	remap bool
}

func newRaiser(b *bridge, w fyne.Window) *raiser {
	r := &raiser{bridge: b, window: w, remap: onWayland(os.Getenv)}
	life := fyne.CurrentApp().Lifecycle()
	life.SetOnEnteredForeground(func() { r.front = true })
	life.SetOnExitedForeground(func() { r.front = false })
	return r
}

// raise shows the window and gives it the focus. Where the compositor refuses,
// the window goes and comes again, which no compositor tells from a new one; what
// is typed in it stays.
func (r *raiser) raise() {
	r.window.Show()
	r.window.RequestFocus()
	if !r.remap || r.front {
		return
	}
	goDo(r.bridge, func(ctx context.Context) error {
		select {
		case <-ctx.Done():
		case <-time.After(granted):
		}
		return ctx.Err()
	}, func(err error) {
		if err == nil && !r.front {
			r.window.Hide()
			r.window.Show()
		}
	})
}

// keepSharp draws text anew where the screen has got another scale: on Wayland
// Fyne learns it after the first frame, and keeps the text of that (D21). It must
// be called on Fyne's goroutine.
func keepSharp(b *bridge, w fyne.Window) {
	if glfw.GetPlatform() != glfw.PlatformWayland {
		return
	}
	density := func() int {
		x, _ := w.Canvas().PixelCoordinateForPosition(fyne.NewPos(1000, 0))
		return x
	}
	drawn := density()
	look := func() {
		if now := density(); now != drawn {
			drawn = now
			settings := fyne.CurrentApp().Settings()
			settings.SetTheme(settings.Theme())
		}
	}
	b.workers.Go(func() {
		// Nothing tells of it; Fyne itself wakes more often.
		ticker := time.NewTicker(scaleLook)
		defer ticker.Stop()
		for {
			select {
			case <-b.ctx.Done():
				return
			case <-ticker.C:
				b.post(look)
			}
		}
	})
}

// scaleLook is how often a window looks whether its screen has another scale.
const scaleLook = 250 * time.Millisecond
