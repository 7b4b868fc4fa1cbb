//go:build unix

package platform

import (
	"os/exec"
	"syscall"
)

func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }

// started does nothing: what was started raises its windows itself.
func started(*exec.Cmd) {}
