// Package doctor checks what an ordinary person cannot: whether there is a
// tray, a notification daemon, a usable keyring, fonts, a right clock and a
// network, and how the accounts and the program itself are. Judging what the
// probes found is pure; the probes themselves are behind Computer. A report
// can be copied without names, addresses, hosts and secrets.
package doctor

import (
	"time"
)

// Level is how serious a check's finding is.
type Level string

// Levels, from good to bad.
const (
	OK Level = "ok"
	// Warning: traymail works, but not as well as it could.
	Warning Level = "warning"
	// Problem: something does not work until the user does something.
	Problem Level = "problem"
)

// Group is the part of a report that a check belongs to. Its title is the
// translation of "doctor.group." and the group.
type Group string

// Groups, in the order of a report.
const (
	Desktop  Group = "desktop"
	Computer Group = "computer"
	Accounts Group = "accounts"
	Program  Group = "program"
)

// Check is one line of a report. The keys in JSON are a promise.
type Check struct {
	// ID is the same in every report: "tray", "notifications", "keyring",
	// "fonts", "windows", "clock", "network", "running", "settings", "ledger",
	// "crash", "storage", "autostart", "paths", "version", or "account." and the account's ID.
	ID    string `json:"id"`
	Group Group  `json:"group"`
	Level Level  `json:"level"`
	// Text is one sentence in the user's language: what was found.
	Text string `json:"text"`
	// Advice is what to do; it may be empty.
	Advice string `json:"advice"`
	// Shared is Text for strangers: an account is "account 1", a server its
	// registrable domain, the home folder "~".
	Shared string `json:"shared"`
}

// Report is all checks, in the order in which they are shown.
type Report struct {
	Made time.Time `json:"made"`
	// Level is the worst of all checks.
	Level  Level   `json:"level"`
	Checks []Check `json:"checks"`
}
