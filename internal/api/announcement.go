package api

import "context"

// Announcement is one notification: a message, or a summary of several.
type Announcement struct {
	// Key is stable for what is announced, so that it can be withdrawn.
	Key         string
	Account     string
	AccountName string
	// UID is empty for a summary.
	UID string
	// Title and Body are plain text; whoever shows them escapes as needed.
	Title   string
	Body    string
	Urgency Urgency
	// Sound is settings.Preferences.Sound: empty for the system's sound of new
	// mail, settings.SoundNone, or the absolute path of a file.
	Sound string
	// Keep it until the user dismisses it.
	Keep bool
}

// Urgency says how much a notification matters.
type Urgency int

const (
	// UrgencyNormal is that of any message.
	UrgencyNormal Urgency = iota
	// UrgencyCritical is that of a message which a rule calls important.
	UrgencyCritical
)

// Announcer shows notifications. Implementations are package notify's.
type Announcer interface {
	// Announce returns once the notification is with the system.
	Announce(ctx context.Context, a Announcement) error
	// Withdraw takes a notification back; unknown keys are ignored.
	Withdraw(ctx context.Context, key string) error
}

// Told is what a notification was about.
type Told struct {
	Account string
	// UIDs may be empty: then it is about the account, no message in particular.
	UIDs []string
}
