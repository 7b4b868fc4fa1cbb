package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"slices"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/secret/keyring"
	"github.com/traymail/traymail/internal/settings"
)

func newForget(e *env) *cobra.Command {
	var everything, yes bool
	cmd := &cobra.Command{
		Use:     "forget --everything",
		Short:   e.loc.T("cli.forget.short"),
		Long:    e.loc.T("cli.forget.long"),
		Example: "  traymail forget --everything",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case !everything:
				return usageError{errors.New(e.loc.T("cli.wrong_arguments", cmd.UseLine()))}
			case !yes && e.terminal == nil:
				return usageError{errors.New(e.loc.T("cli.forget.sure"))}
			}
			return noArgs(e)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !yes {
				answer, err := e.terminal.Line(cmd.Context(), e.loc.T("cli.forget.ask"))
				if err != nil {
					return err
				}
				if !e.agreed(answer) {
					return errors.New(e.loc.T("cli.forget.kept"))
				}
			}
			secrets := keyring.New()
			defer func() { _ = secrets.Close() }()
			return e.forget(cmd.Context(), secrets)
		},
	}
	cmd.Flags().BoolVar(&everything, "everything", false, e.loc.T("cli.forget.everything"))
	cmd.Flags().BoolVar(&yes, "yes", false, e.loc.T("cli.forget.yes"))
	return cmd
}

// forget removes whatever traymail keeps on this computer, each as far as it
// can be, and says what could not be. Nothing is removed while a tray role
// runs, which would write it again.
func (e *env) forget(ctx context.Context, secrets secret.Store) error {
	if err := e.quit(ctx); err != nil {
		return err
	}
	var release func()
	err := retry(ctx, startTimeout, func() (bool, error) {
		var err error
		if release, err = e.hold(false); errors.Is(err, platform.ErrLocked) {
			return false, nil
		}
		return true, err
	})
	if err != nil && e.unready == nil {
		return e.named(err)
	}
	failed := false
	tell := func(what string, err error) {
		if err == nil {
			return
		}
		failed = true
		e.errorf("%s\n", e.loc.T("cli.account_line", what, err.Error()))
	}

	store, err := settings.Open(e.paths.Config)
	tell(e.loc.T("cli.forget.accounts"), err)
	names := map[string]string{}
	// The ledger may know of accounts that somebody has taken out of the file.
	if found, err := ledger.Inspect(e.paths.Ledger); err == nil {
		for id := range found.Polled {
			names[id] = id
		}
	}
	hasSecret := map[string]bool{}
	for _, a := range store.Settings().Accounts {
		names[a.ID], hasSecret[a.ID] = a.Name, a.SecretCommand == ""
	}
	for _, id := range slices.Sorted(maps.Keys(names)) {
		if err := secrets.Delete(ctx, id); err != nil && hasSecret[id] {
			tell(e.loc.T("cli.forget.password", names[id], id), err)
		}
	}

	// The entry that starts a portable one is only its own where it says so.
	if e.home == "" || store.Settings().Preferences.Autostart {
		exe, err := os.Executable()
		if err == nil {
			err = platform.NewAutostart(exe).Set(ctx, false)
		}
		tell(e.loc.T("cli.forget.autostart"), err)
	}
	if e.home == "" {
		tell(e.loc.T("cli.forget.registrations"), platform.Unregister())
		tell(e.loc.T("cli.forget.files"), platform.RemoveToolkit())
	}
	if release != nil {
		release() // on Windows nobody removes a file that is locked
	}
	strange, err := e.paths.Remove()
	tell(e.loc.T("cli.forget.files"), err)
	if e.home != "" {
		_ = os.Remove(e.home) // it is the user's, and may hold more
	}
	for _, path := range strange {
		e.printf("%s\n", e.loc.T("cli.forget.strange", path))
	}
	if failed {
		return errReported
	}
	e.printf("%s\n", e.loc.T("cli.forget.done"))
	return nil
}
