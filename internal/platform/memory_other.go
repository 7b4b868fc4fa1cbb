//go:build !linux

package platform

import "runtime/debug"

// ReleaseMemory gives back what the last work needed and the next minutes do
// not.
func ReleaseMemory() { debug.FreeOSMemory() }
