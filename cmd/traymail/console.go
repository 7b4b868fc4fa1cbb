package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/console"
	"github.com/traymail/traymail/internal/platform"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

func newConsole(e *env) *cobra.Command {
	var server serverFlags
	var host string
	var noLogin, keepGoing, cleartext bool
	cmd := &cobra.Command{
		Use:   "console (ID | --server HOST[:PORT])",
		Short: e.loc.T("console.short"),
		Long:  e.loc.T("console.long"),
		Example: `  traymail console home-k3fa
  traymail console --server pop.example.org
  printf 'capa\nquit\n' | traymail console --server pop.example.org:110`,
		Args: func(cmd *cobra.Command, args []string) error {
			if host != "" {
				return noArgs(e)(cmd, args)
			}
			return exactArgs(e, 1)(cmd, args)
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			o, leave := e.console(keepGoing)
			defer leave()
			if host == "" {
				return ended(cmd.Context(), e.consoleOf(cmd, args[0], o, !noLogin))
			}
			at, err := server.place(e, host)
			if err != nil {
				return err
			}
			o.AllowCleartext = cleartext
			o.Explain = func(err error) string { return e.problemSentence(err, at.account()) }
			o.Dial = func(ctx context.Context, trace func(pop3.TraceKind, string)) (*pop3.Client, error) {
				cfg := at.Config
				cfg.Trace = trace
				return pop3.Dial(ctx, cfg)
			}
			err = console.Run(cmd.Context(), o)
			if _, ofSession := pop3.As(err); ofSession {
				err = &api.ProblemError{Problem: *app.Problem(err, at.account()), Err: err}
			}
			return ended(cmd.Context(), err)
		},
	}
	f := cmd.Flags()
	f.StringVar(&host, "server", "", e.loc.T("cli.add.server"))
	server.add(e, cmd)
	f.BoolVar(&noLogin, "no-login", false, e.loc.T("console.flag.no_login"))
	f.BoolVar(&keepGoing, "keep-going", false, e.loc.T("console.flag.keep_going"))
	f.BoolVar(&cleartext, "allow-cleartext", false, e.loc.T("console.flag.allow_cleartext"))
	return cmd
}

// ended is what the end of a session is for the exit code: what there was to
// say has been said.
func ended(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	if errors.Is(err, console.ErrFailed) {
		return errReported
	}
	return err
}

// console has the person at the terminal type, or a script be read. leave gives
// the terminal back.
func (e *env) console(keepGoing bool) (o console.Options, leave func()) {
	o = console.Options{
		Script: e.stdin, KeepGoing: keepGoing, Out: e.stdout, Loc: e.loc, Now: time.Now, Languages: e.languages(),
		Say: func(sentence string) { e.errorf("%s\n", sentence) },
	}
	in, typed := e.stdin.(*os.File)
	out, seen := e.stdout.(*os.File)
	if e.terminal == nil || !typed || !seen || e.columns == 0 {
		return o, func() {}
	}
	leave, ok := platform.Escapes(out)
	if !ok { // a dumb terminal edits its lines itself
		o.Person = dumb{e.terminal, bufio.NewReader(in), out}
		return o, leave
	}
	o.Person = console.NewEditor(in, out, e.paths.History)
	o.Colour = os.Getenv("NO_COLOR") == "" // https://no-color.org
	o.Size = func() (columns, rows int) {
		columns, rows, _ = term.GetSize(int(out.Fd()))
		return columns, rows
	}
	return o, leave
}

// dumb is a terminal that obeys no escapes: the system's own editing has to do.
type dumb struct {
	prompter
	in  *bufio.Reader
	out io.Writer
}

// Line implements console.Person.
func (d dumb) Line(ctx context.Context, prompt string) (string, error) {
	_, _ = io.WriteString(d.out, prompt)
	line, err := interruptible(ctx, func() (string, error) { return d.in.ReadString('\n') })
	if line != "" {
		err = nil // the next one has the end
	}
	return strings.TrimRight(line, "\r\n"), err
}

// Answer implements console.Person.
func (d dumb) Answer(ctx context.Context, question string) (string, error) {
	return d.Line(ctx, question)
}

// consoleOf leads a session with an account's server, which the tray leaves to
// it meanwhile.
func (e *env) consoleOf(cmd *cobra.Command, id string, o console.Options, login bool) error {
	ctx := cmd.Context()
	engine, err := e.openEngine(ctx)
	if err != nil {
		return err
	}
	defer func() { _ = engine.Close() }()
	if login {
		if err := e.unlock(ctx, engine, id); err != nil {
			return err
		}
	}
	held, err := api.Hold(ctx, engine, api.LeaseRequest{Account: id, By: "traymail console"})
	if err != nil {
		return err
	}
	defer held.Release()
	a := held.Account
	o.Alive = func() { _ = held.Keep(ctx) }
	o.Explain = func(err error) string { return e.problemSentence(err, a) }
	log, logFile := e.openLog()
	defer func() { _ = logFile.Close() }()
	secrets := e.secrets()
	defer func() { _ = secrets.Close() }()
	return app.Visit(ctx, held, secrets, log, o.Visit(login))
}

// account is one for sentences about a server that is nobody's.
func (p place) account() settings.Account {
	return settings.Account{Server: p.Host, Port: p.Port, Security: settings.Security(p.Security.String())}
}

// problemSentence explains an error of a session.
func (e *env) problemSentence(err error, a settings.Account) string {
	return e.sentence(&api.ProblemError{Problem: *app.Problem(err, a), Err: err})
}
