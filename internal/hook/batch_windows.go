package hook

import (
	"path/filepath"
	"strings"
)

// isBatch says whether a shell would read the arguments of a program.
func isBatch(path string) bool {
	// Windows takes blanks and dots off the end of a name.
	switch strings.ToLower(filepath.Ext(strings.TrimRight(path, " ."))) {
	case ".bat", ".cmd":
		return true
	}
	return false
}
