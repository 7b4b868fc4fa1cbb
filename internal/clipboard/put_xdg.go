//go:build unix && !darwin

package clipboard

import (
	"context"
	"os"
	"time"
)

// answerTime bounds the wait for the answers of a display.
const answerTime = 3 * time.Second

// hint is a form of what is offered by which programs know that it is not to be
// kept: KeePassXC and Klipper have agreed on it.
const (
	hint   = "x-kde-passwordManagerHint"
	secret = "secret"
)

// put asks the compositor where there is one: the X server beside it gives what
// it has to others only while one of its own windows has the focus.
func put(ctx context.Context, text string) (serve func(), err error) {
	if display := os.Getenv("WAYLAND_DISPLAY"); display != "" {
		return putWayland(ctx, display, text)
	}
	if display := os.Getenv("DISPLAY"); display != "" {
		return putX11(ctx, display, text)
	}
	return nil, ErrRefused
}
