package desktoptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/godbus/dbus/v5"
)

// xorg is a desktop of X11: Xvfb, openbox, xfce4-panel and dunst.
type xorg struct {
	*Desktop
	taskbar, noGLX bool
	display        string

	screenMu sync.Mutex
	screen   *screen // nil until the first look
}

var xorgPackages = map[string]string{
	"Xvfb": "xvfb", "openbox": "openbox", "xfce4-panel": "xfce4-panel", "dunst": "dunst",
	"xdotool": "xdotool", "xclip": "xclip", "import": "imagemagick", "wmctrl": "wmctrl",
	"xprop": "x11-utils", "xwininfo": "x11-utils", "xsetroot": "x11-xserver-utils",
}

func (x *xorg) programs() map[string]string { return xorgPackages }

func (x *xorg) environment() []string { return nil }

func (x *xorg) configuration() map[string]string {
	panel := fmt.Sprintf(panelXML, "p=6;x=0;y=0", "systray", "tasklist", "false")
	if x.taskbar {
		panel = fmt.Sprintf(panelXML, "p=10;x=0;y=0", "tasklist", "systray", "true")
	}
	return map[string]string{
		".config/xfce4/xfconf/xfce-perchannel-xml/xfce4-panel.xml": panel,
		".config/dunst/dunstrc": dunstrc,
	}
}

// panelXML puts the tray at an end, so that its icon has a fixed place. It
// lacks the place of the panel, the two plugins, and whether they are pushed
// apart.
const panelXML = `<?xml version="1.0" encoding="UTF-8"?>
<channel name="xfce4-panel" version="1.0">
  <property name="configver" type="int" value="2"/>
  <property name="panels" type="array">
    <value type="int" value="1"/>
    <property name="panel-1" type="empty">
      <property name="position" type="string" value="%s"/>
      <property name="length" type="uint" value="100"/>
      <property name="position-locked" type="bool" value="true"/>
      <property name="size" type="uint" value="32"/>
      <property name="plugin-ids" type="array">
        <value type="int" value="1"/>
        <value type="int" value="3"/>
        <value type="int" value="2"/>
      </property>
    </property>
  </property>
  <property name="plugins" type="empty">
    <property name="plugin-1" type="string" value="%s"/>
    <property name="plugin-2" type="string" value="%s"/>
    <property name="plugin-3" type="string" value="separator">
      <property name="expand" type="bool" value="%s"/>
      <property name="style" type="uint" value="0"/>
    </property>
  </property>
</channel>
`

const dunstrc = `[global]
    width = 360
    offset = 16x48
    origin = top-right
    font = Sans 11
    markup = full
    format = "<b>%s</b>\n%b"
    show_indicators = no
    frame_width = 1
    padding = 12
    horizontal_padding = 14
    corner_radius = 6
    idle_threshold = 0
    mouse_left_click = do_action, close_current
    mouse_right_click = close_current
    mouse_middle_click = context
    dmenu = /usr/bin/grep --max-count=1 "Copy code"
[urgency_normal]
    background = "#2b2f36"
    foreground = "#f2f2f2"
    frame_color = "#59606b"
    timeout = 0
`

func (x *xorg) startDisplay(ctx context.Context) (err error) {
	x.display, err = x.startServer(ctx)
	x.env = append(x.env, "DISPLAY="+x.display)
	return err
}

// SecondDisplay starts another X server and a window manager on it, as a second
// session of the same user has. It returns its name.
func (d *Desktop) SecondDisplay(ctx context.Context) (display string, err error) {
	x, ok := d.driver.(*xorg)
	if !ok {
		return "", errors.ErrUnsupported
	}
	if display, err = x.startServer(ctx); err != nil {
		return "", err
	}
	cmd := d.Command("openbox")
	cmd.Env = append(slices.Clone(cmd.Env), "DISPLAY="+display)
	_, err = d.launch(cmd)
	return display, err
}

// startServer starts an X server and returns the name of its display.
func (x *xorg) startServer(ctx context.Context) (display string, err error) {
	r, w, err := os.Pipe()
	if err != nil {
		return "", err
	}
	defer func() { _ = r.Close() }()
	size := fmt.Sprintf("%dx%dx24", screenWidth, screenHeight)
	cmd := x.Command("Xvfb", "-displayfd", "3", "-screen", "0", size, "-nolisten", "tcp", "-noreset")
	if x.noGLX {
		cmd.Args = append(cmd.Args, "-extension", "GLX")
	}
	cmd.ExtraFiles = []*os.File{w}
	_, err = x.launch(cmd)
	_ = w.Close()
	if err != nil {
		return "", err
	}
	number, err := readLine(ctx, r)
	if err != nil {
		return "", fmt.Errorf("the X server did not start: %w", err)
	}
	return ":" + number, nil
}

func (x *xorg) startSession(ctx context.Context) error {
	if _, err := x.start("openbox"); err != nil {
		return err
	}
	if err := x.Await(ctx, "the window manager", func() bool {
		out, err := x.Output(ctx, "xprop", "-root", "_NET_SUPPORTING_WM_CHECK")
		return err == nil && strings.Contains(out, "window id")
	}); err != nil {
		return err
	}
	if _, err := x.Output(ctx, "xsetroot", "-solid", "#3a6ea5"); err != nil {
		return err
	}
	if _, err := x.start("dunst"); err != nil {
		return err
	}
	return nil
}

