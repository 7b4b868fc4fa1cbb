package settings

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settleTime lets an editor finish writing, in several steps as they do.
const settleTime = 100 * time.Millisecond

// Watch calls changed after the file was changed by somebody else and loaded,
// or found unusable (see Err). It blocks until ctx ends. While nothing
// happens, it costs nothing.
func (s *Store) Watch(ctx context.Context, changed func()) error {
	// The folder, because editors replace the file instead of writing it.
	dir := filepath.Dir(s.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return err
	}
	defer func() { _ = watcher.Close() }()
	if err := watcher.Add(dir); err != nil {
		return err
	}
	// Where the file is a link, what it points to is edited in another folder.
	real := target(s.path)
	if other := filepath.Dir(real); other != dir {
		if err := watcher.Add(other); err != nil {
			return err
		}
	}
	// What changed between Open and now.
	if s.reload() {
		changed()
	}
	var settled <-chan time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case event, ok := <-watcher.Events:
			if !ok {
				return nil
			}
			name := filepath.Clean(event.Name)
			if name == filepath.Clean(s.path) || name == real {
				settled = time.After(settleTime)
			}
		case err, ok := <-watcher.Errors:
			if !ok {
				return nil
			}
			if !errors.Is(err, fsnotify.ErrEventOverflow) {
				return err
			}
			settled = time.After(settleTime) // events were lost: look
		case <-settled:
			settled = nil
			if s.reload() {
				changed()
			}
		}
	}
}

// reload reads the file if it is not what was last read or written, and says
// whether anything is new.
func (s *Store) reload() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	raw, err := readFile(s.path)
	if err == nil && s.err == nil && bytes.Equal(raw, s.raw) || os.IsNotExist(err) && s.err == nil && s.raw == nil {
		return false
	}
	before := ""
	if s.err != nil {
		before = s.err.Error()
	}
	if err := s.loadLocked(); err != nil {
		return err.Error() != before
	}
	return true
}
