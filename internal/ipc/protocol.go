// Package ipc carries requests between the tray role and the other processes
// of traymail over a local socket (a named pipe on Windows): newline-delimited
// JSON, the version in the first message, sizes and times bounded. Passwords
// never cross it: whoever has one writes the keyring and passes a reference.
package ipc

import (
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/settings"
)

// Version of the protocol. Both ends must agree.
const Version = 1

// Window names a window of the window role.
type Window string

const (
	// WindowSettings is the settings window.
	WindowSettings Window = "settings"
	// WindowMailbox is the mailbox window.
	WindowMailbox Window = "mailbox"
)

// OpenRequest asks for a window, on a message where Account and UID are set.
type OpenRequest struct {
	Window  Window `json:"window"`
	Account string `json:"account,omitempty"`
	UID     string `json:"uid,omitempty"`
	// Page of the settings: "accounts" (or empty), "preferences" or "health".
	Page string `json:"page,omitempty"`
	// Notice is shown once on top of the window: "" or "no-tray".
	Notice string `json:"notice,omitempty"`
}

// CheckRequest names the accounts to poll; none means all.
type CheckRequest struct {
	Accounts []string `json:"accounts,omitempty"`
}

// SeenRequest marks messages as seen: UIDs of Account, or all of Account, or
// with both empty all of every account.
type SeenRequest struct {
	Account string   `json:"account,omitempty"`
	UIDs    []string `json:"uids,omitempty"`
}

// PreferencesRequest replaces the preferences and all rules.
type PreferencesRequest struct {
	Preferences settings.Preferences `json:"preferences"`
	Rules       []settings.Rule      `json:"rules"`
}

// DeleteRequest deletes messages of an account on the server.
type DeleteRequest struct {
	Account string   `json:"account"`
	UIDs    []string `json:"uids"`
}

// TestRequest tests an account that need not be saved. SecretRef says where
// the keyring has the password; empty means the account's own.
type TestRequest struct {
	Account   settings.Account `json:"account"`
	SecretRef string           `json:"secret_ref,omitempty"`
}

// ListRequest asks for the messages of one account, or of all.
type ListRequest struct {
	Account string `json:"account,omitempty"`
	// Limit bounds the answer; zero means 1,000.
	Limit int `json:"limit,omitempty"`
}

// FetchRequest asks for a message to read. Whole says RETR instead of TOP.
type FetchRequest struct {
	Account  string `json:"account"`
	UID      string `json:"uid"`
	Whole    bool   `json:"whole,omitempty"`
	MarkSeen bool   `json:"mark_seen,omitempty"`
}

// Event is what a subscriber receives: exactly one field is set.
type Event struct {
	Snapshot *app.Snapshot `json:"snapshot,omitempty"`
	// Open asks this window to come to the front (and show a message).
	Open *OpenRequest `json:"open,omitempty"`
	// Step is one that a test has taken which this connection asked for. The
	// answer to the request has all steps.
	Step *app.TestStep `json:"step,omitempty"`
	// Closing: the tray role is about to end.
	Closing bool `json:"closing,omitempty"`
}
