//go:build !windows

package platform

// wine says whether this is Wine; see its namesake.
func wine() bool { return false }
