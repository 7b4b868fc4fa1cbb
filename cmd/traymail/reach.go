package main

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"slices"
	"time"

	"golang.org/x/mod/semver"

	"github.com/traymail/traymail"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/window"
)

// heldError: another traymail holds the lifetime lock and cannot be talked to.
// It is an ErrNotRunning as long as it may be starting or about to end, and an
// ErrNoAnswer otherwise.
type heldError struct {
	by  platform.Holder
	err error
}

func (e heldError) Error() string { return e.err.Error() }
func (e heldError) Unwrap() error { return e.err }

// byCommand says whether a command holds the lock, which ends by itself.
func (e heldError) byCommand() bool { return commandHolds(e.by) }

func commandHolds(by platform.Holder) bool {
	return !by.Tray && by.Command != "" && by.Host == hostname()
}

// lasts says whether err is that of a lock held by a command that may last.
func lasts(err error) bool {
	held, is := errors.AsType[heldError](err)
	return is && held.byCommand() && held.by.Lasting
}

// giveUp says whether it is no use to wait for the end of that: for a person,
// who can be told, and for a script where it has lasted longer already than
// would be waited. Several that cron starts at the same time take turns.
func (e *env) giveUp(err error) bool {
	held, _ := errors.AsType[heldError](err)
	return lasts(err) && (e.terminal != nil || time.Since(held.by.Since) > startTimeout)
}

// endTime is how long a tray role that no longer listens may take to end.
const endTime = 3 * time.Second

// dial connects to the tray role, wherever it listens: not every process of a
// user has the variables that say where. A heldError says that there is none
// that answers, but somebody holds the lifetime lock.
func (e *env) dial(ctx context.Context) (client *ipc.Client, err error) {
	var holder platform.Holder
	late := retry(ctx, endTime, func() (done bool, _ error) {
		if client, err = nil, ipc.ErrNotRunning; e.paths.Socket != "" {
			client, err = ipc.Dial(ctx, e.paths.Socket)
		}
		if !errors.Is(err, ipc.ErrNotRunning) && !errors.Is(err, ipc.ErrNoAnswer) {
			return true, nil
		}
		now, held, heldErr := platform.HolderOf(e.paths.Lock)
		if heldErr != nil || !held {
			return true, nil // whoever needs the lock sees what is wrong with it
		}
		holder = now
		if holder.Socket != "" && holder.Socket != e.paths.Socket {
			client, err = ipc.Dial(ctx, holder.Socket)
		}
		if err == nil || errors.Is(err, ipc.ErrVersion) {
			return true, nil
		}
		err = heldError{holder, err}
		return holder.Socket == "" || errors.Is(err, ipc.ErrNoAnswer), nil
	})
	if errors.Is(late, errNoAnswer) {
		err = heldError{holder, ipc.ErrNoAnswer}
	} else if late != nil {
		err = late
	}
	return client, err
}

// outdated says whether the tray role that was dialled is of an older version
// than this program: an update has left it behind.
func outdated(client *ipc.Client, err error) bool {
	var other *ipc.VersionError
	switch {
	case err == nil:
		theirs := "v" + client.Program()
		return semver.IsValid(theirs) && semver.Compare(theirs, "v"+traymail.Version()) < 0
	case errors.As(err, &other):
		return other.Protocol < ipc.Version
	}
	return false
}

// replace ends such a tray role and waits until its place is free. client is
// nil where it speaks another protocol.
func (e *env) replace(ctx context.Context, client *ipc.Client) error {
	if client != nil {
		if err := client.Quit(ctx); err != nil {
			return err
		}
	} else if holder, held, err := platform.HolderOf(e.paths.Lock); err != nil || !held || !holder.Tray || holder.Host != hostname() {
		return ipc.ErrVersion // nobody knows who it is
	} else if err := platform.Terminate(holder.PID); err != nil {
		return errors.Join(ipc.ErrVersion, err)
	}
	return e.named(retry(ctx, startTimeout, func() (bool, error) {
		_, held, err := platform.HolderOf(e.paths.Lock)
		return err == nil && !held, err
	}))
}

