package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/child"
	"github.com/traymail/traymail/internal/plaintext"
)

const (
	commandTimeout = 30 * time.Second
	commandOutput  = 64 << 10 // bytes that are read of each stream
)

// Command runs command by the shell and returns the first line it prints. An
// error holds the first line of what the command said on stderr, and nothing
// of its output.
func Command(ctx context.Context, command string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	// The command is the user's own, from the settings file.
	cmd := shell(ctx, command)
	cmd.Env = child.Environment()
	stdout, stderr := &head{limit: commandOutput}, &head{limit: commandOutput}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// A grandchild that keeps the pipe open must not keep us.
	cmd.WaitDelay = time.Second
	err := child.Run(cmd)
	if errors.Is(err, exec.ErrWaitDelay) {
		err = nil
	}
	if err != nil {
		said, _, _ := strings.Cut(plaintext.CleanText(plaintext.FromBytes(stderr.b)), "\n")
		if ctx.Err() != nil {
			err = ctx.Err()
		}
		if said == "" {
			return "", fmt.Errorf("the secret command failed: %w", err)
		}
		return "", fmt.Errorf("the secret command failed: %w: %s", err, plaintext.Truncate(said, 200))
	}
	line, _, _ := bytes.Cut(stdout.b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == 0 {
		return "", errors.New("the secret command printed nothing")
	}
	return string(line), nil
}

// head keeps the first bytes written to it and swallows the rest.
type head struct {
	b     []byte
	limit int
}

func (h *head) Write(p []byte) (int, error) {
	room := h.limit - len(h.b)
	h.b = append(h.b, p[:min(room, len(p))]...)
	return len(p), nil
}
