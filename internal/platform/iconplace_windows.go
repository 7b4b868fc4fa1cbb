package platform

import (
	"os"
	"strings"

	"golang.org/x/sys/windows/registry"
)

// iconSettings is where Windows 11 notes, since 22H2, which icons the taskbar
// shows: a key for each, with the program's path and what the user has chosen.
const iconSettings = `Control Panel\NotifyIconSettings`

// maxIcons bounds how many keys are looked at.
const maxIcons = 2000

// IconHidden says whether Windows keeps this program's icon behind the arrow
// beside the clock, as it does with every new one. False also where that is not
// known.
func IconHidden() bool {
	exe, err := os.Executable()
	if err != nil {
		return false
	}
	key, err := registry.OpenKey(registry.CURRENT_USER, iconSettings, registry.ENUMERATE_SUB_KEYS)
	if err != nil {
		return false
	}
	defer func() { _ = key.Close() }()
	names, _ := key.ReadSubKeyNames(maxIcons) // those before an error, or the end
	for _, name := range names {
		icon, err := registry.OpenKey(registry.CURRENT_USER, iconSettings+`\`+name, registry.QUERY_VALUE)
		if err != nil {
			continue
		}
		path, _, err := icon.GetStringValue("ExecutablePath")
		promoted, _, promotedErr := icon.GetIntegerValue("IsPromoted")
		_ = icon.Close()
		if err == nil && samePath(path, exe) {
			return promotedErr != nil || promoted == 0
		}
	}
	return false
}

// samePath compares a path there, which may begin with the GUID of a folder that
// Windows knows, with one of this program.
func samePath(path, exe string) bool {
	if strings.HasPrefix(path, "{") {
		_, tail, ok := strings.Cut(path, "}")
		return ok && len(tail) > 1 && len(exe) > len(tail) && strings.EqualFold(exe[len(exe)-len(tail):], tail)
	}
	return strings.EqualFold(path, exe)
}

// OpenIconSettings opens the page of the system's settings where icons of the
// taskbar are chosen.
func OpenIconSettings() error { return shellOpen("ms-settings:taskbar") }
