package platform

import (
	"fmt"

	"github.com/gofrs/flock"
)

// Lock takes the lock at path without waiting; it returns ErrLocked when
// another process has it. The system releases it when this process ends,
// however it ends. The file stays: removing it would let two processes each
// lock a file of that name.
func Lock(path string) (release func(), err error) {
	lock := flock.New(path, flock.SetPermissions(0o600))
	ok, err := lock.TryLock()
	switch {
	case err != nil:
		return nil, fmt.Errorf("locking %s: %w", path, err)
	case !ok:
		return nil, ErrLocked
	}
	return func() { _ = lock.Close() }, nil
}