func (x *xorg) startPanel() (*process, error) { return x.start("xfce4-panel", "--disable-wm-check") }

func (x *xorg) panelPart(command string) bool {
	return strings.Contains(command, "/xfce4/panel/wrapper")
}

func (x *xorg) screenshot(ctx context.Context, path string) error {
	_, err := x.Output(ctx, "import", "-window", "root", path)
	return err
}

func (x *xorg) pixels(part Geometry) ([]byte, error) {
	x.screenMu.Lock()
	defer x.screenMu.Unlock()
	if x.screen == nil {
		s, err := openScreen(x.display)
		if err != nil {
			return nil, err
		}
		x.screen = s
	}
	return x.screen.pixels(part.rectangle())
}

func (x *xorg) key(ctx context.Context, keys ...string) error {
	_, err := x.Output(ctx, "xdotool", append([]string{"key", "--delay", "60"}, keys...)...)
	return err
}

func (x *xorg) typeText(ctx context.Context, text string) error {
	_, err := x.Output(ctx, "xdotool", "type", "--delay", "25", text)
	return err
}

func (x *xorg) click(ctx context.Context, left, top, button int) error {
	_, err := x.Output(ctx, "xdotool", "mousemove", "--sync", strconv.Itoa(left), strconv.Itoa(top), "click", strconv.Itoa(button))
	return err
}

// search returns the last window that a search of xdotool finds.
func (x *xorg) search(ctx context.Context, search ...string) (string, error) {
	out, err := x.Output(ctx, "xdotool", append([]string{"search", "--onlyvisible"}, search...)...)
	ids := strings.Fields(out)
	if err != nil || len(ids) == 0 {
		return "", errors.Join(errNoWindow, err)
	}
	return ids[len(ids)-1], nil
}

// titled returns the newest window whose title matches. It asks the
// window manager: xdotool looks at the older WM_NAME, in which what is not
// Latin depends on the locale.
func (x *xorg) titled(ctx context.Context, title *regexp.Regexp) (string, error) {
	out, err := x.Output(ctx, "wmctrl", "-u", "-l")
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
		return "", errNoWindow
	}
	return strconv.FormatInt(found, 10), nil
}

func (x *xorg) window(ctx context.Context, title *regexp.Regexp) (Geometry, error) {
	id, err := x.titled(ctx, title)
	if err != nil {
		return Geometry{}, err
	}
	return x.geometry(ctx, id)
}

func (x *xorg) focus(ctx context.Context, title *regexp.Regexp) error {
	id, err := x.titled(ctx, title)
	if err != nil {
		return err
	}
	_, err = x.Output(ctx, "xdotool", "windowactivate", "--sync", id)
	return err
}

func (x *xorg) focused(ctx context.Context, title *regexp.Regexp) bool {
	id, err := x.titled(ctx, title)
	if err != nil {
		return false
	}
	active, err := x.Output(ctx, "xdotool", "getactivewindow")
	return err == nil && strings.TrimSpace(active) == id
}

// geometry asks xwininfo: for a window inside a frame, xdotool adds the frame's
// offset twice.
func (x *xorg) geometry(ctx context.Context, id string) (g Geometry, err error) {
	out, err := x.Output(ctx, "xwininfo", "-id", id)
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

func (x *xorg) popup(ctx context.Context) (Geometry, bool) {
	id, err := x.search(ctx, "--class", "Dunst")
	if err != nil {
		return Geometry{}, false
	}
	g, err := x.geometry(ctx, id)
	return g, err == nil
}

func (x *xorg) holdBack(_ context.Context, on bool) error {
	daemon := x.bus.conn.Object("org.freedesktop.Notifications", "/org/freedesktop/Notifications")
	return daemon.SetProperty("org.dunstproject.cmd0.paused", dbus.MakeVariant(on))
}

func (x *xorg) trayIconArea() Geometry {
	if x.taskbar {
		return Geometry{X: screenWidth - 24, Y: screenHeight - 32, Width: 24, Height: 32}
	}
	return Geometry{Width: 24, Height: 32}
}

func (x *xorg) beforeMenu() ([]byte, error) { return nil, nil }

// trayMenu finds the menu among the panel's windows: it is the one that
// stands below the panel.
func (x *xorg) trayMenu(ctx context.Context, _ []byte) (Geometry, bool) {
	out, err := x.Output(ctx, "xdotool", "search", "--onlyvisible", "--class", "wrapper")
	if err != nil {
		return Geometry{}, false
	}
	for _, id := range bytes.Fields([]byte(out)) {
		if g, err := x.geometry(ctx, string(id)); err == nil && g.Height > x.TrayArea().Height {
			return g, true
		}
	}
	return Geometry{}, false
}

func (x *xorg) closeMenu(ctx context.Context) error { return x.key(ctx, "Escape") }

func (x *xorg) close() {
	if x.screen != nil {
		x.screen.close()
	}
}
