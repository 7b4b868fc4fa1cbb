package notify

import (
	"errors"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform/dbustest"
)

// gate is a portal that shows nothing. Like that of xdg-desktop-portal, it
// refuses what is not of its version.
type gate struct {
	conn    *dbus.Conn
	version uint32

	mu      sync.Mutex
	added   []map[string]dbus.Variant
	ids     []string
	removed []string
	refusal *dbus.Error
}

func (g *gate) AddNotification(id string, n map[string]dbus.Variant) *dbus.Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	for key := range n {
		if g.version < 2 && !slices.Contains([]string{"title", "body", "icon", "priority", "default-action", "buttons"}, key) {
			return dbus.NewError("org.freedesktop.portal.Error.InvalidArgument", []any{"invalid notification: " + key + " not valid key"})
		}
	}
	g.ids, g.added = append(g.ids, id), append(g.added, n)
	return g.refusal
}

func (g *gate) RemoveNotification(id string) *dbus.Error {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.removed = append(g.removed, id)
	return nil
}

func (g *gate) calls() (ids []string, added []map[string]dbus.Variant, removed []string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.ids), slices.Clone(g.added), slices.Clone(g.removed)
}

// click is what the portal sends to the program whose notification it was.
func (g *gate) click(t *testing.T, member string, args ...any) {
	t.Helper()
	if err := g.conn.Emit(portalPath, portalIface+"."+member, args...); err != nil {
		t.Fatal(err)
	}
}

// Get is that of org.freedesktop.DBus.Properties.
func (g *gate) Get(iface, property string) (dbus.Variant, *dbus.Error) {
	if iface != portalIface || property != "version" {
		return dbus.Variant{}, dbus.MakeFailedError(errors.New("no such property"))
	}
	return dbus.MakeVariant(g.version), nil
}

func openGate(t *testing.T, address string, version uint32) *gate {
	t.Helper()
	g := &gate{conn: dbustest.Connect(t, address), version: version}
	for _, iface := range []string{portalIface, "org.freedesktop.DBus.Properties"} {
		if err := g.conn.Export(g, portalPath, iface); err != nil {
			t.Fatal(err)
		}
	}
	dbustest.Own(t, g.conn, portalName)
	return g
}

func throughPortal(t *testing.T, address string) *portal {
	t.Helper()
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	p := newPortal(Options{Locale: locale.New("de")})
	t.Cleanup(func() { _ = p.Close() })
	return p
}

// plain undoes the wrapping of D-Bus values.
func plain(v any) any {
	switch v := v.(type) {
	case dbus.Variant:
		return plain(v.Value())
	case map[string]dbus.Variant:
		m := map[string]any{}
		for key, value := range v {
			m[key] = plain(value)
		}
		return m
	case []map[string]dbus.Variant:
		var all []any
		for _, m := range v {
			all = append(all, plain(m))
		}
		return all
	case []any:
		var all []any
		for _, e := range v {
			all = append(all, plain(e))
		}
		return all
	}
	return v
}

func TestPortalArguments(t *testing.T) {
	address := dbustest.Start(t)
	g := openGate(t, address, 2)
	p := throughPortal(t, address)
	want := func(change map[string]any) map[string]any {
		m := map[string]any{
			"title": "A <i>& B", "body": "1 ‹ 2 && ‹b›x‹/b›\n&amp;", "priority": "normal", "sound": "default",
			"icon":           []any{"themed", []string{"mail-unread"}},
			"default-action": "open",
			"buttons": []any{
				map[string]any{"label": "Öffnen", "action": "open"},
				map[string]any{"label": "Als gelesen markieren", "action": "seen"},
			},
		}
		for key, value := range change {
			m[key] = value
		}
		return m
	}
	for i, test := range []struct {
		a    api.Announcement
		want map[string]any
	}{
		{api.Announcement{UID: "1"}, nil},
		{api.Announcement{}, map[string]any{"display-hint": []string{"show-as-new"}}},
		{api.Announcement{UID: "1", Urgency: api.UrgencyCritical, Keep: true}, map[string]any{"priority": "urgent", "display-hint": []string{"persistent"}}},
		{api.Announcement{UID: "1", Sound: "none"}, map[string]any{"sound": "silent"}},
		{api.Announcement{UID: "1", Sound: "/home/我/bell.oga"}, nil},
	} {
		test.a.Key, test.a.Messages = "home-k3fa/12 %ä/\xff", says("A <i>& \u202eB", "1 < 2 && <b>x</b>\r\n&amp;\x07")
		if err := p.Announce(t.Context(), test.a); err != nil {
			t.Fatal(err)
		}
		ids, added, _ := g.calls()
		if got := plain(added[i]); !reflect.DeepEqual(got, want(test.want)) {
			t.Errorf("%d:\n got %v\nwant %v", i, got, want(test.want))
		}
		if ids[i] != "home-k3fa%2F12+%25%C3%A4%2F%FF" {
			t.Errorf("its ID is %q", ids[i])
		}
	}
}

