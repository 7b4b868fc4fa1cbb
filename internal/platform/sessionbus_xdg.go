//go:build unix && !darwin

package platform

import (
	"os"
	"path/filepath"
	"strings"
)

// HasSession says whether there is a session bus, and with it what a desktop
// has: notifications, and a keyring.
func HasSession() bool {
	if address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); address != "" {
		return !strings.HasPrefix(address, "disabled:")
	}
	dir := os.Getenv("XDG_RUNTIME_DIR")
	if dir == "" {
		return false
	}
	_, err := os.Stat(filepath.Join(dir, "bus")) // #nosec G703 -- the session says where its folder is
	return err == nil
}
