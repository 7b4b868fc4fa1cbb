//go:build !windows

package platform

import (
	"os"
	"path/filepath"
	"runtime"
)

// Unregister has nothing to do: only Windows is told of the program by itself.
func Unregister() error { return nil }

func isPipe(socket string) bool { return socket == "" }

func toolkitFolder() (string, error) {
	if runtime.GOOS == "darwin" {
		home, err := os.UserHomeDir()
		return filepath.Join(home, "Library", "Preferences", "fyne"), err
	}
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "fyne"), err
}
