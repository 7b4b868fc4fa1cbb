package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// figures are what one program costs.
type figures struct {
	name string
	// anonymous and resident memory, in bytes.
	anonymous, resident float64
	// switches of all threads, voluntary or not, while it idled.
	switches float64
	// icon is from start to tray icon, poll from start to the login of the first
	// poll, frame from start to a window's first frame, and command what one
	// takes that asks the tray role; zero is none.
	icon, poll, frame, command time.Duration
}

// idle measures memory, and context switches during a time.
func (f *figures) idle(ctx context.Context, d *desktoptest.Desktop, pid int, length time.Duration) error {
	if err := calm(ctx, d, pid); err != nil {
		return err
	}
	before, err := switches(pid)
	if err != nil {
		return err
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(length):
	}
	after, err := switches(pid)
	if err != nil {
		return err
	}
	for thread, n := range after {
		f.switches += float64(n - before[thread])
	}
	f.anonymous, f.resident, err = memory(pid)
	return err
}

// rest is longer than anything that a command leaves behind when it asks the
// tray role for a poll: the deadline of that connection is a timer of 10 s,
// which Go drops only when it is due.
const rest = 12 * time.Second

// calm waits until a program has finished what it was doing: until it has not
// run for a while. One that never rests is measured as it is.
func calm(ctx context.Context, d *desktoptest.Desktop, pid int) error {
	var last int
	var failed error
	since := time.Now()
	err := d.AwaitFor(ctx, 2*rest, "rest", func() bool {
		all, err := switches(pid)
		if err != nil {
			failed = err
			return true
		}
		sum := 0
		for _, n := range all {
			sum += n
		}
		if sum != last {
			last, since = sum, time.Now()
		}
		return time.Since(since) >= rest
	})
	if err != nil && ctx.Err() == nil {
		err = nil // it never rests: that is what will be measured
	}
	return errors.Join(err, failed)
}

// switches reads the context switches of each thread so far.
func switches(pid int) (map[string]int, error) {
	threads, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/status", pid))
	if err != nil {
		return nil, err
	}
	if len(threads) == 0 {
		return nil, fmt.Errorf("process %d has ended", pid)
	}
	all := map[string]int{}
	for _, path := range threads {
		b, err := os.ReadFile(path)
		if err != nil {
			continue // a thread that has just ended
		}
		all[path] = int(field(b, "voluntary_ctxt_switches:") + field(b, "nonvoluntary_ctxt_switches:"))
	}
	return all, nil
}

// memory reads what a process has in memory, in bytes.
func memory(pid int) (anonymous, resident float64, err error) {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
	if err != nil {
		return 0, 0, err
	}
	const kB = 1024
	return field(b, "Anonymous:") * kB, field(b, "Rss:") * kB, nil
}

// field returns the number behind a name at the beginning of a line.
func field(text []byte, name string) float64 {
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			if words := strings.Fields(rest); len(words) > 0 {
				n, _ := strconv.ParseFloat(words[0], 64)
				return n
			}
		}
	}
	return 0
}

func median(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

// table prints results side by side; the first is traymail's, the second a
// bare systray program's, the third a bare Fyne program's.
func table(w io.Writer, results []figures) error {
	const mb = 1e6
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...string) { _, _ = fmt.Fprintln(t, strings.Join(cells, "\t")+"\t") }
	head := []string{"", "goal"}
	for _, f := range results {
		head = append(head, f.name)
	}
	row(append(head, "÷ systray", "÷ Fyne", "")...)
	for _, line := range []struct {
		name, unit string
		goal       float64
		of         func(figures) float64
	}{
		{"anonymous memory", "MB", 8, func(f figures) float64 { return f.anonymous / mb }},
		{"resident memory", "MB", 30, func(f figures) float64 { return f.resident / mb }},
		{"context switches", "", 0, func(f figures) float64 { return f.switches }},
		{"start to tray icon", "ms", 100, func(f figures) float64 { return f.icon.Seconds() * 1000 }},
		{"start to first poll", "ms", 300, func(f figures) float64 { return f.poll.Seconds() * 1000 }},
		{"status", "ms", 30, func(f figures) float64 { return f.command.Seconds() * 1000 }},
		{"settings to first frame", "ms", 400, func(f figures) float64 { return f.frame.Seconds() * 1000 }},
	} {
		cells := []string{line.name, strings.TrimSpace(fmt.Sprintf("≤ %g %s", line.goal, line.unit))}
		own := line.of(results[0])
		for _, f := range results {
			v := line.of(f)
			switch {
			case line.unit == "ms" && v == 0:
				cells = append(cells, "-")
			case line.unit == "MB":
				cells = append(cells, fmt.Sprintf("%.1f MB", v))
			default:
				cells = append(cells, strings.TrimSpace(fmt.Sprintf("%.0f %s", v, line.unit)))
			}
		}
		for _, other := range results[1:] {
			if v := line.of(other); v > 0 {
				cells = append(cells, fmt.Sprintf("%.2f", own/v))
			} else {
				cells = append(cells, "-")
			}
		}
		verdict := "met"
		if own > line.goal {
			verdict = "MISSED"
		}
		row(append(cells, verdict)...)
	}
	return t.Flush()
}
