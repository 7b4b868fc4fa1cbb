//go:build unix && !darwin

package platform

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"
)

// The Background portal of xdg-desktop-portal, version 1.
const (
	portal        = "org.freedesktop.portal.Desktop"
	portalPath    = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	backgroundAPI = "org.freedesktop.portal.Background"
	portalRequest = "org.freedesktop.portal.Request"
)

// consentTime is how long the user may take for the desktop's question.
const consentTime = 5 * time.Minute

// errNoConsent: the user or the desktop does not want it.
var errNoConsent = errors.New("the desktop does not allow it")

// background is the Autostart of the inside of a Flatpak, from which the
// entry cannot be seen: the portal makes it, and may ask the user.
type background struct{ words []string }

// Enabled implements Autostart; nothing in here can tell.
func (background) Enabled() (bool, error) { return false, errors.ErrUnsupported }

// Renew implements Autostart. The command is the Flatpak's and does not move.
// To ask again would put an entry in force that the user has switched off.
func (background) Renew() error { return nil }

// Set implements Autostart.
func (b background) Set(ctx context.Context, on bool) error {
	ctx, cancel := context.WithTimeout(ctx, consentTime)
	defer cancel()
	granted, err := b.request(ctx, on)
	err = orEnded(ctx, err)
	switch {
	case on && err == nil && !granted:
		err = errNoConsent
		fallthrough
	case on && err != nil:
		return fmt.Errorf("enabling autostart: %w", err)
	case err != nil:
		return fmt.Errorf("disabling autostart: %w", err)
	}
	return nil
}

// request asks the portal, and says whether traymail will be started from now
// on. What it answers first is only where the answer will come from.
func (b background) request(ctx context.Context, on bool) (granted bool, err error) {
	conn, err := sessionBus(ctx)
	if err != nil {
		return false, err
	}
	defer func() { _ = conn.Close() }()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(portalRequest), dbus.WithMatchMember("Response")); err != nil {
		return false, err
	}
	// The answer may overtake the handle, which therefore is known before.
	token := "traymail_" + rand.Text()
	unique := strings.ReplaceAll(strings.TrimPrefix(conn.Names()[0], ":"), ".", "_")
	expected := portalPath + dbus.ObjectPath("/request/"+unique+"/"+token)
	var handle dbus.ObjectPath
	err = conn.Object(portal, portalPath).CallWithContext(ctx, backgroundAPI+".RequestBackground", 0, "", map[string]dbus.Variant{
		"handle_token": dbus.MakeVariant(token),
		"autostart":    dbus.MakeVariant(on),
		"commandline":  dbus.MakeVariant(b.words),
	}).Store(&handle)
	if err != nil {
		return false, err
	}
	for {
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case s, ok := <-signals:
			if !ok {
				return false, dbus.ErrClosed
			}
			if s.Path != expected && s.Path != handle {
				continue
			}
			var code uint32
			var results map[string]dbus.Variant
			if err := dbus.Store(s.Body, &code, &results); err != nil {
				return false, err
			}
			granted, _ = results["autostart"].Value().(bool)
			return granted && code == 0, nil
		}
	}
}
