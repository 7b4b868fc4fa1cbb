package settings

import (
	"path/filepath"

	"github.com/traymail/traymail/internal/wholefile"
)

// maxFile bounds the file in bytes; a thousand accounts are half of it.
const maxFile = 1 << 20

func readFile(path string) ([]byte, error) { return wholefile.Read(path, maxFile) }

// target is the file itself, where path is a link to it.
func target(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}

// writeFile replaces the file; a link stays a link.
func writeFile(path string, raw []byte) error { return wholefile.Replace(target(path), raw) }
