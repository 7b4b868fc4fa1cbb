package main

import (
	"context"
	"errors"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// engine does what commands need of a mailbox: the running tray role over the
// local socket, or, when none runs, this process itself.
type engine interface {
	api.Engine
	io.Closer
}

// startTimeout bounds the wait for a tray role that is starting, or for a
// command that holds the lifetime lock for a moment.
const startTimeout = 20 * time.Second

// openEngine asks for the running tray role first. The lifetime lock makes
// sure that only one process polls and writes the ledger.
func (e *env) openEngine(ctx context.Context) (engine, error) {
	if e.unready != nil {
		return nil, e.unready
	}
	var engine engine
	err := retry(ctx, startTimeout, func() (bool, error) {
		client, err := e.dial(ctx)
		if err == nil {
			engine = client
			return true, nil
		}
		if !errors.Is(err, ipc.ErrNotRunning) {
			return false, err
		}
		release, heldErr := e.hold(false)
		switch {
		case errors.Is(heldErr, platform.ErrLocked) && e.giveUp(err):
			return false, err
		case errors.Is(heldErr, platform.ErrLocked):
			return false, nil
		case heldErr != nil:
			return false, setupError{heldErr}
		}
		l, err := e.openLocal(release)
		if err != nil {
			release()
			return false, err
		}
		engine = l
		return true, nil
	})
	return engine, e.named(err)
}

// command is what a command does with an engine.
type command func(cmd *cobra.Command, args []string, engine engine) error

// withEngine makes a command that has an engine for the time it runs.
func (e *env) withEngine(run command) func(*cobra.Command, []string) error {
	return with(e.openEngine, run)
}

// withReader is withEngine for who asks for the accounts and nothing else.
func (e *env) withReader(run command) func(*cobra.Command, []string) error {
	return with(e.openReader, run)
}

func with(open func(context.Context) (engine, error), run command) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		engine, err := open(cmd.Context())
		if err != nil {
			return err
		}
		defer func() { _ = engine.Close() }()
		return run(cmd, args, engine)
	}
}

// keyringHint is how long the question for the keyring may be on the screen
// before the terminal says where to look.
const keyringHint = time.Second

// unlock has the keyring unlocked before what needs the password of one of the
// accounts, or any: but only for a person at the terminal, who is in front of
// the screen on which it asks.
func (e *env) unlock(ctx context.Context, engine api.Engine, accounts ...string) error {
	if e.terminal == nil || os.Getenv("SSH_CONNECTION") != "" {
		return nil
	}
	answered := make(chan error, 1)
	go func() {
		_, err := api.Unlock.Ask(ctx, engine, api.CheckRequest{Accounts: accounts})
		answered <- err
	}()
	var err error
	select {
	case err = <-answered:
	case <-time.After(keyringHint):
		e.errorf("%s\n", e.loc.T("cli.keyring_asks"))
		err = <-answered
	}
	if ctx.Err() == nil && !isProblem(err) {
		return nil // what else there is, what needs the password will say
	}
	return err
}

// isProblem says whether err is one for the user.
func isProblem(err error) bool {
	_, is := errors.AsType[*api.ProblemError](err)
	return is
}

// answerTime is how long the tray role may take for what it knows already.
const answerTime = 10 * time.Second

// orCause is err, or why ctx has ended.
func orCause(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return err
}

// openReader is openEngine for who asks for the accounts and nothing else.
// Without a tray role that answers, these stand in the settings file: neither
// lock nor ledger is needed, and no disk that can be written.
func (e *env) openReader(ctx context.Context) (engine, error) {
	client, err := e.dial(ctx)
	if !errors.Is(err, ipc.ErrNotRunning) && !errors.Is(err, ipc.ErrNoAnswer) {
		return client, err
	}
	store, err := settings.Open(e.paths.Config)
	if err != nil {
		return nil, err
	}
	h := api.Handlers{}
	api.Accounts.Handle(h, func(context.Context, api.None) ([]settings.Account, error) { return store.Settings().Accounts, nil })
	return reader{h}, nil
}

// reader is the engine of openReader.
type reader struct{ api.Handlers }

// Close implements engine.
func (reader) Close() error { return nil }

// errNoAnswer: another traymail runs, and was waited for in vain.
var errNoAnswer = errors.New("another traymail is running but does not respond")

// retry calls f, pausing in between, until it is done, fails, or limit has
// passed, which is errNoAnswer.
func retry(ctx context.Context, limit time.Duration, f func() (done bool, err error)) error {
	ctx, cancel := context.WithTimeoutCause(ctx, limit, errNoAnswer)
	defer cancel()
	for {
		done, err := f()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-time.After(50 * time.Millisecond):
		}
	}
}

// local is an engine in this process, for the time of one command.
type local struct {
	api.Handlers
	service  *app.Service
	secrets  secret.Store
	closeLog func()
	release  func()
}

func (e *env) openLocal(release func()) (*local, error) {
	store, err := settings.Open(e.paths.Config)
	if err != nil {
		return nil, err
	}
	log, logFile := e.openLog()
	secrets := e.secrets()
	service, err := app.Open(app.Options{
		Settings: store, Secrets: secrets, Ledger: e.paths.Ledger, Log: log,
		Languages: e.languages, Now: locale.Now,
	})
	if err != nil {
		_ = secrets.Close()
		_ = logFile.Close()
		return nil, setupError{err}
	}
	if aside, here := service.SetAside(); here {
		e.errorf("traymail: %s\n", e.loc.T("problem.ledger_damaged", aside))
	}
	return &local{service.Verbs(), service, secrets, func() { _ = logFile.Close() }, release}, nil
}

// languages are the reader's: what the program speaks to them, and what the
// system is set to.
func (e *env) languages() []string { return append([]string{e.loc.Tag()}, locale.System()...) }

// Close ends the service and gives the lifetime lock back.
func (l *local) Close() error {
	err := errors.Join(l.service.Close(), l.secrets.Close())
	l.closeLog()
	l.release()
	return err
}
