package api

import (
	"encoding/json"
	"time"

	"github.com/traymail/traymail/internal/message"
)

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

// Time is a moment that may be unknown: zero, which JSON writes as null.
type Time struct{ time.Time }

// MarshalJSON implements json.Marshaler.
func (t Time) MarshalJSON() ([]byte, error) {
	if t.IsZero() {
		return []byte("null"), nil
	}
	return t.Time.MarshalJSON()
}

// Mail is one message as lists show it. The strings are decoded and cleaned.
type Mail struct {
	Account     string `json:"account"`
	AccountName string `json:"account_name"`
	UID         string `json:"uid"`
	From        string `json:"from"`
	Subject     string `json:"subject"`
	// Date is the message's own or, without one, when it came; null if that is
	// not known.
	Date   Time  `json:"date"`
	Octets int64 `json:"octets"`
	Seen   bool  `json:"seen"`
	// Undescribed: the server has not told sender and subject yet.
	Undescribed bool `json:"undescribed,omitempty"`
}

// PollStats says what one poll cost. Octets are those of the application
// layer, below TLS they are more.
type PollStats struct {
	// Mode is "full", "grown", "shrunk" or "unchanged".
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
	// Listing is how far a list of all messages has come that takes more than
	// two seconds; else nil.
	Listing *Listing `json:"listing,omitempty"`
	// Existing are those that were there at the first look and count as seen,
	// until the user has said that they may, or this process ends.
	Existing int `json:"existing,omitempty"`
	// Headers grows when headers of known messages were fetched later, so
	// that lists can follow.
	Headers  int        `json:"headers,omitempty"`
	LastPoll time.Time  `json:"last_poll,omitzero"`
	NextPoll time.Time  `json:"next_poll,omitzero"`
	Poll     *PollStats `json:"poll"`
}

// Listing is how many of a maildrop's messages a server has listed.
type Listing struct {
	Listed   int `json:"listed"`
	Messages int `json:"messages"`
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
	// NotAllowed: the system refused the last notification as in ErrNotAllowed.
	NotAllowed bool `json:"notifications_not_allowed,omitempty"`
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
	UID  string `json:"uid"`
	From string `json:"from"`
	// Address is the sender's where From has the name. It stays in the process.
	Address string `json:"-"`
	Subject string `json:"subject"`
	Date    Time   `json:"date"`
	Octets  int64  `json:"octets"`
	// Undescribed: the server has not told sender and subject yet. JSON has
	// null for them then.
	Undescribed bool `json:"undescribed,omitempty"`
}

// MarshalJSON implements json.Marshaler.
func (m NewMail) MarshalJSON() ([]byte, error) {
	type plain NewMail // without this method
	if !m.Undescribed {
		return json.Marshal(plain(m))
	}
	return json.Marshal(struct {
		plain
		From    *string `json:"from"`
		Subject *string `json:"subject"`
	}{plain: plain(m)})
}

// AccountCheck is one account's part of a CheckResult.
type AccountCheck struct {
	ID       string   `json:"id"`
	Name     string   `json:"name"`
	State    State    `json:"state"`
	Error    *Problem `json:"error"`
	Messages int      `json:"messages"`
	Octets   int64    `json:"octets"`
	Unseen   int      `json:"unseen"`
	// New are the newest of them, up to a hundred; More says how many others
	// there are.
	New  []NewMail  `json:"new"`
	More int        `json:"more_new,omitempty"`
	Poll *PollStats `json:"poll"`
}

// CheckResult is what `traymail check --json` prints.
type CheckResult struct {
	Unseen   int            `json:"unseen"`
	Accounts []AccountCheck `json:"accounts"`
	// Problem is the snapshot's: one with the settings or the ledger.
	Problem *Problem `json:"problem,omitempty"`
}

// MaxPage bounds the rows of an answer to Page, so that those with the longest
// headers still cross the local socket.
const MaxPage = 500

// Row is a message as the ledger knows it. The strings are decoded and cleaned.
type Row struct {
	// Number is the message's on the server by the last poll (RFC 1939,
	// section 3); 0 where it is not known.
	Number int    `json:"number,omitempty"`
	UID    string `json:"uid"`
	// Described says that the headers are known: From, Address, Subject and Date.
	Described bool `json:"described,omitempty"`
	// From is the sender's name, or the address where there is none. Address
	// is empty in rows of older ledgers.
	From    string `json:"from,omitempty"`
	Address string `json:"address,omitempty"`
	Subject string `json:"subject,omitempty"`
	// Date is the message's own; zero where it has none.
	Date time.Time `json:"date,omitzero"`
	// Octets is 0 where the size is not known.
	Octets int64 `json:"octets,omitempty"`
	Seen   bool  `json:"seen,omitempty"`
}

// FullMessage is a message fetched for reading.
type FullMessage struct {
	Mail
	// Address is the sender's; From has the name, or the address where there
	// is none.
	Address  string           `json:"address"`
	To       string           `json:"to"`
	Document message.Document `json:"document"`
	Files    []message.File   `json:"files"`
	// Complete is false when only the first lines were fetched (TOP).
	Complete bool `json:"complete"`
	// MessageID is the field, with its brackets; ReplyTo is where answers go if
	// that is elsewhere than Address. Either may be empty, or anything.
	MessageID string `json:"message_id,omitempty"`
	ReplyTo   string `json:"reply_to,omitempty"`
	// Code is the one-time code in it, if it has one and the user wants that.
	Code string `json:"code,omitempty"`
}

// MaxSource is how many octets of a message's source are passed on, so that
// they cross the local socket.
const MaxSource = 5 << 20

// MessageSource is a message, or its beginning, as the server sent it (RFC
// 1939: lines end in CRLF, and dots are not stuffed).
type MessageSource struct {
	Octets []byte `json:"octets"`
	// Complete says that this is all of the message, or of its header if that
	// was asked for.
	Complete bool `json:"complete"`
	// Cut: more came than MaxSource.
	Cut bool `json:"cut,omitempty"`
}
