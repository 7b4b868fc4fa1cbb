//go:build !windows && !darwin

package locale

// preferred is empty: the environment is all there is.
func preferred() []string { return nil }
