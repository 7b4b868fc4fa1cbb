package child

// NoCore does nothing: what Windows keeps of a crash it asks the user about.
func NoCore() {}

func restoreCore() (undo func()) { return func() {} }
