package platform

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

func detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{CreationFlags: windows.CREATE_NEW_PROCESS_GROUP | windows.DETACHED_PROCESS}
}

// started lets the windows of a process that was started for a click come to
// the front: its parent, which has the icon, is in front of nothing.
func started(cmd *exec.Cmd) { LetFront(cmd.Process.Pid) }
