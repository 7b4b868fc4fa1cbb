package platform

import (
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// userFolders are the roaming folder for settings and the local one for what
// belongs to this computer.
func userFolders() (config, state string, err error) {
	if config, err = os.UserConfigDir(); err != nil {
		return "", "", err
	}
	if state, err = os.UserCacheDir(); err != nil { // %LocalAppData%
		return "", "", err
	}
	return filepath.Join(config, name), filepath.Join(state, name), nil
}

// socketFor names a pipe after the user and home. Pipes have one name space
// for the whole computer; who may open ours is the listener's matter.
func socketFor(home string) (string, error) {
	user, err := windows.GetCurrentProcessToken().GetTokenUser()
	if err != nil {
		return "", err
	}
	if home != "" {
		// However it is written: two that share a ledger share the pipe.
		if home, err = filepath.EvalSymlinks(home); err != nil {
			return "", err
		}
		home = strings.ToLower(home)
	}
	return `\\.\pipe\` + name + "-" + short(user.User.Sid.String()+"\x00"+home), nil
}
