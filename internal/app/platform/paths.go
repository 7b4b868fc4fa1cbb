package platform

// Paths are the files of one installation, absolute. Their folders exist
// with mode 0700 once PathsFor has returned.
type Paths struct {
	// Config is settings.toml.
	Config string
	// Ledger is the database of what was announced and seen.
	Ledger string
	// Lock is held by whoever has the ledger open, for as long as it runs.
	Lock string
	// Log is the tray role's log.
	Log string
	// Socket is where the tray role listens: a Unix socket, on Windows the
	// name of a pipe.
	Socket string
}

// PathsFor returns where things are kept: under home when it is given
// (--home: portable use, tests), else in the user's folders as the system
// has them (on Linux the XDG base directories). It makes the folders.
func PathsFor(home string) (Paths, error) { return Paths{}, nil }
