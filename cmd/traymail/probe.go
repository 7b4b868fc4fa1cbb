package main

import (
	"context"
	"errors"
	"net"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/probe"
	"github.com/traymail/traymail/internal/settings"
)

// serverFlags say where a server is and how it is reached, for commands that
// need no account.
type serverFlags struct{ security, proxy string }

func (f *serverFlags) add(e *env, cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.security, "security", "", e.loc.T("probe.flag.security"))
	cmd.Flags().StringVar(&f.proxy, "proxy", "", e.loc.T("cli.add.proxy"))
	_ = cmd.RegisterFlagCompletionFunc("security", cobra.FixedCompletions([]string{"tls", "stls", "none"}, cobra.ShellCompDirectiveNoFileComp))
}

// place is a port of a server and how it is reached.
type place struct {
	pop3.Config
	// named: the port was said, not taken for the usual one. certain: so was the
	// security, or it follows from the port.
	named, certain bool
}

// place reads HOST[:PORT].
func (f serverFlags) place(e *env, server string) (at place, err error) {
	a := settings.Account{ID: "x", Name: "x", User: "x", Server: server, Security: settings.Security(f.security), Proxy: f.proxy, AllowCleartext: true}
	_, port, split := net.SplitHostPort(server)
	a.Normalize()
	at.named = split == nil
	if at.named && port != strconv.Itoa(a.Port) {
		a.Port = -1
	}
	for _, p := range a.Validate() {
		return at, usageError{errors.New(p.Field + ": " + explain.Field(p, e.loc))}
	}
	at.Config = pop3.Config{Host: a.Server, Port: a.Port, Proxy: a.Proxy}
	if at.Proxy == "" && !loopback.Is(a.Server) {
		if store, err := settings.Open(e.paths.Config); err == nil { // what is wrong there is no matter of this server
			at.Proxy = store.Settings().Preferences.Proxy
		}
	}
	if f.security == "" {
		at.Security, at.certain = probe.Guess(a.Port)
		return at, nil
	}
	at.certain = true
	at.Security, err = pop3.ParseSecurity(f.security)
	return at, err
}

func newProbe(e *env) *cobra.Command {
	var asJSON bool
	var server serverFlags
	cmd := &cobra.Command{
		Use:     "probe HOST[:PORT]",
		Short:   e.loc.T("probe.short"),
		Long:    e.loc.T("probe.long"),
		Example: "  traymail probe pop.example.org\n  traymail probe pop.example.org:110 --json",
		Args:    exactArgs(e, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			at, err := server.place(e, args[0])
			if err != nil {
				return err
			}
			places := []place{at}
			if !at.named && server.security == "" {
				other := at
				other.Port = 110
				other.Security, other.certain = probe.Guess(other.Port)
				places = append(places, other)
			}
			reports := e.probe(cmd.Context(), places)
			if cmd.Context().Err() != nil {
				return cmd.Context().Err()
			}
			return e.printProbes(reports, asJSON)
		},
	}
	server.add(e, cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, e.loc.T("cli.flag.json"))
	return cmd
}

// probe probes ports side by side.
func (e *env) probe(ctx context.Context, places []place) []api.Probe {
	reports := make([]api.Probe, len(places))
	var all sync.WaitGroup
	for i, at := range places {
		all.Go(func() {
			reports[i] = explain.Probe(probe.Run(ctx, at.Config, probe.Options{Find: !at.certain, Now: time.Now()}), e.loc)
		})
	}
	all.Wait()
	return reports
}

// probeAccount probes the server of an account, with its login; the tray leaves
// that to it meanwhile.
func (e *env) probeAccount(ctx context.Context, engine engine, id string, asJSON bool) error {
	held, err := api.Hold(ctx, engine, api.LeaseRequest{Account: id, By: "traymail account test"})
	if err != nil {
		return err
	}
	defer held.Release() //nolint:contextcheck // it takes its own time
	log, logFile := e.openLog()
	defer func() { _ = logFile.Close() }()
	secrets := e.secrets()
	defer func() { _ = secrets.Close() }()
	var report api.Probe
	if err := app.Visit(ctx, held, secrets, log, probe.Visit(time.Now(), &report)); err != nil && report.Error == nil {
		return err // before the server was asked
	}
	return e.printProbes([]api.Probe{explain.Probe(report, e.loc)}, asJSON)
}

// printProbes prints reports, and fails where no port can be used.
func (e *env) printProbes(reports []api.Probe, asJSON bool) error {
	if asJSON {
		if err := e.printJSON(reports); err != nil {
			return err
		}
	} else {
		for i, r := range reports {
			if i > 0 {
				e.printf("\n")
			}
			e.printProbe(r)
		}
	}
	for _, r := range reports {
		if r.Verdict[0].Level != api.LevelProblem {
			return nil
		}
	}
	return errReported
}

// printProbe prints a report for a person.
func (e *env) printProbe(p api.Probe) {
	security := p.Security
	if security == "" {
		security = "?"
	}
	e.printf("%s\n", e.loc.T("probe.title", net.JoinHostPort(p.Host, strconv.Itoa(p.Port)), security))
	for _, fact := range []struct{ name, value string }{
		{"addresses", e.probedAddresses(p)},
		{"encryption", encryption(p.TLS)},
		{"certificate", e.certificate(p.TLS)},
		{"greeting", p.Greeting},
		{"before", strings.Join(p.Before, ", ")},
		{"offered", strings.Join(p.After, ", ")},
		{"after_login", strings.Join(p.Login, ", ")},
		{"mechanisms", strings.Join(p.Mechanisms, ", ")},
		{"round_trip", e.about(p.RoundTrip)},
	} {
		if fact.name == "before" && p.Security != pop3.STLS.String() {
			continue // then they are those that are offered
		}
		if fact.value != "" {
			e.printf("  %s\n", e.loc.T("cli.account_line", e.loc.T("probe.fact."+fact.name), fact.value))
		}
	}
	for _, f := range p.Verdict {
		mark := map[string]string{api.LevelOK: "✓", api.LevelWarning: "!", api.LevelProblem: "✗"}[f.Level]
		e.printf("  %s %s\n", mark, f.Text)
	}
}

func encryption(t *api.TLSHealth) string {
	if t == nil || t.Version == "" {
		return ""
	}
	return t.Version + ", " + t.Cipher
}

func (e *env) certificate(t *api.TLSHealth) string {
	if t == nil || t.SHA256 == "" {
		return ""
	}
	return e.loc.T("probe.certificate", t.Subject, t.Issuer, e.loc.Day(t.Expires), t.SHA256)
}

func (e *env) probedAddresses(p api.Probe) string {
	if p.Proxy {
		return e.loc.T("probe.by_proxy")
	}
	var all []string
	for _, a := range p.Addresses {
		if a.Answered {
			all = append(all, e.loc.T("probe.answered", a.Address, decimal(a.Milliseconds)))
		} else {
			all = append(all, e.loc.T("probe.no_answer", a.Address))
		}
	}
	return strings.Join(all, ", ")
}

func (e *env) about(milliseconds float64) string {
	if milliseconds == 0 {
		return ""
	}
	return e.loc.T("probe.about", decimal(milliseconds))
}

// decimal is a number of milliseconds, with decimals where they are few.
func decimal(milliseconds float64) string {
	if milliseconds < 1 {
		return strconv.FormatFloat(milliseconds, 'f', 2, 64)
	}
	if milliseconds < 10 {
		return strconv.FormatFloat(milliseconds, 'f', 1, 64)
	}
	return strconv.FormatFloat(milliseconds, 'f', 0, 64)
}
