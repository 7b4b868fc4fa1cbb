package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/mattn/go-runewidth"
	"github.com/spf13/cobra"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/fetch"
	"github.com/traymail/traymail/internal/mailfile"
	"github.com/traymail/traymail/internal/plaintext"
)

// fetching is what the user wants fetched.
type fetching struct {
	fetch.Options
	maildir, mbox, eml string
	order              string
	fresh, asJSON      bool
}

func newFetch(e *env) *cobra.Command {
	var f fetching
	cmd := &cobra.Command{
		Use:     "fetch ID (--maildir DIR | --mbox FILE | --eml DIR) [--new | --all | UID...]",
		Short:   e.loc.T("cli.fetch.short"),
		Long:    e.loc.T("cli.fetch.long"),
		Example: "  traymail fetch home-k3fa --maildir ~/Mail\n  traymail fetch home-k3fa --mbox ~/mbox --delete end\n  traymail fetch home-k3fa --eml . 0000012a5f8e3c11\n  traymail fetch home-k3fa --maildir ~/Mail --delete each --dry-run",
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New(e.loc.T("cli.wrong_arguments", cmd.UseLine()))}
			}
			return f.check(e, args[1:])
		},
		RunE: e.withEngine(func(cmd *cobra.Command, args []string, engine engine) error {
			f.Account = args[0]
			if err := e.unlock(cmd.Context(), engine, f.Account); err != nil {
				return err
			}
			return e.fetch(cmd.Context(), engine, f)
		}),
	}
	flags := cmd.Flags()
	flags.StringVar(&f.maildir, "maildir", "", e.loc.T("cli.fetch.maildir"))
	flags.StringVar(&f.mbox, "mbox", "", e.loc.T("cli.fetch.mbox"))
	flags.StringVar(&f.eml, "eml", "", e.loc.T("cli.fetch.eml"))
	flags.BoolVar(&f.fresh, "new", false, e.loc.T("cli.fetch.new"))
	flags.BoolVar(&f.All, "all", false, e.loc.T("cli.fetch.all"))
	flags.StringVar(&f.order, "delete", string(fetch.Never), e.loc.T("cli.fetch.delete"))
	flags.BoolVar(&f.DryRun, "dry-run", false, e.loc.T("cli.fetch.dry_run"))
	flags.BoolVar(&f.asJSON, "json", false, e.loc.T("cli.fetch.json"))
	// There are such flags.
	_ = errors.Join(cmd.MarkFlagDirname("maildir"), cmd.MarkFlagDirname("eml"), cmd.MarkFlagFilename("mbox"),
		cmd.RegisterFlagCompletionFunc("delete", cobra.FixedCompletions(
			[]string{string(fetch.Never), string(fetch.Each), string(fetch.End)}, cobra.ShellCompDirectiveNoFileComp)))
	return cmd
}

// check takes the flags for what they mean.
func (f *fetching) check(e *env, uids []string) (err error) {
	places := 0
	for _, p := range []struct {
		kind mailfile.Kind
		path string
	}{{mailfile.Maildir, f.maildir}, {mailfile.Mbox, f.mbox}, {mailfile.EML, f.eml}} {
		if p.path != "" {
			f.Kind, f.Path = p.kind, p.path
			places++
		}
	}
	chosen := 0
	for _, is := range []bool{f.fresh, f.All, len(uids) > 0} {
		if is {
			chosen++
		}
	}
	f.Delete = fetch.Order(f.order)
	switch {
	case places != 1:
		return usageError{errors.New(e.loc.T("cli.fetch.one_place"))}
	case chosen > 1:
		return usageError{errors.New(e.loc.T("cli.fetch.one_choice"))}
	case f.Delete != fetch.Never && f.Delete != fetch.Each && f.Delete != fetch.End:
		return usageError{errors.New(e.loc.T("cli.fetch.bad_delete", f.order))}
	}
	if len(uids) > 0 {
		f.UIDs = uids
	}
	if f.Path, err = mailfile.Real(f.Path); err != nil {
		return usageError{err}
	}
	return nil
}

