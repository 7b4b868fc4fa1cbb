package main

import (
	"cmp"
	"context"
	"errors"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

func newAccount(e *env) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "account",
		Short:   e.loc.T("cli.account.short"),
		Long:    e.loc.T("cli.account.short"),
		Example: "  traymail account list\n  traymail account test home-k3fa",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usageError{errors.New(e.loc.T("cli.unexpected_argument", args[0], cmd.CommandPath()))}
			}
			return cmd.Help()
		},
	}
	cmd.AddCommand(newAccountAdd(e), newAccountList(e), newAccountTest(e), newAccountPassword(e), newAccountLogin(e),
		newAccountExport(e), newAccountImport(e), newAccountRemove(e))
	return cmd
}

func newAccountAdd(e *env) *cobra.Command {
	var (
		account       settings.Account
		security      string
		interval      time.Duration
		passwordStdin bool
		trusted       bool
		signIn        bool
		device        bool
	)
	cmd := &cobra.Command{
		Use:   "add",
		Short: e.loc.T("cli.add.short"),
		Long:  e.loc.T("cli.add.long"),
		Example: `  traymail account add --address you@example.org
  printf '%s\n' "$PASSWORD" | traymail account add --address you@example.org --password-stdin
  printf '%s\n' "$PASSWORD" | traymail account add --name Home --server pop.example.org --user me@example.org --password-stdin
  traymail account add --name Work --server mail.example.com:110 --security stls --user me --secret-command "pass show mail/work"`,
		Args: noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			command := account.SecretCommand != ""
			if signIn && (passwordStdin || command) || passwordStdin && command || !signIn && !passwordStdin && !command && e.terminal == nil {
				return usageError{errors.New(e.loc.T("cli.add.one_secret"))}
			}
			account.Security = settings.Security(security)
			account.Interval = settings.Duration(interval)
			account.ID = settings.NewID(cmp.Or(account.Name, account.Address))
			if account.OAuth != (settings.OAuth{}) && !signIn {
				return usageError{errors.New(e.loc.T("cli.add.oauth_first"))}
			}
			if account.OAuth.Issuer != "" {
				account.OAuth.Provider = settings.OAuthCustom
			}
			lookUp := account.Server == "" && account.Address != ""
			if signIn && !lookUp {
				if err := e.providerOf(&account, provider.ByServer(account.Server, account.Address)); err != nil {
					return err
				}
			}
			if !lookUp {
				if err := e.validate(&account); err != nil {
					return err
				}
			}
			engine, err := e.openEngine(cmd.Context())
			if err != nil {
				return err
			}
			closed := sync.OnceValue(engine.Close)
			defer func() { _ = closed() }()
			known := provider.ByServer(account.Server, account.Address)
			if lookUp {
				if known, err = e.findServer(cmd, engine, &account, trusted); err != nil {
					return err
				}
				if signIn {
					if err := e.providerOf(&account, known); err != nil {
						return err
					}
				}
				if err := e.validate(&account); err != nil {
					return err
				}
			}
			// A secret is written first: an account that is in force without one
			// would be reported as broken.
			save := func() error {
				return e.savePassword(cmd, engine, account, passwordStdin, explain.SecretLabel(known, e.loc))
			}
			switch {
			case signIn:
				save = func() error {
					web, err := webOf(cmd.Context(), engine, account)
					if err = errors.Join(err, closed()); err != nil {
						return err
					}
					return e.signIn(cmd.Context(), web, account, nil, loginOptions{device: device, yes: trusted, typed: true})
				}
			case command:
				save = func() error { _, err := api.SaveAccount.Ask(cmd.Context(), engine, account); return err }
			}
			if err := save(); err != nil {
				return err
			}
			e.printf("%s\n", account.ID)
			return nil
		},
	}
	f := cmd.Flags()
	f.StringVar(&account.Name, "name", "", e.loc.T("cli.add.name"))
	f.StringVar(&account.Address, "address", "", e.loc.T("cli.add.address"))
	f.BoolVar(&trusted, "yes", false, e.loc.T("cli.add.yes"))
	f.StringVar(&account.Server, "server", "", e.loc.T("cli.add.server"))
	f.StringVar(&security, "security", string(settings.TLS), e.loc.T("cli.add.security"))
	f.StringVar(&account.User, "user", "", e.loc.T("cli.add.user"))
	f.BoolVar(&passwordStdin, "password-stdin", false, e.loc.T("cli.add.password_stdin"))
	f.BoolVar(&signIn, "oauth", false, e.loc.T("cli.add.oauth"))
	f.BoolVar(&device, "device", false, e.loc.T("cli.login.device"))
	f.StringVar(&account.OAuth.ClientID, "client-id", "", e.loc.T("cli.add.client_id"))
	f.StringVar(&account.OAuth.Tenant, "tenant", "", e.loc.T("cli.add.tenant"))
	f.StringVar(&account.OAuth.Scope, "scope", "", e.loc.T("cli.add.scope"))
	f.StringVar(&account.OAuth.Issuer, "issuer", "", e.loc.T("cli.add.issuer"))
	f.StringVar(&account.SecretCommand, "secret-command", "", e.loc.T("cli.add.secret_command"))
	f.DurationVar(&interval, "interval", settings.DefaultInterval, e.loc.T("cli.add.interval"))
	f.StringVar(&account.CAFile, "ca-file", "", e.loc.T("cli.add.ca_file"))
	f.StringVar(&account.PopState, "popstate", "", e.loc.T("cli.add.popstate"))
	f.StringVar(&account.Pin, "pin", "", e.loc.T("cli.add.pin"))
	f.BoolVar(&account.LegacyTLS, "legacy-tls", false, e.loc.T("cli.add.legacy_tls"))
	f.StringVar(&account.ClientCert, "client-cert", "", e.loc.T("cli.add.client_cert"))
	f.StringVar(&account.ClientKey, "client-key", "", e.loc.T("cli.add.client_key"))
	f.StringVar(&account.Mechanism, "mechanism", "", e.loc.T("cli.add.mechanism"))
	f.StringVar(&account.Proxy, "proxy", "", e.loc.T("cli.add.proxy"))
	f.BoolVar(&account.Silent, "silent", false, e.loc.T("cli.add.silent"))
	f.StringVar(&account.Open, "open", "", e.loc.T("cli.add.open"))
	f.BoolVar(&account.StatusHeader, "status-header", false, e.loc.T("cli.add.status_header"))
	f.BoolVar(&account.UnseenExisting, "unseen-existing", false, e.loc.T("cli.add.unseen_existing"))
	return cmd
}

