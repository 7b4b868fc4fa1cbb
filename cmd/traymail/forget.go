package main

import (
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/secret"
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
			secrets := e.secrets()
			defer func() { _ = secrets.Close() }()
			return e.forget(cmd.Context(), secrets)
		},
	}
	cmd.Flags().BoolVar(&everything, "everything", false, e.loc.T("cli.forget.everything"))
	cmd.Flags().BoolVar(&yes, "yes", false, e.loc.T("cli.forget.yes"))
	return cmd
}

// unregisterCommand is for the uninstaller on Windows.
const unregisterCommand = "unregister"

// newUnregister has the system forget the program, and keeps what is the
// user's.
func newUnregister(e *env) *cobra.Command {
	return &cobra.Command{
		Use: unregisterCommand, Hidden: true, Args: noArgs(e),
		RunE: func(*cobra.Command, []string) error { return platform.Unregister() },
	}
}

// forget removes whatever traymail keeps on this computer, each as far as it
// can be, and says what could not be. Passwords come first: only the settings
// and the ledger know under which names they stand in the keyring, so what
// names one that stays is kept for the next time. No file is removed while a
// tray role runs, which would write it again.
func (e *env) forget(ctx context.Context, secrets secret.Store) error {
	e.forgetByTray(ctx)
	if err := e.quit(ctx); err != nil {
		return err
	}
	var release func()
	err := retry(ctx, startTimeout, func() (bool, error) {
		var err error
		if release, err = e.hold(false); errors.Is(err, platform.ErrLocked) {
			if by, held, err := platform.HolderOf(e.paths.Lock); err == nil && held && e.giveUp(heldError{by, err}) {
				return false, heldError{by, platform.ErrLocked}
			}
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
	before := store.Settings()
	var keep []string
	if err != nil {
		tell(e.loc.T("cli.forget.accounts"), err)
		keep = append(keep, e.paths.Config)
	}
	names := map[string]string{}
	// The ledger may know of accounts that somebody has taken out of the file.
	if found, err := ledger.Inspect(e.paths.Ledger); err == nil {
		for id := range found.Polled {
			names[id] = id
		}
	}
	pending := e.pending()
	for id := range pending {
		names[id] = id
	}
	listed, byCommand := map[string]bool{}, map[string]bool{}
	for _, a := range before.Accounts {
		names[a.ID], listed[a.ID], byCommand[a.ID] = a.Name, true, a.SecretCommand != ""
	}
	stays := map[string]bool{}
	for _, id := range slices.Sorted(maps.Keys(names)) {
		if err := secrets.Delete(ctx, id); err != nil && !byCommand[id] {
			tell(e.loc.T("cli.forget.password", names[id], id), err)
			stays[id] = true
			switch note, noted := pending[id]; {
			case listed[id]:
				keep = append(keep, e.paths.Config)
			case noted:
				keep = append(keep, note)
			default:
				keep = append(keep, e.paths.Ledger)
			}
		}
	}
	if slices.Contains(keep, e.paths.Config) && store.Err() == nil {
		tell(e.loc.T("cli.forget.files"), store.Update(func(all *settings.Settings) error {
			all.Accounts = slices.DeleteFunc(all.Accounts, func(a settings.Account) bool { return !stays[a.ID] })
			all.Rules, all.Hooks, all.Preferences = nil, nil, settings.Preferences{}
			return nil
		}))
	}

	// The entry that starts a portable one is only its own where it says so.
	if e.home == "" || before.Preferences.Autostart {
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
	strange, err := e.paths.Remove(keep...)
	tell(e.loc.T("cli.forget.files"), err)
	if e.home != "" {
		_ = os.Remove(e.home) // it is the user's, and may hold more
	}
	for _, path := range strange {
		e.printf("%s\n", e.loc.T("cli.forget.strange", path))
	}
	if len(stays) > 0 {
		e.errorf("%s\n", e.loc.T("cli.forget.again"))
	}
	if failed {
		return errReported
	}
	e.printf("%s\n", e.loc.T("cli.forget.done"))
	return nil
}

// note has forget find what the keyring gets for a new account, should this
// process be killed before that is saved or taken back, which done is told.
func (e *env) note(id string) (done func()) {
	path := filepath.Join(filepath.Dir(e.paths.Ledger), platform.PendingFile(id))
	_ = os.WriteFile(path, nil, 0o600) // without it forget knows less
	return func() { _ = os.Remove(path) }
}

// pending are the notes of note by account.
func (e *env) pending() map[string]string {
	notes := map[string]string{}
	dir := filepath.Dir(e.paths.Ledger)
	files, _ := os.ReadDir(dir) // what cannot be read tells nothing
	for _, file := range files {
		if id, ok := strings.CutPrefix(file.Name(), platform.PendingFile("")); ok {
			notes[id] = filepath.Join(dir, file.Name())
		}
	}
	return notes
}

// forgetByTray lets a running tray role remove the accounts: it may reach a
// keyring that this process does not, outside the desktop session say. Whatever
// it does not remove is left to forget, which tells.
func (e *env) forgetByTray(ctx context.Context) {
	client, err := e.dial(ctx)
	if err != nil {
		return
	}
	defer func() { _ = client.Close() }()
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	accounts, err := api.Accounts.Ask(ctx, client, api.None{})
	if err != nil {
		return
	}
	for _, a := range accounts {
		_, _ = api.RemoveAccount.Ask(ctx, client, api.AccountRequest{Account: a.ID})
	}
}
