package platform

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// Paths are the files of one installation, absolute. Their folders exist,
// with mode 0700 where PathsFor had to make them.
type Paths struct {
	// Config is settings.toml.
	Config string
	// Ledger is the database of what was announced and seen.
	Ledger string
	// Lock is held by whoever has the ledger open, for as long as it runs.
	// It lies beside the ledger, since that is what two processes must not
	// share, whatever runtime folder each of them has.
	Lock string
	// Log is the tray role's log.
	Log string
	// WindowLog is what the processes of windows print: what a toolkit or a
	// crash has to say.
	WindowLog string
	// Place is where the mailbox window was.
	Place string
	// History is what was typed into traymail console.
	History string
	// Socket is where the tray role listens: a Unix socket in a folder of
	// mode 0700, on Windows the name of a pipe.
	Socket string
}

// PathsFor returns where things are kept: under home when it is given
// (--home: portable use, tests), else in the user's folders as the system
// has them (on Linux the XDG base directories). It makes the folders; where
// that fails, and only then, there are paths beside the error, for whoever
// wants to read what is there. The socket may be missing then.
func PathsFor(home string) (Paths, error) {
	var config, state string
	if home != "" {
		abs, err := filepath.Abs(home)
		if err != nil {
			return Paths{}, fmt.Errorf("finding %s: %w", home, err)
		}
		home, config, state = abs, filepath.Join(abs, "config"), filepath.Join(abs, "state")
	} else {
		var err error
		if config, state, err = userFolders(); err != nil {
			return Paths{}, fmt.Errorf("finding your folders: %w", err)
		}
	}
	paths := Paths{
		Config:    filepath.Join(config, "settings.toml"),
		Ledger:    filepath.Join(state, "ledger.db"),
		Lock:      filepath.Join(state, "lock"),
		Log:       filepath.Join(state, name+".log"),
		WindowLog: filepath.Join(state, "window.log"),
		Place:     filepath.Join(state, "place.json"),
		History:   filepath.Join(state, "console.history"),
	}
	var failed error
	for _, dir := range []string{config, state} {
		if err := os.MkdirAll(dir, 0o700); err != nil && failed == nil {
			failed = fmt.Errorf("creating a folder: %w", err)
		}
	}
	socket, err := socketFor(home)
	if err == nil {
		paths.Socket = socket
	} else if failed == nil {
		failed = fmt.Errorf("creating the folder for the socket: %w", err)
	}
	return paths, failed
}

// short is a name for s that is unique enough and always of 16 characters.
func short(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

// Unwritable is why nothing can be written to one of these folders, which is
// tried by a file that is removed at once; nil if all take one.
func Unwritable(folders ...string) *fs.PathError {
	for _, dir := range folders {
		f, err := os.CreateTemp(dir, "."+name+"-*")
		if err == nil {
			_, err = f.Write(make([]byte, 4096)) // a full disk may still take a name
			err = errors.Join(err, f.Close(), os.Remove(f.Name()))
		}
		if err == nil {
			continue
		}
		failed, ok := errors.AsType[*fs.PathError](err)
		if !ok {
			failed = &fs.PathError{Err: err}
		}
		return &fs.PathError{Op: failed.Op, Path: dir, Err: failed.Err}
	}
	return nil
}
