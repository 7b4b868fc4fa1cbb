// Package wholefile reads files as a whole. It never opens what is no regular
// file, nor reads more than it was told to: what a user names may be a pipe
// that nobody writes to, or a device without an end.
package wholefile

import (
	"errors"
	"fmt"
	"io"
	"os"
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
