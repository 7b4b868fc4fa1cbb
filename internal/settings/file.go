package settings

import (
	"os"
	"path/filepath"

	"github.com/traymail/traymail/internal/wholefile"
)

// maxFile bounds the file in bytes; a thousand accounts are half of it.
const maxFile = 1 << 20

func readFile(path string) ([]byte, error) { return wholefile.Read(path, maxFile) }

// target is the file itself, where path is a link to it.
func target(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// writeFile replaces the file atomically: a crash leaves the old or the new.
// A link stays a link.
func writeFile(path string, raw []byte) (err error) {
	path = target(path)
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".settings-*.toml") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(raw); err != nil {
		return err
	}
	if err := temp.Sync(); err != nil {
		return err
	}
	if err := temp.Close(); err != nil {
		return err
	}
	if err := os.Rename(temp.Name(), path); err != nil {
		return err
	}
	// The rename itself must survive a power cut where the system can do it.
	if d, err := os.Open(dir); err == nil { //nolint:gosec // G304: the program's own folder
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
