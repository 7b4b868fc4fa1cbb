package desktoptest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Screenshot saves a picture of the whole screen as PNG.
func (d *Desktop) Screenshot(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil { //nolint:gosec // G301: pictures for everybody
		return err
	}
	_, err := d.Output(ctx, "import", "-window", "root", path)
	return err
}

// Key presses keys, by xdotool's names: "Tab", "ctrl+a".
func (d *Desktop) Key(ctx context.Context, keys ...string) error {
	_, err := d.Output(ctx, "xdotool", append([]string{"key", "--delay", "60"}, keys...)...)
	return err
}

// Type types text into whatever has the focus.
func (d *Desktop) Type(ctx context.Context, text string) error {
	_, err := d.Output(ctx, "xdotool", "type", "--delay", "25", text)
	return err
}

// Click moves the pointer and clicks: button 1 left, 2 middle, 3 right.
func (d *Desktop) Click(ctx context.Context, x, y, button int) error {
	_, err := d.Output(ctx, "xdotool", "mousemove", "--sync", strconv.Itoa(x), strconv.Itoa(y), "click", strconv.Itoa(button))
	return err
}

// Geometry is a window's place on the screen, without its frame.
type Geometry struct{ X, Y, Width, Height int }

// window returns the last window that a search of xdotool finds.
func (d *Desktop) window(ctx context.Context, search ...string) (string, error) {
	out, err := d.Output(ctx, "xdotool", append([]string{"search", "--onlyvisible"}, search...)...)
	ids := strings.Fields(out)
	if err != nil || len(ids) == 0 {
		return "", errors.Join(errors.New("no such window"), err)
	}
	return ids[len(ids)-1], nil
}

// HasWindow says whether a visible window's title matches a pattern.
func (d *Desktop) HasWindow(ctx context.Context, text string) bool {
	_, err := d.window(ctx, "--name", text)
	return err == nil
}

// AwaitWindow waits for a visible window whose title matches a pattern, and
// returns where it is.
func (d *Desktop) AwaitWindow(ctx context.Context, text string) (g Geometry, err error) {
	err = d.Await(ctx, "the window "+text, func() bool {
		id, err := d.window(ctx, "--name", text)
		if err == nil {
			g, err = d.geometry(ctx, id)
		}
		return err == nil
	})
	return g, err
}

// Focus raises the window whose title matches a pattern and waits until it has
// the keyboard.
func (d *Desktop) Focus(ctx context.Context, text string) error {
	return d.Await(ctx, "the focus on "+text, func() bool {
		id, err := d.window(ctx, "--name", text)
		if err != nil {
			return false
		}
		if _, err := d.Output(ctx, "xdotool", "windowactivate", "--sync", id); err != nil {
			return false
		}
		active, err := d.Output(ctx, "xdotool", "getactivewindow")
		return err == nil && strings.TrimSpace(active) == id
	})
}

func (d *Desktop) geometry(ctx context.Context, id string) (g Geometry, err error) {
	out, err := d.Output(ctx, "xdotool", "getwindowgeometry", "--shell", id)
	if err != nil {
		return g, err
	}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		n, _ := strconv.Atoi(value)
		switch name {
		case "X":
			g.X = n
		case "Y":
			g.Y = n
		case "WIDTH":
			g.Width = n
		case "HEIGHT":
			g.Height = n
		}
	}
	if g.Width == 0 {
		return g, fmt.Errorf("no geometry in %q", out)
	}
	return g, nil
}

// TrayIcon is the middle of the only icon in the panel's tray.
func (d *Desktop) TrayIcon() (x, y int) { return 12, 16 }

// ClickNotification clicks the topmost notification on the screen.
func (d *Desktop) ClickNotification(ctx context.Context) error {
	id, err := d.window(ctx, "--class", "Dunst")
	if err != nil {
		return fmt.Errorf("there is no notification: %w", err)
	}
	g, err := d.geometry(ctx, id)
	if err != nil {
		return err
	}
	return d.Click(ctx, g.X+g.Width/2, g.Y+20, 1)
}
