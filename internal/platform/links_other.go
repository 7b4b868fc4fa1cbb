//go:build !windows

package platform

// RegisterLinks does nothing: here the package says who opens traymail: links.
func RegisterLinks(string) error { return nil }
