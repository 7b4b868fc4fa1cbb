// Package poll is one session with an account's server: values in, outcome out.
// It reads what the ledger knows, as a value or by comparing a list while that
// arrives, and never changes it; it locks nothing and knows no language.
package poll

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

const (
	// Timeout bounds one session, whatever the server does (S9).
	Timeout = 5 * time.Minute
	// fullEvery is how often a full UIDL is asked for in any case.
	fullEvery = 24 * time.Hour
	// maxGrown is how many new messages are asked for one by one; more cost
	// less as a full UIDL.
	maxGrown = 200
	// MaxDescribed is how many of the new messages get their headers at
	// once; more than that end in a summary anyway.
	MaxDescribed = 100
	// batchSize keeps a batch's answers from filling both ends' buffers.
	batchSize = 25
	// stageFrom is the size of a maildrop, in messages, from which on a first
	// poll is staged.
	stageFrom = 2000
	// describedBaseline is how many messages of a new account get their headers.
	describedBaseline = 10
)

// Outcome is what one poll learned. It changes nothing by itself.
type Outcome struct {
	ledger.Poll
	// Cut: the session ended while headers were read. The UIDs were known by
	// then, and what is known is not thrown away: a message on which the
	// server chokes would hide all others for ever.
	Cut error
	// Codes are the one-time codes of new messages, by their UIDs, where the
	// header does not have it (see Code). They are for the moment, and for no file.
	Codes map[string]string
}

// Book compares a server's list with what is known, and stages a first one,
// while it arrives; *ledger.Ledger does.
type Book interface {
	Compare(account, maildrop string) (*ledger.Comparison, error)
	Stage(account string, now time.Time) (*ledger.Staging, error)
	Known(account string, uids ...string) ([]ledger.Entry, error)
	Place(account, uid string) (int, error)
	Measure(account string, d ledger.Difference, limit int) *ledger.Measuring
	Places(account string) (*ledger.Places, error)
	Recognised(account string, list []ledger.Arrival) (map[string]bool, error)
	Renumbered(account string, p ledger.Poll) (bool, error)
	Relabelled(account string, p ledger.Poll, gone []string) (map[string]string, error)
}

// Poll is one poll of a maildrop. The session is filled in even if it fails.
func Poll(ctx context.Context, t Target, book Book, now time.Time, session *Session) (o Outcome, err error) {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	p := poller{Target: t, book: book, now: now, session: session}
	// What the server could not do may have been a bad moment of its own.
	p.learn = !within(now, t.Known.Learned, fullEvery)
	learned := p.learn
	o, m, err := p.once(ctx)
	if err != nil && p.worthAnother(ctx, err) {
		hints := p.hints()
		hints.PipelineLogin, hints.Pipelining = false, false
		if p.Known.Hints, err = json.Marshal(hints); err != nil {
			return o, err
		}
		p.Known.Incremental, p.learn = false, false
		var second pop3.Metrics
		err = Again(ctx, func() error {
			o, second, err = p.once(ctx)
			return err
		})
		o.Misled = true
		m.RoundTrips += second.RoundTrips
		m.Sent += second.Sent
		m.Received += second.Received
	}
	o.Learned = learned
	session.Stats = api.PollStats{Mode: o.Mode, RoundTrips: m.RoundTrips, Sent: m.Sent, Received: m.Received}
	return o, err
}

// worthAnother says whether a session that broke is worth one without what was
// pipelined, and waits until that may be. A server that cuts a login may count
// those: another comes later, and only where this one was pipelined.
func (p poller) worthAnother(ctx context.Context, err error) bool {
	switch {
	case !p.hints().Known || !misled(err) || ctx.Err() != nil:
		return false
	case !cutAtLogin(err):
		return true
	}
	return p.hints().PipelineLogin && wait(ctx, p.Pause) == nil
}

// poller is a poll under way.
type poller struct {
	Target
	book    Book
	now     time.Time
	session *Session
	// learn: the server is asked again for what it can do.
	learn bool
}

// within says whether now is at most so long after a last time. One in the
// future is that of a clock that was wrong, and no last time.
func within(now, last time.Time, most time.Duration) bool {
	since := now.Sub(last)
	return since >= 0 && since < most
}

