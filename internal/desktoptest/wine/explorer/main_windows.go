package main

import (
	"fmt"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

var (
	user32          = windows.NewLazySystemDLL("user32.dll")
	findWindow      = user32.NewProc("FindWindowW")
	getCursorPos    = user32.NewProc("GetCursorPos")
	windowFromPoint = user32.NewProc("WindowFromPoint")
	getClassName    = user32.NewProc("GetClassNameW")
	getAsyncKey     = user32.NewProc("GetAsyncKeyState")
	postMessage     = user32.NewProc("PostMessageW")
)

const (
	callback       = 0x401 // what systray has chosen
	icon           = 100
	balloonClicked = 0x405 // NIN_BALLOONUSERCLICK
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: explorer CLASS")
		os.Exit(2)
	}
	class, err := windows.UTF16PtrFromString(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	fmt.Println("watching")
	down, over := false, false
	for ; ; time.Sleep(10 * time.Millisecond) {
		was := down
		button, _, _ := getAsyncKey.Call(1)
		down = button&0x8000 != 0
		switch {
		case !down:
			over = onBalloon() // which the press itself may take away
		case !was && over:
			owner, _, _ := findWindow.Call(uintptr(unsafe.Pointer(class)), 0)
			ok, _, err := postMessage.Call(owner, callback, icon, balloonClicked)
			fmt.Println("posted", ok, err)
		}
	}
}

// onBalloon says whether the mouse points at a tooltip, as which Wine shows
// balloons.
func onBalloon() bool {
	var at struct{ x, y int32 }
	_, _, _ = getCursorPos.Call(uintptr(unsafe.Pointer(&at)))
	window, _, _ := windowFromPoint.Call(uintptr(uint32(at.x)) | uintptr(uint32(at.y))<<32) //nolint:gosec // G115: a POINT as one argument
	var name [64]uint16
	_, _, _ = getClassName.Call(window, uintptr(unsafe.Pointer(&name[0])), uintptr(len(name)))
	return windows.UTF16ToString(name[:]) == "tooltips_class32"
}
