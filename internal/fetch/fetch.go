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
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
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
	// Refused: the server did not send it; Problem says what it said.
	Refused = "refused"
	// Unseen: it was fetched before, and is not in the place any more, so that it
	// is not deleted.
	Unseen = "unseen"
	// WouldDelete: in a dry run, it would be deleted.
	WouldDelete = "would-delete"
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
	// Problem: see Refused.
	Problem *api.Problem `json:"problem,omitempty"`
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
	// Missing, Kept, Refused and Unseen are UIDs.
	Missing []string `json:"missing"`
	Kept    []string `json:"kept"`
	Refused []string `json:"refused"`
	Unseen  []string `json:"unseen"`
	// LeftOut are messages without a UID that tells them apart.
	LeftOut int `json:"left_out"`
	// WouldDelete counts those that a dry run has found.
	WouldDelete int `json:"would_delete,omitempty"`
}

// PlaceError is an error of the place where messages go, or of the journal, if
// Journal is its path.
type PlaceError struct {
	Err     error
	Journal string
}

func (e *PlaceError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *PlaceError) Unwrap() error { return e.Err }

// ElsewhereError: messages that are still on the server were fetched to the
// place, and there is no such place any more: a disk may be missing. Nothing is
// fetched and deleted then.
type ElsewhereError struct{ Messages int }

func (e *ElsewhereError) Error() string {
	return fmt.Sprintf("the place of %d messages that were fetched before is not there", e.Messages)
}

// SizeError: a message came that cannot be the one that LIST gave the size of.
// It is not in the place, and the session has ended.
type SizeError struct {
	UID string
	// Octets came, or more; Listed is what LIST said.
	Octets, Listed int64
}

func (e *SizeError) Error() string {
	return fmt.Sprintf("%d octets of message %q came, and LIST says %d", e.Octets, e.UID, e.Listed)
}

// ours says whether an error is none that the account is to blame for, or that
// package poll knows.
func ours(err error) bool {
	_, place := errors.AsType[*PlaceError](err)
	_, elsewhere := errors.AsType[*ElsewhereError](err)
	_, size := errors.AsType[*SizeError](err)
	return place || elsewhere || size
}

func placed(err error) error {
	if err == nil {
		return nil
	}
	if known, is := errors.AsType[*PlaceError](err); is {
		return known
	}
	return &PlaceError{Err: err}
}

// noted is placed for the journal.
func (r *run) noted(err error) error {
	if err == nil {
		return nil
	}
	return &PlaceError{Err: err, Journal: r.Journal}
}

// maxMessage bounds a message in octets (S9); the disk is a bound as well.
const maxMessage = 4 << 30

// What LIST says of a message may be wrong, for some servers estimate; what is
// off by more than this is another matter (P33).
const (
	shortBy, shortOctets = 4, 4 << 10
	longBy, longOctets   = 16, 1 << 20
)

// short and long say whether so many octets cannot be a message of that size.
func short(octets, listed int64) bool {
	return listed-octets >= shortOctets && octets < listed/shortBy
}

func long(octets, listed int64) bool {
	return listed > 0 && octets > listed*longBy+longOctets
}

