package desktoptest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// sway is a desktop of Wayland: the compositor without a screen, Waybar with
// its tray, and mako.
type sway struct {
	*Desktop
	seat *seat
	// quiet: notifications are held back.
	quiet bool
}

var swayPackages = map[string]string{
	"sway": "sway", "waybar": "waybar", "mako": "mako-notifier", "grim": "grim", "Xwayland": "xwayland",
	"import": "imagemagick", "gsettings": "libglib2.0-bin",
}

// The panel's height, and where the first notification is.
const (
	barHeight     = 32
	popupWidth    = 360
	popupMargin   = 10
	swayTrayWidth = 40
)

func (s *sway) programs() map[string]string { return swayPackages }

func (s *sway) configuration() map[string]string {
	return map[string]string{
		".config/sway/config": fmt.Sprintf(swayConfig, screenWidth, screenHeight),
		".config/waybar/config": fmt.Sprintf(`{"layer": "top", "height": %d, "modules-left": ["tray"], "tray": {"icon-size": 20}}
`, barHeight),
		".config/mako/config": fmt.Sprintf(makoConfig, popupWidth, popupMargin),
		// The colour scheme, which the portal hands on.
		".config/glib-2.0/settings/keyfile": "[org/gnome/desktop/interface]\ncolor-scheme='prefer-dark'\n",
	}
}

// swayConfig writes down what programs of the session are told; it lacks the
// size of the screen.
const swayConfig = `output HEADLESS-1 resolution %dx%d position 0 0
output * background #3a6ea5 solid_color
workspace_layout tabbed
exec printenv WAYLAND_DISPLAY DISPLAY > "$XDG_RUNTIME_DIR/session"
`

const makoConfig = `font=Sans 11
width=%d
margin=%d
default-timeout=0
on-button-left=invoke-default-action
[mode=do-not-disturb]
invisible=1
`

func (s *sway) environment() []string {
	return []string{
		"WLR_BACKENDS=headless", "WLR_LIBINPUT_NO_DEVICES=1", "WLR_RENDERER=pixman", "XDG_CURRENT_DESKTOP=sway", "XDG_SESSION_TYPE=wayland",
		"SWAYSOCK=" + s.runFile("sway"), "GSETTINGS_BACKEND=keyfile",
	}
}

func (s *sway) runFile(name string) string { return filepath.Join(s.Dir, "run", name) }

func (s *sway) startDisplay(ctx context.Context) error {
	cmd := s.Command("sway")
	if os.Getuid() == 0 {
		// It refuses to be root; in a name space of its own it is somebody
		// whose files are root's.
		path, err := exec.LookPath("unshare")
		if err != nil {
			return err
		}
		cmd.Path, cmd.Args = path, []string{"unshare", "--user", "--map-user=1000", "--map-group=1000", "sway"}
	}
	p, err := s.launch(cmd)
	if err != nil {
		return err
	}
	var names []string
	if err := s.Await(ctx, "the compositor", func() bool {
		b, _ := os.ReadFile(s.runFile("session"))
		names = strings.Fields(string(b))
		return len(names) == 2
	}); err != nil {
		return fmt.Errorf("%w; it said: %s", err, p.output)
	}
	s.env = append(s.env, "WAYLAND_DISPLAY="+names[0], "DISPLAY="+names[1])
	s.seat, err = openSeat(s.runFile(names[0]))
	return err
}

func (s *sway) startSession(context.Context) error {
	_, err := s.start("mako")
	return err
}

func (s *sway) startPanel() (*process, error) { return s.start("waybar") }

func (s *sway) panelPart(string) bool { return false }

func (s *sway) screenshot(ctx context.Context, path string) error {
	_, err := s.Output(ctx, "grim", path)
	return err
}

// pixels asks grim, for the screen's own pixels or, where it has another scale,
// those of its coordinates.
func (s *sway) pixels(part Geometry) ([]byte, error) {
	part = clip(part, s.Screen())
	if part.Width == 0 || part.Height == 0 {
		return nil, nil
	}
	picture, err := s.Output(context.Background(), "grim", "-s", "1", "-t", "ppm",
		"-g", fmt.Sprintf("%d,%d %dx%d", part.X, part.Y, part.Width, part.Height), "-")
	if err != nil {
		return nil, err
	}
	head := fmt.Sprintf("P6\n%d %d\n255\n", part.Width, part.Height)
	rgb, ok := strings.CutPrefix(picture, head)
	if !ok || len(rgb) != 3*part.Width*part.Height {
		return nil, fmt.Errorf("a picture of %d bytes that begins with %.20q", len(picture), picture)
	}
	out := make([]byte, 0, 4*part.Width*part.Height)
	for i := 0; i < len(rgb); i += 3 {
		out = append(out, rgb[i+2], rgb[i+1], rgb[i], 0xff)
	}
	return out, nil
}

func (s *sway) key(_ context.Context, keys ...string) error {
	for _, key := range keys {
		if err := s.seat.key(key); err != nil {
			return err
		}
	}
	return nil
}

func (s *sway) typeText(_ context.Context, text string) error { return s.seat.write(text) }

func (s *sway) click(_ context.Context, x, y, button int) error {
	return s.seat.click(x, y, screenWidth, screenHeight, button)
}

