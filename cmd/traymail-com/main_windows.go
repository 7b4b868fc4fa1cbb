package main

import (
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/platform/comstub"
)

func main() {
	if os.Getenv(comstub.Guard) != "" {
		guard(os.Args[1:])
		return
	}
	signal.Ignore(os.Interrupt) // it goes to the program as well, whose exit code says what that has done
	code, err := run()
	if err != nil {
		fmt.Fprintln(os.Stderr, "traymail.com:", err)
	}
	os.Exit(code)
}

func run() (code int, err error) {
	self, err := os.Executable()
	if err != nil {
		return 1, err
	}
	name, err := windows.UTF16PtrFromString(comstub.Left(os.Getpid()))
	if err != nil {
		return 1, err
	}
	left, err := windows.CreateEvent(nil, 1, 0, name)
	if err != nil {
		return 1, fmt.Errorf("preparing to wait: %w", err)
	}
	program := strings.TrimSuffix(self, filepath.Ext(self)) + ".exe"
	_, process, err := syscall.StartProcess(program, os.Args, &syscall.ProcAttr{ // #nosec G204 G702 -- its neighbour, with the arguments of this process
		Env:   os.Environ(),
		Files: []uintptr{given(os.Stdin), given(os.Stdout), given(os.Stderr)},
		Sys:   &syscall.SysProcAttr{CmdLine: `"` + program + `"` + arguments(windows.UTF16PtrToString(windows.GetCommandLine()))},
	})
	if err != nil {
		return 1, fmt.Errorf("starting %s: %w", program, err)
	}
	which, err := windows.WaitForMultipleObjects([]windows.Handle{windows.Handle(process), left}, false, windows.INFINITE)
	if err != nil {
		return 1, err
	}
	if which != windows.WAIT_OBJECT_0 {
		return 0, nil
	}
	var status uint32
	err = windows.GetExitCodeProcess(windows.Handle(process), &status)
	return int(status), err
}

// given is the handle of a file or pipe that this process was given; 0 for a
// terminal. That the program opens itself, for it has to attach to it, and
// before that such a handle is of no use.
func given(f *os.File) uintptr {
	handle := f.Fd()
	if windows.GetConsoleMode(windows.Handle(handle), new(uint32)) == nil {
		return 0
	}
	if kind, err := windows.GetFileType(windows.Handle(handle)); err != nil || kind == windows.FILE_TYPE_UNKNOWN {
		return 0
	}
	return handle
}

// arguments are those of a command line as they were written, each with what
// separates it from the one before. A program's own name is quoted whole or has
// no space.
func arguments(line string) string {
	if rest, quoted := strings.CutPrefix(line, `"`); quoted {
		_, rest, _ = strings.Cut(rest, `"`)
		return rest
	}
	if i := strings.IndexAny(line, " \t"); i >= 0 {
		return line[i:]
	}
	return ""
}
