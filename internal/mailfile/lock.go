package mailfile

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"
)

// ErrLocked: another program has locked the mbox for as long as was waited.
var ErrLocked = errors.New("another program has locked the file")

const (
	// patience is how long another program's lock is waited for.
	patience  = 30 * time.Second
	lockPause = 50 * time.Millisecond
	// staleLock is when a lock file belongs to nobody any more: nobody needs
	// that long to append a message, and who reads refreshes it.
	staleLock = 5 * time.Minute
)

// lock opens an mbox, which need not be there yet, with both locks that other
// programs heed: a lock file beside it, and one of the system. unlock closes it.
func lock(path string) (f *os.File, unlock func() error, err error) {
	until := time.Now().Add(patience)
	undot, err := lockFile(path+".lock", until)
	if err != nil {
		return nil, nil, err
	}
	const private = 0o600
	f, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE, private) //nolint:gosec // G304: the user names it
	if err == nil {
		if err = lockSystem(f, until); err == nil {
			return f, func() error {
				err := f.Close() // which ends the system's lock
				undot()
				return err
			}, nil
		}
		_ = f.Close()
	}
	undot()
	return nil, nil, err
}

// lockFile creates a lock file. Where the folder does not let us (mailboxes of
// the system have one of their own), the lock of the system has to do.
func lockFile(path string, until time.Time) (unlock func(), err error) {
	for {
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o444) //nolint:gosec // G302, G304: others read who has it
		switch {
		case err == nil:
			_, err = f.WriteString(strconv.Itoa(os.Getpid()) + "\n")
			if err = errors.Join(err, f.Close()); err != nil {
				return nil, errors.Join(err, os.Remove(path))
			}
			return func() { _ = os.Remove(path) }, nil
		case errors.Is(err, os.ErrPermission):
			return func() {}, nil
		case !errors.Is(err, os.ErrExist):
			return nil, err
		}
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > staleLock || dead(path) {
			_ = os.Remove(path)
			continue
		}
		if time.Now().After(until) {
			return nil, fmt.Errorf("%w: %s", ErrLocked, path)
		}
		time.Sleep(lockPause)
	}
}

// lockSystem takes the lock of the system.
func lockSystem(f *os.File, until time.Time) error {
	for {
		taken, err := tryLock(f)
		if taken || err != nil {
			return err
		}
		if time.Now().After(until) {
			return fmt.Errorf("%w: %s", ErrLocked, f.Name())
		}
		time.Sleep(lockPause)
	}
}
