//go:build !darwin && !windows

package tray

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

const (
	watcher     = "org.kde.StatusNotifierWatcher"
	watcherPath = dbus.ObjectPath("/StatusNotifierWatcher")
	itemPath    = "/StatusNotifierItem"
	itemIface   = "org.kde.StatusNotifierItem"
)

// settle is how long a new panel and systray get to find each other before
// we look whether they did.
const settle = 500 * time.Millisecond

// maxAttempts bounds the registrations with one panel; the pauses between
// them double from settle on, to 16 s in all.
const maxAttempts = 6

// answerTime is how long a panel may take to answer one call.
const answerTime = 5 * time.Second

// desktop watches for the panel that shows our icon. Its connection is its
// own (D2): systray shares one with the keyring, and stops looking for a new
// panel as soon as a foreign signal of fewer than three arguments arrives.
type desktop struct {
	conn *dbus.Conn // nil without a session bus
	log  *slog.Logger
}

// connect finds the session bus. It never starts one: that one would belong
// to nobody and have no tray anyway.
func connect(log *slog.Logger) *desktop {
	conn, err := dbus.SessionBusPrivateNoAutoStartup()
	if err == nil {
		if err = conn.Auth(nil); err == nil {
			err = conn.Hello()
		}
		if err == nil {
			return &desktop{conn, log}
		}
		_ = conn.Close()
	}
	log.Warn("tray: no session bus, so no icon", "error", err)
	return &desktop{nil, log}
}

// hasTray says whether there may ever be one; without a bus there cannot.
func (d *desktop) hasTray() bool { return d.conn != nil }

// watch keeps our icon registered until ctx ends, and tells t when there is
// no tray. It sleeps until a panel comes or goes.
func (d *desktop) watch(ctx context.Context, t *tray) {
	late := time.NewTimer(t.NoTrayAfter)
	defer late.Stop()
	var owners chan *dbus.Signal // nil, so silent, without a bus
	present := false
	if d.conn != nil {
		defer func() { _ = d.conn.Close() }()
		owners = make(chan *dbus.Signal, 16)
		d.conn.Signal(owners)
		var err error
		if present, err = d.subscribe(ctx); err != nil {
			d.log.Warn("tray: cannot watch for a panel", "error", err)
		}
	}
	look := time.NewTimer(settle)
	defer look.Stop()
	if !present {
		look.Stop()
	} else {
		late.Stop()
	}
	attempt := 0
	for {
		select {
		case <-ctx.Done():
			return
		case <-late.C:
			t.post(t.NoTray)
		case s, ok := <-owners:
			if !ok {
				d.log.Warn("tray: the session bus is gone")
				owners = nil
				continue
			}
			if owner, ours := newOwner(s); ours && owner != "" {
				late.Stop()
				attempt = 0
				look.Reset(settle)
			}
		case <-look.C:
			first, err := d.register(ctx)
			if first {
				// systray may have lost what was set while it connected.
				t.again <- struct{}{}
			}
			if err != nil {
				if attempt++; attempt < maxAttempts {
					look.Reset(settle << (attempt - 1))
				}
				d.log.Debug("tray: not registered", "attempt", attempt, "error", err)
			}
		}
	}
}

// subscribe asks for changes of the watcher's owner and says whether there is
// one already.
func (d *desktop) subscribe(ctx context.Context) (present bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	err = d.conn.AddMatchSignalContext(ctx,
		dbus.WithMatchSender("org.freedesktop.DBus"),
		dbus.WithMatchInterface("org.freedesktop.DBus"),
		dbus.WithMatchMember("NameOwnerChanged"),
		dbus.WithMatchArg(0, watcher))
	if err != nil {
		return false, err
	}
	err = d.conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.NameHasOwner", 0, watcher).Store(&present)
	return present, err
}

// newOwner reads a NameOwnerChanged of the watcher; anything else is not ours.
func newOwner(s *dbus.Signal) (owner string, ours bool) {
	var name, old string
	if s.Name != "org.freedesktop.DBus.NameOwnerChanged" || dbus.Store(s.Body, &name, &old, &owner) != nil {
		return "", false
	}
	return owner, name == watcher
}

// register makes sure that the panel has our item. When it has it already,
// which is the rule, nothing is done. first: the item was not ours before.
func (d *desktop) register(ctx context.Context) (first bool, err error) {
	ctx, cancel := context.WithTimeout(ctx, answerTime)
	defer cancel()
	// The very connection of systray: a panel knows an item by the sender
	// and the path, and from another sender it would be a second icon.
	shared, err := dbus.SessionBus()
	if err != nil {
		return false, err
	}
	if first, err = takeItem(ctx, shared); err != nil {
		return false, err
	}
	unique := shared.Names()[0]
	name := fmt.Sprintf("org.kde.StatusNotifierItem-%d-1", os.Getpid())
	var items []string
	answer := d.conn.Object(watcher, watcherPath).CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0,
		watcher, "RegisteredStatusNotifierItems")
	var list dbus.Variant
	if answer.Store(&list) == nil && list.Store(&items) == nil {
		for _, one := range items {
			sender, _, _ := strings.Cut(one, "/")
			if sender == unique || sender == name {
				return first, nil
			}
		}
	}
	d.log.Info("tray: registering the icon with a new panel")
	return first, shared.Object(watcher, watcherPath).CallWithContext(ctx, watcher+".RegisterStatusNotifierItem", 0, itemPath).Err
}
