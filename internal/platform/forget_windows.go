package platform

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/windows/registry"

	"github.com/traymail/traymail/internal/platform/toasts"
	"github.com/traymail/traymail/internal/platform/winrt"
)

// clearTime is how long the system may take to take notifications away.
const clearTime = 5 * time.Second

// Unregister undoes RegisterLinks and RegisterNotifications, and takes away
// the notifications that are still there: a click on one would lead nowhere.
func Unregister() error {
	if toasts.Available() == nil {
		done := make(chan struct{})
		// It ends when Windows answers: a call cannot be taken back.
		go func() {
			defer close(done)
			if leave, err := winrt.Enter(); err == nil {
				defer leave()
				_ = toasts.Clear() // an error may say that there are none
			}
		}()
		select {
		case <-done:
		case <-time.After(clearTime):
		}
	}
	return unregister(`Software\Classes`)
}

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
