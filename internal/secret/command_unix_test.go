//go:build unix

package secret

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

func TestCommand(t *testing.T) {
	for command, want := range map[string]string{
		`echo hunter2`:                       "hunter2",
		`printf 'first\r\nsecond\n'`:         "first",
		`printf 'no newline'`:                "no newline",
		`printf 'a b\n' ; echo noise >&2`:    "a b",
		`sleep 60 & echo a grandchild stays`: "a grandchild stays",
		`echo one; sleep 0.1; echo two`:      "one",
	} {
		if got, err := Command(t.Context(), command); err != nil || got != want {
			t.Errorf("%s: %.50q, %v", command, got, err)
		}
	}
}

// A command that prints or goes on without end is ended, and has told the
// secret by then.
func TestCommandWithoutEnd(t *testing.T) {
	for command, want := range map[string]string{
		`yes hunter2`:             "hunter2",
		`yes hunter2 | cat`:       "hunter2",
		`echo hunter2; sleep 600`: "hunter2",
		`trap '' PIPE; while :; do echo hunter2 2>/dev/null; done`: "hunter2",
		`echo hunter2; while :; do :; done`:                        "hunter2",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		if got, err := Command(ctx, command); err != nil || got != want {
			t.Errorf("%s: %.50q, %v", command, got, err)
		}
		cancel()
	}
	for command, want := range map[string]error{
		`head -c 200000 /dev/zero | tr '\0' x`: errNoLine,
		`cat /dev/zero`:                        errNoLine,
		`yes ''`:                               errNothing,
		`yes >&2`:                              nil, // whatever it is
	} {
		if got, err := Command(t.Context(), command); err == nil || want != nil && !errors.Is(err, want) || errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %.50q, %v", command, got, err)
		}
	}
}

// What a command prints never reaches an error. What it says on stderr is kept
// apart from the error's text, and left out if it repeats what was printed.
func TestCommandErrors(t *testing.T) {
	for command, said := range map[string]string{
		`echo hunter2; printf 'gpg: \033[31mno key\nhunter2\n' >&2; exit 3`: "gpg: no key",
		`printf '+ echo hunter2\n' >&2; echo hunter2; exit 3`:               "",
		`exit 3`:                        "",
		`printf '%0500d' 0 >&2; exit 3`: strings.Repeat("0", 199) + "…",
	} {
		_, err := Command(t.Context(), command)
		failed, ok := errors.AsType[*CommandError](err)
		if !ok || failed.Said != said || err.Error() != "the secret command failed: exit status 3" {
			t.Errorf("%s: %v, %+v", command, err, failed)
		}
	}
	for _, command := range []string{"true", "echo", "echo; echo second"} {
		if got, err := Command(t.Context(), command); !errors.Is(err, errNothing) {
			t.Errorf("%s: %q is taken for a secret, %v", command, got, err)
		}
	}
}

// A context that ends takes the whole process group with it: the command's
// own child closes its end of the pipe only by ending.
func TestCommandEndsItsChildren(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := exec.Command("mkfifo", pipe).Run(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := Command(ctx, "(echo started; sleep 600) > '"+pipe+"' & wait")
		done <- err
	}()
	reader, err := os.Open(pipe) // returns when the child has opened it too
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	if err := reader.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, reader); err != nil {
		t.Errorf("the child lives on: %v", err)
	}
}

func TestCommandEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Command(ctx, "sleep 600; echo late"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}
