//go:build windows || (darwin && cgo)

package tray

import (
	"context"
	"log/slog"
)

// desktop is the system's tray, which is always there.
type desktop struct{}

func connect(*slog.Logger) *desktop { return &desktop{} }

func (*desktop) hasTray() bool { return true }

// watch has nothing to do: systray itself returns after a restart of Explorer.
func (*desktop) watch(context.Context, *tray) {}