// fetch fetches, says what comes of it, and how to go on where it ends early.
func (e *env) fetch(ctx context.Context, engine engine, f fetching) error {
	f.Secrets, f.Log = e.secrets(), slog.New(slog.DiscardHandler)
	defer func() { _ = f.Secrets.Close() }()
	sum := sha256.Sum256([]byte(f.Account + " " + f.Target()))
	f.Journal = filepath.Join(filepath.Dir(e.paths.Ledger), fmt.Sprintf("fetch-%x.journal", sum[:8]))
	bar := newProgress(e)
	// Nobody may be there to read any more, which is no reason to die on the spot:
	// the run ends as if it were interrupted.
	deaf := make(chan os.Signal, 1)
	signal.Notify(deaf, syscall.SIGPIPE)
	defer signal.Stop(deaf)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	f.Tell = func(event fetch.Event) {
		if e.fetchEvent(event, f, bar); errors.Is(e.unwritten, syscall.EPIPE) {
			cancel()
		}
	}
	result, err := fetch.Run(ctx, engine, f.Options)
	bar.clear()
	if f.asJSON {
		e.jsonLine(fetchEnd{"done", err == nil, result})
	} else {
		e.printFetched(f, result, err)
	}
	if errors.Is(e.unwritten, syscall.EPIPE) {
		e.unwritten = nil // whoever has closed the pipe knows
		return errReported
	}
	if err != nil {
		return e.fetchError(f, result, err)
	}
	if len(result.Missing)+len(result.Kept)+len(result.Refused)+result.LeftOut > 0 {
		return errReported
	}
	return nil
}

// fetchEnd is the last line of fetch --json.
type fetchEnd struct {
	Event    string `json:"event"`
	Complete bool   `json:"complete"`
	fetch.Result
}

// fetchBegin is a fetch.Begins for a program: all of it, even if it is 0.
type fetchBegin struct {
	Event    string `json:"event"`
	Messages int    `json:"messages"`
	Octets   int64  `json:"octets"`
	Skipped  int    `json:"skipped"`
}

// jsonLine prints an event for a program.
func (e *env) jsonLine(v any) {
	var line bytes.Buffer
	enc := json.NewEncoder(&line)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil && e.unwritten == nil {
		e.unwritten = err
	}
	e.write(plaintext.Reveal(line.String()))
}

func (e *env) fetchEvent(event fetch.Event, f fetching, bar *progress) {
	if f.asJSON {
		switch event.Event {
		case fetch.Receiving:
		case fetch.Begins:
			e.jsonLine(fetchBegin{event.Event, event.Messages, event.Octets, event.Skipped})
		default:
			if event.Problem != nil {
				event.Problem = explain.Say(event.Problem, e.loc)
			}
			e.jsonLine(event)
		}
		return
	}
	bar.note(event)
	switch event.Event {
	case fetch.Missing:
		bar.clear()
		e.errorf("%s\n", e.loc.T("cli.account_line", event.UID, e.loc.T("problem.gone")))
	case fetch.Kept:
		bar.clear()
		e.errorf("%s\n", e.loc.T("cli.account_line", event.UID, e.loc.T("cli.fetch.kept")))
	case fetch.Refused:
		bar.clear()
		text := explain.Asked(event.Problem, e.loc)
		e.errorf("%s\n", e.loc.T("cli.account_line", event.UID, text))
	case fetch.Would:
		e.printf("%s\n", e.loc.T("cli.account_line", event.UID, e.loc.Size(max(0, event.Octets))))
	}
}

// printFetched sums a run up.
func (e *env) printFetched(f fetching, r fetch.Result, err error) {
	count := func(key string, n int, args ...any) {
		e.printf("%s\n", e.loc.N(key, n, append([]any{e.loc.Count(n)}, args...)...))
	}
	switch {
	case err == nil && f.DryRun:
		count("cli.fetch.would", r.Wanted, f.Path)
	case r.Fetched > 0:
		count("cli.fetch.done", r.Fetched, e.loc.Size(r.Octets), f.Path)
	case err == nil && r.Found == 0:
		e.printf("%s\n", e.loc.T("cli.fetch.empty"))
	case err == nil && r.Wanted == 0 && r.Skipped > 0 && len(r.Missing) == 0:
		count("cli.fetch.nothing", r.Skipped, f.Path)
	}
	if r.Deleted > 0 {
		count("cli.fetch.deleted", r.Deleted)
	}
	if r.WouldDelete > 0 {
		count("cli.fetch.would_delete", r.WouldDelete)
	}
	if len(r.Unseen) > 0 {
		count("cli.fetch.unseen", len(r.Unseen), f.Path)
	}
	if r.LeftOut > 0 {
		e.errorf("%s\n", e.loc.N("cli.fetch.left_out", r.LeftOut, e.loc.Count(r.LeftOut)))
	}
}