func (p poller) once(ctx context.Context) (o Outcome, m pop3.Metrics, err error) {
	o.Maildrop = Maildrop(p.Account)
	o.UnseenExisting, o.StatusHeader = p.Account.UnseenExisting, p.Account.StatusHeader
	hints := p.hints()
	if p.learn {
		hints.Known, hints.NoCapabilities = false, false
	}
	cfg, err := p.config(hints, &p.session.Transcript)
	if err != nil {
		return o, m, err
	}
	c, err := pop3.Dial(ctx, cfg)
	if err != nil {
		return o, m, err
	}
	defer func() {
		m = c.Metrics()
		p.session.take(c)
		leave(ctx, c)
	}()
	defer func() {
		if err == nil && o.Cut == nil && p.FindCodes && p.Known.Baseline {
			p.codes(ctx, c, &o)
		}
	}()
	before := p.Known
	incremental := before.Incremental && !p.learn && within(p.now, before.LastFull, fullEvery)
	if before.Unchecked && !before.NoUIDL && !within(p.now, before.Measured, fullEvery) {
		incremental = false // full lists for other reasons must not put that off
	}

	// The first round trip: login, STAT, and whether the last message is in its place.
	batch := c.NewBatch()
	stat := batch.Stat()
	var last *identity
	var marks []*identity
	var found *found
	places := looked(before)
	if incremental && before.Count > 0 {
		last = identify(batch, before.Count, before.NoUIDL)
		for _, row := range places {
			marks = append(marks, identify(batch, row.Number, false))
		}
	}
	if err := c.Login(ctx, p.credentials(), batch); err != nil {
		return o, m, err
	}
	answer, err := stat.Value()
	if err != nil {
		return o, m, err
	}
	o.Messages, o.Octets = answer.Messages, answer.Octets
	if o.Hints, err = json.Marshal(c.Hints()); err != nil {
		return o, m, err
	}
	if incremental {
		inPlace := before.Count == 0
		if last != nil {
			uid, err := last.uid()
			inPlace = err == nil && uid == before.LastUID
		}
		for i, mark := range marks {
			uid, err := mark.uid()
			inPlace = inPlace && err == nil && uid == places[i].UID
		}
		done, err := p.incremental(ctx, c, inPlace, &o)
		if done || err != nil {
			return o, m, err
		}
		if p.searchable(c, inPlace, o) {
			if found, err = p.search(ctx, c, o.Messages); err != nil {
				return o, m, err
			}
		}
		if found != nil && before.Search != ledger.SearchUntried {
			done, err := p.shrunk(ctx, c, found, &o)
			if done || err != nil {
				return o, m, err
			}
		}
	}
	if !before.Baseline && before.Partial == 0 && !o.UnseenExisting && o.Messages >= stageFrom {
		err := p.first(ctx, c, &o)
		if !unsupported(err, "UIDL") {
			return o, m, err
		}
	}
	err = p.full(ctx, c, &o)
	o.Search = p.judge(found, o)
	return o, m, err
}

// incremental tries to do without a full UIDL, and says whether that was
// possible.
func (p poller) incremental(ctx context.Context, c *pop3.Client, inPlace bool, o *Outcome) (done bool, err error) {
	before := p.Known
	grown := o.Messages - before.Count
	switch {
	case before.Unordered && (grown != 0 || o.Octets != before.Octets):
		return false, nil // the new message may be anywhere
	case !inPlace || grown < 0 || grown > maxGrown || before.SizesLie || o.Octets < 0 || before.Octets < 0:
		return false, nil
	case grown == 0:
		o.Mode, o.LastUID = ledger.Unchanged, before.LastUID
		return o.Octets == before.Octets, nil
	}
	// The second round trip: only what is new. The octets must add up; then
	// nothing happened to the old part, and it need not be listed.
	fresh, sum, err := p.arrivals(ctx, c, before.Count+1, o)
	if fresh == nil || err != nil {
		return false, err
	}
	// One that has the UID of an old one is a message of its own only if a list
	// says so, too.
	uids := make([]string, len(fresh))
	for i, n := range fresh {
		uids[i] = n.UID
	}
	if known, err := p.book.Known(p.Account.ID, uids...); err != nil || len(known) > 0 {
		return false, errors.Join(err, o.Cut)
	}
	if sum < 0 || before.Octets+sum != o.Octets {
		// Either something happened to the old part, or sizes mean nothing
		// on this server: a full UIDL will tell.
		o.SizesLie = true
		return false, o.Cut
	}
	o.Mode, o.Fresh, o.LastUID = ledger.Grown, fresh, fresh[grown-1].UID
	return true, p.relabel(o, nil)
}

