//go:build !windows

package platform

// HoldsTerminal says whether the shell waits for a command, so that what is
// typed meanwhile is the command's.
const HoldsTerminal = true

// AttachConsole does nothing: a command has its terminal.
func AttachConsole() {}
