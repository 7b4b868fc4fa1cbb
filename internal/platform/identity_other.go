//go:build !windows

package platform

// IdentifyWindows does nothing: the class of a window or its bundle says whose
// it is.
func IdentifyWindows() error { return nil }
