package platform

import (
	"os"

	"golang.org/x/sys/windows"
	"golang.org/x/term"
)

// HoldsTerminal says whether the shell waits for a command, so that what is
// typed meanwhile is the command's. It does not for a program with windows.
const HoldsTerminal = false

var (
	attachConsole = windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole")
	freeConsole   = windows.NewLazySystemDLL("kernel32.dll").NewProc("FreeConsole")
)

// console are the ends of the terminal that AttachConsole has opened.
var console []*os.File

// AttachConsole lets a command speak to the terminal it was typed into. A
// program for windows is not given that terminal, only files and pipes to
// which its output is redirected; those stay as they are.
func AttachConsole() {
	for _, file := range []*os.File{os.Stdin, os.Stdout, os.Stderr} {
		if _, err := file.Stat(); err == nil {
			return // it was given something
		}
	}
	attach()
}

func attach() {
	const parent = ^uintptr(0) // ATTACH_PARENT_PROCESS
	if ok, _, _ := attachConsole.Call(parent); ok == 0 {
		return // it was not typed
	}
	if in, err := os.OpenFile("CONIN$", os.O_RDWR, 0); err == nil {
		os.Stdin, console = in, append(console, in)
	}
	if out, err := os.OpenFile("CONOUT$", os.O_RDWR, 0); err == nil {
		os.Stdout, os.Stderr, console = out, out, append(console, out)
	}
}

// LeaveConsole undoes AttachConsole for what goes on when the shell has its
// terminal back: with it attached, a Ctrl+C in the terminal and its closing
// would end this process too. What is printed from now on nobody hears.
func LeaveConsole() {
	if len(console) == 0 {
		return
	}
	for _, file := range console {
		_ = file.Close()
	}
	console = nil
	_, _, _ = freeConsole.Call()
}

// Unheard says whether what goes to stderr reaches nobody, after
// AttachConsole. Explorer hands a program nothing, and Spawn the null device;
// a file or a pipe somebody has asked for, and perhaps waits for its end.
func Unheard(stderr *os.File) bool {
	info, err := stderr.Stat()
	return err != nil || info.Mode()&os.ModeCharDevice != 0 && !term.IsTerminal(int(stderr.Fd()))
}
