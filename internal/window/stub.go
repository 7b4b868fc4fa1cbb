//go:build !cgo || nowindow

package window

import "context"

// Available says whether this build has windows.
const Available = false

// Run returns ErrUnavailable: Fyne needs cgo.
func Run(context.Context, Options) error { return ErrUnavailable }

// Drawable returns ErrUnavailable.
func Drawable() error { return ErrUnavailable }
