package platform

import "golang.org/x/sys/windows"

// AnyProcess is for LetFront.
const AnyProcess = -1 // ASFW_ANY

var allowSetForegroundWindow = windows.NewLazySystemDLL("user32.dll").NewProc("AllowSetForegroundWindow")

// LetFront lets a process bring its windows to the front until the user turns
// to another. Windows grants that to a process that the user has just turned
// to, or that was let itself; of others it ignores it, and then the button in
// the taskbar flashes instead.
func LetFront(pid int) { _, _, _ = allowSetForegroundWindow.Call(uintptr(pid)) }
