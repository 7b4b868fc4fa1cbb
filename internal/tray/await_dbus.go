//go:build !darwin && !windows

package tray

import (
	"context"
	"log/slog"

	"github.com/godbus/dbus/v5"
)

// Await waits for a panel that shows icons such as ours, and says whether there
// is one before ctx ends. The desktops of macOS and Windows have theirs always.
func Await(ctx context.Context) bool {
	d := connect(slog.New(slog.DiscardHandler))
	if d.conn == nil {
		return false
	}
	defer func() { _ = d.conn.Close() }()
	signals := make(chan *dbus.Signal, 16)
	d.conn.Signal(signals)
	if present, err := d.subscribe(ctx); err != nil || present {
		return present
	}
	for {
		select {
		case <-ctx.Done():
			return false
		case s, ok := <-signals:
			if !ok {
				return false
			}
			if owner, ours := newOwner(s); ours && owner != "" {
				return true
			}
		}
	}
}
