//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/secret"
)

// sentence is what the user reads about err: what happened and what to do.
func sentence(err error, loc *locale.Catalogue) string {
	if text, ok := explain.Error(err, loc); ok {
		return text
	}
	switch {
	case errors.Is(err, secret.ErrDismissed):
		return loc.T("problem.keyring_dismissed")
	case errors.Is(err, secret.ErrLocked):
		return loc.T("window.keyring_locked")
	case errors.Is(err, secret.ErrUnavailable):
		return loc.T("window.keyring_unavailable")
	case errors.Is(err, context.DeadlineExceeded):
		return loc.T("window.timeout")
	}
	return loc.T("window.failed", err.Error())
}
