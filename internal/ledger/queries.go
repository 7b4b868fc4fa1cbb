package ledger

import (
	"bytes"
	"slices"
	"time"
)

// Meta is what is known of an account's maildrop.
func (l *Ledger) Meta(account string) (m Meta, err error) {
	err = l.view(account, func(a *accountLedger) error {
		m = a.Meta
		return nil
	})
	return m, err
}

// Overview is what an account's line in every view shows.
type Overview struct {
	LastPoll         time.Time
	Messages, Unseen int
	Octets           int64
	// Newest are the newest unseen messages, newest first.
	Newest []Entry
}

// Overview sums an account up, with up to limit of its unseen messages.
func (l *Ledger) Overview(account string, limit int) (o Overview, err error) {
	err = l.view(account, func(a *accountLedger) error {
		o = Overview{LastPoll: a.LastPoll, Messages: a.Count + a.Surplus, Octets: max(0, a.Octets), Unseen: a.unseenCount()}
		return a.newest(a.unseen, func(uid string, r Record) bool {
			o.Newest = append(o.Newest, Entry{uid, r})
			return len(o.Newest) < limit
		})
	})
	return o, err
}

// Newest returns up to limit messages on the server, newest first.
func (l *Ledger) Newest(account string, limit int) (list []Entry, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list = nil
		return a.newest(a.order, func(uid string, r Record) bool {
			list = append(list, Entry{uid, r})
			return len(list) < limit
		})
	})
	return list, err
}

// Known returns those of these messages that are on the server.
func (l *Ledger) Known(account string, uids ...string) (list []Entry, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list = nil
		for _, uid := range uids {
			r, ok, err := a.get(uid)
			if err != nil {
				return err
			}
			if ok && r.Gone.IsZero() {
				list = append(list, Entry{uid, r})
			}
		}
		return nil
	})
	return list, err
}

// Listed is a message on the server with its number there, by the last poll.
type Listed struct {
	Entry
	// Number is 0 where it is not known: the ledger has fewer messages than
	// the server counts, so that several may have the same UID (P15).
	Number int
}

// Page returns up to limit messages on the server, newest first: all, or the
// unseen ones. before is the UID of a message that they are older than; empty
// begins with the newest, and of one that is not known nothing is older. Only
// what is returned is decoded.
func (l *Ledger) Page(account, before string, unseen bool, limit int) (list []Listed, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list = nil
		index := a.order
		if unseen {
			index = a.unseen
		}
		if index == nil || limit <= 0 {
			return nil
		}
		c := index.Cursor()
		previous := c.Last
		if before != "" {
			r, ok, err := a.get(before)
			if err != nil || !ok {
				return err
			}
			// One that was read or has left meanwhile still says where it stood.
			if at, _ := c.Seek(seqKey(r.Seq)); at != nil {
				previous = c.Prev
			}
		}
		numbers := a.numbers()
		for k, uid := previous(); k != nil && len(list) < limit; k, uid = c.Prev() {
			r, ok, err := a.get(string(uid))
			if err != nil {
				return err
			}
			if ok {
				list = append(list, Listed{Entry{string(uid), r}, numbers(k)})
			}
		}
		return nil
	})
	return list, err
}

// Older returns up to limit messages on the server that are older than the one
// with the UID before, newest first; of one that is not known nothing is older.
// first is when the oldest of all was first seen.
func (l *Ledger) Older(account, before string, limit int) (list []Entry, first time.Time, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list = nil
		at, ok, err := a.get(before)
		if err != nil || !ok || a.order == nil {
			return err
		}
		c := a.order.Cursor()
		if _, uid := c.First(); uid != nil {
			r, _, err := a.get(string(uid))
			if err != nil {
				return err
			}
			first = r.FirstSeen
		}
		previous := c.Prev
		if k, _ := c.Seek(seqKey(at.Seq)); k == nil {
			previous = c.Last // it was the newest, and has left
		}
		for k, uid := previous(); k != nil && len(list) < limit; k, uid = c.Prev() {
			r, ok, err := a.get(string(uid))
			if err != nil {
				return err
			}
			if ok {
				list = append(list, Entry{string(uid), r})
			}
		}
		return nil
	})
	return list, first, err
}

