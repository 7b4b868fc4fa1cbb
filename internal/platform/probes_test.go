//go:build unix && !darwin

package platform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
	"golang.org/x/image/font/gofont/goregular"

	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/platform/dbustest"
)

// fakeTray owns the watcher's name, with or without a host.
func fakeTray(t *testing.T, address string, host bool) *dbus.Conn {
	t.Helper()
	conn := dbustest.Connect(t, address)
	_, err := prop.Export(conn, trayWatcherPath, prop.Map{trayWatcher: {
		"IsStatusNotifierHostRegistered": {Value: host, Emit: prop.EmitFalse},
	}})
	if err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, conn, trayWatcher)
	return conn
}

func TestProbeTray(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	t.Setenv("XDG_CURRENT_DESKTOP", "ubuntu:GNOME")
	expect := func(want facts.Tray) {
		t.Helper()
		want.Desktop = "ubuntu:GNOME"
		if got, err := (Probes{}).Tray(t.Context()); err != nil || got != want {
			t.Errorf("%+v, %v, want %+v", got, err, want)
		}
	}
	expect(facts.Tray{Bus: true})
	if err := fakeTray(t, address, false).Close(); err != nil {
		t.Fatal(err)
	}
	fakeTray(t, address, true)
	expect(facts.Tray{Bus: true, Watcher: true, Host: true})
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	expect(facts.Tray{})
}

func TestProbeTrayWithoutHost(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	fakeTray(t, address, false)
	if got, err := (Probes{}).Tray(t.Context()); err != nil || !got.Watcher || got.Host {
		t.Errorf("%+v, %v", got, err)
	}
}

// fakeDaemon answers as a notification daemon does, or hangs.
type fakeDaemon struct{ hang chan struct{} }

func (d fakeDaemon) GetServerInformation() (name, vendor, version, spec string, err *dbus.Error) {
	if d.hang != nil {
		<-d.hang
	}
	return "fake", "us", "1.2", "1.3", nil
}

func (fakeDaemon) GetCapabilities() ([]string, *dbus.Error) {
	return []string{"actions", "body", "persistence"}, nil
}

func TestProbeNotifications(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	got, err := Probes{}.Notifications(t.Context())
	if err != nil || !got.Bus || got.Running {
		t.Errorf("without a daemon: %+v, %v", got, err)
	}
	conn := dbustest.Connect(t, address)
	if err := conn.Export(fakeDaemon{}, notificationsPath, notifications); err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, conn, notifications)
	got, err = Probes{}.Notifications(t.Context())
	if err != nil || !got.Running || got.Name != "fake" || got.Version != "1.2" || !slices.Contains(got.Capabilities, "persistence") {
		t.Errorf("%+v, %v", got, err)
	}
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")
	if got, err := (Probes{}).Notifications(t.Context()); err != nil || got.Bus {
		t.Errorf("without a bus: %+v, %v", got, err)
	}
}

// A daemon that does not answer is not waited for beyond the context.
func TestProbeOfASilentDaemonEnds(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	conn := dbustest.Connect(t, address)
	hang := make(chan struct{})
	defer close(hang)
	if err := conn.Export(fakeDaemon{hang}, notificationsPath, notifications); err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, conn, notifications)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := (Probes{}).Notifications(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v", err)
	}
}

func TestProbeNetwork(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", address)
	if got, err := (Probes{}).Network(t.Context()); err != nil || got.Manager != "" || got.Portal || got.Routed != Routed() {
		t.Errorf("without a manager: %+v, %v", got, err)
	}
	m := newManager(t, address, 20)
	if got, err := (Probes{}).Network(t.Context()); err != nil || !got.Offline || got.Portal {
		t.Errorf("%+v, %v", got, err)
	}
	if err := m.conn.Close(); err != nil {
		t.Fatal(err)
	}
	conn := dbustest.Connect(t, address)
	_, err := prop.Export(conn, nmPath, prop.Map{networkManager: {
		"State": {Value: uint32(60)}, "Connectivity": {Value: uint32(nmPortal)}, "Metered": {Value: uint32(1)},
	}})
	if err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, conn, networkManager)
	if got, err := (Probes{}).Network(t.Context()); err != nil || got.Offline || !got.Portal || !got.Metered || got.Limited {
		t.Errorf("%+v, %v", got, err)
	}
	t.Setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")
	if got, err := (Probes{}).Network(t.Context()); err != nil || got.Manager != "" {
		t.Errorf("without a bus: %+v, %v", got, err)
	}
}

// The tests' own fonts are those that the end-to-end tests need as well.
func TestProbeFonts(t *testing.T) {
	got, err := Probes{}.Fonts(t.Context())
	if err != nil || len(got.Missing) > 0 {
		t.Errorf("with fonts-noto-cjk: %+v, %v", got, err)
	}
	root := environment(t)
	t.Setenv("XDG_DATA_HOME", "")
	t.Setenv("XDG_DATA_DIRS", filepath.Join(root, "share"))
	dir := filepath.Join(root, "home", ".fonts")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	font(t, dir, goregular.TTF)
	font(t, dir, []byte("no font"))
	got, err = Probes{}.Fonts(t.Context())
	if err != nil || !slices.Equal(got.Missing, facts.Scripts) {
		t.Errorf("without: %+v, %v", got, err)
	}
}

func TestFontPackage(t *testing.T) {
	for release, want := range map[string]string{
		"NAME=x\nID=debian\n":                             "fonts-noto-cjk",
		"ID=linuxmint\nID_LIKE=\"ubuntu debian\"\n":       "fonts-noto-cjk",
		"ID=\"opensuse-leap\"\nID_LIKE=\"suse opensuse\"": "google-noto-sans-cjk-fonts",
		"ID=arch":                     "noto-fonts-cjk",
		"ID=haiku\nVERSION_ID=arch\n": "",
		"":                            "",
	} {
		if got := fontPackage(release); got != want {
			t.Errorf("%q: %q, want %q", release, got, want)
		}
	}
}
