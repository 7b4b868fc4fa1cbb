package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/traymail/traymail"
	"github.com/traymail/traymail/internal/locale"
)

// newMan prints the manual page, in the language of the environment. It is
// made of the commands themselves, so it cannot say anything else than they
// do; packages call it when they are built.
func newMan(e *env) *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   e.loc.T("man.short"),
		Long:    e.loc.T("man.short"),
		Example: "  traymail man | man -l -",
		Hidden:  true,
		Args:    noArgs(e),
		RunE: func(cmd *cobra.Command, _ []string) error {
			date, err := sourceDate(os.Getenv("SOURCE_DATE_EPOCH"))
			if err != nil {
				return usageError{err}
			}
			e.printf("%s", manPage(cmd.Root(), e.loc, date))
			return nil
		},
	}
}

// sourceDate is the day of SOURCE_DATE_EPOCH, so that the page is the same
// whenever it is built (https://reproducible-builds.org/specs/source-date-epoch/).
// Without it there is no date.
func sourceDate(epoch string) (string, error) {
	if epoch == "" {
		return "", nil
	}
	seconds, err := strconv.ParseInt(epoch, 10, 64)
	if err != nil {
		return "", fmt.Errorf("SOURCE_DATE_EPOCH: %w", err)
	}
	return time.Unix(seconds, 0).UTC().Format(time.DateOnly), nil
}

// roff writes a page for man(7).
type roff struct{ b strings.Builder }

// escape makes s plain text: a backslash begins a command, and a hyphen is
// one that a reader can copy.
func (*roff) escape(s string) string {
	return strings.NewReplacer(`\`, `\e`, `-`, `\-`).Replace(s)
}

// breakable lets lines end between Chinese characters, where roff, which
// knows words only, would not: but not before a closing mark or after an
// opening one.
func (*roff) breakable(s string) string {
	var b strings.Builder
	runes := []rune(s)
	for i, c := range runes {
		b.WriteRune(c)
		wide := unicode.Is(unicode.Han, c) || strings.ContainsRune("，。、；：？！）”", c)
		if wide && i+1 < len(runes) && !strings.ContainsRune("，。、；：？！）” ", runes[i+1]) {
			b.WriteString(`\:`)
		}
	}
	return b.String()
}

// macro writes a request with one quoted argument.
func (r *roff) macro(name, argument string) {
	r.b.WriteString("." + name + " \"" + strings.ReplaceAll(r.escape(argument), `"`, `\(dq`) + "\"\n")
}

// text writes lines as they are; none can begin a request.
func (r *roff) text(s string) {
	for line := range strings.Lines(s) {
		line = r.breakable(r.escape(strings.TrimRight(line, "\n")))
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			line = `\&` + line
		}
		r.b.WriteString(line + "\n")
	}
}

// paragraph writes text as a paragraph of its own.
func (r *roff) paragraph(s string) {
	r.b.WriteString(".PP\n")
	r.text(s)
}

// entry writes a term and its explanation.
func (r *roff) entry(term, explanation string) {
	r.b.WriteString(".TP\n")
	r.macro("B", term)
	r.text(explanation)
}

// verbatim writes lines that are not to be filled. Examples may be long, and
// are not to be hyphenated.
func (r *roff) verbatim(s string) {
	r.b.WriteString(".PP\n.nf\n.RS 4\n")
	for line := range strings.Lines(s) {
		r.text(strings.TrimPrefix(line, "  "))
	}
	r.b.WriteString(".RE\n.fi\n")
}

// flags writes the flags of one command, those it inherits left out.
func (r *roff) flags(c *cobra.Command) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		kind, usage := pflag.UnquoteUsage(f)
		term := "--" + f.Name
		if kind != "" {
			term += " " + kind
		}
		r.entry(term, usage)
	})
}

// commands writes the commands below c, with their own below them.
func (r *roff) commands(c *cobra.Command) {
	for _, child := range c.Commands() {
		if !child.IsAvailableCommand() {
			continue
		}
		if child.HasSubCommands() {
			r.commands(child)
			continue
		}
		r.macro("SS", strings.TrimSuffix(child.UseLine(), " [flags]"))
		r.text(child.Long)
		r.flags(child)
		if child.Example != "" {
			r.verbatim(child.Example)
		}
	}
}

// manPage is the whole page, traymail(1).
func manPage(root *cobra.Command, loc *locale.Catalogue, date string) string {
	r := &roff{}
	r.b.WriteString(".\\\" Made by \"traymail man\".\n")
	fmt.Fprintf(&r.b, ".TH TRAYMAIL 1 \"%s\" \"%s\" \"\"\n", date, r.escape("traymail "+traymail.Version()))
	// A page is read in narrow windows, and Chinese has no spaces to stretch.
	r.b.WriteString(".ad l\n.nh\n")
	r.macro("SH", loc.T("man.name"))
	r.text("traymail - " + root.Short)
	r.macro("SH", loc.T("man.synopsis"))
	r.b.WriteString(".B traymail\n")
	r.text("[--background] [--home DIR] [LINK | COMMAND]")
	r.macro("SH", loc.T("man.description"))
	r.text(root.Long)
	r.macro("SH", loc.T("man.options"))
	r.flags(root)
	r.macro("SH", loc.T("man.commands"))
	r.commands(root)
	r.macro("SH", loc.T("man.exit_status"))
	for code, text := range []string{loc.T("man.exit_done"), loc.T("man.exit_failed"), loc.T("man.exit_usage"), loc.T("man.exit_nothing")} {
		r.entry(strconv.Itoa(code), text)
	}
	r.macro("SH", loc.T("man.files"))
	r.entry("~/.config/traymail/settings.toml", loc.T("man.file_settings"))
	r.entry("~/.local/state/traymail/ledger.db", loc.T("man.file_ledger"))
	r.entry("~/.local/state/traymail/traymail.log", loc.T("man.file_log"))
	r.entry("~/.local/state/traymail/window.log", loc.T("man.file_window_log"))
	r.entry("~/.local/state/traymail/place.json", loc.T("man.file_place"))
	r.entry("~/.local/state/traymail/console.history", loc.T("man.file_history"))
	r.paragraph(loc.T("man.files_elsewhere"))
	r.macro("SH", loc.T("man.see_also"))
	r.text("https://github.com/traymail/traymail")
	return r.b.String()
}
