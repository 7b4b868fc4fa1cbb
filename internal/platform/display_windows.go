package platform

import (
	"strconv"

	"golang.org/x/sys/windows"
)

// Display names where windows of this process appear: the number of its
// session, of which a user may have two through Remote Desktop. It is empty if
// that is not known.
func Display() string {
	var session uint32
	if err := windows.ProcessIdToSessionId(windows.GetCurrentProcessId(), &session); err != nil {
		return ""
	}
	return strconv.FormatUint(uint64(session), 10)
}

// Sees says whether this process sees what is on a display of another one.
func Sees(display string) bool { return display == Display() }
