package mailfile

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// tryLock locks all of the file.
func tryLock(f *os.File) (bool, error) {
	const all = ^uint32(0)
	err := windows.LockFileEx(windows.Handle(f.Fd()), windows.LOCKFILE_EXCLUSIVE_LOCK|windows.LOCKFILE_FAIL_IMMEDIATELY, 0, all, all, &windows.Overlapped{})
	if errors.Is(err, windows.ERROR_LOCK_VIOLATION) {
		return false, nil
	}
	return err == nil, err
}

// dead cannot be told.
func dead(string) bool { return false }

// syncFolder does nothing: NTFS writes names down with the files.
func syncFolder(string) error { return nil }
