package platform

import (
	"errors"
	"os"
	"sync"

	"golang.org/x/sys/windows"
	"golang.org/x/term"

	"github.com/traymail/traymail/internal/platform/comstub"
)

// HoldsTerminal says whether the shell waits for a command, so that what is
// typed meanwhile is the command's. It does not for a program with windows,
// only for traymail.com.
func HoldsTerminal() bool { return stub() != 0 }

// stub is the event by which the traymail.com that has started this process
// can be told to wait no longer; 0 if another program has.
var stub = sync.OnceValue(func() windows.Handle {
	name, err := windows.UTF16PtrFromString(comstub.Left(os.Getppid()))
	if err != nil {
		return 0
	}
	event, err := windows.OpenEvent(windows.EVENT_MODIFY_STATE, false, name)
	if err != nil {
		return 0
	}
	return event
})

var (
	attachConsole = windows.NewLazySystemDLL("kernel32.dll").NewProc("AttachConsole")
	freeConsole   = windows.NewLazySystemDLL("kernel32.dll").NewProc("FreeConsole")
)

// console are the ends of the terminal that AttachConsole has opened.
var console []*os.File

// AttachConsole lets a command speak to the terminal it was typed into. A
// program for windows is not given that terminal, only files and pipes to
// which its output is redirected; those stay as they are. Unless traymail.com
// waits, the terminal is the shell's again: what has been redirected in part
// takes nothing else from it.
func AttachConsole() {
	given := func(file *os.File) bool {
		_, err := file.Stat()
		return err == nil
	}
	in, out, errs := given(os.Stdin), given(os.Stdout), given(os.Stderr)
	if in && out && errs || (in || out || errs) && !HoldsTerminal() {
		return
	}
	attach(!in, !out, !errs)
}

// attach opens the ends of the parent's terminal that are wanted.
func attach(in, out, errs bool) {
	const parent = ^uintptr(0) // ATTACH_PARENT_PROCESS
	// Denied: it has one already, as under Wine who was started from one.
	if ok, _, err := attachConsole.Call(parent); ok == 0 && !errors.Is(err, windows.ERROR_ACCESS_DENIED) {
		return // it was not typed
	}
	if in {
		if file, err := os.OpenFile("CONIN$", os.O_RDWR, 0); err == nil {
			os.Stdin, console = file, append(console, file)
		}
	}
	file, err := os.OpenFile("CONOUT$", os.O_RDWR, 0)
	if err != nil {
		return
	}
	console = append(console, file)
	if out {
		os.Stdout = file
	}
	if errs {
		os.Stderr = file
	}
}

// LeaveConsole undoes AttachConsole for what goes on when the shell has its
// terminal back: with it attached, a Ctrl+C in the terminal and its closing
// would end this process too. What is printed from now on nobody hears.
func LeaveConsole() {
	if event := stub(); event != 0 {
		defer func() { _ = windows.SetEvent(event) }()
	}
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
