//go:build unix && !darwin

package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

func ensureFontHome(fixes map[string]string) error {
	cache, err := os.UserCacheDir()
	if err == nil {
		err = writable(cache)
	}
	home := os.Getenv("HOME")
	if err == nil && home != "" {
		return nil
	}
	dir, tempErr := temporaryHome()
	if tempErr != nil {
		return fmt.Errorf("no folder for the font index: %w", tempErr)
	}
	if err != nil {
		fixes["XDG_CACHE_HOME"] = dir
	}
	if home == "" {
		fixes["HOME"] = dir // the library looks for fonts below it, too
	}
	return nil
}

// temporaryHome is a folder for caches among the temporary files.
func temporaryHome() (string, error) {
	dir := filepath.Join(os.TempDir(), fmt.Sprintf("%s-cache-%d", name, os.Getuid()))
	if privateFolder(dir) == nil {
		return dir, nil
	}
	return os.MkdirTemp("", name+"-cache-*")
}

// writable makes dir where it is missing, and tries whether a file can be
// made in it.
func writable(dir string) error {
	if !filepath.IsAbs(dir) {
		return errors.New("not an absolute path")
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, name+"-*")
	if err != nil {
		return err
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}
