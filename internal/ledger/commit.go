package ledger

import (
	"encoding/json"
	"errors"
	"slices"
	"time"
)

// Header is what the ledger keeps of a message's header.
type Header struct {
	From string
	// Address is the sender's, where From is a name; else empty.
	Address, Subject string
	Date             time.Time
	MessageID        string
	// Read: its Status field says that it was read.
	Read bool
	// Charset is what the sender declared, or was found to use; empty for UTF-8.
	Charset string
}

// Arrival is a message that a poll found and the ledger does not know.
type Arrival struct {
	Row
	Octets int64
	// Described: Header is known.
	Described bool
	Header
}

// Modes of a poll; the names are a promise of --json.
const (
	Full      = "full"
	Grown     = "grown"
	Shrunk    = "shrunk" // messages left, and others may have come
	Unchanged = "unchanged"
)

// Poll is what one poll learned, for Commit.
type Poll struct {
	// Maildrop names server and user.
	Maildrop string
	// Mode is Full, Grown, Shrunk or Unchanged.
	Mode string
	// Messages and Octets are STAT's; Octets is -1 where they are of no use.
	Messages int
	Octets   int64
	Fresh    []Arrival
	// Listed counts the rows of a full UIDL.
	Listed int
	Gone   []string
	// Renamed are messages with other UIDs than before: the old by the new
	// ones. The old ones are in Gone.
	Renamed map[string]string
	// Missing are the UIDs that an incomplete list lacks.
	Missing []string
	Moved   []Row
	// Changed are messages on the server whose sizes are not what they were:
	// they may be others.
	Changed []Arrival
	// Unchecked is Meta.Unchecked from now on; of a full UIDL only.
	Unchecked bool
	// Measured: all sizes were listed, or that was tried. Unmeasured: there are
	// more messages to look at than could be, and the next poll goes on.
	Measured, Unmeasured bool
	// Shared: a UID was listed for several messages.
	Shared bool
	// Complete: a full UIDL listed as many messages as STAT counted.
	Complete bool
	// Numbered: its numbers had no gaps, so that numbers can be foreseen.
	Numbered bool
	LastUID  string
	// Empty: the maildrop was said to be empty although messages are known.
	Empty bool
	// SizesLie: after sums that did not add up, a full UIDL showed that
	// nothing had happened to the old messages (P18).
	SizesLie bool
	// Staged: the UIDs are in the ledger's staging; Fresh has the newest only,
	// and News those of them that were not there under other UIDs before.
	Staged bool
	News   []Arrival
	// Renumbered: UIDs of before stand for other messages there.
	Renumbered bool
	// NoUIDL: the server has no UIDL, and digests take the place of UIDs.
	NoUIDL bool
	// Misled: it worked only without pipelining.
	Misled bool
	// Marks are Meta.Marks from now on, where the mode is Full or Shrunk.
	Marks []Row
	// Search is Meta.Search from now on, if a search was compared with a list.
	Search Search
	// Unsized: the size of a message that left was not known.
	Unsized bool
	// Unordered: a new message was listed before an old one.
	Unordered bool
	// Hints are Meta.Hints from now on.
	Hints json.RawMessage
	// Learned: the server was asked for what it can do.
	Learned bool
	// UnseenExisting and StatusHeader are the account's settings.
	UnseenExisting, StatusHeader bool
}

// Change is what a poll has changed.
type Change struct {
	// Arrived are the messages that were seen for the first time.
	Arrived []Arrival
	// Left are the UIDs under which there is no message any more, or another.
	Left []string
}

// Commit takes what a poll learned into the ledger.
func (l *Ledger) Commit(account string, p Poll, now time.Time) (c Change, err error) {
	err = l.update(account, func(a *accountLedger) error {
		c, err = a.commit(account, p, now)
		return err
	})
	return c, err
}

