package poll

import (
	"context"
	"slices"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

// maxChanged is how many messages are looked at for others that have their
// UIDs now.
const maxChanged = batchSize

// maxMeasured is how many messages one poll looks at of those whose sizes show
// that they may be others.
const maxMeasured = 100

// changed looks for other messages under known UIDs, where the sum of the sizes
// is not what it was when that was done last. A server that counts its UIDs on
// from the last message gives them to the newest; where those do not explain
// the sum, all sizes are listed, once a day.
func (p poller) changed(ctx context.Context, c *pop3.Client, o *Outcome, d ledger.Difference, last []ledger.Row) (cut, err error) {
	// One that is broken off counts, or it would cost every session.
	o.Measured = !within(p.now, p.Known.Measured, fullEvery)
	newest, cut, err := p.resized(ctx, c, o, last)
	if cut != nil || err != nil {
		return cut, err
	}
	explained, err := p.explained(o, newest.grown)
	if err != nil {
		return nil, err
	}
	o.Changed, o.Unchecked = newest.list, newest.failed || !explained
	o.Measured = o.Measured && !explained && o.Complete && o.Numbered
	if o.Measured {
		cut, err = p.measure(ctx, c, o, d)
	} else {
		cut = p.describeAll(ctx, c, o.Changed)
	}
	if cut != nil {
		// Those whose headers did not come are looked at another time.
		o.Unchecked = true
		o.Changed = slices.DeleteFunc(o.Changed, func(n ledger.Arrival) bool { return !n.Described })
	}
	return cut, err
}

// measure lists all sizes, and looks at messages that may be others. Where it
// got on and did not get to the end, the next poll does; else one at which a
// server breaks off would cost every session.
func (p poller) measure(ctx context.Context, c *pop3.Client, o *Outcome, d ledger.Difference) (cut, err error) {
	all := p.book.Measure(p.Account.ID, d, maxMeasured)
	told := true
	for size, err := range c.Lists(ctx) {
		if pop3.IsFatal(err) {
			return err, nil
		} else if told = err == nil; !told {
			break
		}
		if err := all.Add(size.Number, size.Octets); err != nil {
			return nil, err
		}
	}
	if !told { // the server does not say it
		return p.describeAll(ctx, c, o.Changed), nil
	}
	if o.Changed, o.Unchecked, err = all.Finish(); err != nil {
		return nil, err
	}
	before := slices.Clone(o.Changed)
	// By its place alone, a size may be taken for that of another message.
	if cut = locateAll(ctx, c, o.Changed, false); cut == nil {
		cut = p.describeAll(ctx, c, o.Changed)
	}
	for i, n := range o.Changed {
		got := n.Octets != before[i].Octets && (n.Described || cut == nil)
		o.Unmeasured = o.Unmeasured || got && (o.Unchecked || cut != nil)
	}
	return cut, nil
}

// resizing is what has become of the sizes of some messages.
type resizing struct {
	// list are those whose sizes are not what they were, with those, or are not
	// known; grown is by how much the others have grown.
	list  []ledger.Arrival
	grown int64
	// failed: of some the server does not say it.
	failed bool
}

// resized looks at the sizes of the newest messages that are known, and at more
// as long as the oldest of them is not what it was: a server that numbers its
// messages for UIDs gives each the UID of the one before it when one leaves.
func (p poller) resized(ctx context.Context, c *pop3.Client, o *Outcome, last []ledger.Row) (r resizing, cut, err error) {
	fresh := map[string]bool{}
	for _, n := range o.Fresh {
		fresh[n.UID] = true
	}
	last = slices.DeleteFunc(last, func(row ledger.Row) bool { return fresh[row.UID] })
	for more := true; more && len(last) > 0 && len(r.list) < maxMeasured; {
		rest := max(0, len(last)-maxChanged)
		if more, cut, err = p.resizedAmong(ctx, c, last[rest:], &r); cut != nil || err != nil {
			return r, cut, err
		}
		last = last[:rest]
	}
	return r, nil, nil
}

// resizedAmong is resized for some of them. more: the oldest is not what it was.
func (p poller) resizedAmong(ctx context.Context, c *pop3.Client, rows []ledger.Row, r *resizing) (more bool, cut, err error) {
	numbers := map[string]int{}
	uids := make([]string, len(rows))
	for i, row := range rows {
		numbers[row.UID], uids[i] = row.Number, row.UID
	}
	known, err := p.book.Known(p.Account.ID, uids...)
	if err != nil {
		return false, nil, err
	}
	var looks []ledger.Arrival
	var sizes []*pop3.Reply[int64]
	batch := c.NewBatch()
	for _, e := range known {
		look := ledger.Arrival{Row: ledger.Row{Number: numbers[e.UID], UID: e.UID}, Octets: e.Octets}
		switch {
		case e.Octets > 0:
			looks = append(looks, look)
			sizes = append(sizes, batch.List(look.Number))
		case e.Described:
			r.list = append(r.list, look) // its header will tell
		}
	}
	if cut := batch.Do(ctx); cut != nil {
		return false, cut, nil
	}
	for i, look := range looks {
		octets, err := sizes[i].Value()
		r.failed = r.failed || err != nil
		if err == nil && octets > 0 && octets != look.Octets {
			r.list = append(r.list, look)
			r.grown += octets - look.Octets
			more = more || i == 0
		}
	}
	return more, nil, nil
}

// explained says whether the sum of the sizes is what comes of the last one,
// with what is new, what left, and by how much others have grown.
func (p poller) explained(o *Outcome, grown int64) (bool, error) {
	before := p.Known
	if before.Unchecked || before.Unsized || before.Octets < 0 || len(o.Gone) > maxGrown {
		return false, nil
	}
	sum := before.Octets + grown
	for _, n := range o.Fresh {
		if n.Octets <= 0 {
			return false, nil
		}
		sum += n.Octets
	}
	left, err := p.book.Known(p.Account.ID, o.Gone...)
	if err != nil {
		return false, err
	}
	for _, e := range left {
		if e.Octets <= 0 {
			return false, nil
		}
		sum -= e.Octets
	}
	return sum == o.Octets, nil
}