// providerOf says where a new account signs in, unless that is known.
func (e *env) providerOf(a *settings.Account, known *provider.Provider) error {
	if a.SignsIn() {
		return nil
	}
	row := known.SignIn()
	if row == nil {
		return usageError{errors.New(e.loc.T("cli.login.unknown", cmp.Or(a.Server, a.Address)))}
	}
	a.OAuth.Provider = row.ID
	return nil
}

// validate fills in what has a default, and says all that is wrong.
func (e *env) validate(a *settings.Account) error {
	a.Normalize()
	var errs []error
	for _, p := range a.Validate() {
		errs = append(errs, errors.New(e.fieldError(p)))
	}
	if len(errs) > 0 {
		return usageError{errors.Join(errs...)}
	}
	return nil
}

// savePassword reads the password, writes it to the keyring, and saves the
// account, which begins to use it at once. A new account that could not be
// saved leaves no password behind.
func (e *env) savePassword(cmd *cobra.Command, engine engine, account settings.Account, fromStdin bool, word string) error {
	password, err := e.readPassword(cmd.Context(), fromStdin, word, account.User)
	if err != nil {
		return err
	}
	if password == "" {
		return usageError{errors.New(e.loc.T("cli.add.empty_password"))}
	}
	_, err = findAccount(cmd, engine, account.ID)
	isNew := errors.Is(err, api.ErrNoAccount)
	secrets := e.secrets()
	defer func() { _ = secrets.Close() }()
	if isNew {
		defer e.note(account.ID)()
	}
	if err := secrets.Set(cmd.Context(), account.ID, password); err != nil {
		return &api.ProblemError{Problem: *app.Problem(err, account), Err: err}
	}
	_, err = api.SaveAccount.Ask(cmd.Context(), engine, account)
	if err != nil && isNew {
		err = errors.Join(err, secrets.Delete(cmd.Context(), account.ID))
	}
	return err
}

// readPassword reads the first line of standard input, or asks at the terminal
// for what word names.
func (e *env) readPassword(ctx context.Context, fromStdin bool, word, user string) (string, error) {
	if fromStdin {
		return interruptible(ctx, func() (string, error) { return firstLine(e.stdin) })
	}
	return e.terminal.Secret(ctx, e.loc.T("cli.prompt", word, user))
}

func (e *env) fieldError(f settings.FieldError) string {
	flag := strings.TrimPrefix(f.Field, "oauth.")
	return "--" + strings.ReplaceAll(flag, "_", "-") + ": " + explain.Field(f, e.loc)
}

