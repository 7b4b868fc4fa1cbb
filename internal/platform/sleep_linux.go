package platform

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// watchSleep calls woke when the computer has slept, as its clocks tell: one
// goes on during sleep and the other does not. It needs no service for that,
// and no timer of its own: the kernel ends a wait for a moment of the clock on
// the wall when that clock jumps, which it does on waking up (timerfd_create(2),
// TFD_TIMER_CANCEL_ON_SET).
func watchSleep(ctx context.Context, woke func()) error {
	fd, err := unix.TimerfdCreate(unix.CLOCK_REALTIME, unix.TFD_CLOEXEC|unix.TFD_NONBLOCK)
	if err != nil {
		return fmt.Errorf("watching the clock: %w", err)
	}
	timer := os.NewFile(uintptr(fd), "timerfd")
	stop := context.AfterFunc(ctx, func() { _ = timer.Close() })
	defer func() {
		if stop() {
			_ = timer.Close()
		}
	}()
	jumped := func() error {
		never := unix.ItimerSpec{Value: unix.Timespec{Sec: math.MaxInt32}}
		if err := unix.TimerfdSettime(fd, unix.TFD_TIMER_ABSTIME|unix.TFD_TIMER_CANCEL_ON_SET, &never, nil); err != nil && !errors.Is(err, unix.ECANCELED) {
			return err
		}
		_, err := timer.Read(make([]byte, 8))
		if errors.Is(err, unix.ECANCELED) {
			return nil
		}
		return err
	}
	err = followSleep(jumped, asleep, woke)
	if ctx.Err() != nil {
		return nil
	}
	return fmt.Errorf("watching the clock: %w", err)
}

// followSleep calls woke when the time asleep has grown after a jump of the
// clock. Somebody may also have set the clock, which does not matter here:
// what is due in ten minutes is due in ten minutes.
func followSleep(jumped func() error, asleep func() (time.Duration, error), woke func()) error {
	before, err := asleep()
	for err == nil {
		if err = jumped(); err != nil {
			break
		}
		var now time.Duration
		if now, err = asleep(); err == nil && now-before > time.Second {
			woke()
		}
		before = now
	}
	return err
}

// asleep is how long the computer has slept since it was started.
func asleep() (time.Duration, error) {
	var boot, running unix.Timespec
	err := errors.Join(unix.ClockGettime(unix.CLOCK_BOOTTIME, &boot), unix.ClockGettime(unix.CLOCK_MONOTONIC, &running))
	return time.Duration(boot.Nano() - running.Nano()), err
}
