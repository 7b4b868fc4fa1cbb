//go:build unix && !darwin

package platform

import (
	"context"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/platform/dbustest"
)

type settingsPortal map[string]map[string]dbus.Variant

func (p settingsPortal) ReadAll([]string) (map[string]map[string]dbus.Variant, *dbus.Error) {
	return p, nil
}

func TestWatchWishes(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	conn := dbustest.Connect(t, address)
	portalSays := settingsPortal{
		appearanceName: {"contrast": dbus.MakeVariant(uint32(1)), "color-scheme": dbus.MakeVariant(uint32(2))},
		interfaceName:  {"text-scaling-factor": dbus.MakeVariant(1.25)},
	}
	if err := conn.Export(portalSays, portalPath, settingsAPI); err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, conn, portal)
	ctx, cancel := context.WithCancel(t.Context())
	heard, ended := make(chan Wishes), make(chan struct{})
	go func() {
		defer close(ended)
		WatchWishes(ctx, func(w Wishes) { heard <- w })
	}()
	expect := func(want Wishes) {
		t.Helper()
		select {
		case w := <-heard:
			if w != want {
				t.Errorf("%+v, want %+v", w, want)
			}
		case <-time.After(20 * time.Second):
			t.Fatal("nothing is heard")
		}
	}
	change := func(namespace, key string, value any) {
		t.Helper()
		if err := conn.Emit(portalPath, settingsAPI+".SettingChanged", namespace, key, dbus.MakeVariant(value)); err != nil {
			t.Fatal(err)
		}
	}
	expect(Wishes{1.25, true})
	change(appearanceName, "contrast", uint32(0))
	expect(Wishes{1.25, false})
	change(interfaceName, "text-scaling-factor", "large") // of a wrong type
	expect(Wishes{1, false})
	change(interfaceName, "text-scaling-factor", 1000.0) // nobody's wish
	change(appearanceName, "color-scheme", uint32(1))    // Fyne's
	change(a11yName, "high-contrast", true)
	expect(Wishes{1, true})
	cancel()
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Fatal("it does not end")
	}
}

func TestWishesWithoutPortal(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", dbustest.Start(t))
	WatchWishes(t.Context(), func(w Wishes) { t.Errorf("%+v", w) })
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/bus")
	WatchWishes(t.Context(), func(w Wishes) { t.Errorf("%+v", w) })
}
