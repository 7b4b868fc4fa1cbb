//go:build cgo && !nowindow

package window

import (
	"encoding/json"

	"fyne.io/fyne/v2/lang"

	"github.com/traymail/traymail/internal/locale"
)

// speakToolkit has Fyne's own words, which stand in the menu of a text field
// and where a file is chosen, in the language of loc. Fyne itself goes by the
// system's language, and does not speak all of ours: so the words are put where
// it looks for those of the system's.
func speakToolkit(loc *locale.Catalogue) error {
	b, err := json.Marshal(map[string]string{
		"Undo":              loc.T("prefs.undo"),
		"Redo":              loc.T("prefs.redo"),
		"Cut":               loc.T("window.toolkit.cut"),
		"Copy":              loc.T("window.health.copy"),
		"Paste":             loc.T("window.toolkit.paste"),
		"Select all":        loc.T("window.toolkit.select_all"),
		"Open":              loc.T("desktop.open"),
		"Cancel":            loc.T("window.cancel"),
		"File":              loc.T("window.toolkit.file"),
		"Favourites":        loc.T("window.toolkit.favourites"),
		"Show Hidden Files": loc.T("window.toolkit.hidden_files"),
	})
	if err != nil {
		return err
	}
	return lang.AddTranslationsForLocale(b, lang.SystemLocale())
}
