package platform

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/doctor/facts"
)

// Tray has nothing to look at: there always is one.
func (Probes) Tray(context.Context) (facts.Tray, error) { return facts.Tray{}, errors.ErrUnsupported }

// Notifications cannot be asked for here yet.
func (Probes) Notifications(context.Context) (facts.Notifications, error) {
	return facts.Notifications{}, errors.ErrUnsupported
}

// Fonts has nothing to look at: the system brings them.
func (Probes) Fonts(context.Context) (facts.Fonts, error) {
	return facts.Fonts{}, errors.ErrUnsupported
}

// Network cannot be asked for here yet.
func (Probes) Network(context.Context) (facts.Network, error) {
	return facts.Network{}, errors.ErrUnsupported
}
