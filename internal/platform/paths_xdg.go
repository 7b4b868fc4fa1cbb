//go:build unix && !darwin

package platform

import (
	"errors"
	"os"
	"path/filepath"
)

// userFolders are ours in the XDG base directories.
func userFolders() (config, state string, err error) {
	if config, err = xdg("XDG_CONFIG_HOME", ".config"); err != nil {
		return "", "", err
	}
	state, err = xdg("XDG_STATE_HOME", filepath.Join(".local", "state"))
	return config, state, err
}

// runtimeFolder is where the session's sockets belong; it may be empty. In a
// Flatpak only that of the application is the same for all its sandboxes: each
// start makes another.
func runtimeFolder() string {
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if id := Flatpak(); id != "" && dir != "" {
		return filepath.Join(dir, "app", id)
	}
	return dir
}

// xdg is our folder below the base directory that variable names. A relative
// path there is to be ignored, the specification says.
func xdg(variable, fallback string) (string, error) {
	if dir := os.Getenv(variable); filepath.IsAbs(dir) {
		return filepath.Join(dir, name), nil
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	if !filepath.IsAbs(home) {
		return "", errors.New("$HOME is not an absolute path")
	}
	return filepath.Join(home, fallback, name), nil
}

// toolkitFolder is where Fyne keeps its settings of programs.
func toolkitFolder() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "fyne"), err
}
