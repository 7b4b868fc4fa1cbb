package main

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"github.com/traymail/traymail/internal/notify"
	"github.com/traymail/traymail/internal/platform"
)

// setupError says that something of what traymail keeps cannot be used: its
// folders, lock, ledger or socket.
type setupError struct{ err error }

func (e setupError) Error() string { return e.err.Error() }
func (e setupError) Unwrap() error { return e.err }

// tooManyFiles says that no more files can be opened, by this process or by
// any; which of them it was tells nobody anything.
func tooManyFiles(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE)
}

// diskFull says that there is no room for what traymail writes: on the disk,
// or in what this user may have of it.
func diskFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || errors.Is(err, syscall.EFBIG)
}

// setupSentence says what is wrong with a file, and what to do.
func (e *env) setupSentence(err error) string {
	var file *fs.PathError
	named := errors.As(err, &file)
	switch {
	case tooManyFiles(err):
		return e.loc.T("cli.too_many_files")
	case diskFull(err):
		return e.loc.T("problem.disk_full")
	case named && errors.Is(err, syscall.EROFS):
		return e.loc.T("cli.read_only", file.Path)
	case named && errors.Is(err, fs.ErrPermission):
		return e.loc.T("cli.denied", file.Path)
	}
	// Of several errors joined each has a line; those of Windows end in a period.
	return e.loc.T("cli.cannot_set_up", strings.TrimRight(strings.ReplaceAll(err.Error(), "\n", "; "), "."))
}

// couldNotStart says why there is no tray to those who do not see stderr:
// in the log, and on the desktop if it is from there that traymail was
// started.
func (e *env) couldNotStart(ctx context.Context, err error, sentence string) {
	if ctx.Err() != nil {
		return // it was told to end
	}
	log := slog.New(slog.DiscardHandler)
	if file, err := platform.OpenLog(e.paths.Log); err == nil {
		defer func() { _ = file.Close() }()
		log = e.logger(file)
	}
	title := e.loc.T("cli.could_not_start")
	if lost := (lostError{}); errors.As(err, &lost) {
		title = e.loc.T("cli.had_to_end")
	}
	log.Error(title, "error", err)
	e.tellDesktop(ctx, title, sentence, log)
}

// tellDesktop says what failed on the desktop, unless somebody reads stderr.
func (e *env) tellDesktop(ctx context.Context, title, sentence string, log *slog.Logger) {
	if stderr, ok := e.stderr.(*os.File); !ok || !platform.Unheard(stderr) {
		return
	}
	if err := notify.Failure(ctx, title, sentence); err != nil {
		log.Warn("nobody could be told", "error", err)
	}
}
