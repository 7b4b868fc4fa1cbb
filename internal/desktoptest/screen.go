package desktoptest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// Screenshot saves a picture of the whole screen as PNG.
func (d *Desktop) Screenshot(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	_, err := d.Output(ctx, "import", "-window", "root", path)
	return err
}

// Keep is Screenshot as out/FOLDER/NUMBER-NAME.png, for a test two folders
// below this package's.
func (d *Desktop) Keep(ctx context.Context, folder string, number int, name string) error {
	path, err := filepath.Abs(filepath.Join("..", "..", "..", "out", folder, fmt.Sprintf("%02d-%s.png", number, name)))
	if err != nil {
		return err
	}
	return d.Screenshot(ctx, path)
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

// Fill replaces what a field holds by a text, and goes to the next; and so on.
func (d *Desktop) Fill(ctx context.Context, texts ...string) error {
	for _, text := range texts {
		if err := errors.Join(d.Key(ctx, "ctrl+a", "BackSpace"), d.Type(ctx, text), d.Key(ctx, "Tab")); err != nil {
			return err
		}
	}
	return nil
}

// spareKeys are codes that no key of the usual keyboards has.
const firstSpareKey, lastSpareKey = 247, 255

// PutOnKeyboard gives characters that the keyboard lacks a key each, so that
// they can be typed. Without, xdotool would lend them one key in turn, and
// they arrive late or not at all.
func (d *Desktop) PutOnKeyboard(ctx context.Context, characters string) error {
	args := []string{}
	for i, r := range []rune(characters) {
		if firstSpareKey+i > lastSpareKey {
			return fmt.Errorf("no key is left for %c", r)
		}
		args = append(args, "-e", fmt.Sprintf("keycode %d = U%04X", firstSpareKey+i, r))
	}
	_, err := d.Output(ctx, "xmodmap", args...)
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

// titled returns the newest window whose title matches a pattern. It asks the
// window manager: xdotool looks at the older WM_NAME, in which what is not
// Latin depends on the locale.
func (d *Desktop) titled(ctx context.Context, pattern string) (string, error) {
	title, err := regexp.Compile(pattern)
	if err != nil {
		return "", err
	}
	out, err := d.Output(ctx, "wmctrl", "-u", "-l")
	if err != nil {
		return "", err
	}
	found := int64(0)
	for line := range strings.Lines(out) {
		// Window, desktop, host, title.
		fields := strings.SplitN(strings.Join(strings.Fields(line), " "), " ", 4)
		if len(fields) < 4 || !title.MatchString(fields[3]) {
			continue
		}
		if id, err := strconv.ParseInt(fields[0], 0, 64); err == nil {
			found = id
		}
	}
	if found == 0 {
		return "", errors.New("no such window")
	}
	return strconv.FormatInt(found, 10), nil
}

// HasWindow says whether a visible window's title matches a pattern.
func (d *Desktop) HasWindow(ctx context.Context, text string) bool {
	_, err := d.titled(ctx, text)
	return err == nil
}

// AwaitWindow waits for a visible window whose title matches a pattern, and
// returns where it is.
func (d *Desktop) AwaitWindow(ctx context.Context, text string) (g Geometry, err error) {
	err = d.Await(ctx, "the window "+text, func() bool {
		id, err := d.titled(ctx, text)
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
		id, err := d.titled(ctx, text)
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

// geometry asks xwininfo: for a window inside a frame, xdotool adds the frame's
// offset twice.
func (d *Desktop) geometry(ctx context.Context, id string) (g Geometry, err error) {
	out, err := d.Output(ctx, "xwininfo", "-id", id)
	if err != nil {
		return g, err
	}
	for line := range strings.Lines(out) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), ":")
		n, err := strconv.Atoi(strings.TrimSpace(value))
		if err != nil {
			continue
		}
		switch name {
		case "Absolute upper-left X":
			g.X = n
		case "Absolute upper-left Y":
			g.Y = n
		case "Width":
			g.Width = n
		case "Height":
			g.Height = n
		}
	}
	if g.Width == 0 {
		return g, fmt.Errorf("no geometry in %q", out)
	}
	return g, nil
}

// TrayIcon is the middle of the only icon in the panel's tray.
func (d *Desktop) TrayIcon() (x, y int) {
	area := d.TrayIconArea()
	return area.X + area.Width/2, area.Y + area.Height/2
}

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
