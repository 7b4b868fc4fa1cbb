package secret

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/windows"
)

// shell runs command by cmd.exe, which reads its command line by rules of its
// own: with /s it takes away the outer quotes and runs what is between them as it stands, where those that Go would
// escape stay escaped. /d leaves out what the registry would have it run first.
func shell(ctx context.Context, command string) *exec.Cmd {
	program := "cmd.exe"
	if folder, err := windows.GetSystemDirectory(); err == nil {
		program = filepath.Join(folder, program)
	}
	cmd := exec.CommandContext(ctx, program)
	cmd.SysProcAttr = &syscall.SysProcAttr{CmdLine: `cmd.exe /d /s /c "` + command + `"`}
	return cmd
}

// brokenPipe is not told by the exit status here.
func brokenPipe(*os.ProcessState) bool { return false }
