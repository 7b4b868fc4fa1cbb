//go:build unix && !darwin

package platform

import (
	"context"
	"errors"
	"os"
	"slices"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/doctor/facts"
)

const (
	trayWatcher       = "org.kde.StatusNotifierWatcher"
	trayWatcherPath   = dbus.ObjectPath("/StatusNotifierWatcher")
	notifications     = "org.freedesktop.Notifications"
	notificationsPath = dbus.ObjectPath("/org/freedesktop/Notifications")
)

// sessionBus connects for one probe (D2). It starts no bus: what would be
// found on that one is nobody's.
func sessionBus(ctx context.Context) (*dbus.Conn, error) {
	conn, err := dbus.SessionBusPrivateNoAutoStartup(dbus.WithContext(ctx))
	if err != nil {
		return nil, err
	}
	if err := conn.Auth(nil); err != nil {
		_ = conn.Close()
		return nil, err
	}
	if err := conn.Hello(); err != nil {
		_ = conn.Close()
		return nil, err
	}
	return conn, nil
}

// orEnded is err, unless ctx has ended: then a connection that ends with it may
// have been quicker to say that it is closed.
func orEnded(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

// Tray looks for a StatusNotifierWatcher and for its host.
func (Probes) Tray(ctx context.Context) (tray facts.Tray, err error) {
	defer func() { err = orEnded(ctx, err) }()
	tray.Desktop = os.Getenv("XDG_CURRENT_DESKTOP")
	conn, err := sessionBus(ctx)
	if err != nil {
		return tray, ctx.Err()
	}
	defer func() { _ = conn.Close() }()
	tray.Bus = true
	err = conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, trayWatcher).Store(&tray.Watcher)
	if err != nil || !tray.Watcher {
		return tray, err
	}
	var host dbus.Variant
	err = conn.Object(trayWatcher, trayWatcherPath).CallWithContext(ctx, properties+".Get", dbus.FlagNoAutoStart,
		trayWatcher, "IsStatusNotifierHostRegistered").Store(&host)
	if err != nil {
		return tray, err
	}
	return tray, host.Store(&tray.Host)
}

// absent are the errors of a service that is not there and cannot be started.
var absent = []string{
	"org.freedesktop.DBus.Error.ServiceUnknown",
	"org.freedesktop.DBus.Error.NameHasNoOwner",
	"org.freedesktop.DBus.Error.Spawn.ServiceNotFound",
	"org.freedesktop.DBus.Error.Spawn.ChildExited",
	"org.freedesktop.DBus.Error.Spawn.ExecFailed",
}

// noPortal are the errors of a portal that does not take notifications.
var noPortal = append([]string{
	"org.freedesktop.DBus.Error.UnknownInterface",
	"org.freedesktop.DBus.Error.UnknownMethod",
	"org.freedesktop.DBus.Error.UnknownObject",
	"org.freedesktop.DBus.Error.InvalidArgs",
}, absent...)

// Notifications asks the daemon who it is, which starts one that is started
// when needed, as the first notification would. From inside a Flatpak it asks
// the portal.
func (Probes) Notifications(ctx context.Context) (n facts.Notifications, err error) {
	defer func() { err = orEnded(ctx, err) }()
	conn, err := sessionBus(ctx)
	if err != nil {
		return n, ctx.Err()
	}
	defer func() { _ = conn.Close() }()
	n.Bus = true
	if Flatpak() != "" {
		n.Portal = true
		var version dbus.Variant
		err := conn.Object(portal, portalPath).CallWithContext(ctx, properties+".Get", 0, "org.freedesktop.portal.Notification", "version").Store(&version)
		var failure dbus.Error
		if errors.As(err, &failure) && slices.Contains(noPortal, failure.Name) {
			return n, nil
		}
		n.Running = err == nil
		return n, err
	}
	daemon := conn.Object(notifications, notificationsPath)
	var vendor, specification string
	err = daemon.CallWithContext(ctx, notifications+".GetServerInformation", 0).Store(&n.Name, &vendor, &n.Version, &specification)
	var failure dbus.Error
	if errors.As(err, &failure) && slices.Contains(absent, failure.Name) {
		return n, nil
	}
	if err != nil {
		return n, err
	}
	n.Running = true
	return n, daemon.CallWithContext(ctx, notifications+".GetCapabilities", 0).Store(&n.Capabilities)
}

// NetworkManager's NMConnectivityState.
const (
	nmPortal  = 2
	nmLimited = 3
)

// Network asks the kernel for a route, and NetworkManager where it runs.
func (Probes) Network(ctx context.Context) (facts.Network, error) {
	n := facts.Network{Routed: Routed()}
	conn, err := dbus.ConnectSystemBus(dbus.WithContext(ctx))
	if err != nil {
		return n, nil // a computer without a system bus has no network manager
	}
	defer func() { _ = conn.Close() }()
	w := watch{conn: conn}
	var state, connectivity, metered uint32
	if !w.property(ctx, networkManager, nmPath, "State", &state) {
		return n, nil
	}
	n.Manager, n.Offline = "NetworkManager", !connected(state)
	if w.property(ctx, networkManager, nmPath, "Connectivity", &connectivity) {
		n.Portal, n.Limited = connectivity == nmPortal, connectivity == nmLimited
	}
	if w.property(ctx, networkManager, nmPath, "Metered", &metered) {
		n.Metered = dear(metered)
	}
	return n, nil
}
