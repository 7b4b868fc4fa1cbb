//go:build unix && !darwin

package thunderbird

import (
	"os"
	"path/filepath"
)

// folders are where Thunderbird keeps its profiles: from the distribution,
// as a snap, as a Flatpak.
func folders() []string {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	return []string{
		filepath.Join(home, ".thunderbird"),
		filepath.Join(home, "snap", "thunderbird", "common", ".thunderbird"),
		filepath.Join(home, ".var", "app", "org.mozilla.Thunderbird", ".thunderbird"),
		filepath.Join(home, ".var", "app", "org.mozilla.thunderbird", ".thunderbird"),
		filepath.Join(home, ".mozilla-thunderbird"), // Debian's old name
	}
}
