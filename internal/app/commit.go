package app

import (
	"errors"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/settings"
)

// maildrop identifies what an account's ledger is about.
func maildrop(a settings.Account) string { return a.User + "@" + a.Server }

// commit takes a poll's outcome into the ledger, in one transaction, and
// returns the messages that were seen for the first time.
func (s *Service) commit(a settings.Account, o outcome, now time.Time) (arrived []api.NewMail, err error) {
	err = s.ledger.update(a.ID, func(l *accountLedger) error {
		arrived = nil
		if l.Maildrop != "" && l.Maildrop != maildrop(a) {
			// Another maildrop under the same account: another ledger.
			if err := l.reset(); err != nil {
				return err
			}
		}
		l.LastPoll = now
		l.takeHints(o)
		if o.empty {
			l.EmptyOnce, l.Incremental = true, false
			return nil
		}
		l.EmptyOnce = false
		baseline := !l.Baseline
		if !baseline && o.mode == modeFull && o.complete {
			if err := l.takeOver(&o); err != nil {
				return err
			}
		}
		if o.staged {
			if err := errors.Join(l.adopt(a.ID), l.describeStaged(o.fresh)); err != nil {
				return err
			}
			o.fresh = nil
		}
		for _, n := range o.fresh {
			for len(o.moved) > 0 && o.moved[0].Number < n.number {
				if err := l.move(o.moved[0].UID); err != nil {
					return err
				}
				o.moved = o.moved[1:]
			}
			_, returned, err := l.get(n.uid)
			if err != nil {
				return err
			}
			if err := l.arrive(n.uid, arrival(n, a, baseline, now)); err != nil {
				return err
			}
			if !returned && (!baseline || a.UnseenExisting) && (!a.StatusHeader || !n.header.Read) {
				arrived = append(arrived, api.NewMail{n.uid, n.header.From, n.header.Subject, n.header.Date, n.octets})
			}
		}
		for _, row := range o.moved {
			if err := l.move(row.UID); err != nil {
				return err
			}
		}
		for _, uid := range o.gone {
			if err := l.leave(uid, now); err != nil {
				return err
			}
		}
		l.Maildrop = maildrop(a)
		if baseline {
			l.Partial++
			l.Baseline = o.complete || l.Partial >= maxPartial
		}
		l.Count, l.Octets = o.stat.Messages, o.stat.Octets
		if o.mode == modeFull {
			l.LastFull, l.Incremental, l.SizesLie = now, o.complete && o.numbered, o.sizesLie
			l.NoUIDL = o.noUIDL
			if err := l.sweep(now); err != nil {
				return err
			}
		}
		l.LastUID = o.lastUID
		return nil
	})
	return arrived, err
}

// maxPartial is how many first polls may be cut short before what there is
// becomes the baseline after all.
const maxPartial = 3

// takeHints remembers what was learned of the server. One session that broke
// proves nothing; when the next does too, pipelining is given up.
func (l *accountLedger) takeHints(o outcome) {
	switch {
	case !o.misled:
		l.Hints, l.Misled = o.hints, 0
	case l.Misled > 0:
		l.Hints = o.hints
	default:
		l.Misled++
	}
}

// arrival is the record of a message that was not there before.
func arrival(n newcomer, a settings.Account, baseline bool, now time.Time) record {
	r := newRecord(n, baseline, a.UnseenExisting, now)
	if a.StatusHeader && n.header.Read {
		r.Seen, r.Announced = true, true
	}
	return r
}

func newRecord(n newcomer, baseline, unseenExisting bool, now time.Time) record {
	return record{
		FirstSeen: now, Seen: baseline && !unseenExisting,
		// What was there before the account is never announced.
		Announced: baseline,
		Described: n.described, From: n.header.From, Address: addressOf(n.header), Subject: n.header.Subject, Date: n.header.Date,
		MessageID: n.header.MessageID, Octets: n.octets,
	}
}

// addressOf is the sender's address, where From does not have it already.
func addressOf(h message.Header) string {
	if h.FromAddress == h.From {
		return ""
	}
	return h.FromAddress
}

// fewMessages are too few to tell a migration without any Message-ID.
const fewMessages = 20

// takeOver recognises a migration (P16): nearly all UIDs are new at once
// although the count hardly changed. The new UIDs then stand for the old
// messages; only what lies beyond the old count, or behind the last message
// recognised by its Message-ID, is new.
func (l *accountLedger) takeOver(o *outcome) error {
	left := len(o.gone)
	if left == 0 || left*10 < l.Count*8 || len(o.fresh)*10 < o.stat.Messages*8 || o.stat.Messages*10 < l.Count*8 {
		return nil
	}
	known := map[string]string{} // Message-ID -> old UID
	if err := l.newest(l.order, func(uid string, r record) bool {
		if r.MessageID != "" && len(known) < 2*maxDescribed {
			known[r.MessageID] = uid
		}
		return len(known) < 2*maxDescribed
	}); err != nil {
		return err
	}
	compared, matched, lastMatch := 0, 0, -1
	for i, n := range o.fresh {
		if !n.described || n.header.MessageID == "" {
			continue
		}
		compared++
		if known[n.header.MessageID] != "" {
			matched++
			lastMatch = i
		}
	}
	switch {
	case len(known) > 0 && compared > 0:
		if matched == 0 {
			return nil // other messages indeed
		}
	case left < fewMessages:
		// Nothing to compare. Another program that fetches and deletes all mail
		// makes a small maildrop look the same, and that is far more common.
		return nil
	}
	first := len(o.fresh) // index of the first that is new
	switch {
	case lastMatch >= 0:
		first = lastMatch + 1
	case o.stat.Messages > l.Count:
		first = len(o.fresh) - (o.stat.Messages - l.Count)
	}
	aligned, err := l.aligned(o.fresh, lastMatch, known)
	if err != nil {
		return err
	}
	for i, n := range o.fresh {
		if i >= first {
			break
		}
		// A message of before: as it was, or seen where it cannot be told.
		r := record{FirstSeen: o.fresh[i].header.Date, Seen: true, Announced: true}
		old := known[n.header.MessageID]
		if n.header.MessageID == "" || old == "" {
			old = aligned[i]
		}
		if old != "" {
			was, ok, err := l.get(old)
			if err != nil {
				return err
			}
			if ok {
				r = was
			}
		} else {
			fresh := newRecord(n, true, false, r.FirstSeen)
			r = fresh
		}
		r.Gone = time.Time{}
		if err := l.arrive(n.uid, r); err != nil {
			return err
		}
	}
	o.fresh = slices.Clone(o.fresh[first:])
	return nil
}

// aligned tells which old UID the messages had that were not recognised, up to
// the last that was: those that are left over, in their order.
func (l *accountLedger) aligned(fresh []newcomer, lastMatch int, known map[string]string) (map[int]string, error) {
	claimed := map[string]bool{}
	var newest uint64
	for _, n := range fresh[:lastMatch+1] {
		uid := known[n.header.MessageID]
		if n.header.MessageID == "" || uid == "" {
			continue
		}
		claimed[uid] = true
		r, ok, err := l.get(uid)
		if err != nil {
			return nil, err
		}
		if ok {
			newest = max(newest, r.Seq)
		}
	}
	old := map[int]string{}
	c := l.order.Cursor()
	k, uid := c.Seek(seqKey(newest))
	for i := lastMatch; i >= 0; i-- {
		if id := fresh[i].header.MessageID; id != "" && known[id] != "" {
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
