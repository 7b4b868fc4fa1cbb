package secret

import (
	"context"
	"errors"
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
	if _, err := Command(t.Context(), "true"); err == nil {
		t.Error("no output is no error")
	}
}

func TestCommandEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := Command(ctx, "sleep 600; echo late"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}
