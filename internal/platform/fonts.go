package platform

import (
	"os"

	"golang.org/x/image/font/sfnt"

	"github.com/traymail/traymail/internal/child"
)

// EnsureFontHome returns the environment variables that must be set before
// Fyne starts, nil for none. Fyne keeps an index of the system's fonts in the
// cache folder, and uses none of those fonts when it cannot write it: every
// Chinese character becomes a box (D4). So without a usable cache folder it
// gets a temporary one. A variable that names a font which does not parse, or
// a collection (.ttc), would make Fyne crash; it is to be set to nothing. An
// error comes with whatever could be done.
func EnsureFontHome() (map[string]string, error) {
	fixes := map[string]string{}
	for _, variable := range []string{"FYNE_FONT", "FYNE_FONT_MONOSPACE", "FYNE_FONT_SYMBOL"} {
		if font := os.Getenv(variable); font != "" && !parses(font) {
			fixes[variable] = ""
		}
	}
	err := ensureFontHome(fixes)
	for variable := range fixes {
		child.Ours(variable) // a browser has a cache folder of its own
	}
	if len(fixes) == 0 {
		fixes = nil
	}
	return fixes, err
}

// parses says whether file is a single font.
func parses(file string) bool {
	b, err := os.ReadFile(file) // #nosec G304 G703 -- the user names it in the environment
	if err != nil {
		return false
	}
	font, err := sfnt.Parse(b)
	return err == nil && font.NumGlyphs() > 0
}
