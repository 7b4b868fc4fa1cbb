//go:build unix

package platform

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
)

// maxSocket is the longest path that a Unix socket can have: sun_path has
// 108 bytes on Linux and 104 on the BSDs and macOS, the last of them zero.
const maxSocket = 103

// socketFor finds a place for the socket: in home, else in the session's
// runtime folder, else in a private folder among the temporary files. A home
// that cannot hold it (a path too long, a memory stick without modes) gets
// one of the other places, under a name of its own. The choice depends on
// nothing that differs between the processes of a session.
func socketFor(home string) (string, error) {
	folder := name
	if home != "" {
		dir := filepath.Join(home, "run")
		if socket := filepath.Join(dir, "sock"); len(socket) <= maxSocket && privateFolder(dir) == nil {
			return socket, nil
		}
		folder += "-" + short(home)
	}
	if runtime := runtimeFolder(); filepath.IsAbs(runtime) {
		dir := filepath.Join(runtime, folder)
		if socket := filepath.Join(dir, "sock"); len(socket) <= maxSocket && privateFolder(dir) == nil {
			return socket, nil
		}
	}
	dir := filepath.Join(os.TempDir(), folder+"-"+strconv.Itoa(os.Getuid()))
	socket := filepath.Join(dir, "sock")
	if len(socket) > maxSocket {
		return "", fmt.Errorf("the path of %s is too long for a socket", dir)
	}
	return socket, privateFolder(dir)
}

// privateFolder makes dir, or makes sure that it is a folder, no link, that
// belongs to us and that nobody else can enter: whoever can write to it could
// pose as the tray. Its parent must exist.
func privateFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) { // #nosec G703 -- the user's own folders
		return err
	}
	err := isPrivate(dir)
	if _, ok := errors.AsType[modeError](err); !ok {
		return err
	}
	if err := os.Chmod(dir, 0o700); err != nil { // #nosec G302 G703 -- a folder, of the user
		return err
	}
	return isPrivate(dir) // some file systems have one mode for all
}
