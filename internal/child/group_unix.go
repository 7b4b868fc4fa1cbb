//go:build unix

package child

import (
	"os/exec"
	"syscall"
)

// RunGroup is Run in a process group of its own, which ends as a whole when
// cmd, that exec.CommandContext has made, is cancelled.
func RunGroup(cmd *exec.Cmd) error {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return Run(cmd)
}
