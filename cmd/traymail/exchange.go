package main

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/thunderbird"
)

func newAccountExport(e *env) *cobra.Command {
	var withCommands bool
	cmd := &cobra.Command{
		Use:     "export [FILE]",
		Short:   e.loc.T("cli.export.short"),
		Long:    e.loc.T("cli.export.long"),
		Example: "  traymail account export accounts.toml\n  traymail account export --with-commands > accounts.toml",
		Args:    atMostOneArg(e),
		RunE: e.withReader(func(cmd *cobra.Command, args []string, engine engine) error {
			accounts, err := api.Accounts.Ask(cmd.Context(), engine, api.None{})
			if err != nil {
				return err
			}
			if len(accounts) == 0 {
				return errors.New(e.loc.T("cli.no_accounts"))
			}
			raw, err := settings.ExportAccounts(accounts, withCommands)
			if err != nil {
				return err
			}
			if len(args) == 0 || args[0] == "-" {
				e.printf("%s", raw)
				return nil
			}
			if err := writeNew(args[0], raw); !errors.Is(err, fs.ErrExist) {
				return err
			}
			return usageError{errors.New(e.loc.T("cli.export.exists", args[0]))}
		}),
	}
	cmd.Flags().BoolVar(&withCommands, "with-commands", false, e.loc.T("cli.export.with_commands"))
	return cmd
}

// writeNew writes a file that is not there yet.
func writeNew(path string, raw []byte) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600) //nolint:gosec // G304: the user names it
	if err != nil {
		return err
	}
	_, err = f.Write(raw)
	return errors.Join(err, f.Close())
}

func atMostOneArg(e *env) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 1 {
			return usageError{errors.New(e.loc.T("cli.wrong_arguments", cmd.UseLine()))}
		}
		return nil
	}
}

// importOptions are the flags of account import.
type importOptions struct {
	withCommands, dryRun, asJSON bool
	thunderbird, popState        bool
}

