//go:build windows || darwin

package tray

import "context"

// Await has nothing to wait for: the system's tray is always there.
func Await(context.Context) bool { return true }
