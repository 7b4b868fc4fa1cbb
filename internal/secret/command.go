package secret

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/child"
	"github.com/traymail/traymail/internal/plaintext"
)

const (
	commandTimeout = 30 * time.Second
	commandOutput  = 64 << 10 // octets of each stream; after that, nobody reads it
	// commandRest is how long a command may go on after the first line.
	commandRest = 2 * time.Second
)

// CommandError says that a command gave no secret.
type CommandError struct {
	// Err is how it ended, without anything that it printed.
	Err error
	// Said is the first line of what it wrote to stderr, cleaned and bounded.
	// A command can write a secret there as well, so it is for the eyes of
	// whoever tries the command, and not part of Error.
	Said string
}

// Error implements error.
func (e *CommandError) Error() string { return "the secret command failed: " + e.Err.Error() }

// Unwrap returns how the command ended.
func (e *CommandError) Unwrap() error { return e.Err }

// Reasons why a command gave no secret although it ended well.
var (
	errNothing = errors.New("it printed nothing")
	errNoLine  = fmt.Errorf("it printed %d KB without the end of a line", commandOutput>>10)
)

// errRest is the cause of the end of a command that goes on after its line.
var errRest = errors.New("the command goes on")

// Command runs command by the shell and returns the first line it prints. One
// that does not end soon after that is ended, with the whole of its process
// group, and so is one that prints without end. Errors are *CommandError.
func Command(ctx context.Context, command string) (string, error) {
	limited, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	limited, enough := context.WithCancelCause(limited)
	defer enough(nil)
	// The command is the user's own, from the settings file.
	cmd := shell(limited, command)
	cmd.Env = child.Environment()
	stdout, stderr := &head{limit: commandOutput}, &head{limit: commandOutput}
	var once sync.Once
	stdout.line = func() {
		once.Do(func() {
			rest := time.AfterFunc(commandRest, func() { enough(errRest) })
			context.AfterFunc(limited, func() { rest.Stop() })
		})
	}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	// A grandchild that keeps the pipe open must not keep us.
	cmd.WaitDelay = time.Second
	err := child.RunGroup(cmd)
	line, _, whole := bytes.Cut(stdout.b, []byte("\n"))
	line = bytes.TrimSuffix(line, []byte("\r"))
	switch {
	case ctx.Err() != nil:
		err = ctx.Err()
	case context.Cause(limited) == errRest: //nolint:errorlint // it is never wrapped
		err = nil
	case limited.Err() != nil:
		err = fmt.Errorf("it took longer than %v: %w", commandTimeout, limited.Err())
	case stdout.full && brokenPipe(cmd.ProcessState), errors.Is(err, errFull), errors.Is(err, exec.ErrWaitDelay):
		err = nil
	}
	switch {
	case err != nil:
	case stdout.full && !whole:
		err = errNoLine
	case len(line) == 0:
		err = errNothing
	default:
		return string(line), nil
	}
	said, _, _ := strings.Cut(plaintext.CleanText(plaintext.FromBytes(stderr.b)), "\n")
	// Shells that trace write there what they are about to print.
	if secret := strings.TrimSpace(string(line)); secret != "" && strings.Contains(said, secret) {
		said = ""
	}
	return "", &CommandError{Err: err, Said: plaintext.Truncate(said, 200)}
}

// head keeps the first octets written to it, and takes no more: who writes on
// finds a broken pipe.
type head struct {
	b     []byte
	limit int
	full  bool
	line  func() // called when the first line is whole, perhaps more than once; may be nil
}

var errFull = errors.New("nothing more is read")

func (h *head) Write(p []byte) (int, error) {
	room := h.limit - len(h.b)
	h.b = append(h.b, p[:min(room, len(p))]...)
	if h.line != nil && bytes.IndexByte(h.b, '\n') >= 0 {
		h.line()
	}
	if len(p) > room {
		h.full = true
		return room, errFull
	}
	return len(p), nil
}
