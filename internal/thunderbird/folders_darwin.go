package thunderbird

import (
	"os"
	"path/filepath"
)

// folders is where Thunderbird keeps its profiles.
func folders() []string {
	home, err := os.UserHomeDir()
	if err != nil {
		return nil
	}
	return []string{filepath.Join(home, "Library", "Thunderbird")}
}
