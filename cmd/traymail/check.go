package main

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
)

func newCheck(e *env) *cobra.Command {
	var asJSON, exitNew bool
	cmd := &cobra.Command{
		Use:     "check [ID...]",
		Short:   e.loc.T("cli.check.short"),
		Long:    e.loc.T("cli.check.long"),
		Example: "  traymail check\n  traymail check home-k3fa --json\n  traymail check --exit-new && beep",
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
				e.printCheck(result, time.Now())
			}
			e.printFailures(result)
			fresh := 0
			for _, a := range result.Accounts {
				if a.State != api.OK {
					return errReported
				}
				fresh += len(a.New) + a.More
			}
			if exitNew && fresh == 0 && e.unwritten == nil {
				return errNothing
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	cmd.Flags().BoolVar(&exitNew, "exit-new", false, e.loc.T("cli.check.exit_new"))
	return cmd
}

// printFailures says on stderr which accounts could not be asked, and why.
func (e *env) printFailures(result api.CheckResult) {
	for _, a := range result.Accounts {
		if a.Error != nil {
			e.errorf("%s\n", e.loc.T("cli.account_line", a.Name, a.Error.Text))
		}
	}
}

// printCheck writes results to stdout. The columns of all accounts are the same.
func (e *env) printCheck(result api.CheckResult, now time.Time) {
	if len(result.Accounts) == 0 {
		e.printf("%s\n", e.loc.T("cli.no_accounts"))
	}
	date, sender, size, subject := &column{style: dim}, &column{}, &column{right: true, style: dim}, &column{}
	for _, a := range result.Accounts {
		for _, m := range a.New {
			from, title := explain.Named(m.From, m.Subject, m.Undescribed, e.loc)
			date.add(e.loc.Ago(m.Date.Time, now), plain)
			sender.add(cells.Truncate(from, senderWidth, "…"), plain)
			size.add(text(m.Octets > 0, e.loc.Size(m.Octets)), plain)
			subject.add(title, bold)
		}
	}
	table, row := table{indent: "  ", columns: []*column{date, sender, size}, last: subject}, 0
	for _, a := range result.Accounts {
		if a.Error != nil {
			row += len(a.New)
			continue
		}
		style := plain
		if a.Unseen > 0 {
			style = green
		}
		counts := e.loc.T("cli.counts", e.loc.Count(a.Unseen), e.loc.Count(a.Messages))
		e.write(e.loc.T("cli.account_line", e.styled(a.Name, bold), e.styled(counts, style)) + "\n")
		for range a.New {
			e.printRow(table, row)
			row++
		}
		if a.More > 0 {
			e.printf("  %s\n", e.loc.N("cli.more_new", a.More))
		}
	}
}
