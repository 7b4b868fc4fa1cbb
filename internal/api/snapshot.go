package api

import "time"

// State is the state of an account, a promise of `check --json`.
type State string

const (
	// OK: the last poll succeeded.
	OK State = "ok"
	// Waiting: nothing is wrong, but there is no fresh answer: not polled
	// yet, keyring locked, or offline.
	Waiting State = "waiting"
	// Failed: the last poll failed; Problem says why.
	Failed State = "error"
)

// Mail is one message as lists show it. The strings are decoded and cleaned.
type Mail struct {
	Account     string    `json:"account"`
	AccountName string    `json:"account_name"`
	UID         string    `json:"uid"`
	From        string    `json:"from"`
	Subject     string    `json:"subject"`
	Date        time.Time `json:"date"`
	Octets      int64     `json:"octets"`
	Seen        bool      `json:"seen"`
}

// PollStats says what one poll cost. Octets are those of the application
// layer, below TLS they are more.
type PollStats struct {
	// Mode is "full", "grown" or "unchanged".
	Mode string `json:"mode"`
	// RoundTrips are those between the greeting and the result.
	RoundTrips int   `json:"flights"`
	Sent       int64 `json:"sent"`
	Received   int64 `json:"received"`
	DurationMS int64 `json:"duration_ms"`
}

// AccountStatus is what is known of one account, without any network.
type AccountStatus struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	State    State    `json:"state"`
	Error    *Problem `json:"error"`
	Messages int      `json:"messages"`
	Octets   int64    `json:"octets"`
	Unseen   int      `json:"unseen"`
	Checking bool     `json:"checking"`
	// Headers grows when headers of known messages were fetched later, so
	// that lists can follow.
	Headers  int        `json:"headers,omitempty"`
	LastPoll time.Time  `json:"last_poll,omitzero"`
	NextPoll time.Time  `json:"next_poll,omitzero"`
	Poll     *PollStats `json:"poll"`
}

// Snapshot is everything the views need, immutable once published.
type Snapshot struct {
	// Revision grows by one with each snapshot of a process.
	Revision    uint64    `json:"revision"`
	Unseen      int       `json:"unseen"`
	Offline     bool      `json:"offline"`
	Checking    bool      `json:"checking"`
	Demo        bool      `json:"demo,omitempty"`
	PausedUntil time.Time `json:"paused_until,omitzero"`
	// SettingsRevision grows by one when the settings in force have changed,
	// whoever changed them.
	SettingsRevision uint64 `json:"settings_revision"`
	// Problem is set while the settings file cannot be used, in which case the
	// last good settings are in force, and when the ledger was damaged.
	Problem *Problem `json:"problem,omitempty"`
	// SettingsError is the sentence for Problem. It is empty until explain.Snapshot
	// fills it in, at the edge.
	SettingsError string          `json:"settings_error,omitempty"`
	Accounts      []AccountStatus `json:"accounts"`
	// Newest are up to ten unseen messages, newest first.
	Newest []Mail `json:"newest"`
}

// NewMail is a message that a check saw for the first time.
type NewMail struct {
	UID     string    `json:"uid"`
	From    string    `json:"from"`
	Subject string    `json:"subject"`
	Date    time.Time `json:"date"`
	Octets  int64     `json:"octets"`
}

// AccountCheck is one account's part of a CheckResult.
type AccountCheck struct {
	ID       string     `json:"id"`
	Name     string     `json:"name"`
	State    State      `json:"state"`
	Error    *Problem   `json:"error"`
	Messages int        `json:"messages"`
	Octets   int64      `json:"octets"`
	Unseen   int        `json:"unseen"`
	New      []NewMail  `json:"new"`
	Poll     *PollStats `json:"poll"`
}

// CheckResult is what `traymail check --json` prints.
type CheckResult struct {
	Unseen   int            `json:"unseen"`
	Accounts []AccountCheck `json:"accounts"`
}

// FullMessage is a message fetched for reading.
type FullMessage struct {
	Mail
	To   string `json:"to"`
	Text string `json:"text"`
	// Complete is false when only the first lines were fetched (TOP).
	Complete    bool     `json:"complete"`
	Attachments []string `json:"attachments"`
}