// numbers returns what tells the number of messages on the server by their
// keys in order, which must descend from call to call: 0 where it is not known.
func (a *accountLedger) numbers() func(key []byte) int {
	n := a.Count
	if a.order.Stats().KeyN != n {
		return func([]byte) int { return 0 }
	}
	c := a.order.Cursor()
	at, _ := c.Last()
	return func(key []byte) int {
		for ; at != nil && bytes.Compare(at, key) > 0; at, _ = c.Prev() {
			n--
		}
		return n
	}
}

// Unseen returns the UIDs of all unseen messages, newest first.
func (l *Ledger) Unseen(account string) (uids []string, err error) {
	err = l.view(account, func(a *accountLedger) error {
		uids = nil
		return a.newest(a.unseen, func(uid string, _ Record) bool {
			uids = append(uids, uid)
			return true
		})
	})
	return uids, err
}

// Unannounced returns the unseen messages that were not announced yet, newest
// first, and how many are unseen in all.
func (l *Ledger) Unannounced(account string) (list []Entry, unseen int, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list, unseen = nil, 0
		return a.newest(a.unseen, func(uid string, r Record) bool {
			unseen++
			if !r.Announced {
				list = append(list, Entry{uid, r})
			}
			return true
		})
	})
	return list, unseen, err
}

// Settled says whether all of these messages are seen, gone or unknown.
func (l *Ledger) Settled(account string, uids ...string) (settled bool, err error) {
	settled = true
	err = l.view(account, func(a *accountLedger) error {
		for _, uid := range uids {
			r, ok, err := a.get(uid)
			if err != nil {
				return err
			}
			settled = settled && (!ok || r.Seen || !r.Gone.IsZero())
		}
		return nil
	})
	return settled && err == nil, err
}

// Placed is a message and the number that it should have on the server if
// nothing happened since the last poll; 0 if it is not known there.
type Placed struct {
	Row
	Octets int64
}

// Undescribed returns those of the newest messages whose headers are not
// known: of the last among messages on the server, or, with unseen, among
// those that are unseen.
func (l *Ledger) Undescribed(account string, last int, unseen bool) (list []Placed, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list = nil
		index := a.order
		if unseen {
			index = a.unseen
		}
		rank := 0
		return a.newest(index, func(uid string, r Record) bool {
			if !r.Described {
				list = append(list, Placed{Row{a.Count - rank, uid}, r.Octets})
			}
			rank++
			return rank < last
		})
	})
	return list, err
}

// UnseenAmong returns up to limit of the unseen ones among the last messages
// on the server, newest first.
func (l *Ledger) UnseenAmong(account string, last, limit int) (list []Placed, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list = nil
		rank := 0
		return a.newest(a.order, func(uid string, r Record) bool {
			if !r.Seen {
				list = append(list, Placed{Row{a.Count - rank, uid}, r.Octets})
			}
			rank++
			return len(list) < limit && rank < last
		})
	})
	return list, err
}

// UndescribedAmong returns those of these messages on the server whose headers
// are not known.
func (l *Ledger) UndescribedAmong(account string, uids ...string) (list []Placed, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list = nil
		wanted := map[string]bool{}
		for _, uid := range uids {
			r, ok, err := a.get(uid)
			if err != nil {
				return err
			}
			if ok && r.Gone.IsZero() && !r.Described && !wanted[uid] {
				wanted[uid] = true
				list = append(list, Placed{Row{0, uid}, r.Octets})
			}
		}
		placed := make([]*Placed, len(list))
		for i := range list {
			placed[i] = &list[i]
		}
		a.place(placed...)
		return nil
	})
	return list, err
}

