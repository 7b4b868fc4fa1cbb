//go:build !windows

package hook

// isBatch says whether a shell would read the arguments of a program.
func isBatch(string) bool { return false }
