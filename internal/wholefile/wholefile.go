// Package wholefile reads and replaces files as a whole. It never opens what is no regular
// file, nor reads more than it was told to: what a user names may be a pipe
// that nobody writes to, or a device without an end.
package wholefile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// ErrTooLarge wraps the refusal of a file with more bytes than were asked for.
var ErrTooLarge = errors.New("the file is too large")

// ErrNotRegular is the refusal of a folder, pipe or device.
var ErrNotRegular = errors.New("this is not a regular file")

// Read returns what the file at path holds, up to limit bytes; a link is
// followed.
func Read(path string, limit int64) ([]byte, error) {
	// Before it is opened, for that alone would wait for a pipe's writer.
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, ErrNotRegular
	}
	f, err := os.Open(path) //nolint:gosec // G304: the caller's to name
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err != nil {
		return nil, err
	}
	if int64(len(raw)) > limit {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return raw, nil
}

// Replace writes the file at path in one step, for its owner alone: whoever
// reads it, also after a crash, finds the old or the new. Folders that are
// missing are made. Until then it has a hidden name beside the old file; a link
// at path is replaced, not followed.
func Replace(path string, content []byte) (err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temp, err := os.CreateTemp(dir, ".traymail-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = temp.Close()
			_ = os.Remove(temp.Name())
		}
	}()
	if _, err := temp.Write(content); err != nil {
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
	if d, err := os.Open(dir); err == nil { //nolint:gosec // G304: the caller's to name
		_ = d.Sync()
		_ = d.Close()
	}
	return nil
}
