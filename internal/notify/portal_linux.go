package notify

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

// The Notification portal of xdg-desktop-portal, version 1, and what version 2
// adds; one of version 1 refuses a notification for that.
const (
	portalName  = "org.freedesktop.portal.Desktop"
	portalPath  = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	portalIface = "org.freedesktop.portal.Notification"
	// switchedOff is the answer to an application whose notifications the user
	// has switched off.
	switchedOff = "org.freedesktop.portal.Error.NotAllowed"
)

// portal is the Notifier of the inside of a Flatpak. It remembers nothing of
// what it has shown: the desktop knows a notification by the name that it was
// given here, which is its key, also after traymail was started again.
type portal struct {
	line
	o Options
	// version is the portal's, 0 while unknown; guarded by the line's mu.
	version uint32
}

func newPortal(o Options) *portal {
	return &portal{o: o, line: newLine(clicked, []dbus.MatchOption{
		dbus.WithMatchSender(portalName), dbus.WithMatchInterface(portalIface), dbus.WithMatchObjectPath(portalPath),
	})}
}

// clicked reads ActionInvoked, of which only those of this application's
// notifications arrive. That one was closed is not reported.
func clicked(signal *dbus.Signal) (Event, bool) {
	if signal.Name != portalIface+".ActionInvoked" || len(signal.Body) < 2 {
		return Event{}, false
	}
	id, _ := signal.Body[0].(string)
	action, _ := signal.Body[1].(string)
	key, err := url.QueryUnescape(id)
	if err != nil || key == "" || !known(action) {
		return Event{}, false
	}
	return Event{key, action}, true
}

// Announce implements api.Announcer. What the user has switched off in the
// settings of the desktop counts as announced.
func (p *portal) Announce(ctx context.Context, a api.Announcement) error {
	err := p.call(ctx, func(ctx context.Context, to dbus.BusObject) error {
		if p.version == 0 {
			var version dbus.Variant
			err := to.CallWithContext(ctx, "org.freedesktop.DBus.Properties.Get", 0, portalIface, "version").Store(&version)
			if err == nil {
				err = version.Store(&p.version)
			}
			if err != nil {
				return err
			}
		}
		err := to.CallWithContext(ctx, portalIface+".AddNotification", 0, url.QueryEscape(a.Key), p.serialized(a)).Err
		if err != nil {
			p.version = 0 // the next one may be another's
		}
		return err
	})
	var failure dbus.Error
	if errors.As(err, &failure) && failure.Name == switchedOff {
		return nil
	}
	return err
}

// Withdraw implements api.Announcer. A portal has nothing against one that is
// no longer there.
func (p *portal) Withdraw(ctx context.Context, key string) error {
	return p.call(ctx, func(ctx context.Context, to dbus.BusObject) error {
		return to.CallWithContext(ctx, portalIface+".RemoveNotification", 0, url.QueryEscape(key)).Err
	})
}

// call does something with the portal, one at a time.
func (p *portal) call(ctx context.Context, do func(context.Context, dbus.BusObject) error) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	conn, fresh, err := p.connect()
	if err != nil {
		return err
	}
	if fresh {
		p.version = 0
	}
	if err := do(ctx, conn.Object(portalName, portalPath)); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// tagless is text without what begins a tag. A body is plain text for the
// portal, but some hand it on to where it is markup (xdg-desktop-portal-gtk
// 1.14), and others do not (GNOME), in which escapes would be seen.
var tagless = strings.NewReplacer("<", "‹", ">", "›")

// serialized is a as this version of the portal has it.
func (p *portal) serialized(a api.Announcement) map[string]dbus.Variant {
	title, body := bounded(a, p.o.Locale)
	var offered []map[string]dbus.Variant
	for _, b := range buttons(a, p.o.Locale) {
		offered = append(offered, map[string]dbus.Variant{"label": dbus.MakeVariant(b.label), "action": dbus.MakeVariant(b.action)})
	}
	n := map[string]dbus.Variant{
		"title": dbus.MakeVariant(title),
		"body":  dbus.MakeVariant(tagless.Replace(body)),
		"icon": dbus.MakeVariant(struct {
			Kind  string
			Value dbus.Variant
		}{"themed", dbus.MakeVariant([]string{icon(a)})}),
		"priority":       dbus.MakeVariant("normal"),
		"default-action": dbus.MakeVariant(ActionOpen),
		"buttons":        dbus.MakeVariant(offered),
	}
	if a.Urgency == api.UrgencyCritical {
		n["priority"] = dbus.MakeVariant("urgent")
	}
	if p.version < 2 {
		return n // the desktop decides what is heard, and how long all is shown
	}
	// A file that the user has chosen is not to be seen from in here.
	n["sound"] = dbus.MakeVariant("default")
	if a.Sound == settings.SoundNone {
		n["sound"] = dbus.MakeVariant("silent")
	}
	var hints []string
	if a.Keep {
		hints = append(hints, "persistent")
	}
	if a.UID == "" {
		// A summary takes the place of the one before, and has news. The same
		// message again is one that a crash kept from being recorded: without
		// this it is replaced in silence.
		hints = append(hints, "show-as-new")
	}
	if len(hints) > 0 {
		n["display-hint"] = dbus.MakeVariant(hints)
	}
	return n
}
