package platform

import (
	"os"

	"golang.org/x/sys/windows"
)

// Escapes has a terminal obey the escape sequences by which colours are shown
// and lines edited, until restore is called. ok is false where it cannot.
func Escapes(out *os.File) (restore func(), ok bool) {
	handle := windows.Handle(out.Fd())
	var before uint32
	if windows.GetConsoleMode(handle, &before) != nil {
		return func() {}, false
	}
	if windows.SetConsoleMode(handle, before|windows.ENABLE_PROCESSED_OUTPUT|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) != nil {
		return func() {}, false
	}
	return func() { _ = windows.SetConsoleMode(handle, before) }, true
}
