package platform

import (
	"context"
	"errors"
	"path/filepath"

	"golang.org/x/sys/windows"

	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/platform/toasts"
	"github.com/traymail/traymail/internal/platform/winrt"
)

// Tray has nothing to look at: there always is one.
func (Probes) Tray(context.Context) (facts.Tray, error) { return facts.Tray{}, errors.ErrUnsupported }

// Notifications asks Windows whether the user wants them. Where it has none
// with buttons there is nothing to ask: the shell shows balloons.
func (Probes) Notifications(ctx context.Context) (facts.Notifications, error) {
	if toasts.Available() != nil {
		return facts.Notifications{}, errors.ErrUnsupported
	}
	type answer struct {
		off bool
		err error
	}
	answers := make(chan answer, 1)
	// It ends when Windows answers: a call cannot be taken back.
	go func() {
		off, err := switchedOff()
		answers <- answer{off, err}
	}()
	select {
	case a := <-answers:
		return facts.Notifications{
			Bus: true, Running: true, Name: "Windows", Off: a.off, Held: Held(), Capabilities: []string{"actions", "body", "persistence"},
		}, a.err
	case <-ctx.Done():
		return facts.Notifications{}, ctx.Err()
	}
}

// switchedOff says whether the user or a policy wants no notifications of ours.
func switchedOff() (bool, error) {
	leave, err := winrt.Enter()
	if err != nil {
		return false, err
	}
	defer leave()
	notifier, err := toasts.New()
	if err != nil {
		return false, err
	}
	defer notifier.Release()
	return notifier.SwitchedOff(), nil
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
