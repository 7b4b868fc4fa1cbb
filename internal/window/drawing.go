//go:build cgo && !nowindow

package window

import (
	"fmt"
	"os"

	"fyne.io/fyne/v2"
	"github.com/go-gl/glfw/v3.4/glfw"
)

// ways are the ways to draw, the best first. What a way sets holds for what is
// created afterwards, Fyne's windows too: Fyne sets neither.
var ways = []func(){
	func() {},
	// X servers without GLX, and drivers that have nothing but EGL.
	func() { glfw.WindowHint(glfw.ContextCreationAPI, glfw.EGLContextAPI) },
	// Mesa can do without a driver.
	func() { _ = os.Setenv(softwareGL, "1") },
	func() { glfw.WindowHint(glfw.ContextCreationAPI, glfw.NativeContextAPI) },
}

const softwareGL = "LIBGL_ALWAYS_SOFTWARE"

// prepareDrawing finds a way to draw and returns a *DrawingError if there is
// none (D12). Fyne itself would end the process. It must be called on the main
// goroutine once Fyne's loop has begun.
func prepareDrawing() error {
	if err := glfw.Init(); err != nil { // Fyne's has only been logged
		return &DrawingError{NoDisplay: true, Err: err}
	}
	was, set := os.LookupEnv(softwareGL)
	// What this process starts, a browser say, draws as it likes.
	defer func() {
		if set {
			_ = os.Setenv(softwareGL, was)
		} else {
			_ = os.Unsetenv(softwareGL)
		}
	}()
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
