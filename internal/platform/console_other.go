//go:build !windows

package platform

import (
	"os"

	"golang.org/x/term"
)

// HoldsTerminal says whether the shell waits for a command, so that what is
// typed meanwhile is the command's.
const HoldsTerminal = true

// AttachConsole does nothing: a command has its terminal.
func AttachConsole() {}

// LeaveConsole does nothing: a terminal ends or interrupts what it has started.
func LeaveConsole() {}

// Unheard says whether what goes to stderr reaches no person. A session, a
// panel or a launcher hands a program the journal, a file like
// .xsession-errors or /dev/null; the environment that they set is inherited by
// whatever is typed into a terminal later, and tells nothing.
func Unheard(stderr *os.File) bool { return !term.IsTerminal(int(stderr.Fd())) }
