package tray

import "strings"

// escapeLabel makes a label show as it is: systray passes it through, and the
// systems take _ (Linux) and & (Windows) for the mark of a shortcut key (D8).
func escapeLabel(label, goos string) string {
	label = strings.NewReplacer("\n", " ", "\r", " ", "\t", " ").Replace(label)
	switch goos {
	case "darwin":
		return label
	case "windows":
		return strings.ReplaceAll(label, "&", "&&")
	}
	return strings.ReplaceAll(label, "_", "__")
}
