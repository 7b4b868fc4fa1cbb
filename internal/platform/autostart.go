package platform

import "context"

// Autostart is the entry by which the user's session starts this program.
type Autostart interface {
	// Enabled says whether there is an entry that is in force: one that the
	// user has switched off by the system's own means is not. It returns
	// errors.ErrUnsupported where that cannot be seen.
	Enabled() (bool, error)
	// Set makes the entry and puts it in force, or removes it: the user has
	// just said so here. What is already right is not written again. The
	// system may ask the user first; Set waits for the answer until ctx ends.
	Set(ctx context.Context, on bool) error
	// Renew makes the entry if there is none, and one with another command
	// into one that starts the program as it is now; it is called when the
	// program starts. An entry that the user has switched off by the system's
	// own means stays off.
	Renew() error
}

// NewAutostart is the entry that starts exe, an absolute path, with these
// arguments. It touches nothing yet.
func NewAutostart(exe string, args ...string) Autostart { return newAutostart(exe, args) }
