//go:build unix && !darwin

package platform

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"

	"github.com/traymail/traymail/internal/platform/dbustest"
)

// watching runs Watch on the bus at address; what it tells arrives as text.
func watching(t *testing.T, address string) (told chan string, stop func() error) {
	t.Helper()
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	told = make(chan string, 100)
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error, 1)
	go func() {
		result <- Watch(ctx, Events{
			Resume: func() { told <- "resume" },
			Online: func(online bool) { told <- map[bool]string{true: "online", false: "offline"}[online] },
			Saving: func(saving bool) { told <- map[bool]string{true: "saving", false: "spending"}[saving] },
		})
	}()
	stopped := false
	stop = func() error {
		stopped = true
		cancel()
		select {
		case err := <-result:
			return err
		case <-time.After(20 * time.Second):
			t.Error("Watch does not end")
			return nil
		}
	}
	t.Cleanup(func() {
		if !stopped {
			_ = stop()
		}
	})
	return told, stop
}

func expect(t *testing.T, told <-chan string, want string) {
	t.Helper()
	select {
	case got := <-told:
		if got != want {
			t.Fatalf("told %q, want %q", got, want)
		}
	case <-time.After(20 * time.Second):
		t.Fatalf("not told %q", want)
	}
}

// manager is a NetworkManager with a state that can be set.
type manager struct {
	t     *testing.T
	conn  *dbus.Conn
	props *prop.Properties
}

func newManager(t *testing.T, address string, state uint32) *manager {
	t.Helper()
	m := &manager{t: t, conn: dbustest.Connect(t, address)}
	var err error
	m.props, err = prop.Export(m.conn, nmPath, prop.Map{networkManager: {
		"State":   {Value: state, Emit: prop.EmitFalse},
		"Metered": {Value: uint32(0), Emit: prop.EmitTrue},
	}})
	if err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, m.conn, networkManager)
	return m
}

func (m *manager) set(state uint32) {
	m.t.Helper()
	m.props.SetMust(networkManager, "State", state)
	if err := m.conn.Emit(nmPath, networkManager+".StateChanged", state); err != nil {
		m.t.Fatal(err)
	}
}

func TestWatchNetwork(t *testing.T) {
	address := dbustest.Start(t)
	m := newManager(t, address, 70)
	told, stop := watching(t, address)
	expect(t, told, "online") // how it is at the start
	m.set(20)
	expect(t, told, "offline")
	m.set(40) // connecting: not yet
	m.set(30)
	m.set(60)
	expect(t, told, "online")
	m.set(70) // no change
	m.set(10)
	expect(t, told, "offline")

	// Without a manager there is no telling, so polls have to find out.
	if err := m.conn.Close(); err != nil {
		t.Fatal(err)
	}
	expect(t, told, "online")
	newManager(t, address, 20)
	expect(t, told, "offline")
	if err := stop(); err != nil {
		t.Error(err)
	}
	if len(told) > 0 {
		t.Errorf("also told %q", <-told)
	}
}

func TestWatchSleep(t *testing.T) {
	address := dbustest.Start(t)
	l := dbustest.Connect(t, address)
	dbustest.Own(t, l, logind)
	stranger := dbustest.Connect(t, address)
	m := newManager(t, address, 20)
	told, stop := watching(t, address)
	expect(t, told, "offline") // it listens from now on

	sleep := func(conn *dbus.Conn, args ...any) {
		t.Helper()
		if err := conn.Emit("/org/freedesktop/login1", logind+".Manager.PrepareForSleep", args...); err != nil {
			t.Fatal(err)
		}
	}
	sleep(stranger, false) // anybody can send that; the bus tells who is logind
	sleep(l, true)
	sleep(l, false)
	expect(t, told, "resume")
	sleep(l) // malformed
	sleep(l, "no")
	sleep(l, true)
	sleep(l, false)
	expect(t, told, "resume")
	m.set(70)
	expect(t, told, "online")
	if err := stop(); err != nil {
		t.Error(err)
	}
	if len(told) > 0 {
		t.Errorf("also told %q", <-told)
	}
}

// Without services, and without a bus, there is nothing to tell and nothing wrong.
func TestWatchWithoutServices(t *testing.T) {
	for name, address := range map[string]string{
		"no services": dbustest.Start(t),
		"no bus":      "unix:path=" + filepath.Join(t.TempDir(), "none"),
	} {
		t.Run(name, func(t *testing.T) {
			told, stop := watching(t, address)
			if err := stop(); err != nil {
				t.Error(err)
			}
			if len(told) > 0 {
				t.Errorf("told %q", <-told)
			}
		})
	}
}

// A bus that ends is an error: somebody should know that no events will come.
func TestWatchEndsWithTheBus(t *testing.T) {
	address, kill := dbustest.StartMortal(t)
	newManager(t, address, 70)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	online, result := make(chan bool, 1), make(chan error, 1)
	go func() { result <- Watch(t.Context(), Events{Online: func(o bool) { online <- o }}) }()
	<-online
	kill()
	select {
	case err := <-result:
		if err == nil {
			t.Error("no error")
		}
	case <-time.After(20 * time.Second):
		t.Error("Watch does not end")
	}
}

// A metered network and a power profile that saves are both a reason to save,
// until neither is.
func TestWatchSaving(t *testing.T) {
	address := dbustest.Start(t)
	m := newManager(t, address, 70)
	told, stop := watching(t, address)
	expect(t, told, "online")
	m.props.SetMust(networkManager, "Metered", uint32(3))
	expect(t, told, "saving")

	profiles := dbustest.Connect(t, address)
	props, err := prop.Export(profiles, profilesPath, prop.Map{powerProfiles: {"ActiveProfile": {Value: "power-saver", Emit: prop.EmitTrue}}})
	if err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, profiles, powerProfiles)
	m.props.SetMust(networkManager, "Metered", uint32(4)) // no, by a guess
	// Should the profile not have been asked for yet, it saves again at once.
	props.SetMust(powerProfiles, "ActiveProfile", "balanced")
	for text := ""; text != "spending"; {
		select {
		case text = <-told:
		case <-time.After(20 * time.Second):
			t.Fatal("it saves for ever")
		}
	}
	props.SetMust(powerProfiles, "ActiveProfile", "power-saver")
	for text := ""; text != "saving"; {
		select {
		case text = <-told:
		case <-time.After(20 * time.Second):
			t.Fatal("it does not save")
		}
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
