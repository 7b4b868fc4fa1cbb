package notify

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"slices"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/platform"
)

// Failure tells the user of a desktop why the program ends, with no Notifier
// and no tray: by a notification or, where nobody shows any, in a window of
// another program.
func Failure(ctx context.Context, title, text string) error {
	title, text = clean(title, text)
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	var n interface {
		fail(ctx context.Context, title, text string) error
		Close() error
	} = newDaemon(Options{})
	if platform.Flatpak() != "" {
		n = newPortal(Options{})
	}
	defer func() { _ = n.Close() }()
	err := n.fail(ctx, title, text)
	if err != nil && openDialog(title, text) {
		return nil
	}
	return err
}

func (p *portal) fail(ctx context.Context, title, text string) error {
	return p.call(ctx, func(ctx context.Context, to dbus.BusObject) error {
		return to.CallWithContext(ctx, portalIface+".AddNotification", 0, "failure", map[string]dbus.Variant{
			"title":    dbus.MakeVariant(title),
			"body":     dbus.MakeVariant(tagless.Replace(text)),
			"priority": dbus.MakeVariant("urgent"),
		}).Err
	})
}

func (d *daemon) fail(ctx context.Context, title, text string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	conn, _, err := d.connect()
	if err != nil {
		return err
	}
	if err := d.meet(ctx, conn); err != nil {
		return fmt.Errorf("%w: %w", ErrUnavailable, err)
	}
	if slices.Contains(d.capabilities, "body-markup") {
		text = escape.Replace(text)
	}
	// No "desktop-entry": GNOME takes what an application has shown off the
	// screen when its process ends, which this one does at once.
	hints := map[string]dbus.Variant{"urgency": dbus.MakeVariant(critical)}
	return conn.Object(d.owner, busPath).CallWithContext(ctx, busName+".Notify", 0,
		"traymail", uint32(0), "dialog-error", title, text, []string{}, hints, int32(0)).Err
}

// openDialog starts the first program there is that shows a text.
func openDialog(title, text string) bool {
	if os.Getenv("DISPLAY") == "" && os.Getenv("WAYLAND_DISPLAY") == "" {
		return false
	}
	for _, command := range [][]string{
		{"zenity", "--error", "--no-markup", "--title=" + title, "--text=" + text},
		{"kdialog", "--title", title, "--error", tagless.Replace(text)},
		{"xmessage", "-center", "-xrm", "*wrap: word", "-xrm", "*message.width: 500", "-xrm", "*message.height: 150", title + "\n\n" + text},
	} {
		if exe, err := exec.LookPath(command[0]); err == nil && platform.Spawn(exe, command[1:]...) == nil {
			return true
		}
	}
	return false
}
