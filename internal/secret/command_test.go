package secret

import (
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestCommand(t *testing.T) {
	for command, want := range map[string]string{
		`echo hunter2`:                         "hunter2",
		`printf 'first\r\nsecond\n'`:           "first",
		`printf 'no newline'`:                  "no newline",
		`printf 'a b\n' ; echo noise >&2`:      "a b",
		`sleep 60 & echo a grandchild stays`:   "a grandchild stays",
		`head -c 200000 /dev/zero | tr '\0' x`: strings.Repeat("x", commandOutput),
	} {
		if got, err := Command(t.Context(), command); err != nil || got != want {
			t.Errorf("%s: %.50q, %v", command, got, err)
		}
	}
}

// What a command prints never reaches an error; what it says on stderr does.
func TestCommandErrors(t *testing.T) {
	_, err := Command(t.Context(), `echo hunter2; printf 'gpg: \033[31mno key\n' >&2; exit 3`)
	if err == nil || strings.Contains(err.Error(), "hunter2") || !strings.Contains(err.Error(), "gpg: no key") {
		t.Errorf("error %v", err)
	}
	for _, command := range []string{"true", "echo", "echo; echo second"} {
		if got, err := Command(t.Context(), command); err == nil {
			t.Errorf("%s: %q is taken for a secret", command, got)
		}
	}
}

// A context that ends takes the whole process group with it: the command's
// own child closes its end of the pipe only by ending.
func TestCommandEndsItsChildren(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("there are no process groups")
	}
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
