package platform

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/platform/cocoa"
)

// Tray has nothing to look at: there always is one.
func (Probes) Tray(context.Context) (facts.Tray, error) { return facts.Tray{}, errors.ErrUnsupported }

// Notifications asks the system what the user has answered. A program outside
// of its bundle has none, and says so.
func (Probes) Notifications(ctx context.Context) (facts.Notifications, error) {
	answered, err := cocoa.NotificationAuthorization(ctx)
	return appleNotifications(answered), err
}

// Fonts has nothing to look at: the system brings them.
func (Probes) Fonts(context.Context) (facts.Fonts, error) {
	return facts.Fonts{}, errors.ErrUnsupported
}

// Network cannot be asked for here yet.
func (Probes) Network(context.Context) (facts.Network, error) {
	return facts.Network{}, errors.ErrUnsupported
}