// A message that another process tells again has the name that it had, by which
// the desktop shows it once.
func TestPortalRepeat(t *testing.T) {
	address := dbustest.Start(t)
	g := openGate(t, address, 2)
	for range 2 {
		if err := throughPortal(t, address).Announce(t.Context(), api.Announcement{Key: "home/1", UID: "1"}); err != nil {
			t.Fatal(err)
		}
	}
	ids, added, _ := g.calls()
	if len(ids) != 2 || ids[0] != ids[1] || !reflect.DeepEqual(added[0], added[1]) {
		t.Errorf("%q: %v", ids, added)
	}
	if hint, ok := added[1]["display-hint"]; ok {
		t.Errorf("it is shown again: %v", hint)
	}
}

func TestPortalEvents(t *testing.T) {
	address := dbustest.Start(t)
	g := openGate(t, address, 1)
	p := throughPortal(t, address)
	for _, key := range []string{"home/1", "home/\xff"} {
		if err := p.Announce(t.Context(), api.Announcement{Key: key}); err != nil {
			t.Fatal(err)
		}
	}
	// None of these is an event; a wrong one would come before the next right one.
	ids, _, _ := g.calls()
	id := ids[0]
	g.click(t, "ActionInvoked")
	g.click(t, "ActionInvoked", id)
	g.click(t, "ActionInvoked", uint32(1), "open", []dbus.Variant{})
	g.click(t, "ActionInvoked", id, uint32(1), []dbus.Variant{})
	g.click(t, "ActionInvoked", id, "format-disk", []dbus.Variant{})
	g.click(t, "ActionInvoked", id, "closed", []dbus.Variant{})
	g.click(t, "ActionInvoked", "", "open", []dbus.Variant{})
	g.click(t, "ActionInvoked", "%zz", "open", []dbus.Variant{})
	g.click(t, "Else", id, "open", []dbus.Variant{})

	g.click(t, "ActionInvoked", id, "open", []dbus.Variant{})
	wantEvent(t, p, Event{"home/1", ActionOpen})
	g.click(t, "ActionInvoked", ids[1], "seen", []dbus.Variant{dbus.MakeVariant("target")})
	wantEvent(t, p, Event{"home/\xff", ActionSeen})
	// One of the time before traymail was started again.
	g.click(t, "ActionInvoked", "home%2F0", "open", []dbus.Variant{})
	wantEvent(t, p, Event{"home/0", ActionOpen})

	if err := p.Withdraw(t.Context(), "home/1"); err != nil {
		t.Error(err)
	}
	if _, _, removed := g.calls(); !slices.Equal(removed, []string{id}) {
		t.Errorf("withdrawn: %q", removed)
	}
}

// What the user has switched off in the desktop's settings is no failure, and
// any other refusal is one.
func TestPortalRefusal(t *testing.T) {
	address := dbustest.Start(t)
	g := openGate(t, address, 1)
	p := throughPortal(t, address)
	for name, announced := range map[string]bool{switchedOff: true, "org.freedesktop.DBus.Error.InvalidArgs": false} {
		g.mu.Lock()
		g.refusal = dbus.NewError(name, []any{"no"})
		g.mu.Unlock()
		err := p.Announce(t.Context(), api.Announcement{Key: "k"})
		if announced && err != nil || !announced && !errors.Is(err, ErrUnavailable) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The portal, and then the bus, ends and another comes.
func TestPortalRestart(t *testing.T) {
	address, kill := dbustest.StartMortal(t)
	p := throughPortal(t, address)
	if err := p.Announce(t.Context(), api.Announcement{Key: "k"}); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without a portal: %v", err)
	}
	first := openGate(t, address, 2)
	if err := p.Announce(t.Context(), api.Announcement{Key: "k"}); err != nil {
		t.Fatal(err)
	}
	kill()
	poll(t, "the connection ends", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return !p.conn.Connected()
	})
	address = dbustest.Start(t)
	second := openGate(t, address, 1)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	if err := p.Announce(t.Context(), api.Announcement{Key: "k"}); err != nil {
		t.Fatal(err)
	}
	_, before, _ := first.calls()
	_, after, _ := second.calls()
	if len(before) != 1 || plain(before[0]["sound"]) != "default" || len(after) != 1 {
		t.Errorf("shown %v, then %v", before, after)
	}
	second.click(t, "ActionInvoked", "k", "open", []dbus.Variant{})
	wantEvent(t, p, Event{"k", ActionOpen})

	closes(t, p)
}
