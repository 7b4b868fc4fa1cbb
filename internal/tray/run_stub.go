//go:build darwin && !cgo

package tray

import (
	"context"
	"errors"
)

// Run fails: the macOS status bar is reached through Objective-C.
func Run(context.Context, Options) error {
	return errors.New("this build has no tray: on macOS it needs cgo")
}
