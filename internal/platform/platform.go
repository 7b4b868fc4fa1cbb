// Package platform is where the operating systems differ outside of windows,
// tray and notifications: where files live, one instance at a time, starting
// a process that outlives this one, opening a link, and news of sleep and
// network. It knows nothing of mail, starts no polling of any kind and never
// puts a secret into a path, an argument or the environment.
package platform

import "errors"

// name is the folder and file name under which everything is kept.
const name = "traymail"

// ErrLocked says that another process holds the lock.
var ErrLocked = errors.New("another traymail is running")

// Events are called by Watch, one at a time and from one goroutine; they
// must not block. A nil function is not called.
type Events struct {
	// Resume: the computer woke from sleep.
	Resume func()
	// Online: a network came (true) or the last one went (false). It is
	// called once at the start when a network manager runs, and then for
	// changes only. Without a network manager it is never called.
	Online func(online bool)
	// Saving: the user has chosen to save power or the network is metered
	// (true), or neither is so any longer (false).
	Saving func(saving bool)
}
