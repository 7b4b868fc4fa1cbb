package api

import (
	"context"
	"errors"
)

// Announcement is one notification: a message, a summary of several, or what is
// wrong with an account. Its words are made by whoever shows it.
type Announcement struct {
	// Key is stable for what is announced, so that it can be withdrawn.
	Key  string
	Kind AnnouncementKind
	// Account and AccountName are empty for a summary of several accounts.
	Account     string
	AccountName string
	// UID is that of the one message.
	UID string
	// HasCode: the one message has a one-time code. Code is that, where Show
	// lets it be seen.
	HasCode bool
	Code    string
	// Show says what may be shown of a message: settings.Preferences.Show.
	Show string
	// Messages are those to name, newest first, which is none where the headers
	// are not known; Count is how many there are, and Unseen how many the
	// account has in all, where that is to be said.
	Messages []AnnouncedMessage
	Count    int
	Unseen   int
	// Accounts are those that a summary of several names, and More how many
	// messages there are beyond what is named.
	Accounts []AnnouncedAccount
	More     int
	// Problem is that of an AccountProblem.
	Problem *Problem
	Urgency Urgency
	// Sound is settings.Preferences.Sound: empty for the system's sound of new
	// mail, settings.SoundNone, or the absolute path of a file.
	Sound string
	// Keep it until the user dismisses it.
	Keep bool
}

// AnnouncementKind says what an announcement is about.
type AnnouncementKind int

// The kinds.
const (
	// OneMessage: Messages has it.
	OneMessage AnnouncementKind = iota
	// OneAccount: several messages of an account.
	OneAccount
	// SeveralAccounts: messages of several; none of them is named.
	SeveralAccounts
	// AccountProblem: an account does not work until the user does something.
	AccountProblem
	// SoundSample: the user wants to hear a sound.
	SoundSample
)

// AnnouncedMessage is a message that an announcement names. Either may be empty,
// and Subject is where Show forbids it.
type AnnouncedMessage struct{ From, Subject string }

// AnnouncedAccount is an account and how many of the messages are its.
type AnnouncedAccount struct {
	Name  string
	Count int
}

// Urgency says how much a notification matters.
type Urgency int

const (
	// UrgencyNormal is that of any message.
	UrgencyNormal Urgency = iota
	// UrgencyCritical is that of a message which a rule calls important.
	UrgencyCritical
)

// ErrNotAllowed: the system does not let this program notify, and not because
// the user does not want it.
var ErrNotAllowed = errors.New("the system does not allow notifications")

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
	// Problem: it was about an account that does not work.
	Problem bool
}