func newAccountList(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   e.loc.T("cli.list.short"),
		Long:    e.loc.T("cli.list.short"),
		Example: "  traymail account list --json",
		Args:    noArgs(e),
		RunE: e.withReader(func(cmd *cobra.Command, _ []string, engine engine) error {
			accounts, err := api.Accounts.Ask(cmd.Context(), engine, api.None{})
			if err != nil {
				return err
			}
			if asJSON {
				if accounts == nil {
					accounts = []settings.Account{}
				}
				return e.printJSON(struct {
					Accounts []settings.Account `json:"accounts"`
				}{accounts})
			}
			if len(accounts) == 0 {
				e.printf("%s\n", e.loc.T("cli.no_accounts"))
			}
			for _, a := range accounts {
				e.printf("%s\t%s\t%s@%s:%d\t%s\t%s\n", a.ID, a.Name, a.User, a.Server, a.Port, a.Security, a.Interval)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

func newAccountTest(e *env) *cobra.Command {
	var asJSON, probing bool
	cmd := &cobra.Command{
		Use:     "test ID",
		Short:   e.loc.T("cli.test.short"),
		Long:    e.loc.T("cli.test.long"),
		Example: "  traymail account test home-k3fa\n  traymail account test home-k3fa --probe",
		Args:    exactArgs(e, 1),
		RunE: e.withEngine(func(cmd *cobra.Command, args []string, engine engine) error {
			account, err := findAccount(cmd, engine, args[0])
			if err != nil {
				return err
			}
			if err := e.unlock(cmd.Context(), engine, account.ID); err != nil {
				return err
			}
			if probing {
				return e.probeAccount(cmd.Context(), engine, account.ID, asJSON)
			}
			report, err := api.TestAccount.Ask(cmd.Context(), engine, api.TestRequest{Account: account})
			if err != nil {
				return err
			}
			report = explain.Report(report, e.loc)
			if asJSON {
				if err := e.printJSON(report); err != nil {
					return err
				}
			} else {
				for _, step := range report.Steps {
					mark := "✓"
					if !step.OK {
						mark = "✗"
					}
					e.printf("%s %s\n", mark, step.Text)
				}
			}
			if report.OK {
				return nil
			}
			if report.Error != nil {
				e.errorf("%s\n", report.Error.Text)
			}
			return errReported
		}),
	}
	cmd.Flags().BoolVar(&probing, "probe", false, e.loc.T("probe.flag.account"))
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

func newAccountRemove(e *env) *cobra.Command {
	var all, asJSON, revoke bool
	cmd := &cobra.Command{
		Use:     "remove (ID | --all)",
		Short:   e.loc.T("cli.remove.short"),
		Long:    e.loc.T("cli.remove.long"),
		Example: "  traymail account remove home-k3fa\n  traymail account remove --all",
		Args: func(cmd *cobra.Command, args []string) error {
			if all {
				return noArgs(e)(cmd, args)
			}
			return exactArgs(e, 1)(cmd, args)
		},
		RunE: e.withEngine(func(cmd *cobra.Command, args []string, engine engine) error {
			if !all {
				account, err := findAccount(cmd, engine, args[0])
				if err != nil {
					return err
				}
				return e.removeAccount(cmd, engine, account, asJSON, revoke)
			}
			accounts, err := api.Accounts.Ask(cmd.Context(), engine, api.None{})
			if err != nil {
				return err
			}
			// A keyring that fails for one must not stop the others.
			var errs []error
			for _, account := range accounts {
				errs = append(errs, e.removeAccount(cmd, engine, account, asJSON, revoke))
			}
			return errors.Join(errs...)
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, e.loc.T("cli.remove.all"))
	cmd.Flags().BoolVar(&revoke, "revoke", false, e.loc.T("cli.remove.revoke"))
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

func (e *env) removeAccount(cmd *cobra.Command, engine engine, account settings.Account, asJSON, revoke bool) error {
	switch {
	case revoke && account.SignsIn():
		secrets := e.secrets()
		defer func() { _ = secrets.Close() }()
		if err := e.revoke(cmd.Context(), engine, secrets, account); err != nil {
			if cmd.Context().Err() != nil {
				return err
			}
			return errors.New(e.loc.T("problem.join", e.sentence(err), e.loc.T("cli.remove.kept", account.Name)))
		}
	case revoke:
		e.errorf("%s\n", e.loc.T("cli.remove.no_sign_in", account.Name))
	}
	if _, err := api.RemoveAccount.Ask(cmd.Context(), engine, api.AccountRequest{Account: account.ID}); err != nil {
		return err
	}
	if asJSON {
		return e.printJSON(map[string]string{"removed": account.ID})
	}
	e.printf("%s\n", e.loc.T("cli.removed", account.Name))
	return nil
}

func findAccount(cmd *cobra.Command, engine engine, id string) (settings.Account, error) {
	accounts, err := api.Accounts.Ask(cmd.Context(), engine, api.None{})
	if err != nil {
		return settings.Account{}, err
	}
	for _, a := range accounts {
		if a.ID == id {
			return a, nil
		}
	}
	return settings.Account{}, api.ErrNoAccount
}
