package locale

import "golang.org/x/sys/windows"

// preferred lists the user's display languages, as the settings of Windows
// order them.
func preferred() []string {
	tags, err := windows.GetUserPreferredUILanguages(windows.MUI_LANGUAGE_NAME)
	if err != nil {
		return nil
	}
	return tags
}
