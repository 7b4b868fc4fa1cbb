package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"syscall"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor"
	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/secret/keyring"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/window"
)

// env is what every command shares: the global flags and what follows from them.
type env struct {
	home     string
	logLevel string
	// command is the one that runs, such as "traymail fetch".
	command string

	// alone: the process is this program's and nobody else's, as it is not in
	// most tests.
	alone bool

	loc    *locale.Catalogue
	paths  platform.Paths
	level  slog.Level
	stdin  io.Reader
	stdout io.Writer
	stderr io.Writer
	// terminal is nil where nobody can be asked.
	terminal prompter
	// columns is the width of the terminal that stdout is; 0 where it is none.
	columns int
	// coloured: stdout is a terminal that shows styles, and the user wants them.
	coloured bool
	// keyring replaces that of the system in tests.
	keyring secret.Store
	// browse replaces platform.OpenURL in tests.
	browse func(ctx context.Context, address string) error
	// unready is why not all of our folders are there; only who merely reads
	// can do without.
	unready error
	// unwritten is why stdout could not be written.
	unwritten error
}

// secrets opens the keyring.
func (e *env) secrets() secret.Store {
	if e.keyring != nil {
		return e.keyring
	}
	return keyring.New()
}

// prepare resolves the global flags.
func (e *env) prepare() error {
	if err := e.level.UnmarshalText([]byte(e.logLevel)); err != nil {
		return usageError{errors.New(e.loc.T("cli.bad_log_level", e.logLevel))}
	}
	if e.home != "" {
		// Children may start elsewhere.
		home, err := filepath.Abs(e.home)
		if err != nil {
			return usageError{err}
		}
		e.home = home
	}
	paths, err := platform.PathsFor(e.home)
	if err != nil {
		e.unready = setupError{err}
		if paths.Config == "" {
			return e.unready
		}
	}
	e.paths = paths
	return nil
}

// childArgs are the global flags for another process of this program.
func (e *env) childArgs() []string {
	args := []string{"--log-level", e.logLevel}
	if e.home != "" {
		args = append(args, "--home", e.home)
	}
	return args
}

// openLog returns a logger on the log file. A log that cannot be written is
// no reason not to start.
func (e *env) openLog() (*slog.Logger, io.Closer) {
	f, err := platform.OpenLog(e.paths.Log)
	if err != nil {
		e.errorf("traymail: %s\n", e.loc.T("cli.no_log", err.Error()))
		return slog.New(slog.DiscardHandler), io.NopCloser(nil)
	}
	return e.logger(f), f
}

func (e *env) logger(w io.Writer) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: e.level}))
}

// outputError is why stdout could not be written.
type outputError struct{ error }

func (e outputError) Unwrap() error { return e.error }

// sentence is what the user reads about err.
func (e *env) sentence(err error) string {
	if tooManyFiles(err) {
		return e.setupSentence(err)
	}
	if text, ok := explain.Error(err, e.loc); ok {
		if known, is := errors.AsType[*api.ProblemError](err); is {
			text = explain.AtTerminal(text, &known.Problem, e.loc)
		}
		return text
	}
	var setup setupError
	var drawing *window.DrawingError
	var held heldError
	var lost lostError
	var output outputError
	switch {
	case errors.As(err, &output):
		return e.loc.T("cli.unwritten", output.Error())
	case errors.As(err, &drawing):
		text, advice := doctor.NoWindows(facts.Windows{NoDisplay: drawing.NoDisplay, Store: platform.StoreHasOpenGL}, e.loc)
		return e.loc.T("problem.join", text, advice)
	case errors.Is(err, ipc.ErrVersion):
		return e.loc.T("cli.other_version")
	case errors.As(err, &lost):
		return e.lostSentence(lost)
	case errors.As(err, &held) && held.by.Host != "" && held.by.Host != hostname():
		return e.loc.T("cli.held_elsewhere", held.by.Host, e.loc.Moment(held.by.Since, time.Now()))
	case errors.As(err, &held) && held.byCommand():
		return e.loc.T("cli.at_work", held.by.Command, held.by.PID, e.loc.Moment(held.by.Since, time.Now()))
	case errors.As(err, &held) && held.by.PID != 0:
		return e.loc.T("cli.no_answer_of", held.by.PID, e.loc.Moment(held.by.Since, time.Now()))
	case errors.As(err, &held), errors.Is(err, errNoAnswer), errors.Is(err, ipc.ErrNoAnswer):
		return e.loc.T("cli.no_answer")
	case errors.As(err, &setup):
		return e.setupSentence(setup.err)
	case diskFull(err), errors.Is(err, syscall.EROFS):
		return e.setupSentence(err)
	case errors.Is(err, context.Canceled):
		return e.loc.T("cli.interrupted")
	}
	return err.Error()
}

// exitCode tells wrong configuration from failure.
func exitCode(err error) int {
	var file *settings.FileError
	var problem *api.ProblemError
	switch {
	case tooManyFiles(err):
		return exitFailed
	case errors.As(err, &file), errors.Is(err, api.ErrNoAccount):
		return exitUsage
	case errors.As(err, &problem) && problem.Problem.Kind == api.KindConfig:
		// What has no code, or a full disk, is no mistake in what was written.
		if code := problem.Problem.Code; code != "" && code != api.CodeDiskFull {
			return exitUsage
		}
	}
	return exitFailed
}

// printf writes to stdout, and nothing that a terminal would obey.
func (e *env) printf(format string, args ...any) {
	e.write(plaintext.Reveal(fmt.Sprintf(format, args...)))
}

// write writes to stdout as it is. That it failed is the command's failure;
// see run.
func (e *env) write(text string) {
	if _, err := io.WriteString(e.stdout, text); err != nil && e.unwritten == nil {
		e.unwritten = outputError{err}
	}
}

func (e *env) printJSON(v any) error {
	var text bytes.Buffer
	enc := json.NewEncoder(&text)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(v); err != nil {
		return err
	}
	e.write(plaintext.Reveal(text.String()))
	return nil
}

// errorf is printf to stderr, beyond which there is nobody to tell.
func (e *env) errorf(format string, args ...any) {
	_, _ = io.WriteString(e.stderr, plaintext.Reveal(fmt.Sprintf(format, args...)))
}
