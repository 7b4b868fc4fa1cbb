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
	return d.driver.trayIconArea()
}

// Pixels returns a part of the screen, four bytes a pixel, row by row.
func (d *Desktop) Pixels(part Geometry) ([]byte, error) {
	return d.driver.pixels(part)
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
	return d.driver.popup(ctx)
}

// Quiet hides all notifications and holds back further ones, or lets them
// appear again: what a desktop calls "do not disturb".
func (d *Desktop) Quiet(ctx context.Context, on bool) error {
	if err := d.driver.holdBack(ctx, on); err != nil {
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
	if d.beforeMenu, err = d.driver.beforeMenu(); err != nil {
		return menu, err
	}
	x, y := d.TrayIcon()
	for range 5 {
		if err := d.Click(ctx, x, y, 3); err != nil {
			return menu, err
		}
		err = d.AwaitFor(ctx, Patience/10, "the tray icon's menu", func() (ok bool) {
			menu, ok = d.driver.trayMenu(ctx, d.beforeMenu)
			return ok
		})
		if err == nil || ctx.Err() != nil {
			return menu, err
		}
	}
	return menu, err
}

// CloseTrayMenu closes the menu, without a choice, and waits until it has gone.
func (d *Desktop) CloseTrayMenu(ctx context.Context) error {
	if err := d.driver.closeMenu(ctx); err != nil {
		return err
	}
	return d.Await(ctx, "the menu's end", func() bool {
		_, open := d.driver.trayMenu(ctx, d.beforeMenu)
		return !open
	})
}
