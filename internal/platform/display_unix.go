//go:build unix && !darwin

package platform

import (
	"os"
	"regexp"
)

// firstScreen is the part of an X display's name that may be left out.
var firstScreen = regexp.MustCompile(`(:\d+)\.0$`)

// Display names where windows of this process appear: two sessions of a user,
// at two seats or through VNC, have two. It is empty where there is none.
func Display() string {
	if display := os.Getenv("WAYLAND_DISPLAY"); display != "" {
		return display
	}
	return xDisplay()
}

// Sees says whether this process sees what is on a display of another one: a
// session of Wayland has one of X as well, of which alone that one may know.
func Sees(display string) bool { return display == Display() || display != "" && display == xDisplay() }

func xDisplay() string { return firstScreen.ReplaceAllString(os.Getenv("DISPLAY"), "$1") }
