package notify

import (
	"path/filepath"

	"github.com/traymail/traymail/internal/settings"
)

// appleDefault is how macOS says that a notification itself was clicked, beside
// our own ActionOpen and ActionSeen for the buttons.
const appleDefault = "com.apple.UNNotificationDefaultActionIdentifier"

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
	case ActionSeen:
		return Event{identifier, ActionSeen}, true
	}
	return Event{}, false
}

// permission is the user's answer to whether we may notify.
type permission int

const (
	unanswered permission = iota
	granted
	denied
)

// notAllowed is UNErrorCodeNotificationsNotAllowed.
const notAllowed = 1

// unshown says what it means that the system has refused a notification.
// Before the user has answered, it is to be tried again later; one that the
// user does not want counts as handed over, or all would come at once when
// the user changes their mind.
func unshown(p permission, code int) error {
	if code == notAllowed && p == denied {
		return nil
	}
	return ErrUnavailable
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
