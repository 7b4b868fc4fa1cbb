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

// running says whether there is such a process.
func running(pid int) bool {
	h, err := windows.OpenProcess(windows.SYNCHRONIZE, false, uint32(pid)) //nolint:gosec // G115: another number is no process either
	if err == nil {
		_ = windows.CloseHandle(h)
	}
	return !errors.Is(err, windows.ERROR_INVALID_PARAMETER)
}

// syncFolder does nothing: NTFS writes names down with the files.
func syncFolder(string) error { return nil }
