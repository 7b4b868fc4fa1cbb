package main

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/barline"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/ipc"
	"github.com/traymail/traymail/internal/trayview"
)

func newStatus(e *env) *cobra.Command {
	var asJSON, follow bool
	var format string
	cmd := &cobra.Command{
		Use:     "status",
		Short:   e.loc.T("cli.status.short"),
		Long:    e.loc.T("cli.status.long"),
		Example: "  traymail status\n  traymail status --json\n  traymail status --follow --format waybar\n  traymail status --follow --format '{unseen} {from}: {subject}'",
		Args:    noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			line, err := e.lineFormat(format, asJSON)
			if err != nil {
				return err
			}
			if follow {
				return e.follow(cmd.Context(), line)
			}
			client, err := e.dial(cmd.Context())
			held, ok := errors.AsType[heldError](err)
			switch {
			case errors.Is(err, ipc.ErrNotRunning) && (!ok || !held.by.Tray):
				return errors.New(e.loc.T("cli.not_running"))
			case err != nil:
				return err
			}
			defer func() { _ = client.Close() }()
			patient, cancel := context.WithTimeoutCause(cmd.Context(), answerTime, errNoAnswer)
			defer cancel()
			snapshot, err := api.Status.Ask(patient, client, api.None{})
			if err != nil {
				return e.named(orCause(patient, err))
			}
			snapshot = explain.Snapshot(snapshot, e.loc)
			if format != "" {
				e.printf("%s\n", line(&snapshot, time.Now(), e.loc))
				return nil
			}
			if asJSON {
				out, err := explained(cmd.Context(), client, snapshot)
				if err != nil {
					return err
				}
				return e.printJSON(out)
			}
			e.printStatus(snapshot, time.Now())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	cmd.Flags().BoolVar(&follow, "follow", false, e.loc.T("cli.status.follow"))
	cmd.Flags().StringVar(&format, "format", "", e.loc.T("cli.status.format"))
	_ = cmd.RegisterFlagCompletionFunc("format", cobra.FixedCompletions(append(barline.Names(), formatJSON), cobra.ShellCompDirectiveNoFileComp)) // there is such a flag
	return cmd
}

// statusReport is what status --json prints: the snapshot, and of each account
// what explains its state.
type statusReport struct {
	api.Snapshot
	Accounts []accountReport `json:"accounts"`
	Newest   []newestMail    `json:"newest"`
}

// newestMail is a message, with null for what is not known.
type newestMail struct {
	api.Mail
	From    *string `json:"from"`
	Subject *string `json:"subject"`
}

type accountReport struct {
	api.AccountStatus
	Health api.Health `json:"health"`
}

// reportOf is a report without what explains the accounts.
func reportOf(s api.Snapshot) statusReport {
	report := statusReport{Snapshot: s, Accounts: []accountReport{}, Newest: []newestMail{}}
	for _, m := range s.Newest {
		report.Newest = append(report.Newest, newestMail{m, known(m.From, !m.Undescribed), known(m.Subject, !m.Undescribed)})
	}
	return report
}

func explained(ctx context.Context, client *ipc.Client, s api.Snapshot) (statusReport, error) {
	report := reportOf(s)
	for _, a := range s.Accounts {
		h, err := api.Explain.Ask(ctx, client, api.AccountRequest{Account: a.ID})
		if err != nil {
			return report, err
		}
		report.Accounts = append(report.Accounts, accountReport{a, h})
	}
	return report, nil
}

func (e *env) printStatus(s api.Snapshot, now time.Time) {
	for _, line := range trayview.Lines(s, now, e.loc) {
		e.printf("%s\n", line)
	}
	for _, m := range s.Newest {
		from, subject := explain.Listed(m, e.loc)
		e.printf("  %s\n", e.loc.T("cli.message_line", from, subject))
	}
}

func newSeen(e *env) *cobra.Command {
	var all bool
	cmd := &cobra.Command{
		Use:     "seen (ID UID... | --all [ID])",
		Short:   e.loc.T("cli.seen.short"),
		Long:    e.loc.T("cli.seen.long"),
		Example: "  traymail seen --all\n  traymail seen home-k3fa 0000012a5f8e3c11",
		Args: func(cmd *cobra.Command, args []string) error {
			if all && len(args) > 1 || !all && len(args) < 2 {
				return usageError{errors.New(e.loc.T("cli.wrong_arguments", cmd.UseLine()))}
			}
			return nil
		},
		RunE: e.withEngine(func(cmd *cobra.Command, args []string, engine engine) error {
			if !all {
				_, err := api.MarkSeen.Ask(cmd.Context(), engine, api.SeenRequest{Account: args[0], UIDs: args[1:], Present: true})
				problem, ok := errors.AsType[*api.ProblemError](err)
				if !ok || problem.Problem.Code != api.CodeGone {
					return err
				}
				for _, uid := range strings.Fields(problem.Problem.Args[api.ArgMissing]) {
					e.errorf("%s\n", e.loc.T("cli.account_line", uid, e.loc.T("problem.gone")))
				}
				return errReported
			}
			account := ""
			if len(args) == 1 {
				account = args[0]
			}
			_, err := api.MarkSeen.Ask(cmd.Context(), engine, api.SeenRequest{Account: account})
			return err
		}),
	}
	cmd.Flags().BoolVar(&all, "all", false, e.loc.T("cli.seen.all"))
	return cmd
}
