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