// fetchError says what ended a run, and that another one goes on.
func (e *env) fetchError(f fetching, r fetch.Result, err error) error {
	code := exitCode(err)
	text := e.sentence(err)
	again := r.Wanted > 0
	if place, is := errors.AsType[*fetch.PlaceError](err); is {
		text = e.placeSentence(f.Path, place)
	}
	if gone, is := errors.AsType[*fetch.ElsewhereError](err); is {
		text = e.loc.N("cli.fetch.elsewhere", gone.Messages, e.loc.Count(gone.Messages), f.Path)
	}
	if size, is := errors.AsType[*fetch.SizeError](err); is {
		text, again = e.loc.T("cli.fetch.size", size.UID, e.loc.Size(size.Octets), e.loc.Size(size.Listed)), false
	}
	if p, is := errors.AsType[*api.ProblemError](err); is && p.Problem.Code == api.CodeUnconfirmed {
		text = e.loc.T("cli.fetch.unconfirmed")
	}
	if again && code == exitFailed {
		further := e.loc.T("cli.fetch.goes_on", e.loc.Count(r.Fetched), e.loc.Count(r.Wanted))
		if text = e.loc.T("problem.join", text, further); errors.Is(err, context.Canceled) {
			text = further // it was the user, who knows
		}
	}
	if code == exitUsage {
		return usageError{errors.New(text)}
	}
	return errors.New(text)
}

// placeSentence says what is wrong with the place of the mail, or the journal.
func (e *env) placeSentence(path string, place *fetch.PlaceError) string {
	key := "cli.fetch.place"
	if place.Journal != "" {
		path, key = place.Journal, "cli.fetch.journal"
	}
	switch {
	case diskFull(place):
		return e.loc.T("cli.fetch.disk_full", path)
	case errors.Is(place, mailfile.ErrLocked):
		return e.loc.T("cli.fetch.locked", path)
	}
	return e.loc.T(key, path, strings.ReplaceAll(place.Error(), "\n", "; "))
}

// progress shows how far a run is: a bar on a terminal, and a line now and then
// elsewhere.
type progress struct {
	e       *env
	columns int // of the terminal; 0 elsewhere
	began   time.Time
	shown   time.Time
	drawn   bool

	messages, fetched int
	octets, received  int64
}

func newProgress(e *env) *progress { return &progress{e: e, columns: columnsOf(e.stderr)} }

const (
	barPause  = 100 * time.Millisecond
	linePause = 10 * time.Second
)

func (p *progress) note(event fetch.Event) {
	now := time.Now()
	switch event.Event {
	case fetch.Begins:
		p.began, p.shown = now, now
		p.messages, p.octets = event.Messages, event.Octets
	case fetch.Fetched:
		p.fetched++
	case fetch.Receiving:
		p.received = event.Received
	default:
		return
	}
	pause := linePause
	if p.columns > 0 {
		pause = barPause
	}
	if p.messages == 0 || p.received == 0 || now.Sub(p.shown) < pause {
		return
	}
	p.shown = now
	p.draw(now.Sub(p.began))
}

func (p *progress) draw(took time.Duration) {
	loc := p.e.loc
	rate := float64(p.received) / max(took.Seconds(), 0.001)
	text := loc.T("cli.fetch.progress", loc.Count(p.fetched), loc.Count(p.messages), loc.Size(p.received), loc.Size(p.octets), loc.Size(int64(rate)))
	// The sizes that LIST says may be wrong, and what is left unknown.
	if left := float64(max(0, p.octets-p.received)) / max(rate, 1); p.octets > p.received && took > time.Second && left < 1e6 {
		text = loc.T("cli.fetch.left", text, clock(time.Duration(left)*time.Second))
	}
	if p.columns == 0 {
		p.e.errorf("%s\n", text)
		return
	}
	const least, most = 10, 40
	if room := p.columns - runewidth.StringWidth(text) - 4; room >= least && p.octets > 0 {
		width := min(room, most)
		full := int(min(1, float64(p.received)/float64(p.octets)) * float64(width))
		text = "[" + strings.Repeat("#", full) + strings.Repeat(" ", width-full) + "] " + text
	}
	text = runewidth.Truncate(plaintext.Reveal(text), p.columns-1, "")
	_, _ = fmt.Fprintf(p.e.stderr, "\r%s", runewidth.FillRight(text, p.columns-1)) // beyond it there is nobody to tell
	p.drawn = true
}

// clear takes the bar away, for other lines.
func (p *progress) clear() {
	if p.drawn {
		_, _ = fmt.Fprintf(p.e.stderr, "\r%s\r", strings.Repeat(" ", p.columns-1)) // as above
		p.drawn = false
	}
}

// clock is a time as minutes and seconds, or with hours.
func clock(d time.Duration) string {
	minutes, seconds := int(d.Minutes()), int(d.Seconds())%60
	if minutes < 60 {
		return fmt.Sprintf("%d:%02d", minutes, seconds)
	}
	return fmt.Sprintf("%d:%02d:%02d", minutes/60, minutes%60, seconds)
}
