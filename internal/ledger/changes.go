package ledger

import "time"

// MarkSeen marks messages as seen, which need not be announced any more.
// Unknown UIDs are ignored: the message may have left meanwhile.
func (l *Ledger) MarkSeen(account string, uids ...string) error {
	return l.update(account, func(a *accountLedger) error {
		for _, uid := range uids {
			if _, err := a.change(uid, func(r *Record) { r.Seen, r.Announced = true, true }); err != nil {
				return err
			}
		}
		return nil
	})
}

// MarkUnseen marks messages on the server as not seen. They stay announced.
// Unknown UIDs are ignored, and those that have left.
func (l *Ledger) MarkUnseen(account string, uids ...string) error {
	return l.update(account, func(a *accountLedger) error {
		for _, uid := range uids {
			if _, err := a.change(uid, func(r *Record) { r.Seen = r.Seen && !r.Gone.IsZero() }); err != nil {
				return err
			}
		}
		return nil
	})
}

// CountExisting marks as unseen what was there at the first poll, as far as it
// still is. It stays announced.
func (l *Ledger) CountExisting(account string) error {
	return l.update(account, func(a *accountLedger) error {
		var first time.Time
		var uids []string
		err := a.newest(a.order, func(uid string, r Record) bool {
			switch {
			case first.IsZero() || r.FirstSeen.Before(first):
				first, uids = r.FirstSeen, []string{uid}
			case r.FirstSeen.Equal(first):
				uids = append(uids, uid)
			}
			return true
		})
		if err != nil {
			return err
		}
		for _, uid := range uids {
			if _, err := a.change(uid, func(r *Record) { r.Seen = false }); err != nil {
				return err
			}
		}
		return nil
	})
}

// MarkAnnounced marks messages as announced, and returns those that were seen
// or left meanwhile.
func (l *Ledger) MarkAnnounced(account string, uids ...string) (settled []string, err error) {
	err = l.update(account, func(a *accountLedger) error {
		settled = nil
		for _, uid := range uids {
			_, err := a.change(uid, func(r *Record) {
				r.Announced = true
				if r.Seen || !r.Gone.IsZero() {
					settled = append(settled, uid)
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
	return settled, err
}

// Describe notes the headers of messages, and returns how many of these are
// known.
func (l *Ledger) Describe(account string, list []Arrival) (n int, err error) {
	err = l.update(account, func(a *accountLedger) error {
		n = 0
		for _, m := range list {
			if !m.Described {
				continue
			}
			n++
			a.learn(m.Header)
			if _, err := a.change(m.UID, func(r *Record) { r.describe(m) }); err != nil {
				return err
			}
		}
		return nil
	})
	return n, err
}

// Read notes that a message was fetched, with its header as it was read now, as
// lists are to show it from now on, with its size where that was not known (0 if
// the server does not say), and marks it as seen if the reader says so. replaced:
// it is another one than the ledger had under its UID, which it replaces.
func (l *Ledger) Read(account, uid string, h Header, octets int64, seen bool, now time.Time) (r Record, replaced bool, err error) {
	err = l.update(account, func(a *accountLedger) error {
		a.learn(h)
		n := Arrival{Row: Row{UID: uid}, Octets: octets, Described: true, Header: h}
		known, ok, err := a.get(uid)
		if err != nil || !ok {
			return err
		}
		if replaced = known.Described && known.Gone.IsZero() && known.Another(n); replaced {
			if err := a.replace(n, newRecord(n, false, false, now)); err != nil {
				return err
			}
		}
		_, err = a.change(uid, func(known *Record) {
			known.describe(Arrival{Octets: known.Octets, Described: true, Header: h})
			if known.Octets == 0 {
				known.Octets = octets
			}
			if seen {
				known.Seen, known.Announced = true, true
			}
			known.Unshown = false
			r = *known
		})
		return err
	})
	return r, replaced, err
}

// Deleted is a message that the server has deleted; Octets is -1 where it did
// not say.
type Deleted struct {
	UID    string
	Octets int64
}

// Deleted takes deleted messages out of the account's order. The next poll may
// build on what is left if all sizes are known.
func (l *Ledger) Deleted(account string, list []Deleted, now time.Time) error {
	return l.update(account, func(a *accountLedger) error {
		for _, m := range list {
			r, ok, err := a.get(m.UID)
			if err != nil {
				return err
			}
			if !ok || !r.Gone.IsZero() {
				a.Incremental = false // it was not among those of the last poll
				continue
			}
			if err := a.leave(m.UID, now); err != nil {
				return err
			}
			a.Count--
			if m.Octets < 0 || a.Octets < 0 {
				a.Incremental = false
			} else {
				a.Octets -= m.Octets
			}
		}
		a.LastUID, a.Marks = "", nil // the places have changed
		return a.newest(a.order, func(uid string, _ Record) bool {
			a.LastUID = uid
			return false
		})
	})
}
