//go:build cgo && !nowindow

package window

import (
	"fmt"
	"os"
	"strconv"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"

	"github.com/traymail/traymail/internal/child"
)

// ways are the ways to draw, the best first. What a way sets holds for what is
// created afterwards, Fyne's windows too: Fyne sets neither.
var ways = []func(){
	func() {},
	// X servers without GLX, and drivers that have nothing but EGL.
	func() { glfw.WindowHint(glfw.ContextCreationAPI, glfw.EGLContextAPI) },
	// Mesa can do without a driver.
	func() { setenv("LIBGL_ALWAYS_SOFTWARE", "1") },
	func() { glfw.WindowHint(glfw.ContextCreationAPI, glfw.NativeContextAPI) },
}

// setenv is for this process alone: what it starts, a browser say, draws as it
// likes.
func setenv(name, value string) {
	child.Ours(name)
	_ = os.Setenv(name, value)
}

// prepareDrawing finds a way to draw and returns a *DrawingError if there is
// none (D12). Fyne itself would end the process. It must be called on the main
// goroutine once Fyne's loop has begun.
func prepareDrawing() error {
	if err := glfw.Init(); err != nil { // Fyne's has only been logged
		return &DrawingError{NoDisplay: true, Err: err}
	}
	// By default both are the title (D15), and desktops match a window with the
	// desktop file, and so with its icon, by its class.
	glfw.WindowHintString(glfw.X11ClassName, appID)
	glfw.WindowHintString(glfw.X11InstanceName, "traymail")
	followXftDPI()
	var first error
	for _, prepare := range ways {
		prepare()
		err := tryDrawing()
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return &DrawingError{Err: first}
}

// fyneScale is the user's factor on what Fyne makes of the screen's size.
const fyneScale = "FYNE_SCALE"

// enlarged: windows have the size of Xft.dpi, in which GNOME and others count
// the size of text, too.
var enlarged bool

// followXftDPI makes windows on X11 as large as the desktop wants them: Fyne
// goes by the size of the screen in millimetres and does not know Xft.dpi (D16),
// which is what a desktop, and a Wayland one for XWayland, has set if it is not
// 96. A factor that the user has chosen wins, for this program or in Fyne's own
// settings.
func followXftDPI() {
	monitor := glfw.GetPrimaryMonitor()
	chosen := fyne.CurrentApp().Settings().Scale()
	if glfw.GetPlatform() != glfw.PlatformX11 || monitor == nil || os.Getenv(fyneScale) != "" || chosen > 0 && chosen != 1 {
		return
	}
	wanted, _ := monitor.GetContentScale() // GLFW has it from Xft.dpi
	if wanted == 1 {
		return
	}
	w, _ := monitor.GetPhysicalSize()
	detected := float32(1)
	if mode := monitor.GetVideoMode(); mode != nil && w > 0 {
		// As Fyne does it, which takes no screen for larger than it is.
		if dpi := float32(mode.Width) / (float32(w) / 25.4); dpi >= 10 && dpi <= 1000 {
			detected = max(1, dpi/96)
		}
	}
	enlarged = true
	setenv(fyneScale, strconv.FormatFloat(float64(wanted/detected), 'f', 3, 32))
}

// tryDrawing creates a window like Fyne's that nobody sees.
func tryDrawing() (err error) {
	defer func() {
		// The binding does not expect every error that there is.
		if p := recover(); p != nil {
			err = fmt.Errorf("creating a window: %v", p)
		}
	}()
	glfw.WindowHint(glfw.Visible, glfw.False)
	glfw.WindowHint(glfw.ContextVersionMajor, 2)
	glfw.WindowHint(glfw.ContextVersionMinor, 1)
	w, err := glfw.CreateWindow(10, 10, "", nil, nil)
	if err != nil {
		return err
	}
	w.Destroy()
	return nil
}

// Drawable returns a *DrawingError if Run could draw nothing here. It shows
// nothing, and must be called on the main goroutine of a process that does
// nothing else.
func Drawable() error {
	choosePlatform()
	a := newApp()
	var err error
	onStarted(a, func() {
		err = prepareDrawing()
		a.Quit()
	})
	return err
}

// onStarted runs a's loop, which calls f first.
func onStarted(a fyne.App, f func()) {
	a.Lifecycle().SetOnStarted(f)
	a.Run()
}
