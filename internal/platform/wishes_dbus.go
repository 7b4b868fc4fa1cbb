//go:build unix && !darwin

package platform

import (
	"context"
	"errors"
	"time"

	"github.com/godbus/dbus/v5"
)

// The Settings portal of xdg-desktop-portal, and what of it is asked for: the
// desktops' common contrast, and GNOME's, which others keep as well.
const (
	settingsAPI    = "org.freedesktop.portal.Settings"
	appearanceName = "org.freedesktop.appearance"
	interfaceName  = "org.gnome.desktop.interface"
	a11yName       = "org.gnome.desktop.a11y.interface"
)

// portalTime is how long a portal may take, which may have to be started.
const portalTime = 30 * time.Second

// Text smaller than half or larger than three times the usual is nobody's wish.
const (
	leastScale = 0.5
	mostScale  = 3
)

// WatchWishes tells f what the desktop's portal says and each change of it,
// until ctx ends. Without a portal f hears nothing.
func WatchWishes(ctx context.Context, f func(Wishes)) {
	conn, err := sessionBus(ctx)
	if err != nil {
		return
	}
	defer func() { _ = conn.Close() }()
	signals := make(chan *dbus.Signal, 32)
	conn.Signal(signals)
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(settingsAPI), dbus.WithMatchMember("SettingChanged"),
		dbus.WithMatchSender(portal), dbus.WithMatchObjectPath(portalPath)); err != nil {
		return
	}
	heard := map[[2]string]any{}
	if err := readWishes(ctx, conn, heard); err != nil {
		return
	}
	last := Wishes{TextScale: 1}
	for {
		if w := wishesOf(heard); w != last {
			last = w
			f(w)
		}
		select {
		case <-ctx.Done():
			return
		case s, ok := <-signals:
			if !ok {
				return
			}
			var namespace, key string
			var value dbus.Variant
			if s.Name == settingsAPI+".SettingChanged" && dbus.Store(s.Body, &namespace, &key, &value) == nil {
				heard[[2]string{namespace, key}] = value.Value()
			}
		}
	}
}

func readWishes(ctx context.Context, conn *dbus.Conn, heard map[[2]string]any) error {
	ctx, cancel := context.WithTimeout(ctx, portalTime)
	defer cancel()
	var all map[string]map[string]dbus.Variant
	err := conn.Object(portal, portalPath).CallWithContext(ctx, settingsAPI+".ReadAll", 0,
		[]string{appearanceName, interfaceName, a11yName}).Store(&all)
	if err != nil {
		return errors.Join(errors.New("asking the desktop how it looks"), err)
	}
	for namespace, values := range all {
		for key, value := range values {
			heard[[2]string{namespace, key}] = value.Value()
		}
	}
	return nil
}

// wishesOf reads what was heard; what is of another type than it should be
// counts as nothing.
func wishesOf(heard map[[2]string]any) Wishes {
	w := Wishes{TextScale: 1}
	if scale, ok := heard[[2]string{interfaceName, "text-scaling-factor"}].(float64); ok && scale >= leastScale && scale <= mostScale {
		w.TextScale = scale
	}
	contrast, _ := heard[[2]string{appearanceName, "contrast"}].(uint32)
	high, _ := heard[[2]string{a11yName, "high-contrast"}].(bool)
	w.HighContrast = contrast == 1 || high
	return w
}
