//go:build unix && !darwin

package platform

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/platform/dbustest"
)

const ourID = "io.github.traymail.traymail"

// inFlatpak is for the rest of the test.
func inFlatpak(t *testing.T) {
	t.Helper()
	before := flatpak
	flatpak = func() string { return ourID }
	t.Cleanup(func() { flatpak = before })
}

func TestFlatpakID(t *testing.T) {
	for info, want := range map[string]string{
		"[Application]\nname=io.github.traymail.traymail\nruntime=runtime/org.freedesktop.Platform/x86_64/24.08\n\n[Instance]\nname=x\n": ourID,
		"[Instance]\r\nname=x\r\n[Application]\r\nname = io.github.traymail.traymail \r\n":                                               ourID,
		"[Runtime]\nname=org.freedesktop.Sdk\n": "", // a shell in a runtime
		"":                                      "",
	} {
		if got := flatpakID(info); got != want {
			t.Errorf("%q is %q", info, got)
		}
	}
}

// What is private to a sandbox is no place to meet other sandboxes.
func TestFlatpakSocket(t *testing.T) {
	inFlatpak(t)
	root := t.TempDir()
	for _, variable := range []string{"XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"} {
		t.Setenv(variable, root)
	}
	app := filepath.Join(root, "app", ourID) // Flatpak makes it
	if err := os.MkdirAll(app, 0o700); err != nil {
		t.Fatal(err)
	}
	paths, err := PathsFor("")
	if want := filepath.Join(app, "traymail", "sock"); err != nil || paths.Socket != want {
		t.Errorf("the socket is %s, want %s (%v)", paths.Socket, want, err)
	}
}

func TestFlatpakCannotStartTheMailProgram(t *testing.T) {
	inFlatpak(t)
	if err := OpenMail(t.Context()); !errors.Is(err, errSandboxed) {
		t.Error(err)
	}
}

func TestFlatpakFonts(t *testing.T) {
	if slices.Contains(fontFolders(), "/run/host/fonts") {
		t.Error("the host of nothing")
	}
	inFlatpak(t)
	if !slices.Contains(fontFolders(), "/run/host/fonts") {
		t.Error("the host's fonts are not looked for")
	}
}

func TestProbeNotificationPortal(t *testing.T) {
	inFlatpak(t)
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	probe := func(running bool) {
		t.Helper()
		n, err := Probes{}.Notifications(t.Context())
		if err != nil || !n.Bus || !n.Portal || n.Running != running {
			t.Errorf("%+v, %v", n, err)
		}
	}
	probe(false)
	conn := dbustest.Connect(t, address)
	dbustest.Own(t, conn, portal)
	probe(false) // a portal, but not this one
	if err := conn.Export(version{}, portalPath, properties); err != nil {
		t.Fatal(err)
	}
	probe(true)
}

type version struct{}

func (version) Get(iface, property string) (dbus.Variant, *dbus.Error) {
	if iface != "org.freedesktop.portal.Notification" || property != "version" {
		return dbus.Variant{}, dbus.NewError("org.freedesktop.DBus.Error.InvalidArgs", nil)
	}
	return dbus.MakeVariant(uint32(1)), nil
}

// reply is what the background portal answers.
type reply struct {
	code    uint32
	granted bool
	// old: it comes under a handle of the portal's own making.
	old, silent bool
}

// backgroundPortal gives each request the next reply.
type backgroundPortal struct {
	t       *testing.T
	conn    *dbus.Conn
	replies chan reply
	asked   chan map[string]dbus.Variant
	// silent is told when a silent reply has said all it says.
	silent chan struct{}
}

func (b *backgroundPortal) RequestBackground(from dbus.Sender, window string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	b.asked <- options
	r := <-b.replies
	token, _ := options["handle_token"].Value().(string)
	sender := strings.ReplaceAll(string(from)[1:], ".", "_")
	handle := portalPath + dbus.ObjectPath("/request/"+sender+"/"+token)
	if r.old {
		handle = portalPath + "/request/1"
	}
	answer := func(path dbus.ObjectPath, code uint32, granted bool) {
		results := map[string]dbus.Variant{"background": dbus.MakeVariant(true), "autostart": dbus.MakeVariant(granted)}
		if err := b.conn.Emit(path, portalRequest+".Response", code, results); err != nil {
			b.t.Error(err)
		}
	}
	answer(portalPath+"/request/somebody/else", 0, !r.granted)
	if !r.silent {
		answer(handle, r.code, r.granted) // before the handle is told
	} else {
		b.silent <- struct{}{}
	}
	return handle, nil
}

func TestFlatpakAutostart(t *testing.T) {
	inFlatpak(t)
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	path := autostartFile(t)
	a := NewAutostart("/app/bin/traymail", "--background")
	if err := a.Set(t.Context(), true); err == nil {
		t.Error("there is no portal")
	}
	b := &backgroundPortal{
		t: t, conn: dbustest.Connect(t, address),
		replies: make(chan reply, 1), asked: make(chan map[string]dbus.Variant, 1),
		silent: make(chan struct{}, 1),
	}
	if err := b.conn.Export(b, portalPath, backgroundAPI); err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, b.conn, portal)
	for name, test := range map[string]struct {
		on    bool
		reply reply
		want  error
	}{
		"granted":              {true, reply{granted: true}, nil},
		"granted by an old":    {true, reply{granted: true, old: true}, nil},
		"the user says no":     {true, reply{}, errNoConsent},
		"the user closes it":   {true, reply{granted: true, code: 1}, errNoConsent},
		"off":                  {false, reply{}, nil},
		"off, by an old":       {false, reply{old: true}, nil},
		"off, and it is ended": {false, reply{code: 2}, nil},
	} {
		b.replies <- test.reply
		if err := a.Set(t.Context(), test.on); !errors.Is(err, test.want) {
			t.Errorf("%s: %v", name, err)
		}
		options := <-b.asked
		command, _ := options["commandline"].Value().([]string)
		if options["autostart"].Value() != test.on || !slices.Equal(command, []string{"/app/bin/traymail", "--background"}) {
			t.Errorf("%s: asked %v", name, options)
		}
	}
	// What the session's settings say cannot be seen, and so it is left alone.
	if err := a.Renew(); err != nil || len(b.asked) > 0 {
		t.Errorf("asked again: %v", err)
	}
	if _, err := a.Enabled(); !errors.Is(err, errors.ErrUnsupported) {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("there is an entry that the host does not see: %v", err)
	}

	// The user does not answer, and traymail is quit.
	b.replies <- reply{silent: true}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- a.Set(ctx, true) }()
	<-b.asked
	<-b.silent
	cancel()
	select {
	case err := <-ended:
		if !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
	case <-time.After(30 * time.Second):
		t.Fatal("it waits for ever")
	}
}
