package ledger

import (
	"encoding/binary"
	"slices"
	"time"
)

// maxReturning is how many of the messages that left last are looked at for one
// that is back under another UID.
const maxReturning = 1000

// Relabelled finds messages that a poll shows under other UIDs than before,
// where most have kept theirs: a person, or a filter, took one out of the
// maildrop and put it back, at once or later, or the server names each by a file
// whose name changes, or by its number. Those are not new. It returns the old
// UIDs by the new ones; gone are the UIDs that the server no longer shows. In
// a migration, what is gone is another matter (takeOver).
func (l *Ledger) Relabelled(account string, p Poll, gone []string) (map[string]string, error) {
	old := map[string]string{}
	return old, l.view(account, func(a *accountLedger) error {
		if p.Mode == Full && a.migrated(p) {
			gone = nil // takeOver looks at these
		}
		claimed := map[string]bool{}
		for _, uid := range p.Renamed {
			claimed[uid] = true
		}
		found := map[int64][]Arrival{} // by their dates
		first := time.Time{}
		for _, n := range slices.Concat(p.Fresh, p.Changed) {
			if !n.Described || n.Date.IsZero() || p.Renamed[n.UID] != "" {
				continue
			}
			if was, ok, err := a.get(n.UID); err != nil {
				return err
			} else if ok && !was.Another(n) {
				continue // it is back under its own
			}
			found[n.Date.Unix()] = append(found[n.Date.Unix()], n)
			if first.IsZero() || n.Date.Before(first) {
				first = n.Date
			}
		}
		if len(found) == 0 {
			return nil
		}
		look := func(uid string) error {
			r, ok, err := a.get(uid)
			if err != nil || !ok || claimed[uid] || r.Moved && !r.Gone.IsZero() {
				return err
			}
			for _, n := range found[r.Date.Unix()] {
				if old[n.UID] == "" && r.Exactly(n) {
					old[n.UID] = uid
					break
				}
			}
			return nil
		}
		for _, uid := range gone {
			if err := look(uid); err != nil {
				return err
			}
		}
		return a.lately(first, maxReturning, look)
	})
}

// lately calls f for the UIDs that left since a time, up to a number of them,
// the last first. Whatever is back was written before it left.
func (a *accountLedger) lately(since time.Time, limit int, f func(uid string) error) error {
	if a.gone == nil {
		return nil
	}
	c := a.gone.Cursor()
	for k, _ := c.Last(); len(k) > 8 && limit > 0; k, _ = c.Prev() {
		if binary.BigEndian.Uint64(k) < uint64(max(0, since.Unix())) {
			return nil
		}
		if err := f(string(k[8:])); err != nil {
			return err
		}
		limit--
	}
	return nil
}
