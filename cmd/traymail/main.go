// Some servers' own certificates have a negative serial number. What the user
// can pin must be readable.
//go:debug x509negativeserial=1

// Command traymail notifies of new mail in POP3 mailboxes from the system
// tray. This package is the command line and the wiring, nothing else.
package main

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/child"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/platform"
)

// commit is set by scripts/build.sh, from git.
var commit = ""

// Exit codes, the same for every command.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2 // wrong usage or configuration
	// exitNothing: there is nothing to report, for who has asked to be told so.
	exitNothing = 3
)

// usageError is a mistake in arguments or configuration.
type usageError struct{ err error }

func (e usageError) Error() string { return e.err.Error() }
func (e usageError) Unwrap() error { return e.err }

// errReported ends with exitFailed and prints nothing more: the output has
// said it already.
var errReported = errors.New("reported")

// errNothing ends with exitNothing and prints nothing more.
var errNothing = errors.New("nothing to report")

func main() {
	child.NoCore()
	platform.AttachConsole()
	locale.FollowSystem()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// Should something not look at ctx, a second signal ends it, as signals do.
	context.AfterFunc(ctx, stop)
	e := newEnv(os.Stdin, os.Stdout, os.Stderr)
	e.alone = true
	code := e.run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run is main without the process: it returns the exit code.
func run(ctx context.Context, args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	return newEnv(stdin, stdout, stderr).run(ctx, args)
}

func newEnv(stdin io.Reader, stdout, stderr io.Writer) *env {
	e := &env{loc: locale.New(""), stdin: stdin, stdout: stdout, stderr: stderr, terminal: terminalOf(stdin, stderr), columns: columnsOf(stdout)}
	if out, ok := stdout.(*os.File); ok && e.columns > 0 {
		e.coloured = coloured(out, os.Getenv)
	}
	return e
}

func (e *env) run(ctx context.Context, args []string) int {
	root := newRoot(e) //nolint:contextcheck // its commands get theirs by ExecuteContextC
	root.SetArgs(args)
	root.SetIn(e.stdin)
	root.SetOut(e.stdout)
	root.SetErr(e.stderr)
	command, err := root.ExecuteContextC(ctx)
	if e.unwritten != nil && (err == nil || errors.Is(err, errReported)) {
		err = e.unwritten
	}
	var usage usageError
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, errReported):
		return exitFailed
	case errors.Is(err, errNothing):
		return exitNothing
	case errors.As(err, &usage):
		e.errorf("traymail: %v\n", err)
		return exitUsage
	default:
		sentence := e.sentence(err)
		e.errorf("traymail: %s\n", sentence)
		if command == root {
			e.couldNotStart(ctx, err, sentence)
		}
		return exitCode(err)
	}
}

func newRoot(e *env) *cobra.Command {
	var o trayOptions
	// On Windows cobra would send away whoever starts it by a double click.
	cobra.MousetrapHelpText = ""
	root := &cobra.Command{
		Use:           "traymail",
		Short:         e.loc.T("cli.root.short"),
		Long:          e.loc.T("cli.root.long"),
		Example:       "  traymail\n  traymail --background\n  traymail --home ~/usb/traymail\n  traymail 'traymail:open?account=home-k3fa'",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          linkArg(e, &o.open),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return runTray(cmd.Context(), e, o)
		},
	}
	root.Flags().BoolVar(&o.background, "background", false, e.loc.T("cli.root.background"))
	root.Flags().BoolVar(&o.restarted, "restarted", false, "")
	root.Flags().BoolVar(&o.supervised, "supervised", false, "")
	// What COM adds when it starts us for a click on a notification (Windows).
	root.Flags().String("activation", "", "")
	for _, name := range []string{"restarted", "supervised", "activation"} {
		_ = root.Flags().MarkHidden(name) // there is such a flag
	}
	root.PersistentFlags().StringVar(&e.home, "home", "", e.loc.T("cli.flag.home"))
	root.PersistentFlags().StringVar(&e.logLevel, "log-level", "info", e.loc.T("cli.flag.log_level"))
	root.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error {
		e.command = cmd.CommandPath()
		if aboutItself(cmd) {
			return nil
		}
		return e.prepare()
	}
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error { return usageError{err} })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(
		newSettings(e), newMailbox(e), newAccount(e), newDiscover(e), newProbe(e), newConsole(e), newCheck(e), newStatus(e), newWatch(e),
		newList(e), newShow(e), newSeen(e), newDelete(e), newFetch(e), newDoctor(e), newDrawing(e), newQuit(e), newForget(e), newUnregister(e), newDemo(e), newVersion(e), newMan(e),
	)
	localise(root, e.loc)
	return root
}

// aboutItself says whether a command is only about the program: it needs no
// home, and creates no folders in it.
func aboutItself(cmd *cobra.Command) bool {
	for c := cmd; c != nil; c = c.Parent() {
		if slices.Contains([]string{"version", "man", "completion", drawingCommand, unregisterCommand}, c.Name()) {
			return true
		}
	}
	return false
}

// localise replaces cobra's English headings.
func localise(root *cobra.Command, loc *locale.Catalogue) {
	cobra.AddTemplateFunc("heading", func(name string) string { return loc.T("cli.help." + name) })
	root.SetUsageTemplate(`{{heading "usage"}}{{if .Runnable}}
  {{.UseLine}}{{end}}{{if .HasAvailableSubCommands}}
  {{.CommandPath}} [command]{{end}}{{if .HasExample}}

{{heading "example"}}
{{.Example}}{{end}}{{if .HasAvailableSubCommands}}

{{heading "commands"}}{{range .Commands}}{{if .IsAvailableCommand}}
  {{rpad .Name .NamePadding}} {{.Short}}{{end}}{{end}}{{end}}{{if .HasAvailableLocalFlags}}

{{heading "flags"}}
{{.LocalFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}{{if .HasAvailableInheritedFlags}}

{{heading "global"}}
{{.InheritedFlags.FlagUsages | trimTrailingWhitespaces}}{{end}}
`)
	root.InitDefaultHelpCmd()
	var walk func(*cobra.Command)
	walk = func(c *cobra.Command) {
		c.InitDefaultHelpFlag()
		c.Flags().Lookup("help").Usage = loc.T("cli.flag.help")
		if c.Name() == "help" {
			c.Hidden = true
		}
		for _, child := range c.Commands() {
			walk(child)
		}
	}
	walk(root)
}

func noArgs(e *env) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) > 0 {
			return usageError{errors.New(e.loc.T("cli.unexpected_argument", args[0], cmd.CommandPath()))}
		}
		return nil
	}
}

func exactArgs(e *env, n int) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError{errors.New(e.loc.T("cli.wrong_arguments", cmd.UseLine()))}
		}
		return nil
	}
}