// hold takes the lifetime lock, for the tray role or for a command.
func (e *env) hold(tray bool) (release func(), err error) {
	return platform.Hold(e.paths.Lock, e.holder(tray, ""))
}

// holder is this process.
func (e *env) holder(tray bool, socket string) platform.Holder {
	h := platform.Holder{PID: os.Getpid(), Host: hostname(), Since: started, Tray: tray, Display: platform.Display(), Socket: socket}
	if !tray {
		h.Command = e.command
		h.Lasting = slices.Contains([]string{"traymail fetch", "traymail console"}, e.command)
	}
	return h
}

// outlast waits until a command that holds the lifetime lock gives it back, or
// another one has it. The supervisor, if there is one, is told that all is well
// meanwhile.
func (e *env) outlast(ctx context.Context, by platform.Holder, log *slog.Logger, s platform.Supervisor) error {
	log.Info("waiting until a command has ended", "command", by.Command, "process", by.PID, "since", by.Since)
	tell := func(err error) {
		if err != nil {
			log.Warn("telling the supervisor", "error", err)
		}
	}
	tell(s.TellStatus(e.waitSentence(by)))
	tell(s.Tell(platform.SupervisorReady))
	var pulse <-chan time.Time
	if s.Watchdog > 0 {
		ticker := time.NewTicker(s.Watchdog / 2)
		defer ticker.Stop()
		pulse = ticker.C
	}
	look := time.NewTicker(lookPause) // nothing tells of a process that is killed
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			tell(s.Tell(platform.SupervisorStopping))
			return context.Cause(ctx)
		case <-pulse:
			tell(s.Tell(platform.SupervisorWell))
		case <-look.C:
			now, held, err := platform.HolderOf(e.paths.Lock)
			if err != nil {
				return setupError{err}
			}
			if !held || now.PID != by.PID || !now.Since.Equal(by.Since) {
				return nil
			}
		}
	}
}

// lookPause is how often outlast looks.
const lookPause = 250 * time.Millisecond

// waitSentence says what the tray role waits for.
func (e *env) waitSentence(by platform.Holder) string {
	return e.loc.T("cli.starts_after", by.Command, by.PID, e.loc.Moment(by.Since, time.Now()))
}

// started is when this process was. What is written down has no more.
var started = time.Now().Round(0)

// hostname is this computer's name; empty if it has none.
func hostname() string {
	name, _ := os.Hostname()
	return name
}

// lostError says that the tray role had to end: its folder is another's now,
// or gone.
type lostError struct{ err error }

func (e lostError) Error() string { return e.err.Error() }
func (e lostError) Unwrap() error { return e.err }

// lostSentence says why, and what to do.
func (e *env) lostSentence(lost lostError) string {
	var gone *platform.GoneError
	var taken *platform.TakenError
	switch {
	case errors.As(lost, &gone):
		return e.loc.T("cli.folder_gone", gone.Folder)
	case errors.As(lost, &taken):
		return e.loc.T("cli.taken_over", taken.By.Host)
	}
	return lost.Error()
}

// named says who was waited for in vain.
func (e *env) named(err error) error {
	if !errors.Is(err, errNoAnswer) {
		return err
	}
	if holder, held, heldErr := platform.HolderOf(e.paths.Lock); heldErr == nil && held {
		return heldError{holder, err}
	}
	return err
}

// runsElsewhere says whether the tray role that runs is on another display than
// this process, where its icon and its windows would be looked for in vain; then
// it says so. What opens no window leaves it at that.
func (e *env) runsElsewhere(quiet bool) bool {
	holder, held, err := platform.HolderOf(e.paths.Lock)
	if err != nil || !held || !holder.Tray || platform.Display() == "" || platform.Sees(holder.Display) {
		return false
	}
	since := e.loc.Moment(holder.Since, time.Now())
	switch {
	case holder.Display == "":
		e.errorf("traymail: %s\n", e.loc.T("cli.runs_without_display", since))
	case quiet || !window.Available:
		e.errorf("traymail: %s\n", e.loc.T("cli.runs_elsewhere", holder.Display, since))
	default:
		e.errorf("traymail: %s\n", e.loc.T("cli.runs_elsewhere_opens", holder.Display, since))
	}
	return true
}
