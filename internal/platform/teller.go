package platform

// teller passes on to Events what the system's services say, leaving out what
// is no change. Its methods are called from one goroutine.
type teller struct {
	Events
	// told is what Online was told last; nil for nothing yet.
	told *bool
	// metered network, frugal power profile: together they are Saving, which
	// was told saving.
	metered, frugal, saving bool
}

func (w *teller) resume() {
	if w.Resume != nil {
		w.Resume()
	}
}

func (w *teller) online(online bool) {
	if w.told != nil && *w.told == online {
		return
	}
	w.told = &online
	if w.Online != nil {
		w.Online(online)
	}
}

// tell passes on what changed of Saving.
func (w *teller) tell() {
	saving := w.metered || w.frugal
	if saving == w.saving {
		return
	}
	w.saving = saving
	if w.Saving != nil {
		w.Saving(saving)
	}
}
