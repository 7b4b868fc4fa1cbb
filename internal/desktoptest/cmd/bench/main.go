// Command bench prints what traymail costs while it idles in the tray of a
// real desktop, beside a bare systray program and a bare Fyne program that are
// built and measured in the same run. `make bench` runs it. Machines differ,
// so the ratios say more than the figures.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

func main() {
	program := flag.String("traymail", "bin/traymail", "the program to measure")
	idle := flag.Duration("idle", time.Minute, "how long to count context switches")
	starts := flag.Int("starts", 7, "how many starts to take the median of")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := bench(ctx, *program, *idle, max(1, *starts))
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func bench(ctx context.Context, program string, idle time.Duration, starts int) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "bench")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }()
	systray, err := build(ctx, folder, "baresystray", "CGO_ENABLED=0")
	if err != nil {
		return err
	}
	fyne, err := build(ctx, folder, "barefyne", "CGO_ENABLED=1")
	if err != nil {
		return err
	}
	var results []figures
	for _, s := range []subject{
		newTraymail(program), &bare{path: systray, title: "bare systray"}, &bare{path: fyne, title: "bare Fyne", window: []string{"-window"}},
	} {
		fmt.Fprintf(os.Stderr, "measuring %s ...\n", s.name())
		f, err := measure(ctx, s, idle, starts)
		if err != nil {
			return fmt.Errorf("measuring %s: %w", s.name(), err)
		}
		results = append(results, f)
	}
	fmt.Printf("\nIdle in the tray of a virtual desktop; traymail with one account after %d polls.\n", polls)
	fmt.Printf("Times are the median of %d starts; context switches are those of all threads in %v.\n\n", starts, idle)
	return table(os.Stdout, results)
}

// build compiles one of the programs to compare with, as traymail is.
func build(ctx context.Context, folder, name, cgo string) (string, error) {
	path := filepath.Join(folder, name)
	cmd := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", path,
		"github.com/traymail/traymail/internal/desktoptest/cmd/bench/"+name)
	cmd.Env = append(os.Environ(), cgo)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building %s: %w\n%s", name, err, out)
	}
	return path, nil
}

// measure brings up a desktop of its own for s, so that no program disturbs
// another, and measures.
func measure(ctx context.Context, s subject, idle time.Duration, starts int) (f figures, err error) {
	f.name = s.name()
	d, err := desktoptest.Start(ctx, desktoptest.Options{Keyring: "bench"})
	if err != nil {
		return f, err
	}
	defer d.Close()
	if err := s.prepare(ctx, d); err != nil {
		return f, err
	}
	defer s.close()

	var icons, firsts []time.Duration
	for i := range starts + 1 {
		var cmd *exec.Cmd
		before, began := s.polls(), time.Now()
		took, err := d.TimeToIcon(ctx, func() (err error) {
			cmd, err = s.start(d)
			return err
		})
		if err != nil {
			return f, err
		}
		if i > 0 { // the first start reads the program from disk
			icons = append(icons, took)
		}
		if before >= 0 {
			if err := d.Await(ctx, "the first poll", func() bool { return s.polls() > before }); err != nil {
				return f, err
			}
			firsts = append(firsts, time.Since(began))
		}
		if i < starts {
			if err := d.Stop(ctx, cmd); err != nil {
				return f, err
			}
			continue
		}
		// The last one stays, and is what idles.
		if err := s.work(ctx, d); err != nil {
			return f, err
		}
		if err := f.idle(ctx, d, cmd.Process.Pid, idle); err != nil {
			return f, err
		}
		if f.command, err = commands(ctx, d, s, starts); err != nil {
			return f, err
		}
		if f.frame, err = frames(ctx, d, s, starts); err != nil {
			return f, err
		}
	}
	f.icon = median(icons)
	if len(firsts) > 1 {
		f.poll = median(firsts[1:])
	}
	return f, nil
}

// commands measures a command that asks what runs in the tray.
func commands(ctx context.Context, d *desktoptest.Desktop, s subject, times int) (time.Duration, error) {
	var took []time.Duration
	for i := range times + 1 {
		began := time.Now()
		if err := s.ask(ctx, d); err != nil {
			return 0, err
		}
		if i > 0 {
			took = append(took, time.Since(began))
		}
	}
	return median(took), nil
}

// inside lies within the content of a window in the middle of the screen.
var inside = desktoptest.Geometry{X: 500, Y: 200, Width: 240, Height: 360}

// frames measures the start of a window; zero where s has none.
func frames(ctx context.Context, d *desktoptest.Desktop, s subject, starts int) (time.Duration, error) {
	var times []time.Duration
	for i := range starts + 1 {
		var cmd *exec.Cmd
		took, err := d.TimeToFrame(ctx, inside, func() (err error) {
			cmd, err = s.openWindow(d)
			return err
		})
		if cmd == nil && errors.Is(err, errNoWindow) {
			return 0, nil
		}
		if err != nil {
			return 0, err
		}
		if i > 0 {
			times = append(times, took)
		}
		if err := d.Stop(ctx, cmd); err != nil {
			return 0, err
		}
		err = d.Await(ctx, "the window's end", func() bool {
			n, err := d.Colours(inside)
			return err == nil && n == 1
		})
		if err != nil {
			return 0, err
		}
	}
	return median(times), nil
}
