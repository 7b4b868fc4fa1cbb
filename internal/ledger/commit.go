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
	// Charset is what the sender declared; empty for UTF-8. It is kept by
	// sender, not by message.
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
	Unchanged = "unchanged"
)

// Poll is what one poll learned, for Commit.
type Poll struct {
	// Maildrop names server and user.
	Maildrop string
	// Mode is Full, Grown or Unchanged.
	Mode string
	// Messages and Octets are STAT's; Octets is -1 where they are of no use.
	Messages int
	Octets   int64
	Fresh    []Arrival
	Gone     []string
	Moved    []Row
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
	// Staged: the UIDs are in the ledger's staging; Fresh has the newest only.
	Staged bool
	// NoUIDL: the server has no UIDL, and digests take the place of UIDs.
	NoUIDL bool
	// Misled: it worked only without pipelining.
	Misled bool
	// Marks are Meta.Marks from now on; of a full UIDL only.
	Marks []Row
	// Unordered: a new message was listed before an old one.
	Unordered bool
	// Hints are Meta.Hints from now on.
	Hints json.RawMessage
	// Learned: the server was asked for what it can do.
	Learned bool
	// UnseenExisting and StatusHeader are the account's settings.
	UnseenExisting, StatusHeader bool
}

// Commit takes what a poll learned into the ledger, and returns the messages
// that were seen for the first time.
func (l *Ledger) Commit(account string, p Poll, now time.Time) (arrived []Arrival, err error) {
	err = l.update(account, func(a *accountLedger) error {
		arrived, err = a.commit(account, p, now)
		return err
	})
	return arrived, err
}

func (a *accountLedger) commit(account string, p Poll, now time.Time) (arrived []Arrival, err error) {
	if a.Maildrop != "" && a.Maildrop != p.Maildrop {
		// Another maildrop under the same account: another ledger.
		if err := a.reset(); err != nil {
			return nil, err
		}
	}
	a.LastPoll = now
	a.Renewed, a.Refused, a.Told = false, nil, ""
	a.takeHints(p)
	if p.Learned {
		a.Learned = now
	}
	if p.Empty {
		a.EmptyOnce, a.Incremental = true, false
		return nil, nil
	}
	a.EmptyOnce = false
	baseline := !a.Baseline
	if !baseline && p.Mode == Full && p.Complete {
		if err := a.takeOver(&p); err != nil {
			return nil, err
		}
	}
	if p.Staged {
		if err := errors.Join(a.adopt(account), a.describeStaged(p.Fresh)); err != nil {
			return nil, err
		}
		p.Fresh = nil
	}
	for _, n := range p.Fresh {
		for len(p.Moved) > 0 && p.Moved[0].Number < n.Number {
			if err := a.move(p.Moved[0].UID); err != nil {
				return nil, err
			}
			p.Moved = p.Moved[1:]
		}
		was, returned, err := a.get(n.UID)
		if err != nil {
			return nil, err
		}
		if p.Mode == Grown && returned && was.Gone.IsZero() {
			a.Incremental = false // one UID twice: the next list is a full one
		}
		a.learn(n.Header)
		r := newRecord(n, baseline, p.UnseenExisting, now)
		read := p.StatusHeader && n.Read
		if read {
			r.Seen, r.Announced = true, true
		}
		if err := a.arrive(n.UID, r); err != nil {
			return nil, err
		}
		if !returned && (!baseline || p.UnseenExisting) && !read {
			arrived = append(arrived, n)
		}
	}
	for _, row := range p.Moved {
		if err := a.move(row.UID); err != nil {
			return nil, err
		}
	}
	for _, uid := range p.Gone {
		if err := a.leave(uid, now); err != nil {
			return nil, err
		}
	}
	a.Maildrop = p.Maildrop
	if baseline {
		a.Partial++
		a.Baseline = p.Complete || a.Partial >= maxPartial
	}
	a.Count, a.Octets = p.Messages, p.Octets
	if p.Mode == Full {
		a.LastFull, a.Incremental, a.SizesLie = now, p.Complete && p.Numbered, p.SizesLie
		a.NoUIDL = p.NoUIDL
		a.Marks, a.Unordered = p.Marks, a.Unordered || p.Unordered
		if err := a.sweep(now); err != nil {
			return nil, err
		}
	}
	a.LastUID = p.LastUID
	return arrived, nil
}