func (a *accountLedger) commit(account string, p Poll, now time.Time) (c Change, err error) {
	if a.Maildrop != "" && a.Maildrop != p.Maildrop {
		// Another maildrop under the same account: another ledger.
		if err := a.reset(); err != nil {
			return c, err
		}
	}
	left := now
	if a.LastPoll.After(now) {
		left = a.LastPoll // by a clock that is behind, it would be swept too soon
	}
	a.LastPoll = now
	a.Renewed, a.Refused, a.Told, a.Patience = false, nil, "", time.Time{}
	a.takeHints(p)
	if p.Learned {
		a.Learned = now
	}
	if p.Empty {
		a.EmptyOnce, a.Incremental = true, false
		return c, nil
	}
	a.EmptyOnce = false
	baseline := !a.Baseline
	var taken map[string]Record
	if !baseline && p.Mode == Full && p.Complete && !p.Staged {
		if taken, err = a.takeOver(p); err != nil {
			return c, err
		}
	}
	renamed, err := a.renamed(p)
	if err != nil {
		return c, err
	}
	if p.Staged {
		if err := a.newest(a.unseen, func(uid string, _ Record) bool {
			p.Gone = append(p.Gone, uid)
			return true
		}); err != nil {
			return c, err
		}
		if err := errors.Join(a.adopt(account), a.describeStaged(p.Fresh)); err != nil {
			return c, err
		}
		if p.Renumbered {
			c.Left, p.Gone = p.Gone, nil
		}
		p.Gone = slices.DeleteFunc(p.Gone, func(uid string) bool { return a.uids.Get([]byte(uid)) != nil }) // kept
		for _, n := range p.News {
			if !p.StatusHeader || !n.Read {
				c.Arrived = append(c.Arrived, n)
			} else if _, err := a.change(n.UID, func(r *Record) { r.Seen, r.Announced = true, true }); err != nil {
				return c, err
			}
		}
		p.Fresh = nil
	}
	others, err := a.others(p.Fresh)
	if err != nil {
		return c, err
	}
	existing := len(p.Fresh)
	if baseline && a.Partial > 0 {
		existing = min(existing, a.unlisted(p))
	}
	for i, n := range p.Fresh {
		for len(p.Moved) > 0 && p.Moved[0].Number < n.Number {
			if err := a.move(p.Moved[0].UID); err != nil {
				return c, err
			}
			p.Moved = p.Moved[1:]
		}
		r, ok := renamed[n.UID]
		if !ok {
			r, ok = taken[n.UID]
		}
		if ok {
			if err := errors.Join(a.forget(n.UID), a.forget(p.Renamed[n.UID]), a.arrive(n.UID, r)); err != nil {
				return c, err
			}
			continue
		}
		if others[n.UID] {
			if err := a.forget(n.UID); err != nil {
				return c, err
			}
		}
		was, returned, err := a.get(n.UID)
		if err != nil {
			return c, err
		}
		if (p.Mode == Grown || p.Mode == Shrunk) && returned && was.Gone.IsZero() {
			a.Incremental = false // one UID twice: the next list is a full one
		}
		a.learn(n.Header)
		old := baseline && i < existing
		r = newRecord(n, old, p.UnseenExisting, now)
		r.Unshown = others[n.UID]
		read := p.StatusHeader && n.Read
		if read {
			r.Seen, r.Announced = true, true
		}
		if err := a.arrive(n.UID, r); err != nil {
			return c, err
		}
		if returned && n.Described && !was.Gone.IsZero() && !was.Another(n) {
			if _, err := a.change(n.UID, func(r *Record) {
				r.renew(n)
				if n.Octets > 0 {
					r.Octets = n.Octets
				}
			}); err != nil {
				return c, err
			}
		}
		if !returned && (!old || p.UnseenExisting) && !read {
			c.Arrived = append(c.Arrived, n)
		}
	}
	for _, row := range p.Moved {
		if err := a.move(row.UID); err != nil {
			return c, err
		}
	}
	moved := map[uint64]bool{} // by their sequences
	for _, records := range []map[string]Record{renamed, taken} {
		for _, r := range records {
			moved[r.Seq] = true
		}
	}
	for _, uid := range p.Gone {
		if err := a.leave(uid, left); err != nil {
			return c, err
		}
		if len(moved) == 0 {
			continue
		}
		if _, err := a.change(uid, func(r *Record) { r.Moved = moved[r.Seq] }); err != nil {
			return c, err
		}
	}
	c.Left = append(c.Left, p.Gone...)
	if err := errors.Join(a.miss(p, left, &c), a.changed(p, renamed, now, &c)); err != nil {
		return c, err
	}
	a.Maildrop = p.Maildrop
	if baseline {
		a.Partial++
		a.Baseline = p.Complete || a.Partial >= maxPartial
	}
	tombstones := max(a.Count, p.Messages) // all may have left at once, and be back
	a.Count, a.Octets = p.Messages, p.Octets
	if p.Mode == Shrunk {
		a.Marks, a.Search, a.Unsized = p.Marks, SearchRelied, a.Unsized || p.Unsized
	}
	if p.Mode == Full {
		a.Unsized = false
		if a.Search == SearchRelied {
			a.Search = SearchAgrees
		}
		if p.Search != SearchUntried {
			a.Search = p.Search
		}
		lately := now.Sub(a.LastFull).Abs() < sweepWithin
		a.LastFull, a.Incremental, a.SizesLie = now, p.Complete && p.Numbered && !p.Unmeasured, p.SizesLie
		a.NoUIDL, a.Unchecked = p.NoUIDL, p.Unchecked
		a.Shared, a.Surplus = p.Shared, 0
		if !p.Complete || p.Shared {
			a.Surplus = count(a.order) - a.Count
		}
		if p.Measured && !p.Unmeasured {
			a.Measured = now
		}
		a.Marks, a.Unordered = p.Marks, a.Unordered && !p.Learned || p.Unordered
		if err := a.sweep(now, tombstones, p.Complete && lately); err != nil {
			return c, err
		}
	}
	a.LastUID = p.LastUID
	return c, nil
}

