//go:build unix

package mailfile

import (
	"errors"
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
)

// tryLock takes the lock of fcntl, which is what Dovecot, Postfix and mutt take.
// It ends when the process closes any descriptor of the file.
func tryLock(f *os.File) (bool, error) {
	err := unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_WRLCK, Whence: io.SeekStart})
	if errors.Is(err, unix.EAGAIN) || errors.Is(err, unix.EACCES) {
		return false, nil
	}
	return err == nil, err
}

// dead says whether a lock file is of a process that is not there any more. One
// without a process may be from another computer.
func dead(path string) bool {
	text, err := os.ReadFile(path) //nolint:gosec // G304: beside what the user names
	if err != nil || len(text) > 16 {
		return false
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	return err == nil && pid > 0 && pid != os.Getpid() && !running(pid)
}

// running says whether there is such a process.
func running(pid int) bool { return !errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) }

// syncFolder has the names in a folder on the disk.
func syncFolder(path string) error {
	f, err := os.Open(path) //nolint:gosec // G304: the user names it
	if err != nil {
		return err
	}
	err = f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) {
		err = nil // there are file systems that cannot
	}
	return errors.Join(err, f.Close())
}
