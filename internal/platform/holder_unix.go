//go:build unix

package platform

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
)

// readOwn reads a small file that belongs to the user and that nobody else can
// write.
func readOwn(path string, limit int64) ([]byte, error) {
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0) // #nosec G304 -- our own file
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if stat, ok := info.Sys().(*syscall.Stat_t); !ok || int(stat.Uid) != os.Getuid() || !info.Mode().IsRegular() || info.Mode().Perm()&0o022 != 0 {
		return nil, fmt.Errorf("%s is not the user's alone", path)
	}
	return io.ReadAll(io.LimitReader(f, limit))
}

// ownSocket says whether nobody but the user can have made what is at path.
func ownSocket(path string) bool {
	return len(path) <= maxSocket && isPrivate(filepath.Dir(path)) == nil
}

// isPrivate says what keeps dir from being a folder, no link, that belongs to
// us and that nobody else can enter.
func isPrivate(dir string) error {
	info, err := os.Lstat(dir) // #nosec G703 -- only looked at
	if err != nil {
		return err
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	switch {
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder", dir)
	case !ok || int(stat.Uid) != os.Getuid():
		return fmt.Errorf("%s belongs to another user", dir)
	case info.Mode().Perm() != 0o700:
		return modeError{dir, info.Mode().Perm()}
	}
	return nil
}

// modeError: a folder is the user's, but others can enter it.
type modeError struct {
	dir  string
	mode os.FileMode
}

func (e modeError) Error() string { return fmt.Sprintf("%s has mode %o", e.dir, e.mode) }