// miss takes what an incomplete list lacks: it is gone if the one before lacked
// it, too. Else a server that always counts more than it lists would keep for
// ever what was deleted elsewhere.
func (a *accountLedger) miss(p Poll, now time.Time, c *Change) error {
	if p.Mode != Full {
		return nil
	}
	a.Lists++
	for _, uid := range p.Missing {
		r, ok, err := a.get(uid)
		if err != nil {
			return err
		}
		switch {
		case !ok || !r.Gone.IsZero():
			continue
		case r.Missed > 0 && r.Missed == a.Lists-1:
			c.Left = append(c.Left, uid)
			err = a.leave(uid, now)
		default:
			r.Missed = a.Lists
			err = a.put(uid, r)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// renamed are the records of messages that have other UIDs now, by these.
func (a *accountLedger) renamed(p Poll) (map[string]Record, error) {
	records := map[string]Record{}
	found := map[string]Arrival{}
	for _, n := range slices.Concat(p.Fresh, p.Changed) {
		found[n.UID] = n
	}
	for uid, old := range p.Renamed {
		r, ok, err := a.get(old)
		if err != nil {
			return nil, err
		}
		if ok {
			r.become(found[uid])
			r.Gone, r.Missed, r.Moved = time.Time{}, 0, false
			records[uid] = r
		}
	}
	return records, nil
}

// changed takes those whose sizes have changed; some are other messages.
func (a *accountLedger) changed(p Poll, renamed map[string]Record, now time.Time, c *Change) error {
	others, err := a.resized(p.Changed)
	if err != nil {
		return err
	}
	found, err := a.swapped(p.Changed, others)
	if err != nil {
		return err
	}
	for uid, r := range found {
		if _, ok := renamed[uid]; !ok {
			renamed[uid] = r
		}
	}
	for _, n := range p.Changed {
		if !others[n.UID] {
			if n.Described {
				a.learn(n.Header)
			}
			if _, err := a.change(n.UID, func(r *Record) {
				r.renew(n)
				r.Octets = n.Octets
			}); err != nil {
				return err
			}
			continue
		}
		c.Left = append(c.Left, n.UID)
		a.learn(n.Header)
		r, ok := renamed[n.UID]
		switch {
		case ok:
			if err := a.forget(p.Renamed[n.UID]); err != nil { // it is back, under this one
				return err
			}
		case p.StatusHeader && n.Read:
			r = newRecord(n, false, false, now)
			r.Seen, r.Announced = true, true
		default:
			r = newRecord(n, false, false, now)
			c.Arrived = append(c.Arrived, n)
		}
		if err := a.replace(n, r); err != nil {
			return err
		}
	}
	return nil
}

// swapped finds messages among those that had UIDs which others have now: they
// have each other's, and are not new. It returns their records.
func (a *accountLedger) swapped(changed []Arrival, others map[string]bool) (map[string]Record, error) {
	var had []Record
	for _, n := range changed {
		if !others[n.UID] {
			continue
		}
		r, ok, err := a.get(n.UID)
		if err != nil {
			return nil, err
		}
		if ok {
			had = append(had, r)
		}
	}
	records := map[string]Record{}
	for _, n := range changed {
		i := slices.IndexFunc(had, func(r Record) bool { return others[n.UID] && r.Same(n) })
		if i < 0 {
			continue
		}
		r := had[i]
		r.become(n)
		r.Missed = 0
		records[n.UID] = r
		had = slices.Delete(had, i, i+1)
	}
	return records, nil
}

// maxPartial is how many first polls may be cut short before what there is
// becomes the baseline after all.
const maxPartial = 3

// unlisted is how many messages a poll may list that were there, and were not
// listed, when the first one was cut short: those that were counted then,
// except as many as still are not listed. All others have come since, even
// where a server always counts more than it lists.
func (a *accountLedger) unlisted(p Poll) int {
	return max(0, a.Count-a.order.Stats().KeyN-max(0, p.Messages-p.Listed))
}

// takeHints remembers what was learned of the server. One session that broke
// proves nothing; when the next does too, pipelining is given up.
func (a *accountLedger) takeHints(p Poll) {
	switch {
	case !p.Misled:
		a.Hints, a.Misled = p.Hints, 0
	case a.Misled > 0:
		a.Hints = p.Hints
	default:
		a.Misled++
	}
}

// newRecord is the record of a message that was not there before.
func newRecord(n Arrival, baseline, unseenExisting bool, now time.Time) Record {
	r := Record{
		FirstSeen: now, Seen: baseline && !unseenExisting,
		// What was there before the account is never announced.
		Announced: baseline,
	}
	r.describe(n)
	return r
}

// describe notes what is known of a message's header.
func (r *Record) describe(n Arrival) {
	r.Described, r.From, r.Address, r.Subject = n.Described, n.From, n.Address, n.Subject
	r.Date, r.MessageID, r.Octets, r.Charset = n.Date, n.MessageID, n.Octets, n.Charset
}
