package notify

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/traymail/traymail/internal/platform/dbustest"
)

func TestFailure(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	s := serve(t, address, 1, "body", "body-markup", "actions")
	if err := Failure(t.Context(), "Cannot\nstart", "It may not write <b>/home/me</b> & ends."); err != nil {
		t.Fatal(err)
	}
	all, _, _ := s.calls()
	if len(all) != 1 {
		t.Fatalf("shown: %v", all)
	}
	got := all[0]
	if got.Title != "Cannot start" || got.Body != "It may not write &lt;b&gt;/home/me&lt;/b&gt; &amp; ends." || len(got.Actions) != 0 ||
		got.Timeout != 0 || got.Hints["urgency"].Value() != critical {
		t.Errorf("shown: %+v", got)
	}
	if _, ok := got.Hints["desktop-entry"]; ok {
		t.Error("GNOME will take it away at once")
	}
}

func TestFailureInFlatpak(t *testing.T) {
	address := dbustest.Start(t)
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
	g := &gate{conn: dbustest.Connect(t, address), version: 1}
	if err := g.conn.Export(g, portalPath, portalIface); err != nil {
		t.Fatal(err)
	}
	dbustest.Own(t, g.conn, portalName)
	p := newPortal(Options{})
	defer func() { _ = p.Close() }()
	if err := p.fail(t.Context(), "Cannot start", "<b>why"); err != nil {
		t.Fatal(err)
	}
	_, added, _ := g.calls()
	if len(added) != 1 || added[0]["title"].Value() != "Cannot start" || added[0]["body"].Value() != "‹b›why" || added[0]["priority"].Value() != "urgent" {
		t.Errorf("shown: %v", added)
	}
}

// Without a service it is shown in a window, where there is a screen and a
// program for it.
func TestFailureWithoutAService(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", dbustest.Start(t))
	bin := t.TempDir()
	out := filepath.Join(bin, "out")
	t.Setenv("PATH", bin)
	t.Setenv("WAYLAND_DISPLAY", "")
	t.Setenv("DISPLAY", ":1")
	if err := Failure(t.Context(), "a", "b"); !errors.Is(err, ErrUnavailable) {
		t.Errorf("without a program: %v", err)
	}
	// Renaming makes the result appear at once.
	script := "#!/bin/sh\nprintf '%s|' \"$0\" \"$@\" >" + out + ".new && /bin/mv " + out + ".new " + out + "\n"
	for _, test := range []struct{ program, want string }{
		{"xmessage", "-center|-xrm|*wrap: word|-xrm|*message.width: 500|-xrm|*message.height: 150|Cannot start\n\n<b>a & b|"},
		{"kdialog", "--title|Cannot start|--error|‹b›a & b|"},
		{"zenity", "--error|--no-markup|--title=Cannot start|--text=<b>a & b|"},
	} {
		program := filepath.Join(bin, test.program)
		if err := os.WriteFile(program, []byte(script), 0o700); err != nil { // #nosec G306 -- a program
			t.Fatal(err)
		}
		_ = os.Remove(out)
		t.Setenv("DISPLAY", "")
		if err := Failure(t.Context(), "Cannot start", "<b>a & b"); !errors.Is(err, ErrUnavailable) {
			t.Errorf("without a screen: %v", err)
		}
		t.Setenv("DISPLAY", ":1")
		if err := Failure(t.Context(), "Cannot start", "<b>a & b"); err != nil {
			t.Fatal(err)
		}
		poll(t, test.program, func() bool { _, err := os.Stat(out); return err == nil })
		if got, err := os.ReadFile(out); err != nil || string(got) != program+"|"+test.want {
			t.Errorf("%s, %v", got, err)
		}
	}
}