// arrivals asks for the messages from a number on, with the sum of their
// sizes, or -1. There are none where the server does not tell all UIDs.
func (p poller) arrivals(ctx context.Context, c *pop3.Client, first int, o *Outcome) (fresh []ledger.Arrival, sum int64, err error) {
	fresh = make([]ledger.Arrival, o.Messages-first+1)
	ids := make([]*identity, len(fresh))
	sizes := make([]*pop3.Reply[int64], len(fresh))
	batch := c.NewBatch()
	for i := range fresh {
		fresh[i].Number = first + i
		ids[i] = identify(batch, first+i, p.Known.NoUIDL)
		sizes[i] = batch.List(first + i)
	}
	tops := make([]*pop3.Reply[struct{}], len(fresh))
	var unsure []*ledger.Arrival
	for i := range fresh {
		tops[i] = p.describe(batch, &fresh[i], &unsure) // last: a server may choke on these (P19)
	}
	o.Cut = batch.Do(ctx)
	known, twice := true, map[string]bool{p.Known.LastUID: true}
	for i := range fresh {
		var uidErr, sizeErr error
		fresh[i].UID, uidErr = ids[i].uid()
		fresh[i].Octets, sizeErr = sizes[i].Value()
		if uidErr != nil || sizeErr != nil {
			return nil, 0, o.Cut
		}
		if twice[fresh[i].UID] {
			return nil, 0, o.Cut // a list says of which messages it is
		}
		twice[fresh[i].UID] = true
		known = known && fresh[i].Octets >= 0 // P33
		sum += fresh[i].Octets
	}
	if o.Cut == nil && !p.Known.NoUIDL && !inPlace(ctx, c, fresh, tops) {
		return nil, 0, nil
	}
	if !known {
		sum = -1
	}
	if o.Cut == nil {
		o.Cut = p.clarify(ctx, c, unsure)
	}
	return fresh, sum, nil
}

// full streams a full UIDL against the ledger.
func (p poller) full(ctx context.Context, c *pop3.Client, o *Outcome) error {
	before := p.Known
	o.Mode, o.NoUIDL = ledger.Full, before.NoUIDL && !p.learn
	if o.Messages == 0 {
		o.Complete = true
		if before.Count > 0 && !before.EmptyOnce { // P17
			o.Empty = true
			return nil
		}
	}
	var m marker
	d, err := p.compare(ctx, c, o, &m, before.Baseline && o.Messages >= stageFrom)
	if errors.Is(err, errRenumbered) {
		if done, err := p.renumbered(ctx, c, o, false); done || err != nil {
			return err
		}
		m = marker{}
		d, err = p.compare(ctx, c, o, &m, false)
	}
	if unsupported(err, "UIDL") && !o.NoUIDL {
		o.NoUIDL, m = true, marker{}
		d, err = p.compare(ctx, c, o, &m, false)
	}
	if err != nil {
		if o.NoUIDL && unsupported(err, "TOP") {
			return errors.Join(ErrNoUIDL, err)
		}
		return err
	}
	o.Complete, o.Listed = d.Rows == o.Messages, d.Rows
	o.Shared = d.Repeated || len(d.Apart) > 0
	o.Numbered = d.Last.Number == d.Rows && !o.Shared && !d.Disordered
	if o.Complete {
		o.Moved, o.LastUID = d.Moved, d.Last.UID
		o.Marks = m.marks
	}
	switch {
	case d.Rows < o.Messages, o.Shared: // a UID that is said twice stands for another
		o.Missing = d.Gone
	case o.Complete:
		o.Gone = d.Gone
	}
	for _, row := range d.Fresh {
		o.Fresh = append(o.Fresh, ledger.Arrival{Row: row})
	}
	described := o.Fresh
	switch {
	case !before.Baseline && before.Partial == 0 && !o.UnseenExisting:
		// Enough of the silent baseline to recognise it after a migration.
		described = described[max(0, len(described)-describedBaseline):]
	default:
		described = described[max(0, len(described)-MaxDescribed):]
	}
	suspect := o.SizesLie
	o.SizesLie = before.SizesLie && !p.learn
	o.Unchecked = o.Messages > 0 && (before.Unchecked || before.Unsized || before.Baseline && o.Octets != before.Octets)
	if d.Repeated { // one of two numbers is that of another message
		if err := locateAll(ctx, c, described, o.NoUIDL); err != nil {
			return err
		}
	}
	o.Cut = p.describeAll(ctx, c, described)
	if older := o.Fresh[:len(o.Fresh)-len(described)]; before.Baseline && o.Cut == nil && o.Complete && len(o.Gone) > before.Count/2 && len(older) > 0 {
		if o.Cut, err = p.sample(ctx, c, older, described); err != nil {
			return err
		}
	}
	if o.Cut != nil && len(o.Gone) > before.Count/2 && !slices.ContainsFunc(described, known) {
		return o.Cut // nothing tells whether these are the old messages
	}
	if o.Cut == nil && before.Baseline && !o.NoUIDL {
		again, err := p.book.Renumbered(p.Account.ID, o.Poll)
		if err != nil {
			return err
		}
		if again {
			if done, err := p.renumbered(ctx, c, o, true); done || err != nil {
				return err
			}
		}
	}
	if o.Cut == nil && !d.Repeated && o.Unchecked && !o.NoUIDL && !o.SizesLie && o.Octets >= 0 {
		o.Cut, err = p.changed(ctx, c, o, d, m.last)
	}
	if err := p.rename(ctx, c, o, d); err != nil {
		return err
	}
	if err := p.relabel(o, d.Gone); err != nil {
		return err
	}
	o.Unordered = before.Baseline && o.Complete && unordered(d.Fresh, o)
	// P18: the old part is unchanged, and yet the sums did not add up.
	unexplained := o.Unchecked || o.Measured && len(o.Changed) == 0
	o.SizesLie = o.SizesLie || suspect && o.Cut == nil && unexplained && len(o.Gone) == 0 && len(d.Fresh) == o.Messages-before.Count
	return err
}

