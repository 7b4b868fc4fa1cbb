package main

import (
	"cmp"
	"errors"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/discover"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// discovery is what discover --json prints.
type discovery struct {
	discover.Result
	Advice []explain.Advice `json:"advice"`
}

func newDiscover(e *env) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "discover ADDRESS",
		Short:   e.loc.T("cli.discover.short"),
		Long:    e.loc.T("cli.discover.long"),
		Example: "  traymail discover you@example.org\n  traymail discover you@example.org --json",
		Args:    exactArgs(e, 1),
		RunE: e.withEngine(func(cmd *cobra.Command, args []string, engine engine) error {
			result, err := discover.Find.Ask(cmd.Context(), engine, discover.Request{Address: args[0]})
			if err != nil {
				return err
			}
			advice := explain.ProviderAtTerminal(result, e.loc)
			if asJSON {
				if err := e.printJSON(discovery{result, advice}); err != nil {
					return err
				}
			}
			for _, c := range result.Candidates {
				if !asJSON {
					e.printf("%s\n", e.describe(result, c))
				}
			}
			none := len(result.Candidates) == 0
			for _, a := range advice {
				switch {
				case none: // it says why
					e.errorf("%s\n", withPage(a))
				case !asJSON:
					e.printf("%s\n", withPage(a))
				}
			}
			if none {
				return errReported
			}
			return nil
		}),
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

// describe is one line about a candidate.
func (e *env) describe(r discover.Result, c discover.Candidate) string {
	return e.loc.T("cli.discover.line", c.Server, c.Port, string(c.Security), c.User, explain.Origin(r, c, e.loc))
}

func withPage(a explain.Advice) string {
	if a.URL == "" {
		return a.Text
	}
	return a.Text + " " + a.URL
}

// findServer fills in the server of an account from its address, and says on
// stderr where that came from and what the provider wants. Flags that were
// given hold. trusted is the user's word for a server that nobody vouches for.
func (e *env) findServer(cmd *cobra.Command, engine engine, a *settings.Account, trusted bool) (*provider.Provider, error) {
	result, err := discover.Find.Ask(cmd.Context(), engine, discover.Request{Address: a.Address})
	if err != nil {
		return nil, err
	}
	advice := explain.ProviderAtTerminal(result, e.loc)
	signIn, err := cmd.Flags().GetBool("oauth")
	if err != nil {
		return nil, err
	}
	for _, c := range result.Candidates {
		if cmd.Flags().Changed("security") && c.Security != a.Security {
			continue
		}
		c.User = cmp.Or(a.User, c.User)
		if c.Confirm && !trusted {
			return nil, errors.New(e.loc.T("cli.add.unconfirmed", e.describe(result, c), c.Server, c.Port, string(c.Security), c.User))
		}
		a.Server, a.Port, a.Security, a.User = c.Server, c.Port, c.Security, c.User
		if p := result.Provider; p != nil && !cmd.Flags().Changed("interval") {
			a.Interval = max(a.Interval, settings.Duration(time.Duration(p.IntervalMinutes)*time.Minute))
		}
		e.errorf("%s\n", e.describe(result, c))
		for _, known := range advice {
			// So does a token from a command.
			if known.Kind == explain.AdviceBrowser && !signIn && !settings.TokenMechanism(a.Mechanism) {
				return nil, errors.New(withPage(known))
			}
			if known.Kind != explain.AdviceBrowser {
				e.errorf("%s\n", withPage(known))
			}
		}
		return result.Provider, nil
	}
	if len(advice) > 0 && advice[0].Kind == explain.AdviceNoPOP3 {
		return nil, errors.New(withPage(advice[0]))
	}
	return nil, errors.New(e.loc.T("cli.add.not_found", result.Domain))
}
