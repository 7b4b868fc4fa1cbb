//go:build unix

package platform

import "syscall"

// Terminate asks a process of the user to end.
func Terminate(pid int) error { return syscall.Kill(pid, syscall.SIGTERM) }
