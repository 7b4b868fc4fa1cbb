//go:build !linux && !darwin && !windows

package notify

import (
	"context"
	"errors"
)

// ErrUnsupported: this system's notifications are not supported yet.
var ErrUnsupported = errors.New("notifications are not supported on this system yet")

// PlaysFiles says whether a notification can have a sound of the user's own.
func PlaysFiles() bool { return false }

// New fails with ErrUnsupported.
func New(context.Context, Options) (Notifier, error) { return nil, ErrUnsupported }

// Failure fails with ErrUnsupported.
func Failure(context.Context, string, string) error { return ErrUnsupported }