// swayNode is a part of the tree that `swaymsg -t get_tree` prints.
type swayNode struct {
	ID         int
	Name       string
	PID        int
	Focused    bool
	Rect       Geometry
	WindowRect Geometry `json:"window_rect"`
	Shell      string
	Nodes      []swayNode
	Floating   []swayNode `json:"floating_nodes"`
}

// windows are those of programs, the newest last.
func (s *sway) windows(ctx context.Context) ([]swayNode, error) {
	out, err := s.Output(ctx, "swaymsg", "-t", "get_tree")
	if err != nil {
		return nil, err
	}
	var root swayNode
	if err := json.Unmarshal([]byte(out), &root); err != nil {
		return nil, err
	}
	var all []swayNode
	var walk func(swayNode)
	walk = func(n swayNode) {
		if n.PID != 0 {
			all = append(all, n)
		}
		for _, below := range append(n.Nodes, n.Floating...) {
			walk(below)
		}
	}
	walk(root)
	return all, nil
}

func (s *sway) find(ctx context.Context, title *regexp.Regexp) (found swayNode, ok bool) {
	all, err := s.windows(ctx)
	if err != nil {
		return found, false
	}
	for _, w := range all {
		if title.MatchString(w.Name) && w.ID > found.ID {
			found, ok = w, true
		}
	}
	return found, ok
}

func (s *sway) window(ctx context.Context, title *regexp.Regexp) (Geometry, error) {
	w, ok := s.find(ctx, title)
	if !ok {
		return Geometry{}, errNoWindow
	}
	return Geometry{X: w.Rect.X + w.WindowRect.X, Y: w.Rect.Y + w.WindowRect.Y, Width: w.WindowRect.Width, Height: w.WindowRect.Height}, nil
}

func (s *sway) focus(ctx context.Context, title *regexp.Regexp) error {
	w, ok := s.find(ctx, title)
	if !ok {
		return errNoWindow
	}
	_, err := s.Output(ctx, "swaymsg", "[con_id="+strconv.Itoa(w.ID)+"] focus")
	return err
}

func (s *sway) focused(ctx context.Context, title *regexp.Regexp) bool {
	w, ok := s.find(ctx, title)
	return ok && w.Focused
}

// popup is below the panel's right end, where mako's configuration has it.
func (s *sway) popup(ctx context.Context) (Geometry, bool) {
	out, err := s.Output(ctx, "makoctl", "list")
	place := Geometry{X: screenWidth - popupMargin - popupWidth, Y: barHeight + popupMargin, Width: popupWidth, Height: 40}
	return place, err == nil && !s.quiet && strings.Contains(out, `"summary"`)
}

func (s *sway) holdBack(ctx context.Context, on bool) error {
	change := "-r"
	if on {
		change = "-a"
	}
	_, err := s.Output(ctx, "makoctl", "mode", change, "do-not-disturb")
	s.quiet = on && err == nil
	return err
}

func (s *sway) trayIconArea() Geometry { return Geometry{Width: swayTrayWidth, Height: barHeight} }

// belowIcon is covered by the menu, of which the compositor does not tell.
var belowIcon = Geometry{X: 40, Y: barHeight + 4, Width: 120, Height: 80}

func (s *sway) beforeMenu() ([]byte, error) {
	x, y := s.TrayIcon()
	if err := s.seat.move(x, y, screenWidth, screenHeight); err != nil { // a part of the picture
		return nil, err
	}
	return s.pixels(belowIcon)
}

func (s *sway) trayMenu(_ context.Context, before []byte) (Geometry, bool) {
	now, err := s.pixels(belowIcon) //nolint:contextcheck // a look takes no time
	return belowIcon, err == nil && !bytes.Equal(now, before)
}

// closeMenu clicks on the panel, which never has the keyboard.
func (s *sway) closeMenu(ctx context.Context) error {
	return s.click(ctx, screenWidth/2, barHeight/2, 1)
}

func (s *sway) close() {
	if s.seat != nil {
		s.seat.close()
	}
}

var errNoWindow = errors.New("no such window")

// errNoSway is a wish that only that desktop fulfils.
var errNoSway = errors.New("this desktop is not sway")

// Workspace shows another workspace of sway.
func (d *Desktop) Workspace(ctx context.Context, number int) error {
	return d.ask(ctx, "workspace", "number", strconv.Itoa(number))
}

// Scale gives the screen of sway another scale.
func (d *Desktop) Scale(ctx context.Context, scale string) error {
	return d.ask(ctx, "output", "*", "scale", scale)
}

func (d *Desktop) ask(ctx context.Context, command ...string) error {
	if _, ok := d.driver.(*sway); !ok {
		return errNoSway
	}
	_, err := d.Output(ctx, "swaymsg", append([]string{"--"}, command...)...)
	return err
}

// OnX11 says whether it is XWayland that shows the window whose title matches a
// pattern.
func (d *Desktop) OnX11(ctx context.Context, text string) bool {
	s, ok := d.driver.(*sway)
	if !ok {
		return true
	}
	w, ok := s.find(ctx, regexp.MustCompile(text))
	return ok && w.Shell == "xwayland"
}
