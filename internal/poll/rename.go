package poll

import (
	"cmp"
	"slices"

	"github.com/traymail/traymail/internal/ledger"
)

// rename finds the messages that a list knows by a digest and the one before
// by a UID, or the other way round: those are not new, and did not leave. Their
// headers tell; where these are not known, that they are in their old places, or
// that count and octets are as before.
func (p poller) rename(o *Outcome, d ledger.Difference) error {
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
	o.Renamed = map[string]string{}
	places := map[string]int{}
	for _, e := range gone {
		if places[e.UID], err = p.book.Place(p.Account.ID, e.UID); err != nil {
			return err
		}
	}
	for _, n := range found {
		i := slices.IndexFunc(gone, func(e ledger.Entry) bool {
			switch {
			case digested(e.UID) == digested(n.UID):
				return false
			case e.Described && n.Described:
				return e.Same(n)
			}
			return (alone || places[e.UID] == n.Number) && !e.Another(n)
		})
		if i < 0 {
			continue
		}
		uid := gone[i].UID
		o.Renamed[n.UID] = uid
		gone = slices.Delete(gone, i, i+1)
		if at := slices.Index(o.Missing, uid); at >= 0 { // it is there, after all
			o.Missing = slices.Delete(o.Missing, at, at+1)
			o.Gone = append(o.Gone, uid)
		}
	}
	return nil
}