// samples is how many of the older messages are looked at where most UIDs are new
// and the newest messages are.
const samples = 25

// sample looks at older messages, where the newest ones are not known: they may
// be those of before, under other UIDs. Where they are, it looks for the first
// that is not.
func (p poller) sample(ctx context.Context, c *pop3.Client, older, newest []ledger.Arrival) (cut, err error) {
	known, err := p.book.Recognised(p.Account.ID, newest)
	if err != nil || len(known) > len(newest)/2 {
		return nil, err
	}
	from, to := 0, len(older)
	for to > from {
		step := max(1, (to-from)/samples)
		var places []int
		var list []ledger.Arrival
		for i := from; i < to; i += step {
			places, list = append(places, i), append(list, older[i])
		}
		if cut = p.describeAll(ctx, c, list); cut != nil {
			return cut, nil
		}
		if known, err = p.book.Recognised(p.Account.ID, list); err != nil {
			return nil, err
		}
		last := -1
		for k, i := range places {
			older[i] = list[k]
			if known[list[k].UID] {
				last = i
			}
		}
		if last < 0 || step == 1 {
			return nil, nil
		}
		from, to = last+1, min(to, last+step)
	}
	return nil, nil
}

// known says whether there is anything to tell a message from others by, beside
// its UID.
func known(n ledger.Arrival) bool { return n.Described || n.Octets > 0 }

// errRenumbered: nearly all UIDs of a large maildrop are new at once.
var errRenumbered = errors.New("nearly all UIDs are new")

// compare is the whole list against the ledger. With mayDiffer, it is
// errRenumbered where that would be much to hold.
func (p poller) compare(ctx context.Context, c *pop3.Client, o *Outcome, m *marker, mayDiffer bool) (d ledger.Difference, err error) {
	comparison, err := p.book.Compare(p.Account.ID, o.Maildrop)
	if err != nil {
		return d, err
	}
	differs := false
	if o.Messages > 0 {
		shared := func() ([]int, error) {
			if differs {
				return nil, nil
			}
			rows, err := comparison.Shared()
			if err != nil || !confirmed(ctx, c, rows) {
				return nil, err
			}
			comparison.TellApart()
			return numbers(rows), nil
		}
		for row, err := range p.rows(ctx, c, o.Messages, o.NoUIDL, shared) {
			if isUnidentified(err) {
				continue // the list is not complete, and all others are
			}
			if err != nil {
				return d, err
			}
			if differs = differs || mayDiffer && comparison.Differs(); differs {
				continue // breaking off costs the session
			}
			m.add(row)
			if err := comparison.Add(row); err != nil {
				return d, err
			}
		}
	}
	if differs {
		return d, errRenumbered
	}
	d, err = comparison.Finish()
	m.drop(d.Apart)
	return d, err
}

// listedEvery is after how many rows it is told how far a list has come.
const listedEvery = 100

