package platform

import (
	"os"
	"path/filepath"
)

// userFolders is one folder in ~/Library/Application Support.
func userFolders() (config, state string, err error) {
	dir, err := os.UserConfigDir()
	dir = filepath.Join(dir, name)
	return dir, dir, err
}

// runtimeFolder is where our folder with the socket belongs. It is not
// $TMPDIR, which a shell over ssh does not have: that one would look for the
// socket in another place than the menu bar's process has it.
func runtimeFolder() string {
	dir, err := os.UserConfigDir()
	if err != nil {
		return ""
	}
	return dir
}

// toolkitFolder is where Fyne keeps its settings of programs.
func toolkitFolder() (string, error) {
	home, err := os.UserHomeDir()
	return filepath.Join(home, "Library", "Preferences", "fyne"), err
}
