package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows/registry"

	"github.com/traymail/traymail/internal/platform/toasts"
)

// Unregister undoes RegisterLinks and RegisterNotifications.
func Unregister() error { return unregister(`Software\Classes`) }

func unregister(classes string) error {
	var errs []error
	for _, path := range []string{classes + `\` + name, classes + `\AppUserModelId\` + toasts.AppID, classes + `\CLSID\` + toasts.ActivatorID} {
		if err := deleteTree(path); err != nil {
			errs = append(errs, fmt.Errorf("removing %s from the registry: %w", path, err))
		}
	}
	return errors.Join(errs...)
}

// deleteTree deletes a key below HKEY_CURRENT_USER with all that is in it.
func deleteTree(path string) error {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return unlessMissing(err)
	}
	children, err := key.ReadSubKeyNames(-1)
	errs := []error{err, key.Close()}
	for _, child := range children {
		errs = append(errs, deleteTree(path+`\`+child))
	}
	return errors.Join(append(errs, unlessMissing(registry.DeleteKey(registry.CURRENT_USER, path)))...)
}

func isPipe(socket string) bool { return socket == "" || strings.HasPrefix(socket, `\\.\pipe\`) }

// toolkitFolder is where Fyne keeps its settings of programs.
func toolkitFolder() (string, error) {
	dir, err := os.UserConfigDir()
	return filepath.Join(dir, "fyne"), err
}
