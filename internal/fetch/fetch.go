// Package fetch receives mail: it copies messages from a maildrop into a place
// where mail programs read them, and deletes them on the server if it is told so,
// under a lease that keeps polls away. Nothing is deleted that is not on the disk
// by then, and nothing is fetched twice to one place, however a run ends. It
// speaks no language and asks nobody.
package fetch

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/mailfile"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/secret"
)

// Order says when messages are deleted on the server.
type Order string

// The orders.
const (
	Never Order = "never"
	// Each deletes a message before the next one is fetched.
	Each Order = "each"
	// End deletes all once all are fetched.
	End Order = "end"
)

// Options say what is fetched, and where to.
type Options struct {
	Account string
	Kind    mailfile.Kind
	// Path is absolute.
	Path   string
	Delete Order
	// UIDs are the messages; nil means all. All fetches those as well that are
	// in the place already.
	UIDs []string
	All  bool
	// DryRun fetches and deletes nothing.
	DryRun bool
	// Journal is a file of ours, for this maildrop and place alone.
	Journal string
	Secrets secret.Store
	Log     *slog.Logger
	// Tell is told of what happens. It may be nil.
	Tell func(Event)
	// step is told of each step, in tests.
	step func(name string)
}

// Target names the place for the ledger.
func (o Options) Target() string { return string(o.Kind) + " " + o.Path }

// What happens.
const (
	// Begins: Messages and Octets are those to be fetched, Skipped those that are
	// in the place already.
	Begins = "begin"
	// Receiving: Received octets of all have come.
	Receiving = "receiving"
	Fetched   = "fetched"
	// Would: in a dry run, it would be fetched.
	Would   = "would-fetch"
	Deleted = "deleted"
	// Missing: the server does not have it, or not any more.
	Missing = "missing"
	// Kept: the server has refused to delete it.
	Kept = "kept"
)

// Event is something that happens to a message, or to all.
type Event struct {
	Event  string `json:"event"`
	UID    string `json:"uid,omitempty"`
	Number int    `json:"number,omitempty"`
	Octets int64  `json:"octets,omitempty"`
	// Messages, Skipped and Received: see Begins and Receiving.
	Messages int   `json:"messages,omitempty"`
	Skipped  int   `json:"skipped,omitempty"`
	Received int64 `json:"-"`
}

// Result is what came of it, as far as it went.
type Result struct {
	// Found are the messages on the server, Wanted those to be fetched.
	Found   int   `json:"found"`
	Wanted  int   `json:"wanted"`
	Skipped int   `json:"skipped"`
	Fetched int   `json:"fetched"`
	Octets  int64 `json:"octets"`
	Deleted int   `json:"deleted"`
	// Missing and Kept are UIDs.
	Missing []string `json:"missing"`
	Kept    []string `json:"kept"`
}

// PlaceError is an error of the place where messages go, or of the journal.
type PlaceError struct{ Err error }

func (e *PlaceError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PlaceError) Unwrap() error { return e.Err }

func placed(err error) error {
	if err == nil {
		return nil
	}
	return &PlaceError{err}
}

// maxMessage bounds a message in octets (S9); the disk is a bound as well.
const maxMessage = 4 << 30

// Run fetches. The error is a *PlaceError, one as Verb.Ask has it, or the
// context's; what it says of the Result is true all the same.
func Run(ctx context.Context, e api.Engine, o Options) (Result, error) {
	if o.Tell == nil {
		o.Tell = func(Event) {}
	}
	if o.step == nil {
		o.step = func(string) {}
	}
	held, err := api.Hold(ctx, e, api.LeaseRequest{Account: o.Account, By: "traymail fetch"})
	if err != nil {
		return Result{}, err
	}
	defer held.Release() //nolint:contextcheck // whatever has ended
	r := &run{Options: o, held: held, kept: time.Now()}
	r.Missing, r.Kept = []string{}, []string{}
	defer r.close()
	if !o.DryRun {
		if err := r.open(ctx); err != nil {
			return r.Result, err
		}
	}
	var local *PlaceError
	err = app.Visit(ctx, held, o.Secrets, o.Log, func(ctx context.Context, t poll.Target) error {
		err := r.session(ctx, t)
		if place, is := errors.AsType[*PlaceError](err); is {
			local = place // nothing that the account is to blame for
			return nil
		}
		return err
	})
	if local != nil {
		err = local
	}
	// What is there is there, however the rest has ended.
	late, cancel := context.WithTimeout(context.WithoutCancel(ctx), reportTime)
	defer cancel()
	if reported := r.report(late); err == nil {
		err = reported // else the next run finds out by the journal
	}
	return r.Result, err
}

