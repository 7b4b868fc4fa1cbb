// Package secret says what keeps passwords: the keyring of the operating
// system (package keyring), memory, or a command of the user's. A secret never
// reaches a log, an argument list, the environment of a child, a file or an
// error text.
package secret

import (
	"context"
	"errors"
	"fmt"
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNotFound: the keyring answered, and holds no such secret.
	ErrNotFound = errors.New("no such secret in the keyring")
	// ErrLocked: the keyring is locked, or did not answer in time. It is to
	// be waited for, and is not a failed login.
	ErrLocked = errors.New("the keyring is locked")
	// ErrEmpty is ErrLocked of a keyring that has nowhere to keep a secret yet.
	ErrEmpty = fmt.Errorf("%w: it has no collection yet", ErrLocked)
	// ErrDismissed is ErrLocked after a question for its password that ended
	// without one.
	ErrDismissed = fmt.Errorf("%w: its question was not answered", ErrLocked)
	// ErrUnavailable: there is no keyring service on this machine.
	ErrUnavailable = errors.New("no keyring service is running")
)

// Store holds secrets by reference: an account's ID, or "draft-..." for one
// that is being tested.
type Store interface {
	// Get never prompts: a locked keyring gives ErrLocked.
	Get(ctx context.Context, ref string) (string, error)
	// Set writes and reads back (D3). It may prompt for the keyring's password.
	Set(ctx context.Context, ref, secret string) error
	// Delete of a missing secret is not an error.
	Delete(ctx context.Context, ref string) error
	// Unlock asks the user to unlock the keyring, where it is locked and the
	// system can ask. Calls that come meanwhile share the question, whose end
	// without an answer is ErrDismissed. With ctx the first caller takes it back.
	Unlock(ctx context.Context) error
	// Unlocked receives after the keyring changed from locked (or absent) to
	// usable; buffered, never closed before Close.
	Unlocked() <-chan struct{}
	Close() error
}
