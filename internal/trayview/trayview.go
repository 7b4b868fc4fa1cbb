// Package trayview computes what the tray shows: icon, tooltip and menu. It is
// pure; package tray draws the result.
package trayview

import "time"

// Shape is the tray icon's picture; each is told apart without colour.
type Shape string

// The shapes, in the order in which they win over one another from last to first.
const (
	ShapeNone     Shape = "none"
	ShapeUnseen   Shape = "unseen"
	ShapeChecking Shape = "checking"
	ShapePaused   Shape = "paused"
	ShapeOffline  Shape = "offline"
	ShapeError    Shape = "error"
)

// Icon is what the tray icon shows.
type Icon struct {
	Shape Shape
	// Badge is 0 for none, 1 to 9, 10 for "9+", or BadgeDot.
	Badge int
}

// BadgeDot is a dot in place of the number.
const BadgeDot = -1

// ActionKind says what a menu entry does.
type ActionKind string

const (
	ActNone        ActionKind = ""
	ActOpenMailbox ActionKind = "mailbox"  // Account, UID: which message, or empty
	ActCheck       ActionKind = "check"    // Account: one, or empty for all
	ActSeen        ActionKind = "seen"     // everything
	ActPause       ActionKind = "pause"    // For or Until; both zero resumes
	ActSettings    ActionKind = "settings" // Account: of one, or empty
	ActAllow       ActionKind = "allow"    // the system's settings for notifications
	ActQuit        ActionKind = "quit"     //
)

// Action is what a click on a menu entry asks for.
type Action struct {
	Kind         ActionKind
	Account, UID string
	For          time.Duration
	// Tomorrow pauses until the next local morning at 8.
	Tomorrow bool
}

// MenuItem is one line of the menu. ID is stable between views, so that the
// tray changes only what differs.
type MenuItem struct {
	ID        string
	Label     string
	Disabled  bool
	Separator bool
	Action    Action
	Children  []MenuItem
}

// View is all that the tray shows, computed from a snapshot by Of.
type View struct {
	Icon Icon
	// Title is the count as text beside a macOS icon; empty for none.
	Title   string
	Tooltip string
	Menu    []MenuItem
	// Hidden: the user wants no icon now.
	Hidden bool
}