// reportTime is how long the engine may take for the last report.
const reportTime = 10 * time.Second

// run is one Run.
type run struct {
	Options
	Result
	held    *api.Held
	store   mailfile.Store
	journal *journal
	full    *PlaceError // why no message can be put there
	// pending are on the disk, and the ledger does not know it yet.
	pending []api.FetchedMail
	// received counts octets, and kept is the last sign of life.
	received int64
	kept     time.Time
}

func (r *run) close() {
	if r.store != nil {
		_ = r.store.Close()
	}
	if r.journal != nil {
		_ = r.journal.close()
	}
}

// open opens place and journal, and finds out what an earlier run has fetched
// and could not report.
func (r *run) open(ctx context.Context) (err error) {
	if r.store, err = mailfile.Open(r.Kind, r.Path); err != nil {
		return placed(err)
	}
	var left []entry
	if r.journal, left, err = openJournal(r.Journal); err != nil {
		return placed(err)
	}
	for _, e := range left {
		has, err := r.store.Has(e.Mark)
		if err != nil {
			return placed(fmt.Errorf("looking for what an earlier run has fetched: %w", err))
		}
		if has {
			r.pending = append(r.pending, e.FetchedMail)
		}
	}
	return r.report(ctx)
}

// report has the ledger know what is on the disk.
func (r *run) report(ctx context.Context) error {
	if r.store == nil || r.journal == nil {
		return nil
	}
	if len(r.pending) > 0 {
		if err := r.store.Sync(); err != nil {
			return placed(err)
		}
		r.step("report")
		if err := r.held.Report(ctx, api.LeaseReport{Target: r.Target(), Fetched: r.pending}); err != nil {
			return err
		}
		r.step("reported")
		r.pending = nil
	}
	return placed(r.journal.clear())
}

// session is all that the server is asked.
func (r *run) session(ctx context.Context, t poll.Target) error {
	c, err := t.Open(ctx, func(c *pop3.Config) { c.MaxBody = maxMessage })
	if err != nil {
		return err
	}
	defer c.Close() //nolint:errcheck // after QUIT it does nothing
	list, err := r.list(ctx, c)
	if err != nil {
		return err
	}
	fetch, before, err := r.choose(ctx, c, list)
	if err != nil {
		return err
	}
	var octets int64
	for _, m := range fetch {
		octets += max(0, m.octets)
	}
	r.Wanted, r.Skipped = len(fetch), len(before)
	r.Tell(Event{Event: Begins, Messages: len(fetch), Octets: octets, Skipped: r.Skipped})
	if r.DryRun {
		for _, m := range fetch {
			r.Tell(Event{Event: Would, UID: m.uid, Number: m.number, Octets: m.octets})
		}
		return quit(ctx, c)
	}
	switch r.Delete {
	case Each:
		err = r.each(ctx, c, fetch, before)
	case End:
		err = r.end(ctx, c, fetch, before)
	default:
		if err = r.fetch(ctx, c, fetch); err == nil {
			_ = quit(ctx, c) // nothing depends on it
		}
	}
	return err
}

// quit bounds the wait for an answer on which nothing depends.
func quit(ctx context.Context, c *pop3.Client) error {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	_ = c.Quit(ctx)
	return nil
}

// message is one on the server, in this session.
type message struct {
	number int
	uid    string
	octets int64 // -1 where LIST does not say
	header string
}

