package platform

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/traymail/traymail/internal/wholefile"
)

// agent is the Autostart of macOS, a LaunchAgent. launchd reads it at the next
// login; this process is already running. What the user has switched off in the
// system's settings (Login Items) is kept there, not in the file: it stays
// off, and nothing tells us.
type agent struct{ words []string }

func newAutostart(exe string, args []string) Autostart {
	return agent{append([]string{exe}, args...)}
}

func (agent) path() (string, error) {
	home, err := os.UserHomeDir()
	if err != nil {
		return "", err
	}
	return filepath.Join(home, "Library", "LaunchAgents", agentLabel+".plist"), nil
}

// Enabled implements Autostart.
func (a agent) Enabled() (bool, error) {
	path, err := a.path()
	if err != nil {
		return false, err
	}
	_, err = os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

// Set implements Autostart.
func (a agent) Set(_ context.Context, on bool) error {
	if on {
		return a.Renew()
	}
	path, err := a.path()
	if err == nil {
		err = os.Remove(path)
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("disabling autostart: %w", err)
	}
	return nil
}

// Renew implements Autostart.
func (a agent) Renew() error {
	path, err := a.path()
	if err != nil {
		return fmt.Errorf("enabling autostart: %w", err)
	}
	old, err := os.ReadFile(path) // #nosec G304 -- a fixed name in the user's folder
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("enabling autostart: %w", err)
	}
	entry, err := launchAgent(a.words)
	if err == nil && !bytes.Equal(old, entry) {
		err = wholefile.Replace(path, entry) // the session may read it at any moment
	}
	if err != nil {
		return fmt.Errorf("enabling autostart: %w", err)
	}
	return nil
}
