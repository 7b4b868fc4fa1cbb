//go:build !windows

package platform

// AttachConsole does nothing: a command has its terminal.
func AttachConsole() {}
