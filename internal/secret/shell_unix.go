//go:build unix

package secret

import (
	"context"
	"os"
	"os/exec"
	"syscall"

	"github.com/traymail/traymail/internal/child"
)

// shell runs command in a process group of its own, which ends as a whole.
func shell(ctx context.Context, command string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", command) //nolint:gosec // G204: running the user's command is the purpose
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	return cmd
}

// run runs what shell has made.
func run(cmd *exec.Cmd) error { return child.Run(cmd) }

// brokenPipe says whether a process, or the last one of the shell's, ended
// because nobody read what it wrote.
func brokenPipe(p *os.ProcessState) bool {
	status, ok := p.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGPIPE || p.ExitCode() == 128+int(syscall.SIGPIPE)
}
