//go:build unix && !darwin

package platform

import (
	"os"
	"strings"
	"sync"
)

// Flatpak is the ID under which this program runs in the sandbox of a Flatpak,
// and empty outside of one. In there the desktop is reached through portals,
// which need no permission, and of the session's files only a few are seen.
func Flatpak() string { return flatpak() }

// flatpak can be another in tests.
var flatpak = sync.OnceValue(func() string {
	info, err := os.ReadFile("/.flatpak-info")
	if err != nil {
		return ""
	}
	return flatpakID(string(info))
})

// flatpakID reads the name of the application in a .flatpak-info, a key file
// (flatpak-metadata(5)).
func flatpakID(info string) string {
	group := ""
	for line := range strings.Lines(info) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			group = line
		} else if key, value, _ := strings.Cut(line, "="); group == "[Application]" && strings.TrimSpace(key) == "name" {
			return strings.TrimSpace(value)
		}
	}
	return ""
}
