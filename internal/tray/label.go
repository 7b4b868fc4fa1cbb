package tray

import "strings"

// escapeLabel makes a label show as it is: systray passes it through, and some
// systems take a character in it, mark, for that of a shortcut key (D8). Mark
// is empty where there is none.
func escapeLabel(label, mark string) string {
	label = strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(label)
	if mark == "" {
		return label
	}
	return strings.ReplaceAll(label, mark, mark+mark)
}
