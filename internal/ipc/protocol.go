// Package ipc carries requests between the tray role and the other processes
// of traymail over a local socket (a named pipe on Windows): newline-delimited
// JSON, the version in the first message, sizes and times bounded. Passwords
// never cross it: whoever has one writes the keyring and passes a reference.
package ipc

import (
	"github.com/traymail/traymail/internal/api"
)

// Version of the protocol. Both ends must agree.
const Version = 3

// Window names a window of the window role.
type Window string

const (
	// WindowSettings is the settings window.
	WindowSettings Window = "settings"
	// WindowMailbox is the mailbox window.
	WindowMailbox Window = "mailbox"
)

// known says whether there is such a window. Its name becomes the argument of
// a command.
func (w Window) known() bool { return w == WindowSettings || w == WindowMailbox }

// OpenRequest asks for a window, on a message where Account and UID are set.
type OpenRequest struct {
	Window  Window `json:"window"`
	Account string `json:"account,omitempty"`
	UID     string `json:"uid,omitempty"`
	// Display is where the window appears; empty for where the tray role is.
	// Each display has windows of its own.
	Display string `json:"display,omitempty"`
	// Code: what the user wants is the message's one-time code, which is to be
	// copied by the next key.
	Code bool `json:"code,omitempty"`
	// Page of the settings: "accounts" (or empty), "preferences" or "health".
	Page string `json:"page,omitempty"`
	// Notice is shown once on top of the window: "" or "no-tray".
	Notice string `json:"notice,omitempty"`
}

// Event is what a subscriber receives: exactly one field is set.
type Event struct {
	Snapshot *api.Snapshot `json:"snapshot,omitempty"`
	// Open asks this window to come to the front (and show a message).
	Open *OpenRequest `json:"open,omitempty"`
	// Step is one that a test has taken which this connection asked for. The
	// answer to the request has all steps.
	Step *api.TestStep `json:"step,omitempty"`
	// Received is how far a message has come that this connection fetches.
	Received *api.Received `json:"received,omitempty"`
	// Closing: the tray role is about to end.
	Closing bool `json:"closing,omitempty"`
}