// list asks for all UIDs and sizes.
func (r *run) list(ctx context.Context, c *pop3.Client) (list []message, err error) {
	at := map[int]int{}
	times := map[string]int{}
	for row, err := range c.UIDLs(ctx) {
		if err != nil {
			if pop3.IsUnsupported(err) {
				err = &api.ProblemError{Problem: api.Problem{Kind: api.KindPermanent, Code: api.CodeNoUIDL}, Err: err}
			}
			return nil, err
		}
		if row.UID != "" { // one without could not be told from others tomorrow
			at[row.Number] = len(list)
			list = append(list, message{number: row.Number, uid: row.UID, octets: -1})
			times[row.UID]++
		}
	}
	for row, err := range c.Lists(ctx) {
		if pop3.IsFatal(err) {
			return nil, err
		}
		if i, ok := at[row.Number]; ok && err == nil {
			list[i].octets = row.Octets
		}
	}
	r.Found = len(list)
	for uid, n := range times {
		if n > 1 { // P15
			return nil, &api.ProblemError{
				Problem: api.Problem{Kind: api.KindPermanent, Code: api.CodeAlike},
				Err:     fmt.Errorf("%d messages have the UID %q", n, uid),
			}
		}
	}
	return list, nil
}

// choose says which messages are to be fetched, and which of those that are
// meant are in the place already, for deletion.
func (r *run) choose(ctx context.Context, c *pop3.Client, list []message) (fetch, before []message, err error) {
	if r.UIDs != nil {
		wanted, found := map[string]bool{}, map[string]bool{}
		for _, uid := range r.UIDs {
			wanted[uid] = true
		}
		var some []message
		for _, m := range list {
			if wanted[m.uid] {
				some, found[m.uid] = append(some, m), true
			}
		}
		for _, uid := range r.UIDs {
			if !found[uid] {
				r.missing(uid)
				found[uid] = true
			}
		}
		list = some
	}
	if r.All {
		return list, nil, nil
	}
	uids := make([]string, len(list))
	for i, m := range list {
		uids[i] = m.uid
	}
	known, err := r.held.Fetched(ctx, r.Target(), uids...)
	if err != nil {
		return nil, nil, err
	}
	there := map[string]api.FetchedMail{}
	for _, k := range known {
		there[k.UID] = k
	}
	for _, m := range list {
		if _, is := there[m.uid]; is {
			before = append(before, m)
		} else {
			fetch = append(fetch, m)
		}
	}
	if r.Delete == Never || r.DryRun || len(before) == 0 {
		return fetch, before, nil
	}
	others, same, err := compare(ctx, c, before, there)
	return append(fetch, others...), same, err
}

// compare tells apart what is as it was fetched, and what is another message by
// now, or could be: that is not deleted, but fetched.
func compare(ctx context.Context, c *pop3.Client, list []message, known map[string]api.FetchedMail) (others, same []message, err error) {
	for len(list) > 0 {
		some := list[:min(window, len(list))]
		list = list[len(some):]
		batch := c.NewBatch()
		heads := make([]head, len(some))
		tops := make([]*pop3.Reply[struct{}], len(some))
		for i, m := range some {
			tops[i] = batch.Top(m.number, 0, heads[i].readAll)
		}
		if err := batch.Do(ctx); err != nil {
			return nil, nil, err
		}
		for i, m := range some {
			was := known[m.uid]
			alike := was.Octets <= 0 || m.octets <= 0 || was.Octets == m.octets
			if tops[i].Err() == nil {
				alike = alike && heads[i].digest() == was.Header
			} else {
				alike = alike && was.Octets > 0 && m.octets > 0 && !c.Capabilities().Has("TOP")
			}
			if alike {
				same = append(same, m)
			} else {
				others = append(others, m)
			}
		}
	}
	return others, same, nil
}

func (r *run) missing(uid string) {
	r.Missing = append(r.Missing, uid)
	r.Tell(Event{Event: Missing, UID: uid})
}
