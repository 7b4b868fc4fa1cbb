package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/trayview"
)

func newWatch(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "watch",
		Short:   e.loc.T("cli.watch.short"),
		Long:    e.loc.T("cli.watch.long"),
		Example: "  traymail watch\n  systemctl --user enable --now traymail-watch",
		Args:    noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runWatch(cmd.Context(), e, os.Getenv)
		},
	}
}

// credentialsVariable names the folder of a unit's credentials (systemd.exec(5)).
const credentialsVariable = "CREDENTIALS_DIRECTORY"

// runWatch is the tray role without a tray: what it does besides is the same,
// and there is one of both at a time.
func runWatch(ctx context.Context, e *env, getenv func(string) string) error {
	if e.unready != nil {
		return e.unready
	}
	log, supervisor := e.journal(e.stderr, getenv("JOURNAL_STREAM") != ""), platform.SupervisorOf(getenv)
	release, err := e.holdForWatch(ctx, log, supervisor)
	if err != nil && ctx.Err() != nil {
		return nil // it was told to end
	} else if err != nil {
		return err
	}
	defer release()
	credentials := getenv(credentialsVariable)
	store, err := settings.Open(e.paths.Config)
	if err != nil {
		return err
	}
	if without := secretless(store.Settings().Accounts, credentials); len(without) > 0 && !platform.HasSession() {
		return usageError{errors.New(e.loc.T("cli.watch.no_secret", strings.Join(without, ", ")))}
	}
	r := newRole(e, log)
	defer r.close()
	o := trayOptions{
		background: true, supervised: true, headless: true,
		supervisor: supervisor, secrets: secret.WithCredentials(credentials, e.secrets()),
	}
	if err := r.assemble(ctx, o); err != nil {
		return err
	}
	return r.run(ctx, o)
}

// holdForWatch takes the lifetime lock, after the command that may have it.
func (e *env) holdForWatch(ctx context.Context, log *slog.Logger, s platform.Supervisor) (release func(), err error) {
	for {
		var by platform.Holder
		err := retry(ctx, endTime, func() (done bool, err error) {
			if release, err = e.hold(true); !errors.Is(err, platform.ErrLocked) {
				return true, err
			}
			by, _, _ = platform.HolderOf(e.paths.Lock)
			return by.PID != 0, nil // else it is about to write that down, or has just ended
		})
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case release != nil:
			return release, nil
		case err != nil && !errors.Is(err, errNoAnswer):
			return nil, setupError{err}
		case !commandHolds(by):
			return nil, errors.New(e.loc.T("cli.watch.runs_already"))
		}
		if err := e.outlast(ctx, by, log, s); err != nil {
			return nil, err
		}
	}
}

// secretless are the accounts whose secret only a keyring could have.
func secretless(accounts []settings.Account, credentials string) (ids []string) {
	for _, a := range accounts {
		// What renews itself has to be written again as well.
		if a.OAuth != (settings.OAuth{}) || a.SecretCommand == "" && !secret.HasCredential(credentials, a.ID) {
			ids = append(ids, a.ID)
		}
	}
	return ids
}

// journal is a logger for somebody who reads stderr. The journal has a time of
// its own and takes priorities as sd-daemon(3) has them.
func (e *env) journal(w io.Writer, journal bool) *slog.Logger {
	if !journal {
		return e.logger(w)
	}
	return slog.New(slog.NewTextHandler(priorities{w}, &slog.HandlerOptions{Level: e.level, ReplaceAttr: func(groups []string, a slog.Attr) slog.Attr {
		if len(groups) == 0 && a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// priorities puts a level as the journal reads it before each line, of which
// each is one write.
type priorities struct{ w io.Writer }

func (p priorities) Write(line []byte) (int, error) {
	level, rest, ok := bytes.Cut(line, []byte(" "))
	priority := map[string]string{"level=ERROR": "<3>", "level=WARN": "<4>", "level=INFO": "<6>", "level=DEBUG": "<7>"}[string(level)]
	if !ok || priority == "" {
		priority, rest = "", line
	}
	if _, err := p.w.Write(append([]byte(priority), rest...)); err != nil {
		return 0, err
	}
	return len(line), nil
}

// attend is what run does in place of a tray: it tells the supervisor how things
// are, until ctx ends.
func (r *trayRole) attend(ctx context.Context, s platform.Supervisor) error {
	tell := func(err error) {
		if err != nil {
			r.log.Warn("telling the supervisor", "error", err)
		}
	}
	changed, unsubscribe := r.service.Subscribe()
	defer unsubscribe()
	var pulse <-chan time.Time
	if s.Watchdog > 0 {
		ticker := time.NewTicker(s.Watchdog / 2)
		defer ticker.Stop()
		pulse = ticker.C
	}
	r.log.Info("watching", "accounts", len(r.service.Accounts()))
	tell(s.Tell(platform.SupervisorReady))
	last, unseen := "", -1
	for {
		now := r.service.Snapshot() // who holds the engine up holds this up, and is no longer well
		calm := now
		calm.Checking = false
		if status := trayview.States(calm, locale.Now(), r.loc)[0]; status != last {
			last = status
			tell(s.TellStatus(status))
		}
		if now.Unseen != unseen {
			unseen = now.Unseen
			r.log.Info("unseen messages", "unseen", unseen)
		}
		select {
		case <-ctx.Done():
			tell(s.Tell(platform.SupervisorStopping))
			return nil
		case <-changed:
		case <-pulse:
			tell(s.Tell(platform.SupervisorWell))
		}
	}
}

// arrived tells the hooks of new messages, and who reads the log how many.
func (r *trayRole) arrived(account string, list []api.NewMail, more int) {
	r.log.Info("new messages", "account", account, "new", len(list)+more)
	r.hooks.Arrived(account, list, more)
}
