//go:build unix

package platform

import (
	"errors"
	"os"
	"path/filepath"
)

// replace writes a file in one step: the session may read it at any moment.
// Until then it has a name that nobody takes for an entry.
func replace(path string, entry []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(filepath.Dir(path), ".traymail-*")
	if err != nil {
		return err
	}
	_, err = temp.Write(entry)
	if err = errors.Join(err, temp.Close()); err == nil {
		err = os.Rename(temp.Name(), path)
	}
	if err != nil {
		_ = os.Remove(temp.Name())
	}
	return err
}