// rows are a bounded list of all messages; see identities.
func (p poller) rows(ctx context.Context, c *pop3.Client, messages int, noUIDL bool, shared func() ([]int, error)) iter.Seq2[ledger.Row, error] {
	return func(yield func(ledger.Row, error) bool) {
		n := 0
		for row, err := range bounded(identities(ctx, c, messages, noUIDL, shared), messages) {
			if n++; n%listedEvery == 0 && p.Listed != nil {
				p.Listed(n, messages)
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// bounded ends a list that has far more rows than STAT counts messages (S9): a
// few more may be duplicates (P15).
func bounded(rows iter.Seq2[ledger.Row, error], messages int) iter.Seq2[ledger.Row, error] {
	limit := 2*messages + 1000
	return func(yield func(ledger.Row, error) bool) {
		n := 0
		for row, err := range rows {
			if n++; n > limit {
				yield(ledger.Row{}, &pop3.Error{
					Kind: pop3.KindProtocol, Code: pop3.CodeTooMany, Command: "UIDL",
					Err: fmt.Errorf("more than %d rows for %d messages", limit, messages),
				})
				return
			}
			if !yield(row, err) {
				return
			}
		}
	}
}

// first is full for the baseline of a large maildrop: the ledger takes it
// while it arrives.
func (p poller) first(ctx context.Context, c *pop3.Client, o *Outcome) error {
	_, err := p.stage(ctx, c, o, describedBaseline)
	if err != nil {
		return err
	}
	o.Cut = p.describeAll(ctx, c, o.Fresh)
	return nil
}

// renumbered is full for a large maildrop whose UIDs are nearly all new, or for
// one in which UIDs stand for other messages throughout (others): the ledger
// takes the list again as it does a first one. done: it is a migration.
func (p poller) renumbered(ctx context.Context, c *pop3.Client, o *Outcome, others bool) (done bool, err error) {
	plain := *o
	o.Gone, o.Missing, o.Moved, o.Unchecked, o.Renumbered = nil, nil, nil, false, others
	stage, err := p.stage(ctx, c, o, MaxDescribed)
	if err != nil {
		return false, err
	}
	if o.Cut = p.describeAll(ctx, c, o.Fresh); o.Cut != nil && !slices.ContainsFunc(o.Fresh, known) {
		return false, o.Cut
	}
	if o.Complete {
		if o.News, done, err = stage.TakeOver(o.Fresh, others); done || err != nil {
			return done, err
		}
	}
	cut := o.Cut
	*o = plain
	return false, cut
}

// stage has the ledger take the whole list while it arrives. Of the newest
// messages it keeps so many.
func (p poller) stage(ctx context.Context, c *pop3.Client, o *Outcome, keep int) (*ledger.Staging, error) {
	stage, err := p.book.Stage(p.Account.ID, p.now)
	if err != nil {
		return nil, err
	}
	var last ledger.Row
	var m marker
	var newest []ledger.Arrival
	for row, err := range p.rows(ctx, c, o.Messages, false, stage.Shared) {
		if isUnidentified(err) {
			continue
		}
		if err != nil {
			return nil, err
		}
		if err := stage.Add(row); err != nil {
			return nil, err
		}
		m.add(row)
		if row.Number > last.Number {
			last = row
		}
		if newest = append(newest, ledger.Arrival{Row: row}); len(newest) > 10*keep {
			newest = append(newest[:0], newest[len(newest)-keep:]...)
		}
	}
	shared, err := stage.Shared()
	if err != nil {
		return nil, err
	}
	rows := stage.Rows()
	o.Mode, o.Staged, o.Marks = ledger.Full, true, m.marks
	o.Listed, o.Shared = rows, len(shared) > 0
	o.Complete, o.LastUID = rows == o.Messages, last.UID
	o.Numbered = last.Number == rows && !o.Shared
	o.Fresh = newest[max(0, len(newest)-keep):]
	return stage, nil
}

// ErrNoUIDL: the server has no UIDL, and without TOP there is nothing else to
// tell messages apart by.
var ErrNoUIDL = errors.New("the server supports neither UIDL nor TOP")

// unsupported says whether the server does not know this command, or has no
// UIDs to answer with (P34). That it will not carry it out just now is another
// matter: the UIDs are still there.
func unsupported(err error, command string) bool {
	if errors.Is(err, errBare) {
		return command == "UIDL"
	}
	e, ok := pop3.As(err)
	return ok && !e.Fatal() && e.Command == command && pop3.IsUnsupported(err)
}