func newAccountImport(e *env) *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import (FILE | --thunderbird [PROFILE])",
		Short: e.loc.T("cli.import.short"),
		Long:  e.loc.T("cli.import.long"),
		Example: `  traymail account import accounts.toml --dry-run
  traymail account import accounts.toml
  traymail account import --thunderbird --dry-run`,
		Args: func(cmd *cobra.Command, args []string) error {
			if o.thunderbird {
				return atMostOneArg(e)(cmd, args)
			}
			return exactArgs(e, 1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			var offered offer
			var err error
			if o.thunderbird {
				offered, err = e.offerOfThunderbird(args, o.popState)
			} else {
				offered, err = e.offerOf(cmd.Context(), args[0], o.withCommands)
			}
			if err != nil {
				return err
			}
			return e.importAccounts(cmd, offered, o)
		},
	}
	f := cmd.Flags()
	f.BoolVar(&o.thunderbird, "thunderbird", false, e.loc.T("cli.import.thunderbird"))
	f.BoolVar(&o.popState, "popstate", false, e.loc.T("cli.import.popstate"))
	f.BoolVar(&o.dryRun, "dry-run", false, e.loc.T("cli.import.dry_run"))
	f.BoolVar(&o.withCommands, "with-commands", false, e.loc.T("cli.import.with_commands"))
	f.BoolVar(&o.asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

// offer is what a file has for us; what was wrong with the rest is in the
// user's language.
type offer struct {
	accounts        []settings.Account
	problems, notes []string
}

// offerOf reads a file of accounts, or standard input for "-". Either may be a
// pipe whose other end waits.
func (e *env) offerOf(ctx context.Context, path string, withCommands bool) (offer, error) {
	raw, err := interruptible(ctx, func() ([]byte, error) {
		in := e.stdin
		if path != "-" {
			f, err := os.Open(path) //nolint:gosec // G304: the user names it
			if err != nil {
				return nil, err
			}
			defer func() { _ = f.Close() }()
			in = f
		}
		return io.ReadAll(io.LimitReader(in, settings.MaxExchange+1))
	})
	if err != nil {
		return offer{}, err
	}
	name := path
	if path == "-" {
		name = "stdin"
	}
	read, err := settings.ReadAccounts(name, raw, withCommands)
	var file *settings.FileError
	if errors.As(err, &file) {
		return offer{}, usageError{errors.New(explain.File(file, e.loc))}
	}
	o := offer{accounts: read.Accounts}
	for _, p := range read.Problems {
		o.problems = append(o.problems, explain.File(p, e.loc))
	}
	for _, n := range read.Notes {
		o.notes = append(o.notes, explain.File(n, e.loc))
	}
	return o, err
}

// offerOfThunderbird reads a profile: the one that is named, or the one that
// Thunderbird starts with.
func (e *env) offerOfThunderbird(args []string, popState bool) (offer, error) {
	var profile string
	if len(args) == 1 {
		profile = args[0]
	} else {
		all, err := thunderbird.Profiles()
		switch {
		case len(all) == 0:
			return offer{}, errors.Join(errors.New(e.loc.T("cli.import.no_profile")), err)
		case len(all) > 1 && (!all[0].Default || all[1].Default):
			lines := []string{e.loc.T("cli.import.which_profile")}
			for _, p := range all {
				lines = append(lines, "  "+p.Path)
			}
			return offer{}, usageError{errors.New(strings.Join(lines, "\n"))}
		}
		profile = all[0].Path
	}
	found, err := thunderbird.Read(profile)
	if err != nil {
		return offer{}, err
	}
	o := offer{notes: []string{e.loc.T("cli.import.profile", profile)}}
	for _, a := range found.Accounts {
		switch {
		case popState:
			a.Account.PopState = a.PopState
		case a.PopState != "":
			o.notes = append(o.notes, e.loc.T("cli.import.has_popstate", a.Name))
		}
		if a.Plain {
			o.notes = append(o.notes, e.loc.T("cli.import.plain", a.Name))
		}
		o.accounts = append(o.accounts, a.Account)
	}
	for _, u := range found.Unusable {
		o.notes = append(o.notes, e.loc.T("cli.account_line", u.Name, explain.Field(u.Problem, e.loc)))
	}
	if n := len(found.Strange); n > 0 {
		o.problems = append(o.problems, e.loc.T("cli.import.strange", filepath.Join(profile, "prefs.js"), found.Strange[0], n))
	}
	return o, nil
}

// importReport is what account import --json prints; its keys are a promise.
type importReport struct {
	DryRun bool `json:"dry_run"`
	settings.Merged
	// Problems name what could not be taken, Notes what was left out.
	Problems []string `json:"problems"`
	Notes    []string `json:"notes"`
}

// importAccounts adds what is offered and says what became of it.
func (e *env) importAccounts(cmd *cobra.Command, offered offer, o importOptions) error {
	open := e.openEngine
	if o.dryRun {
		open = e.openReader
	}
	engine, err := open(cmd.Context())
	if err != nil {
		return err
	}
	defer func() { _ = engine.Close() }()
	report := importReport{
		DryRun: o.dryRun, Problems: append([]string{}, offered.problems...), Notes: append([]string{}, offered.notes...),
	}
	if o.dryRun {
		have, err := api.Accounts.Ask(cmd.Context(), engine, api.None{})
		if err != nil {
			return err
		}
		report.Merged = settings.Merge(have, offered.accounts, nil)
		for i := range report.Added {
			report.Added[i].ID = "" // only the import finds out which it can be
		}
	} else if report.Merged, err = api.ImportAccounts.Ask(cmd.Context(), engine, offered.accounts); err != nil {
		return err
	}
	if o.asJSON {
		if err := e.printJSON(report); err != nil {
			return err
		}
	} else {
		e.printImport(report)
	}
	if len(report.Problems) > 0 {
		return errReported
	}
	return nil
}

// printImport writes what was done to stdout, and what was not to stderr: that
// first, for a file can have so much that is wrong that all else scrolls away.
func (e *env) printImport(r importReport) {
	for _, line := range append(r.Notes, r.Problems...) {
		e.errorf("%s\n", line)
	}
	missing := false
	for _, a := range r.Added {
		if r.DryRun {
			e.printf("%s\n", e.loc.T("cli.import.would_add", a.Name, a.User, a.Server, a.Port, string(a.Security)))
		} else {
			e.printf("%s\n", e.loc.T("cli.import.added", a.Name, a.ID, a.User, a.Server, a.Port, string(a.Security)))
		}
		for _, choice := range choices(a) {
			e.printf("  %s\n", choice)
		}
		if a.SignsIn() && !r.DryRun {
			e.printf("  %s\n", e.loc.T("cli.import.sign_in", a.Name, a.ID))
		}
		missing = missing || a.SecretCommand == "" && !a.SignsIn()
	}
	for _, a := range r.Skipped {
		e.printf("%s\n", e.loc.T("cli.import.skipped", a.Name, a.User, a.Server))
	}
	if missing && !r.DryRun {
		e.printf("%s\n", e.loc.T("cli.import.passwords"))
	}
}

// choices are the keys of an account that are not at their default, except for
// those that name it and its server: they decide who may see the password,
// which file is read and where a click leads, and whoever takes an account from
// a stranger should know them.
func choices(a settings.Account) []string {
	var all []string
	for _, s := range []struct{ key, value string }{
		{"address", a.Address},
		{"proxy", a.Proxy},
		{"pin", a.Pin},
		{"ca_file", a.CAFile},
		{"client_cert", a.ClientCert},
		{"client_key", a.ClientKey},
		{"secret_command", a.SecretCommand},
		{"mechanism", a.Mechanism},
		{"popstate", a.PopState},
		{"open", a.Open},
		{"sound", a.Sound},
		{"quiet_from", a.QuietFrom},
		{"quiet_until", a.QuietUntil},
		{"quiet_days", a.QuietDays},
		{"oauth.provider", a.OAuth.Provider},
		{"oauth.tenant", a.OAuth.Tenant},
		{"oauth.client_id", a.OAuth.ClientID},
		{"oauth.scope", a.OAuth.Scope},
		{"oauth.issuer", a.OAuth.Issuer},
		{"oauth.authorize_url", a.OAuth.AuthorizeURL},
		{"oauth.token_url", a.OAuth.TokenURL},
		{"oauth.device_url", a.OAuth.DeviceURL},
		{"oauth.revoke_url", a.OAuth.RevokeURL},
	} {
		if s.value != "" {
			all = append(all, s.key+" = "+s.value)
		}
	}
	for _, s := range []struct {
		key string
		set bool
	}{
		{"legacy_tls", a.LegacyTLS},
		{"allow_cleartext", a.AllowCleartext},
		{"status_header", a.StatusHeader},
		{"unseen_existing", a.UnseenExisting},
		{"silent", a.Silent},
		{"quiet_never", a.QuietNever},
	} {
		if s.set {
			all = append(all, s.key+" = true")
		}
	}
	if a.Interval != 0 && a.Interval != settings.Duration(settings.DefaultInterval) {
		all = append(all, "interval = "+a.Interval.String())
	}
	return all
}

func newAccountPassword(e *env) *cobra.Command {
	var fromStdin bool
	cmd := &cobra.Command{
		Use:   "password ID",
		Short: e.loc.T("cli.password.short"),
		Long:  e.loc.T("cli.password.long"),
		Example: `  traymail account password home-k3fa
  printf '%s\n' "$PASSWORD" | traymail account password home-k3fa --password-stdin`,
		Args: exactArgs(e, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if !fromStdin && e.terminal == nil {
				return usageError{errors.New(e.loc.T("cli.password.stdin_only"))}
			}
			engine, err := e.openEngine(cmd.Context())
			if err != nil {
				return err
			}
			defer func() { _ = engine.Close() }()
			account, err := findAccount(cmd, engine, args[0])
			if err != nil {
				return err
			}
			if account.SecretCommand != "" {
				return usageError{errors.New(e.loc.T("cli.password.command", account.Name))}
			}
			if account.SignsIn() {
				return usageError{errors.New(e.loc.T("cli.import.sign_in", account.Name, account.ID))}
			}
			known := provider.ByServer(account.Server, account.Address)
			return e.savePassword(cmd, engine, account, fromStdin, explain.SecretLabel(known, e.loc))
		},
	}
	cmd.Flags().BoolVar(&fromStdin, "password-stdin", false, e.loc.T("cli.add.password_stdin"))
	return cmd
}
