package notify

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/settings"
)

// The Desktop Notifications Specification, version 1.3.
const (
	busName = "org.freedesktop.Notifications"
	busPath = dbus.ObjectPath("/org/freedesktop/Notifications")
)

// callTimeout bounds every call to the daemon.
const callTimeout = 5 * time.Second

// daemon is the Notifier of freedesktop desktops.
type daemon struct {
	line
	o Options
	// What follows is guarded by the line's mu.

	// owner is the unique name of the daemon that gave the capabilities and
	// the ids; empty while unknown.
	owner        string
	capabilities []string
	// drawsDefault: it shows the action of a click as a button, too.
	drawsDefault bool
	ids          map[string]uint32 // key -> id
	keys         map[uint32]string
	// flights are the notifications that the daemon has neither taken nor
	// refused in time, by their keys. It may have only been slow: another one of
	// the same would be seen twice.
	flights map[string]*flight
}

// flight is a call of Notify without an answer as yet.
type flight struct {
	a api.Announcement
	// answered is closed once id and err are the answer.
	answered chan struct{}
	id       uint32
	err      error
	// withdrawn: it is to be closed as soon as it can be named.
	withdrawn bool
}

// PlaysFiles says whether a notification can have a sound of the user's own.
// The portal, which a Flatpak has, takes none.
func PlaysFiles() bool { return platform.Flatpak() == "" }

// New returns a Notifier. It connects when it is first needed, so that a
// session without a bus, or a daemon that starts later, is not an error here.
// From inside a Flatpak, notifications go through the portal.
func New(_ context.Context, o Options) (Notifier, error) {
	if platform.Flatpak() != "" {
		return newPortal(o), nil
	}
	return newDaemon(o), nil
}

func newDaemon(o Options) *daemon {
	d := &daemon{o: o, ids: map[string]uint32{}, keys: map[uint32]string{}, flights: map[string]*flight{}}
	d.line = newLine(d.handle,
		[]dbus.MatchOption{dbus.WithMatchInterface(busName), dbus.WithMatchObjectPath(busPath)},
		[]dbus.MatchOption{dbus.WithMatchInterface("org.freedesktop.DBus"), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, busName)},
	)
	return d
}

// forget drops what belonged to a daemon that is gone.
func (d *daemon) forget() {
	d.owner, d.capabilities, d.drawsDefault = "", nil, false
	clear(d.ids)
	clear(d.keys)
	clear(d.flights)
}

// handle reads a signal. Those of other programs' notifications arrive as
// well; their ids are not ours.
func (d *daemon) handle(signal *dbus.Signal) (Event, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if signal.Name == "org.freedesktop.DBus.NameOwnerChanged" {
		// News of the daemon that we have met already must not make us
		// forget what it shows: it may have waited for our own call,
		// which started the daemon.
		if len(signal.Body) == 3 && d.owner != "" && signal.Body[1] == d.owner {
			d.forget()
		}
		return Event{}, false
	}
	if len(signal.Body) < 2 {
		return Event{}, false
	}
	id, ok := signal.Body[0].(uint32)
	key := d.keys[id]
	if !ok || key == "" {
		return Event{}, false
	}
	switch signal.Name {
	case busName + ".ActionInvoked":
		switch action, _ := signal.Body[1].(string); action {
		case "default", ActionOpen:
			return Event{key, ActionOpen}, true
		case ActionSeen, ActionCopy:
			return Event{key, action}, true
		}
	case busName + ".NotificationClosed":
		delete(d.keys, id)
		if d.ids[key] == id {
			delete(d.ids, key)
		}
	}
	return Event{}, false
}

// Announce implements api.Announcer.
func (d *daemon) Announce(ctx context.Context, a api.Announcement) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	// Held for the whole call: a click may come before the id is known.
	d.mu.Lock()
	defer d.mu.Unlock()
	conn, fresh, err := d.connect()
	if err != nil {
		return err
	}
	if fresh {
		d.forget()
	}
	err = d.notify(ctx, conn, a)
	var failure dbus.Error
	if errors.As(err, &failure) && slices.Contains(gone, failure.Name) {
		// The one we knew has ended, and the news of it is still on its way.
		d.forget()
		err = d.notify(ctx, conn, a)
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	return nil
}

// gone are the errors of a call to a unique name that has left the bus.
var gone = []string{
	"org.freedesktop.DBus.Error.ServiceUnknown",
	"org.freedesktop.DBus.Error.NameHasNoOwner",
	"org.freedesktop.DBus.Error.NoReply",
}

// meet learns who the daemon is and what it can do; it may start it.
func (d *daemon) meet(ctx context.Context, conn *dbus.Conn) error {
	if d.owner != "" {
		return nil
	}
	var capabilities []string
	err := conn.Object(busName, busPath).CallWithContext(ctx, busName+".GetCapabilities", 0).Store(&capabilities)
	if err != nil {
		return err
	}
	var owner string
	if err := conn.BusObject().CallWithContext(ctx, "org.freedesktop.DBus.GetNameOwner", 0, busName).Store(&owner); err != nil {
		return err
	}
	var name, vendor, version, specification string
	// One that does not say who it is has no habits that we know.
	_ = conn.Object(owner, busPath).CallWithContext(ctx, busName+".GetServerInformation", 0).Store(&name, &vendor, &version, &specification)
	d.owner, d.capabilities, d.drawsDefault = owner, capabilities, slices.Contains(drawDefault, name)
	return nil
}

// drawDefault are the daemons that have a button for "default" as for any other
// action, by the names they give themselves (D17).
var drawDefault = []string{"Xfce Notify Daemon", "lxqt-notificationd"}

