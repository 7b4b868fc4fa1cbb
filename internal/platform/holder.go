package platform

import (
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"time"
)

// Holder is who holds the lifetime lock, as it has written down itself.
type Holder struct {
	PID   int       `json:"pid"`
	Since time.Time `json:"since"`
	// Tray: it is the tray role, and no command that is done in a moment.
	Tray bool `json:"tray,omitempty"`
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
		_ = os.Remove(holderFile(path))
		unlock()
	}, nil
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
