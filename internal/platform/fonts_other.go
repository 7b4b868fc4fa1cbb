//go:build darwin || windows

package platform

// ensureFontHome has nothing to do: these systems always have the folder.
func ensureFontHome(map[string]string) error { return nil }
