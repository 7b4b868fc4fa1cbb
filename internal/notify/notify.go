// Package notify shows notifications that can be clicked, by the means of
// each system. Everything it is given is text from strangers: it is cleaned,
// bounded and escaped here, and it must never reach a shell or a template.
package notify

import (
	"errors"
	"log/slog"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
)

// ErrUnavailable: there is no notification service right now.
var ErrUnavailable = errors.New("no notification service is running")

// Actions of an Event.
const (
	ActionOpen = "open"
	ActionSeen = "seen"
	// ActionCopy copies the one-time code of the message.
	ActionCopy = "copy-code"
)

// known says whether an action is one of ours: what comes back from a desktop
// may be anybody's.
func known(action string) bool {
	return action == ActionOpen || action == ActionSeen || action == ActionCopy
}

// Event is what the user did with a notification.
type Event struct {
	// Key is that of the api.Announcement; it is empty where it cannot be told
	// which of several notifications was meant.
	Key string
	// Action is ActionOpen, ActionSeen or ActionCopy.
	Action string
}

// Notifier shows notifications and tells of clicks on them.
type Notifier interface {
	api.Announcer
	// Events receives clicks; it must be read.
	Events() <-chan Event
	// Close ends the events. What is shown on a freedesktop desktop is withdrawn,
	// for a click on it could lead nowhere.
	Close() error
}

// Options are what a Notifier needs.
type Options struct {
	Locale *locale.Catalogue
	Log    *slog.Logger
	// Folder is where the picture may lie that the system shows beside a
	// notification. Empty says that the system is not to be told of this
	// program, which may be gone tomorrow: then there may be fewer means.
	Folder string
}

// button is what a notification offers beside a click on itself, which is
// ActionOpen.
type button struct{ action, label string }

// buttons are those of an announcement.
func buttons(a api.Announcement, loc *locale.Catalogue) []button {
	switch {
	case a.Kind == api.AccountProblem && a.Problem.SignIn():
		return []button{{ActionOpen, loc.T("desktop.sign_in")}}
	case a.Kind == api.AccountProblem, a.Kind == api.SoundSample:
		return []button{{ActionOpen, loc.T("tray.settings")}}
	case a.HasCode:
		// Copying comes first, as some desktops have room for little. The mailbox
		// is a click on the notification away.
		return []button{{ActionCopy, loc.T("desktop.copy_code")}, {ActionOpen, loc.T("desktop.open")}, {ActionSeen, loc.T("desktop.mark_seen")}}
	}
	return []button{{ActionOpen, loc.T("desktop.open")}, {ActionSeen, loc.T("desktop.mark_seen")}}
}

const (
	maxTitle = 120 // characters
	maxBody  = 400
)

// bounded is the text of a, clean and no longer than anybody reads.
func bounded(a api.Announcement, loc *locale.Catalogue) (title, body string) {
	return clean(Words(a, loc))
}

func clean(title, body string) (string, string) {
	return plaintext.Truncate(plaintext.Clean(title), maxTitle), plaintext.Truncate(plaintext.CleanText(body), maxBody)
}
