package thunderbird

import (
	"os"
	"path/filepath"
)

// folders is where Thunderbird keeps its profiles: %AppData%\Thunderbird.
func folders() []string {
	config, err := os.UserConfigDir()
	if err != nil {
		return nil
	}
	return []string{filepath.Join(config, "Thunderbird")}
}
