package platform

import (
	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/platform/cocoa"
)

// appleNotifications is what macOS's answer means. What is not known to be
// allowed is not told as if it were.
func appleNotifications(answered cocoa.Authorization) facts.Notifications {
	n := facts.Notifications{Bus: true, Running: true, Name: "macOS", Capabilities: []string{"actions", "body", "persistence"}}
	switch answered {
	case cocoa.Denied:
		n.Off = true
	case cocoa.Authorized, cocoa.Provisional:
	default:
		n.NotAllowed = true
	}
	return n
}
