package poll

import (
	"cmp"
	"context"
	"slices"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

// rename finds the messages that a list knows by a digest and the one before
// by a UID, or the other way round: those are not new, and did not leave. Their
// headers tell; where these are not known, that they are in their old places or
// between their old neighbours, or that count and octets are as before.
func (p poller) rename(ctx context.Context, c *pop3.Client, o *Outcome, d ledger.Difference) error {
	found := slices.Concat(o.Fresh, o.Changed)
	if !p.Known.Baseline || o.NoUIDL != p.Known.NoUIDL || o.NoUIDL || len(d.Gone) > maxBare {
		return nil
	}
	if !digested(d.Gone...) && !slices.ContainsFunc(found, func(n ledger.Arrival) bool { return digested(n.UID) }) {
		return nil
	}
	gone, err := p.book.Known(p.Account.ID, d.Gone...)
	if err != nil {
		return err
	}
	slices.SortFunc(gone, func(a, b ledger.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	slices.SortStableFunc(found, func(a, b ledger.Arrival) int { return cmp.Compare(a.Number, b.Number) })
	alone := o.Messages == p.Known.Count && o.Octets > 0 && o.Octets == p.Known.Octets && len(gone) == len(o.Fresh)
	places := map[string]int{}
	for _, e := range gone {
		if places[e.UID], err = p.book.Place(p.Account.ID, e.UID); err != nil {
			return err
		}
	}
	between, err := p.between(ctx, c, o, found)
	if err != nil {
		return err
	}
	for _, n := range found {
		i := slices.IndexFunc(gone, func(e ledger.Entry) bool {
			switch {
			case digested(e.UID) == digested(n.UID):
				return false
			case e.Described && n.Described:
				return e.Same(n)
			}
			return (alone || places[e.UID] == n.Number || between[n.UID] == e.UID) && !e.Another(n)
		})
		if i < 0 {
			continue
		}
		o.rename(n.UID, gone[i].UID)
		gone = slices.Delete(gone, i, i+1)
	}
	return nil
}

// relabel finds those that have another UID now; gone are the UIDs that are no
// longer listed.
func (p poller) relabel(o *Outcome, gone []string) error {
	if !p.Known.Baseline || o.NoUIDL != p.Known.NoUIDL {
		return nil
	}
	old, err := p.book.Relabelled(p.Account.ID, o.Poll, gone)
	for uid, was := range old {
		o.rename(uid, was)
	}
	return err
}

// rename notes that a message has another UID than before.
func (o *Outcome) rename(uid, was string) {
	if o.Renamed == nil {
		o.Renamed = map[string]string{}
	}
	o.Renamed[uid] = was
	if at := slices.Index(o.Missing, was); at >= 0 { // it is there, after all
		o.Missing = slices.Delete(o.Missing, at, at+1)
		o.Gone = append(o.Gone, was)
	}
}

// unordered says whether a new message stands before an old one.
func unordered(fresh []ledger.Row, o *Outcome) bool {
	fresh = slices.DeleteFunc(slices.Clone(fresh), func(row ledger.Row) bool { return o.Renamed[row.UID] != "" })
	old := o.Messages - len(fresh)
	return slices.ContainsFunc(fresh, func(row ledger.Row) bool { return row.Number <= old })
}

// maxBetween is how many messages are looked at for their neighbours.
const maxBetween = batchSize

// between finds, for messages without a UID of their own, the one that the ledger
// has between the two that stand beside them, if it is one.
func (p poller) between(ctx context.Context, c *pop3.Client, o *Outcome, found []ledger.Arrival) (map[string]string, error) {
	between := map[string]string{}
	var bare []ledger.Arrival
	for _, n := range found {
		if digested(n.UID) && n.Number > 0 && n.Number < o.Messages && len(bare) < maxBetween {
			bare = append(bare, n)
		}
	}
	if len(bare) == 0 || o.Cut != nil {
		return between, nil
	}
	places, err := p.book.Places(p.Account.ID)
	if err != nil {
		return nil, err
	}
	batch := c.NewBatch()
	neighbours := make([][2]*identity, len(bare))
	for i, n := range bare {
		if n.Number > 1 {
			neighbours[i][0] = identify(batch, n.Number-1, false)
		}
		neighbours[i][1] = identify(batch, n.Number+1, false)
	}
	if o.Cut = batch.Do(ctx); o.Cut != nil {
		return between, nil
	}
	for i, n := range bare {
		var at [2]int
		known := true
		for k, id := range neighbours[i] {
			if id == nil {
				continue // there is none before the first
			}
			uid, err := id.uid()
			if err != nil || uid == "" {
				known = false
				break
			}
			found, err := places.Of(uid)
			if err != nil {
				return nil, err
			}
			at[k], known = found[0], known && found[0] > 0
		}
		if !known || at[1]-at[0] != 2 {
			continue
		}
		uids, err := places.UIDs(at[0]+1, at[0]+1)
		if err != nil || len(uids) == 0 {
			return nil, err
		}
		between[n.UID] = uids[0]
	}
	return between, nil
}
