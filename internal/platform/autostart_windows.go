package platform

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sys/windows"
	"golang.org/x/sys/windows/registry"
)

// Keys below HKEY_CURRENT_USER. The second is where the Task Manager and the
// settings of Windows keep what the user has switched off.
const (
	runKey      = `Software\Microsoft\Windows\CurrentVersion\Run`
	approvedKey = `Software\Microsoft\Windows\CurrentVersion\Explorer\StartupApproved\Run`
)

// runEntry is a value of the Run key: its name and the command line.
type runEntry struct{ name, command string }

func newAutostart(exe string, args []string) Autostart {
	return runEntry{name, windows.ComposeCommandLine(append([]string{exe}, args...))}
}

// Enabled implements Autostart.
func (r runEntry) Enabled() (bool, error) {
	command, err := r.read()
	if err != nil || command == "" {
		return false, err
	}
	off, err := r.switchedOff()
	return !off, err
}

// Set implements Autostart.
func (r runEntry) Set(_ context.Context, on bool) error {
	if !on {
		if err := errors.Join(deleteValue(runKey, r.name), deleteValue(approvedKey, r.name)); err != nil {
			return fmt.Errorf("disabling autostart: %w", err)
		}
		return nil
	}
	if err := errors.Join(r.Renew(), deleteValue(approvedKey, r.name)); err != nil {
		return fmt.Errorf("enabling autostart: %w", err)
	}
	return nil
}

// Renew implements Autostart. Whether the entry is switched off is kept apart
// from it.
func (r runEntry) Renew() error {
	if err := setValue(runKey, r.name, r.command); err != nil {
		return fmt.Errorf("enabling autostart: %w", err)
	}
	return nil
}

// read is the command line of the entry, empty if there is none.
func (r runEntry) read() (string, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, runKey, registry.QUERY_VALUE)
	if err == nil {
		defer func() { _ = key.Close() }()
		var command string
		if command, _, err = key.GetStringValue(r.name); err == nil {
			return command, nil
		}
	}
	return "", unlessMissing(err)
}

// switchedOff reads what Windows keeps of the entry: twelve octets, of which
// the first is odd if it is off, and the others say since when.
func (r runEntry) switchedOff() (bool, error) {
	key, err := registry.OpenKey(registry.CURRENT_USER, approvedKey, registry.QUERY_VALUE)
	if err != nil {
		return false, unlessMissing(err)
	}
	defer func() { _ = key.Close() }()
	state, _, err := key.GetBinaryValue(r.name)
	return len(state) > 0 && state[0]&1 == 1, unlessMissing(err)
}

func deleteValue(path, name string) error {
	key, err := registry.OpenKey(registry.CURRENT_USER, path, registry.SET_VALUE)
	if err != nil {
		return unlessMissing(err)
	}
	defer func() { _ = key.Close() }()
	return unlessMissing(key.DeleteValue(name))
}

func unlessMissing(err error) error {
	if errors.Is(err, registry.ErrNotExist) {
		return nil
	}
	return err
}