// Run fetches. The error is a *PlaceError, an *ElsewhereError, a *SizeError, one
// as Verb.Ask has it, or the context's; what it says of the Result is true all the same.
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
	r.Missing, r.Kept, r.Refused, r.Unseen = []string{}, []string{}, []string{}, []string{}
	defer r.close()
	// One that is not there is made once it is known that it may be.
	if r.made = r.absent(); !r.made && !o.DryRun {
		if err := r.open(ctx); err != nil {
			return r.Result, err
		}
	}
	var local error
	err = app.Visit(ctx, held, o.Secrets, o.Log, func(ctx context.Context, t poll.Target) error {
		err := r.session(ctx, t)
		if ours(err) {
			local = err
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
	// made: there was no such place when the run began.
	made bool
	// failed is why no further message can be fetched.
	failed error
	// drafts have come whole, and are not in their place yet: the first of them at
	// waiting. drafted are their octets.
	drafts  []draft
	drafted int64
	waiting time.Time
	buffer  []byte
	// pending are in their place, and the ledger does not know it yet.
	pending []api.FetchedMail
	// alike counts the messages with a UID.
	alike map[string]int
	// received counts octets, and kept is the last sign of life.
	received int64
	kept     time.Time
}

func (r *run) close() {
	for _, d := range r.drafts {
		d.Abort()
	}
	if r.store != nil {
		_ = r.store.Close()
	}
	if r.journal != nil {
		_ = r.journal.close()
	}
}

// absent says whether there is no such place yet, or any more.
func (r *run) absent() bool {
	_, err := os.Lstat(r.Path)
	return errors.Is(err, os.ErrNotExist)
}

// open opens place and journal, and finds out what an earlier run has fetched
// and could not report.
func (r *run) open(ctx context.Context) (err error) {
	if r.store, err = mailfile.Open(r.Kind, r.Path); err != nil {
		return placed(err)
	}
	var left []entry
	if r.journal, left, err = openJournal(r.Journal); err != nil {
		return r.noted(err)
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
	return r.noted(r.journal.clear())
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
	if ours(err) {
		_ = quit(ctx, c) // the server has done nothing wrong
	}
	if err != nil {
		return err
	}
	var octets int64
	for _, m := range fetch {
		octets += max(0, m.octets)
	}
	r.Wanted, r.Skipped = len(fetch), len(before)+len(r.Unseen)
	r.Tell(Event{Event: Begins, Messages: len(fetch), Octets: octets, Skipped: r.Skipped})
	if r.DryRun {
		for _, m := range fetch {
			r.Tell(Event{Event: Would, UID: m.uid, Number: m.number, Octets: m.octets})
		}
		if r.Delete != Never {
			for _, m := range append(fetch, before...) {
				r.WouldDelete++
				r.Tell(Event{Event: WouldDelete, UID: m.uid, Number: m.number, Octets: m.octets})
			}
		}
		return quit(ctx, c)
	}
	if r.store == nil {
		if err := r.open(ctx); err != nil {
			return err
		}
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

// list asks for all UIDs and sizes. Messages without a UID, or with that of
// another one, could not be told from others tomorrow (P15): they are left out.
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
		if _, twice := at[row.Number]; twice {
			continue
		}
		at[row.Number] = len(list)
		list = append(list, message{number: row.Number, uid: row.UID, octets: -1})
		times[row.UID]++
	}
	for row, err := range c.Lists(ctx) {
		if pop3.IsFatal(err) {
			return nil, err
		}
		if err != nil {
			break
		}
		i, is := at[row.Number]
		if !is { // UIDL had none that could be read
			i = len(list)
			at[row.Number] = i
			list = append(list, message{number: row.Number})
		}
		if list[i].octets = row.Octets; row.Octets > maxMessage {
			list[i].octets = -1 // that is no size
		}
	}
	r.Found = len(list)
	list = slices.DeleteFunc(list, func(m message) bool { return m.uid == "" || times[m.uid] > 1 })
	r.LeftOut = r.Found - len(list)
	r.alike = times
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
			if !found[uid] && r.alike[uid] == 0 {
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
	if r.Delete == Never || len(before) == 0 {
		return fetch, before, nil
	}
	if r.made {
		return nil, nil, &ElsewhereError{len(before)}
	}
	others, same, err := r.compare(ctx, c, before, there)
	if err != nil {
		return nil, nil, err
	}
	before, err = r.see(same, there)
	return append(fetch, others...), before, err
}

// see returns those of these messages whose copies are in the place. What the
// ledger says is no proof: people delete and move mail, and disks are missing.
func (r *run) see(list []message, known map[string]api.FetchedMail) (there []message, err error) {
	copies := make([]string, len(list))
	for i, m := range list {
		copies[i] = known[m.uid].Copy
	}
	seen, err := mailfile.Seen(r.Kind, r.Path, copies)
	if err != nil {
		return nil, placed(err)
	}
	for i, m := range list {
		if seen[i] {
			there = append(there, m)
			continue
		}
		r.Unseen = append(r.Unseen, m.uid)
		r.Tell(Event{Event: Unseen, UID: m.uid, Number: m.number, Octets: m.octets})
	}
	return there, nil
}

// compare tells apart what is as it was fetched, and what is another message by
// now, or could be: that is not deleted, but fetched. Where the server shows no
// header, it takes the whole message to tell.
func (r *run) compare(ctx context.Context, c *pop3.Client, list []message, known map[string]api.FetchedMail) (others, same []message, err error) {
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
		sums := make([]mailfile.Sum, len(some))
		whole := c.NewBatch()
		for i, m := range some {
			if tops[i].Err() != nil && !r.DryRun { // P20
				whole.Retr(m.number, r.through(ctx, &sums[i]))
			}
		}
		if err := whole.Do(ctx); err != nil {
			return nil, nil, err
		}
		for i, m := range some {
			was := known[m.uid]
			alike := was.Octets <= 0 || m.octets <= 0 || was.Octets == m.octets
			switch {
			case tops[i].Err() == nil:
				alike = alike && heads[i].digest() == was.Header
			case !r.DryRun:
				sum, _, _ := strings.Cut(was.Copy, " ")
				alike = sums[i].String() == sum
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

// through reads a message into w.
func (r *run) through(ctx context.Context, w io.Writer) func(io.Reader) error {
	return func(body io.Reader) error {
		_, err := io.Copy(w, body)
		return errors.Join(err, r.alive(ctx))
	}
}

func (r *run) missing(uid string) {
	r.Missing = append(r.Missing, uid)
	r.Tell(Event{Event: Missing, UID: uid})
}