// place fills in the numbers that messages should have on the server. It
// decodes none.
func (a *accountLedger) place(list ...*Placed) {
	if len(list) == 0 || a.order == nil {
		return
	}
	at := map[string]*Placed{}
	for _, p := range list {
		at[p.UID] = p
	}
	c := a.order.Cursor()
	n := a.Count
	for k, uid := c.Last(); k != nil && len(at) > 0 && n > 0; k, uid = c.Prev() {
		if p := at[string(uid)]; p != nil {
			p.Number = n
			delete(at, p.UID)
		}
		n--
	}
}

// Place is the number that a message should have on the server; 0 if it is not
// known there.
func (l *Ledger) Place(account, uid string) (n int, err error) {
	err = l.view(account, func(a *accountLedger) error {
		at := Placed{Row: Row{UID: uid}}
		a.place(&at)
		n = at.Number
		return nil
	})
	return n, err
}

// Charset is the one that a message was read in before, or empty.
func (l *Ledger) Charset(account, uid string) (charset string, err error) {
	err = l.view(account, func(a *accountLedger) error {
		r, _, err := a.get(uid)
		charset = r.Charset
		return err
	})
	return charset, err
}

// Deletable is a message that may be deleted.
type Deletable struct {
	Placed
	// Alike: several may have this UID, since the server has one for several, or
	// counts more messages than the ledger has; then places say nothing.
	Alike bool
	// Shown is what the user was shown of it.
	Shown Record
	// Displayed is what a list has shown of it beside that, where Shown has no
	// header; else nil.
	Displayed *Displayed
}

// Displayed are the parts of a header that a list shows.
type Displayed struct {
	From, Subject string
	// Date is zero where the message has none.
	Date time.Time
}

// Differs says whether the server shows a message with another header than a
// list did. It does not for nil, or where the server sends none.
func (d *Displayed) Differs(n Arrival) bool {
	return d != nil && n.Described && (d.From != n.From || d.Subject != n.Subject || !n.Date.IsZero() && !d.Date.Equal(n.Date))
}

// Shown notes that the user was shown these messages with their UIDs.
func (l *Ledger) Shown(account string, list []Entry) error {
	hidden := func(e Entry) bool { return e.Unshown }
	if !slices.ContainsFunc(list, hidden) {
		return nil // nearly always
	}
	return l.update(account, func(a *accountLedger) error {
		for _, e := range list {
			if !hidden(e) {
				continue
			}
			if _, err := a.change(e.UID, func(r *Record) {
				// Another one may have come since.
				r.Unshown = r.Unshown && (r.MessageID != e.MessageID || !r.FirstSeen.Equal(e.FirstSeen))
			}); err != nil {
				return err
			}
		}
		return nil
	})
}

// Deletable returns those of the messages that the ledger has on the server,
// in this maildrop. The user was not shown what the others, unlisted, are now.
func (l *Ledger) Deletable(account, maildrop string, uids ...string) (list []Deletable, unlisted []string, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list, unlisted = nil, nil
		if a.Maildrop != maildrop {
			unlisted = uids
			return nil
		}
		alike := a.Shared || a.known() && a.order.Stats().KeyN != a.Count
		wanted := map[string]bool{}
		for _, uid := range uids {
			r, ok, err := a.get(uid)
			if err != nil {
				return err
			}
			switch {
			case wanted[uid]:
			case ok && r.Gone.IsZero() && !r.Unshown:
				list = append(list, Deletable{Placed: Placed{Row{0, uid}, r.Octets}, Alike: alike, Shown: r})
			default:
				unlisted = append(unlisted, uid)
			}
			wanted[uid] = true
		}
		placed := make([]*Placed, len(list))
		for i := range list {
			placed[i] = &list[i].Placed
		}
		a.place(placed...)
		return nil
	})
	return list, unlisted, err
}
