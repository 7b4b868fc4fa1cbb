package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/traymail/traymail/internal/notify"
	"github.com/traymail/traymail/internal/platform"
)

// maxRestarts is how often within an hour the tray role starts again by itself.
const maxRestarts = 3

// crashes is the folder of what crashes leave.
func (e *env) crashes() string { return filepath.Dir(e.paths.Log) }

// guard has a crash of this process reported, and the tray role started again.
// It returns the report of the crash that the process before this one ended
// with, if it did, and an error if that was once too often.
func (r *trayRole) guard(o trayOptions) (report string, err error) {
	dir := r.e.crashes()
	report, err = platform.CollectCrash(dir, "traymail "+versionText())
	if report != "" {
		r.log.Error("traymail has crashed", "report", report)
	}
	if o.restarted {
		// What cannot be counted might go on for ever.
		if err != nil {
			return "", setupError{err}
		}
		count := 0
		for _, crash := range platform.CrashReports(dir) {
			if time.Since(crash.When).Abs() < time.Hour { // a clock may have been ahead
				count++
			}
		}
		if count > maxRestarts {
			return "", errors.New(r.loc.T("cli.crashed_often", count, report))
		}
	} else if err != nil {
		r.log.Warn("reporting a crash", "error", err)
	}
	if err := platform.CatchCrashes(dir); err != nil {
		r.log.Warn("crashes will not be reported", "error", err)
		return report, nil
	}
	if o.supervised {
		return report, nil
	}
	exe, err := os.Executable()
	var guard io.Closer
	if err == nil {
		guard, err = platform.RestartAfterCrash(dir, exe, append([]string{"--background", "--restarted"}, r.e.childArgs()...)...)
	}
	if err == nil {
		r.closers = append(r.closers, guard.Close)
	} else if !errors.Is(err, errors.ErrUnsupported) {
		r.log.Warn("it will not start again after a crash", "error", err)
	}
	return report, nil
}

// tellOfCrash says once where the report is.
func (r *trayRole) tellOfCrash(ctx context.Context, report string) {
	title, text := r.loc.T("cli.crashed_title"), r.loc.T("cli.crashed", report)
	go func() { // on Windows until the user closes it, for which nothing waits
		if err := notify.Failure(ctx, title, text); err != nil {
			r.log.Warn("telling of a crash", "error", err)
		}
	}()
}
