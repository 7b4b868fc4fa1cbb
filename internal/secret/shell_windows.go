package secret

import (
	"context"
	"os"
	"os/exec"
)

func shell(ctx context.Context, command string) *exec.Cmd {
	return exec.CommandContext(ctx, "cmd.exe", "/c", command) //nolint:gosec // G204: running the user's command is the purpose
}

// brokenPipe is not told by the exit status here.
func brokenPipe(*os.ProcessState) bool { return false }
