package desktoptest

import (
	"context"
	"regexp"
)

// driver is what differs between desktops. What it is asked for it does once;
// whoever asks waits.
type driver interface {
	// programs are those it needs, with Debian's packages.
	programs() map[string]string
	// configuration are files in the home folder, environment the variables of
	// the session before there is a display.
	configuration() map[string]string
	environment() []string
	startDisplay(ctx context.Context) error
	// startSession starts what needs display and bus, a notification daemon
	// last.
	startSession(ctx context.Context) error
	startPanel() (*process, error)
	// panelPart says whether a command is a part of the panel that lives in a
	// process group of its own.
	panelPart(command string) bool

	screenshot(ctx context.Context, path string) error
	pixels(part Geometry) ([]byte, error)
	key(ctx context.Context, keys ...string) error
	typeText(ctx context.Context, text string) error
	click(ctx context.Context, x, y, button int) error
	// window is where the newest window with such a title is, without its frame.
	window(ctx context.Context, title *regexp.Regexp) (Geometry, error)
	focus(ctx context.Context, title *regexp.Regexp) error
	focused(ctx context.Context, title *regexp.Regexp) bool
	popup(ctx context.Context) (Geometry, bool)
	holdBack(ctx context.Context, on bool) error
	trayIconArea() Geometry
	// beforeMenu is what is seen where the menu of the tray icon will be, and
	// trayMenu where the menu is.
	beforeMenu() ([]byte, error)
	trayMenu(ctx context.Context, before []byte) (Geometry, bool)
	closeMenu(ctx context.Context) error
	close()
}
