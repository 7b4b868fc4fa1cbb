package desktoptest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
)

// Screenshot saves a picture of the whole screen as PNG.
func (d *Desktop) Screenshot(ctx context.Context, path string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return d.driver.screenshot(ctx, path)
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
	return d.driver.key(ctx, keys...)
}

// Type types text into whatever has the focus.
func (d *Desktop) Type(ctx context.Context, text string) error {
	return d.driver.typeText(ctx, text)
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
	return d.driver.click(ctx, x, y, button)
}

// Geometry is a window's place on the screen, without its frame.
type Geometry struct{ X, Y, Width, Height int }

// HasWindow says whether a visible window's title matches a pattern.
func (d *Desktop) HasWindow(ctx context.Context, text string) bool {
	_, err := d.driver.window(ctx, regexp.MustCompile(text))
	return err == nil
}

// AwaitWindow waits for a visible window whose title matches a pattern, and
// returns where it is.
func (d *Desktop) AwaitWindow(ctx context.Context, text string) (g Geometry, err error) {
	title := regexp.MustCompile(text)
	err = d.Await(ctx, "the window "+text, func() bool {
		var err error
		g, err = d.driver.window(ctx, title)
		return err == nil
	})
	return g, err
}

// Focus raises the window whose title matches a pattern and waits until it has
// the keyboard.
func (d *Desktop) Focus(ctx context.Context, text string) error {
	title := regexp.MustCompile(text)
	return d.Await(ctx, "the focus on "+text, func() bool {
		return d.driver.focus(ctx, title) == nil && d.driver.focused(ctx, title)
	})
}

// Focused says whether the window whose title matches a pattern has the keyboard.
func (d *Desktop) Focused(ctx context.Context, text string) bool {
	return d.driver.focused(ctx, regexp.MustCompile(text))
}

// AwaitFocus waits until the window whose title matches a pattern has the
// keyboard by itself.
func (d *Desktop) AwaitFocus(ctx context.Context, text string) error {
	title := regexp.MustCompile(text)
	return d.Await(ctx, "the focus on "+text, func() bool { return d.driver.focused(ctx, title) })
}

// TrayIcon is the middle of the only icon in the panel's tray.
func (d *Desktop) TrayIcon() (x, y int) {
	area := d.TrayIconArea()
	return area.X + area.Width/2, area.Y + area.Height/2
}

// CopyFromNotification chooses "Copy code" in what the daemon offers to do with
// the newest notification.
func (d *Desktop) CopyFromNotification(ctx context.Context) error {
	g, ok := d.Popup(ctx)
	if !ok {
		return errors.New("there is no notification")
	}
	if _, x11 := d.driver.(*xorg); x11 {
		return d.Click(ctx, g.X+g.Width/2, g.Y+20, 2)
	}
	_, err := d.Output(ctx, "makoctl", "menu", "grep", "--max-count=1", "Copy code")
	return err
}

// clipboardScript prints what is on the clipboard, by another toolkit. Beside
// Wayland it needs a window that has the focus.
const clipboardScript = `
import tkinter
root = tkinter.Tk()
root.title("clipboard")
def look(n=200):
    try:
        print(root.clipboard_get(type="UTF8_STRING"), end="")
        root.destroy()
    except tkinter.TclError:
        root.destroy() if n == 0 else root.after(50, look, n - 1)
root.after(50, look)
root.mainloop()
`

// Clipboard is what another program gets from the clipboard; nothing if there
// is none after some seconds.
func (d *Desktop) Clipboard(ctx context.Context) (string, error) {
	return d.Output(ctx, "python3", "-c", clipboardScript)
}

// ClickNotification clicks the topmost notification on the screen.
func (d *Desktop) ClickNotification(ctx context.Context) error {
	g, ok := d.Popup(ctx)
	if !ok {
		return errors.New("there is no notification")
	}
	return d.Click(ctx, g.X+g.Width/2, g.Y+20, 1)
}
