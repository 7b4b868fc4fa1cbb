package desktoptest

import (
	"context"
	"errors"
	"fmt"
	"os/exec"
	"slices"
	"syscall"
	"time"

	"github.com/godbus/dbus/v5"
)

// TimeToIcon runs start, which starts a program, and returns how long it took
// until the panel had taken the program's tray icon.
func (d *Desktop) TimeToIcon(ctx context.Context, start func() error) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	conn, err := dbus.Connect(d.address)
	if err != nil {
		return 0, err
	}
	defer func() { _ = conn.Close() }()
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	if err := conn.AddMatchSignalContext(ctx, dbus.WithMatchInterface(watcherName), dbus.WithMatchMember("StatusNotifierItemRegistered")); err != nil {
		return 0, err
	}
	began := time.Now()
	if err := start(); err != nil {
		return 0, err
	}
	for {
		select {
		case <-ctx.Done():
			return 0, errors.New("waited in vain for a tray icon")
		case s, ok := <-signals:
			switch {
			case !ok:
				return 0, errors.New("the session bus has gone")
			case s.Name == watcherName+".StatusNotifierItemRegistered":
				return time.Since(began), nil
			}
		}
	}
}

// painted is the number of colours from which on a window counts as painted:
// one that is only mapped is of one colour, and text is of many shades.
const painted = 8

// look is the pause between two looks at the screen, in which a frame is due.
const look = 5 * time.Millisecond

// TimeToFrame runs start, which starts a program, and returns how long it
// took until the program's first window had been painted where inside lies.
// inside must show nothing but the background before, and lie within the
// window's content then.
func (d *Desktop) TimeToFrame(ctx context.Context, inside Geometry, start func() error) (time.Duration, error) {
	if colours, err := d.Colours(inside); err != nil || colours != 1 {
		return 0, errors.Join(fmt.Errorf("something covers the background: %d colours", colours), err)
	}
	ctx, cancel := context.WithTimeout(ctx, Patience)
	defer cancel()
	ticker := time.NewTicker(look)
	defer ticker.Stop()
	began := time.Now()
	if err := start(); err != nil {
		return 0, err
	}
	for {
		select {
		case <-ctx.Done():
			return 0, errors.New("waited in vain for the first frame of a window")
		case <-ticker.C:
		}
		colours, err := d.Colours(inside)
		if err != nil {
			return 0, err
		}
		if colours >= painted {
			return time.Since(began), nil
		}
	}
}

// Stop asks a program that Launch started to end, and waits until it has; one
// that does not is killed.
func (d *Desktop) Stop(ctx context.Context, cmd *exec.Cmd) error {
	i := slices.IndexFunc(d.running, func(p *process) bool { return p.cmd == cmd })
	if i < 0 {
		return fmt.Errorf("%s was not started here", cmd.Path)
	}
	p := d.running[i]
	d.running = slices.Delete(d.running, i, i+1)
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	select {
	case <-p.done:
		return nil
	case <-ctx.Done():
	case <-time.After(Patience / 6):
	}
	p.stop()
	return fmt.Errorf("%s did not end by itself; it said: %s", p.name, p.output)
}
