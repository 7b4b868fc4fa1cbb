package notify

import (
	"path/filepath"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/platform/cocoa"
	"github.com/traymail/traymail/internal/settings"
)

// appleDefault is how macOS says that a notification itself was clicked, beside
// our own for the buttons.
const appleDefault = "com.apple.UNNotificationDefaultActionIdentifier"

// Options of the User Notifications framework, each named after its own; the
// test says in which header.
const (
	authorizationSound = 1 << 1
	authorizationAlert = 1 << 2

	presentSound  = 1 << 1
	presentList   = 1 << 3
	presentBanner = 1 << 4

	actionForeground = 1 << 2

	// A program that Apple has not given the entitlement for it gets the
	// level below, which is that of any notification.
	levelTimeSensitive = 2
)

// optionsOf are the UNNotificationActionOptions of a button. What opens a
// window has to say so, or macOS lets the window come up behind others; a
// click on the notification itself needs nothing.
func optionsOf(action string) uint {
	if action == ActionOpen {
		return actionForeground
	}
	return 0
}

// respond makes an Event of a UNNotificationResponse: identifier is that of
// the notification, which is our key, and action what was done. It may be
// about one that an earlier process has shown.
func respond(identifier, action string) (Event, bool) {
	if identifier == "" {
		return Event{}, false
	}
	switch action {
	case appleDefault, ActionOpen:
		return Event{identifier, ActionOpen}, true
	case ActionSeen, ActionCopy:
		return Event{identifier, action}, true
	}
	return Event{}, false
}

// notAllowed says whether an NSError is UNErrorCodeNotificationsNotAllowed. The
// system gives it when the user has refused, but also, without having asked
// anybody, to a copy whose signature it does not take.
func notAllowed(domain string, code int) bool { return domain == "UNErrorDomain" && code == 1 }

// unshown says what it means that the system has refused a notification, with
// an NSError, given what the user has answered. Only what the user does not
// want counts as handed over, or all would come at once when the user changes
// their mind; anything else is to be tried again later.
func unshown(domain string, code int, answered cocoa.Authorization) error {
	switch {
	case !notAllowed(domain, code):
		return ErrUnavailable
	case answered == cocoa.Denied:
		return nil
	}
	return api.ErrNotAllowed
}

// appleSound is the name of the file that macOS is to play, "" for its own
// sound; without ok, none. It plays only files that lie in ~/Library/Sounds,
// by their names; for any other it gets its own.
func appleSound(sound, home string) (name string, ok bool) {
	switch {
	case sound == settings.SoundNone:
		return "", false
	case filepath.Dir(sound) == filepath.Join(home, "Library", "Sounds"):
		return filepath.Base(sound), true
	}
	return "", true
}
