package platform

import (
	"context"
	"errors"
	"path/filepath"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/app/doctor/facts"
)

// Tray has nothing to look at: there always is one.
func (Probes) Tray(context.Context) (facts.Tray, error) { return facts.Tray{}, errors.ErrUnsupported }

// Notifications has nothing to look at: the shell shows them.
func (Probes) Notifications(context.Context) (facts.Notifications, error) {
	return facts.Notifications{}, errors.ErrUnsupported
}

// Fonts looks for Microsoft YaHei, Yu Gothic, Malgun Gothic or whatever else
// has their characters: Windows brings some of them only with its languages.
func (Probes) Fonts(ctx context.Context) (facts.Fonts, error) {
	system, err := windows.KnownFolderPath(windows.FOLDERID_Fonts, 0)
	if err != nil {
		return facts.Fonts{}, err
	}
	dirs := []string{system}
	if local, err := windows.KnownFolderPath(windows.FOLDERID_LocalAppData, 0); err == nil {
		dirs = append(dirs, filepath.Join(local, "Microsoft", "Windows", "Fonts")) // the user's own
	}
	missing, err := unwritten(ctx, dirs)
	return facts.Fonts{Missing: missing}, err
}

// Network says what the system knows of it.
func (Probes) Network(context.Context) (facts.Network, error) {
	online, metered := network()
	return facts.Network{Routed: Routed(), Offline: !online, Metered: metered}, nil
}