// maxPartial is how many first polls may be cut short before what there is
// becomes the baseline after all.
const maxPartial = 3

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
	r.Date, r.MessageID, r.Octets = n.Date, n.MessageID, n.Octets
}

// maxRecognised is how many of the newest messages are looked at to recognise
// a migration.
const maxRecognised = 200

// fewMessages are too few to recognise a migration by without a Message-ID.
const fewMessages = 20

// takeOver recognises a migration (P16): nearly all UIDs are new at once
// although the count hardly changed. The new UIDs then stand for the old
// messages; only what lies beyond the old count, or behind the last message
// recognised by its Message-ID, is new.
func (a *accountLedger) takeOver(p *Poll) error {
	left := len(p.Gone)
	if left == 0 || left*10 < a.Count*8 || len(p.Fresh)*10 < p.Messages*8 || p.Messages*10 < a.Count*8 {
		return nil
	}
	known := map[string]string{} // Message-ID -> old UID
	if err := a.newest(a.order, func(uid string, r Record) bool {
		if r.MessageID != "" && len(known) < maxRecognised {
			known[r.MessageID] = uid
		}
		return len(known) < maxRecognised
	}); err != nil {
		return err
	}
	tried, matched, lastMatch := 0, 0, -1
	for i, n := range p.Fresh {
		if !n.Described || n.MessageID == "" {
			continue
		}
		tried++
		if known[n.MessageID] != "" {
			matched++
			lastMatch = i
		}
	}
	switch {
	case len(known) > 0 && tried > 0:
		if matched == 0 {
			return nil // they are indeed other messages
		}
	case left < fewMessages:
		// Nothing to compare. Another program that fetches and deletes all mail
		// makes a small maildrop look the same, and that is far more common.
		return nil
	}
	first := len(p.Fresh) // index of the first that is new
	switch {
	case lastMatch >= 0:
		first = lastMatch + 1
	case p.Messages > a.Count:
		first = len(p.Fresh) - (p.Messages - a.Count)
	}
	aligned, err := a.aligned(p.Fresh, lastMatch, known)
	if err != nil {
		return err
	}
	for i, n := range p.Fresh {
		if i >= first {
			break
		}
		// An old message: as it was, or seen where that is not known.
		r := Record{FirstSeen: p.Fresh[i].Date, Seen: true, Announced: true}
		old := known[n.MessageID]
		if n.MessageID == "" || old == "" {
			old = aligned[i]
		}
		if old != "" {
			was, ok, err := a.get(old)
			if err != nil {
				return err
			}
			if ok {
				r = was
			}
		} else {
			r = newRecord(n, true, false, r.FirstSeen)
		}
		r.Gone = time.Time{}
		if err := a.arrive(n.UID, r); err != nil {
			return err
		}
	}
	p.Fresh = slices.Clone(p.Fresh[first:])
	return nil
}

// aligned finds the old UIDs of the messages that were not recognised, up to
// the last one that was: those that are left over, in their order.
func (a *accountLedger) aligned(fresh []Arrival, lastMatch int, known map[string]string) (map[int]string, error) {
	claimed := map[string]bool{}
	var newest uint64
	for _, n := range fresh[:lastMatch+1] {
		uid := known[n.MessageID]
		if n.MessageID == "" || uid == "" {
			continue
		}
		claimed[uid] = true
		r, ok, err := a.get(uid)
		if err != nil {
			return nil, err
		}
		if ok {
			newest = max(newest, r.Seq)
		}
	}
	old := map[int]string{}
	c := a.order.Cursor()
	k, uid := c.Seek(seqKey(newest))
	for i := lastMatch; i >= 0; i-- {
		if id := fresh[i].MessageID; id != "" && known[id] != "" {
			continue
		}
		for k != nil && claimed[string(uid)] {
			k, uid = c.Prev()
		}
		if k == nil {
			break
		}
		old[i] = string(uid)
		k, uid = c.Prev()
	}
	return old, nil
}
