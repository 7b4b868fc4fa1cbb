//go:build !windows && !darwin

package locale

// systemConventions are none: the environment is all there is.
func systemConventions() (conventions, bool) { return conventions{}, false }