func (d *daemon) notify(ctx context.Context, conn *dbus.Conn, a api.Announcement) error {
	if err := d.meet(ctx, conn); err != nil {
		return err
	}
	if done, err := d.landed(ctx, a); done || err != nil {
		return err
	}
	title, body := bounded(a, d.o.Locale)
	if slices.Contains(d.capabilities, "body-markup") {
		body = escape.Replace(body)
	}
	var actions []string
	if slices.Contains(d.capabilities, "actions") {
		// Some daemons do not act on "default"; the button always works.
		for _, b := range buttons(a, d.o.Locale) {
			if b.action == ActionOpen {
				actions = append([]string{"default", b.label}, actions...)
			}
			if b.action != ActionOpen || !d.drawsDefault {
				actions = append(actions, b.action, b.label)
			}
		}
	}
	timeout := int32(-1) // the daemon's own
	if a.Keep {
		timeout = 0
	}
	answer := make(chan *dbus.Call, 1)
	// To its unique name: an id means nothing to the daemon that comes after it.
	conn.Object(d.owner, busPath).Go(busName+".Notify", 0, answer,
		"traymail", d.ids[a.Key], icon(a), title, body, actions, hints(a), timeout)
	select {
	case call := <-answer:
		var id uint32
		if err := call.Store(&id); err != nil {
			return err
		}
		d.take(a.Key, id)
		return nil
	case <-ctx.Done():
		f := &flight{a: a, answered: make(chan struct{})}
		d.flights[a.Key] = f
		go d.follow(conn, f, answer)
		return ctx.Err()
	}
}

// take notes the id of a notification.
func (d *daemon) take(key string, id uint32) {
	if old, ok := d.ids[key]; ok && old != id {
		delete(d.keys, old) // it was not replaced in place; its end is no event
	}
	d.ids[key], d.keys[id] = id, key
}

// follow waits for the answer to a call that was slow. It ends with the
// connection at the latest, when every call has one.
func (d *daemon) follow(conn *dbus.Conn, f *flight, answer <-chan *dbus.Call) {
	call := <-answer
	f.err = call.Store(&f.id)
	close(f.answered)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.flights[f.a.Key] != f || f.err != nil {
		return // somebody was faster, or the daemon is another
	}
	d.take(f.a.Key, f.id)
	if f.withdrawn {
		delete(d.flights, f.a.Key)
		delete(d.ids, f.a.Key)
		delete(d.keys, f.id)
		conn.Object(d.owner, busPath).Go(busName+".CloseNotification", dbus.FlagNoReplyExpected, nil, f.id)
	}
}

// landed waits for what is in flight under the key of a, and says whether that
// was the same, so that nothing is left to do.
func (d *daemon) landed(ctx context.Context, a api.Announcement) (done bool, err error) {
	f := d.flights[a.Key]
	if f == nil {
		return false, nil
	}
	select {
	case <-f.answered:
	case <-ctx.Done():
		return false, ctx.Err()
	}
	delete(d.flights, a.Key)
	if f.err != nil {
		return false, nil
	}
	d.take(a.Key, f.id)
	return !f.withdrawn && reflect.DeepEqual(f.a, a), nil
}

// desktopEntry is the name of the desktop file that packages install, by which
// desktops know whose a notification is.
const desktopEntry = "io.github.traymail.traymail"

// Values of the hint "urgency".
const (
	normal   = byte(1)
	critical = byte(2)
)

// icon is the name of the picture that freedesktop desktops show.
func icon(a api.Announcement) string {
	if a.Kind == api.AccountProblem {
		return "dialog-warning"
	}
	return "mail-unread"
}

// hints are what the specification has beside text and actions.
func hints(a api.Announcement) map[string]dbus.Variant {
	h := map[string]dbus.Variant{
		"category":      dbus.MakeVariant("email.arrived"),
		"desktop-entry": dbus.MakeVariant(desktopEntry),
		"urgency":       dbus.MakeVariant(normal),
	}
	if a.Urgency == api.UrgencyCritical {
		h["urgency"] = dbus.MakeVariant(critical)
	}
	if a.Kind == api.AccountProblem {
		h["category"] = dbus.MakeVariant("email")
	}
	switch {
	case a.Sound == "" && a.Kind == api.AccountProblem:
		h["sound-name"] = dbus.MakeVariant("dialog-warning")
	case a.Sound == "":
		h["sound-name"] = dbus.MakeVariant("message-new-email")
	case a.Sound == settings.SoundNone:
		h["suppress-sound"] = dbus.MakeVariant(true)
	default:
		h["sound-file"] = dbus.MakeVariant(a.Sound)
	}
	return h
}

// escape makes text harmless where the body is markup.
var escape = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;")

// Close withdraws what is shown, which nobody would answer any more.
func (d *daemon) Close() error {
	d.mu.Lock()
	if d.conn != nil && d.conn.Connected() {
		for _, id := range d.ids {
			d.conn.Object(d.owner, busPath).Go(busName+".CloseNotification", dbus.FlagNoReplyExpected, nil, id)
		}
	}
	d.mu.Unlock()
	return d.line.Close()
}

// Withdraw implements api.Announcer.
func (d *daemon) Withdraw(ctx context.Context, key string) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	d.mu.Lock()
	defer d.mu.Unlock()
	if f := d.flights[key]; f != nil {
		f.withdrawn = true
	}
	id, ok := d.ids[key]
	if !ok {
		return nil
	}
	delete(d.ids, key)
	delete(d.keys, id)
	if d.conn == nil || !d.conn.Connected() {
		return nil // it went with its bus; on a new one the id is another's
	}
	err := d.conn.Object(d.owner, busPath).CallWithContext(ctx, busName+".CloseNotification", 0, id).Err
	var failure dbus.Error
	if errors.As(err, &failure) { // it was closed meanwhile
		return nil
	}
	return err
}
