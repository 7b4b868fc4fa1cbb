package main

import (
	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
)

func newCheck(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "check [ID...]",
		Short:   e.loc.T("cli.check.short"),
		Long:    e.loc.T("cli.check.long"),
		Example: "  traymail check\n  traymail check home-k3fa --json",
		RunE: e.withEngine(func(cmd *cobra.Command, ids []string, engine engine) error {
			if err := e.unlock(cmd.Context(), engine, ids...); err != nil {
				return err
			}
			result, err := api.Check.Ask(cmd.Context(), engine, api.CheckRequest{Accounts: ids})
			if err != nil {
				return err
			}
			_, alone := engine.(*local)
			result = explain.Check(result, e.loc, !alone)
			if asJSON {
				if err := e.printJSON(result); err != nil {
					return err
				}
			} else {
				e.printCheck(result)
			}
			for _, a := range result.Accounts {
				if a.State != api.OK {
					return errReported
				}
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

// printCheck writes results to stdout and what failed to stderr.
func (e *env) printCheck(result api.CheckResult) {
	if len(result.Accounts) == 0 {
		e.printf("%s\n", e.loc.T("cli.no_accounts"))
	}
	for _, a := range result.Accounts {
		if a.Error != nil {
			e.errorf("%s\n", e.loc.T("cli.account_line", a.Name, a.Error.Text))
			continue
		}
		e.printf("%s\n", e.loc.T("cli.account_line", a.Name,
			e.loc.T("cli.counts", e.loc.Count(a.Unseen), e.loc.Count(a.Messages))))
		for _, m := range a.New {
			from, subject := explain.Named(m.From, m.Subject, m.Undescribed, e.loc)
			e.printf("  %s\n", e.loc.T("cli.message_line", from, subject))
		}
		if a.More > 0 {
			e.printf("  %s\n", e.loc.N("cli.more_new", a.More))
		}
	}
}
