package platform

// relay passes on to Events what the system's services say, leaving out what
// is no change. Its methods are called from one goroutine.
type relay struct {
	Events
	// told is what Online was told last; nil for nothing yet.
	told *bool
	// metered network, frugal power profile: together they are Saving, which
	// was told saving.
	metered, frugal, saving bool
}

func (w *relay) resume() {
	if w.Resume != nil {
		w.Resume()
	}
}

func (w *relay) online(online bool) {
	if w.told != nil && *w.told == online {
		return
	}
	w.told = &online
	if w.Online != nil {
		w.Online(online)
	}
}

// updateSaving passes on what changed of Saving.
func (w *relay) updateSaving() {
	saving := w.metered || w.frugal
	if saving == w.saving {
		return
	}
	w.saving = saving
	if w.Saving != nil {
		w.Saving(saving)
	}
}
