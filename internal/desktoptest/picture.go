package desktoptest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/godbus/dbus/v5"
)

func (g Geometry) rectangle() image.Rectangle {
	return image.Rect(g.X, g.Y, g.X+g.Width, g.Y+g.Height)
}

// Screen is the whole screen.
func (d *Desktop) Screen() Geometry { return Geometry{Width: screenWidth, Height: screenHeight} }

// TrayArea is the part of the panel in which the tray icons stand.
func (d *Desktop) TrayArea() Geometry { return Geometry{Width: 160, Height: 32} }

// TrayIconArea is the part in which the only icon stands.
func (d *Desktop) TrayIconArea() Geometry {
	if d.taskbar {
		return Geometry{X: screenWidth - 24, Y: screenHeight - 32, Width: 24, Height: 32}
	}
	return Geometry{Width: 24, Height: 32}
}

// Pixels returns a part of the screen, four bytes a pixel, row by row.
func (d *Desktop) Pixels(part Geometry) ([]byte, error) {
	d.screenMu.Lock()
	defer d.screenMu.Unlock()
	if d.screen == nil {
		s, err := openScreen(d.display)
		if err != nil {
			return nil, err
		}
		d.screen = s
	}
	return d.screen.pixels(part.rectangle())
}

// Colours counts the different colours in a part of the screen: what has been
// painted has more of them than a window that has only been mapped.
func (d *Desktop) Colours(part Geometry) (int, error) {
	pixels, err := d.Pixels(part)
	if err != nil {
		return 0, err
	}
	seen := map[uint32]struct{}{}
	for i := 0; i+4 <= len(pixels); i += 4 {
		seen[binary.LittleEndian.Uint32(pixels[i:])] = struct{}{}
	}
	return len(seen), nil
}

// Picture saves a part of the screen as PNG.
func (d *Desktop) Picture(_ context.Context, path string, part Geometry) error {
	part = clip(part, d.Screen())
	pixels, err := d.Pixels(part)
	if err != nil {
		return err
	}
	picture := image.NewNRGBA(image.Rect(0, 0, part.Width, part.Height))
	if len(pixels) != len(picture.Pix) {
		return fmt.Errorf("a picture of %d bytes instead of %d", len(pixels), len(picture.Pix))
	}
	for i := 0; i < len(pixels); i += 4 {
		copy(picture.Pix[i:], []byte{pixels[i+2], pixels[i+1], pixels[i], 0xff})
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, picture); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

func clip(part, whole Geometry) Geometry {
	r := part.rectangle().Intersect(whole.rectangle())
	return Geometry{X: r.Min.X, Y: r.Min.Y, Width: r.Dx(), Height: r.Dy()}
}

// still is how long a picture must not have changed to count as finished, and
// blinking how long we wait for that: a text cursor blinks for ever.
const (
	still    = 300 * time.Millisecond
	blinking = 5 * time.Second
)

// Settled waits until a part of the screen has been painted and has stopped
// changing, and returns that part.
func (d *Desktop) Settled(ctx context.Context, part Geometry) Geometry {
	var last []byte
	since := time.Now()
	_ = d.AwaitFor(ctx, blinking, "a picture that does not change", func() bool {
		now, err := d.Pixels(part)
		if err != nil || !slices.Equal(now, last) {
			last, since = now, time.Now()
			return false
		}
		return time.Since(since) >= still
	})
	return part
}

// Popup is where the topmost notification is, if there is one.
func (d *Desktop) Popup(ctx context.Context) (Geometry, bool) {
	id, err := d.window(ctx, "--class", "Dunst")
	if err != nil {
		return Geometry{}, false
	}
	g, err := d.geometry(ctx, id)
	return g, err == nil
}

// Quiet hides all notifications and holds back further ones, or lets them
// appear again: what a desktop calls "do not disturb".
func (d *Desktop) Quiet(ctx context.Context, on bool) error {
	daemon := d.bus.conn.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications")
	if err := daemon.SetProperty("org.dunstproject.cmd0.paused", dbus.MakeVariant(on)); err != nil {
		return fmt.Errorf("hiding notifications: %w", err)
	}
	return d.Await(ctx, "the notifications' end", func() bool {
		_, shown := d.Popup(ctx)
		return !on || !shown
	})
}

// OpenTrayMenu clicks the tray icon with the right button until its menu is
// there, and returns where. A click may come before the panel has asked the
// program for the menu; it does nothing then.
func (d *Desktop) OpenTrayMenu(ctx context.Context) (menu Geometry, err error) {
	x, y := d.TrayIcon()
	for range 5 {
		if err := d.Click(ctx, x, y, 3); err != nil {
			return menu, err
		}
		err = d.AwaitFor(ctx, Patience/10, "the tray icon's menu", func() (ok bool) {
			menu, ok = d.trayMenu(ctx)
			return ok
		})
		if err == nil || ctx.Err() != nil {
			return menu, err
		}
	}
	return menu, err
}

// CloseTrayMenu presses Escape and waits until the menu has gone.
func (d *Desktop) CloseTrayMenu(ctx context.Context) error {
	if err := d.Key(ctx, "Escape"); err != nil {
		return err
	}
	return d.Await(ctx, "the menu's end", func() bool {
		_, open := d.trayMenu(ctx)
		return !open
	})
}

// trayMenu finds the menu among the panel's windows: it is the one that
// stands below the panel.
func (d *Desktop) trayMenu(ctx context.Context) (Geometry, bool) {
	out, err := d.Output(ctx, "xdotool", "search", "--onlyvisible", "--class", "wrapper")
	if err != nil {
		return Geometry{}, false
	}
	for _, id := range bytes.Fields([]byte(out)) {
		if g, err := d.geometry(ctx, string(id)); err == nil && g.Height > d.TrayArea().Height {
			return g, true
		}
	}
	return Geometry{}, false
}
