package platform

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Holder is who holds the lifetime lock, as it has written down itself.
type Holder struct {
	PID int `json:"pid"`
	// Host is the computer: a folder may be on the network, or move.
	Host  string    `json:"host,omitempty"`
	Since time.Time `json:"since"`
	// Tray: it is the tray role, and no command.
	Tray bool `json:"tray,omitempty"`
	// Command is which one it is, such as "traymail fetch".
	Command string `json:"command,omitempty"`
	// Lasting: the command may take as long as a person or a mailbox does.
	Lasting bool `json:"lasting,omitempty"`
	// Display is where its windows appear; see Display.
	Display string `json:"display,omitempty"`
	// Socket is where it listens; empty until it does. It may be elsewhere than
	// PathsFor says: what starts from cron or over ssh has other variables.
	Socket string `json:"socket,omitempty"`
}

// maxHolder bounds what is read, in octets.
const maxHolder = 8 << 10

// holderFile lies beside the lock. The lock itself cannot be read by others on
// Windows.
func holderFile(lock string) string { return lock + ".holder" }

// Hold is Lock, and writes down who holds it. A disk that is full keeps nobody
// from that.
func Hold(path string, h Holder) (release func(), err error) {
	unlock, err := Lock(path)
	if err != nil {
		return nil, err
	}
	_ = Note(path, h)
	return func() {
		if Kept(path, h) == nil {
			_ = os.Remove(holderFile(path))
		}
		unlock()
	}, nil
}

// TakenError says that another process has written itself down as the holder
// of a lock that this one had. Not every file system of a network keeps locks
// of several computers apart, and a stick can be pulled out.
type TakenError struct{ By Holder }

func (e *TakenError) Error() string {
	return fmt.Sprintf("process %d on %q has taken the lock over", e.By.PID, e.By.Host)
}

// GoneError says that the folder of a lock is no longer there, or has nothing
// of what was in it.
type GoneError struct{ Folder string }

func (e *GoneError) Error() string { return "the folder is gone: " + e.Folder }

// Kept returns a *TakenError or a *GoneError if the lock at path is no longer
// that of h, and nil if it is or nobody can tell.
func Kept(path string, h Holder) error {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return &GoneError{filepath.Dir(path)}
	}
	raw, err := readOwn(holderFile(path), maxHolder)
	var now Holder
	if err != nil || json.Unmarshal(raw, &now) != nil || now.PID == 0 {
		return nil
	}
	if now.PID != h.PID || now.Host != h.Host || !now.Since.Equal(h.Since) {
		return &TakenError{now}
	}
	return nil
}

// Note writes down anew who holds the lock at path, which is this process.
func Note(path string, h Holder) error {
	raw, err := json.Marshal(h)
	if err != nil {
		return err
	}
	return os.WriteFile(holderFile(path), raw, 0o600)
}

// HolderOf is who holds the lock at path. held is false if nobody does. What
// is not known of the holder is zero: it may be about to write it, or its disk
// may be full. Socket is empty unless it is in a folder that is the user's alone.
func HolderOf(path string) (h Holder, held bool, err error) {
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return Holder{}, false, nil
	}
	release, err := Lock(path)
	if err == nil {
		release()
		return Holder{}, false, nil
	}
	if !errors.Is(err, ErrLocked) {
		return Holder{}, false, err
	}
	raw, err := readOwn(holderFile(path), maxHolder)
	if err != nil || json.Unmarshal(raw, &h) != nil {
		return Holder{}, true, nil
	}
	if !filepath.IsAbs(h.Socket) || !ownSocket(h.Socket) {
		h.Socket = ""
	}
	return h, true, nil
}

// WatchHolder returns a channel that has a value after somebody has written
// down who holds the lock at path, or has taken that away; several may be one.
// It ends with ctx, and costs nothing while nothing happens. That a process has
// died it does not see.
func WatchHolder(ctx context.Context, path string) (<-chan struct{}, error) {
	watcher, err := fsnotify.NewWatcher()
	if err != nil {
		return nil, err
	}
	// The folder, for the file comes and goes.
	if err := watcher.Add(filepath.Dir(path)); err != nil {
		_ = watcher.Close()
		return nil, err
	}
	changed := make(chan struct{}, 1)
	go func() {
		defer func() { _ = watcher.Close() }()
		for {
			select {
			case <-ctx.Done():
				return
			case event := <-watcher.Events:
				if filepath.Base(event.Name) != filepath.Base(holderFile(path)) {
					continue
				}
			case err := <-watcher.Errors:
				if err == nil {
					return
				}
				// events may be lost
			}
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	}()
	return changed, nil
}
