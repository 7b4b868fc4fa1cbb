package tray

import (
	"strings"
	"unicode/utf16"
)

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

// windowsTip is how many UTF-16 units Windows shows of a tooltip; more would
// lose the terminating zero.
const windowsTip = 127

// fitTooltip shortens a tooltip to limit UTF-16 units, without leaving half a
// character.
func fitTooltip(text string, limit int) string {
	if len(utf16.Encode([]rune(text))) <= limit {
		return text
	}
	units := 1 // the ellipsis
	for i, r := range text {
		if units += utf16.RuneLen(r); units > limit {
			return text[:i] + "…"
		}
	}
	return text
}
