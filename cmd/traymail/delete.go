package main

import (
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
)

// deletion is what delete --json prints.
type deletion struct {
	Deleted []string `json:"deleted"`
	// Kept are the messages because of which nothing was deleted.
	Kept  []string     `json:"kept,omitempty"`
	Error *api.Problem `json:"error,omitempty"`
}

func (e *env) deletionOf(deleted []string, problem *api.ProblemError) deletion {
	if problem == nil {
		return deletion{Deleted: deleted}
	}
	said := problem.Problem
	said.Text = explain.Asked(&said, e.loc)
	return deletion{Deleted: []string{}, Kept: keptBy(problem), Error: &said}
}

// keptBy are the messages because of which nothing was deleted, where it is known.
func keptBy(problem *api.ProblemError) []string {
	if problem == nil || problem.Problem.Args[api.ArgUIDs] == "" {
		return nil
	}
	return strings.Split(problem.Problem.Args[api.ArgUIDs], "\n")
}

func newDelete(e *env) *cobra.Command {
	var yes, asJSON bool
	remove := e.withEngine(func(cmd *cobra.Command, args []string, engine engine) error {
		if err := e.unlock(cmd.Context(), engine, args[0]); err != nil {
			return err
		}
		deleted, err := api.Delete.Ask(cmd.Context(), engine, api.DeleteRequest{Account: args[0], UIDs: args[1:]})
		problem, _ := errors.AsType[*api.ProblemError](err)
		if asJSON && (err == nil || problem != nil) {
			if err := e.printJSON(e.deletionOf(deleted, problem)); err != nil {
				return err
			}
		}
		if uids := keptBy(problem); len(uids) > 0 {
			sentence := explain.Asked(&problem.Problem, e.loc)
			for _, uid := range uids {
				e.errorf("%s\n", e.loc.T("cli.account_line", uid, sentence))
			}
			return errReported
		}
		if err != nil {
			return err
		}
		if !asJSON {
			for _, uid := range deleted {
				e.printf("%s\n", uid)
			}
		}
		var missing error
		for _, uid := range args[1:] {
			if !slices.Contains(deleted, uid) {
				e.errorf("%s\n", e.loc.T("cli.account_line", uid, e.loc.T("problem.gone")))
				missing = errReported
			}
		}
		return missing
	})
	cmd := &cobra.Command{
		Use:     "delete ID UID...",
		Short:   e.loc.T("cli.delete.short"),
		Long:    e.loc.T("cli.delete.long"),
		Example: "  traymail delete home-k3fa 0000012a5f8e3c11 --yes",
		Args: func(cmd *cobra.Command, args []string) error {
			switch {
			case len(args) < 2:
				return usageError{errors.New(e.loc.T("cli.wrong_arguments", cmd.UseLine()))}
			case !yes && e.terminal == nil:
				return usageError{errors.New(e.loc.T("cli.delete.sure"))}
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if !yes {
				answer, err := e.terminal.Line(cmd.Context(), e.loc.N("cli.delete.ask", len(args)-1, args[0]))
				if err != nil {
					return err
				}
				if !e.agreed(answer) {
					return errors.New(e.loc.T("cli.delete.kept"))
				}
			}
			return remove(cmd, args)
		},
	}
	cmd.Flags().BoolVar(&yes, "yes", false, e.loc.T("cli.delete.yes"))
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}
