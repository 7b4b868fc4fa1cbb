//go:build unix

package secret

import (
	"context"
	"os"
	"os/exec"
	"syscall"
)

func shell(ctx context.Context, command string) *exec.Cmd {
	return exec.CommandContext(ctx, "/bin/sh", "-c", command) //nolint:gosec // G204: running the user's command is the purpose
}

// brokenPipe says whether a process, or the last one of the shell's, ended
// because nobody read what it wrote.
func brokenPipe(p *os.ProcessState) bool {
	status, ok := p.Sys().(syscall.WaitStatus)
	return ok && status.Signaled() && status.Signal() == syscall.SIGPIPE || p.ExitCode() == 128+int(syscall.SIGPIPE)
}
