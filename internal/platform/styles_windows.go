package platform

import (
	"os"

	"golang.org/x/sys/windows"
)

// HasStyles says whether the terminal that file is obeys ECMA-48. The console
// of Windows does since 2016, once it is told to.
func HasStyles(file *os.File) bool {
	var mode uint32
	console := windows.Handle(file.Fd())
	if err := windows.GetConsoleMode(console, &mode); err != nil {
		return false
	}
	return windows.SetConsoleMode(console, mode|windows.ENABLE_VIRTUAL_TERMINAL_PROCESSING) == nil
}
