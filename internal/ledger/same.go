package ledger

import (
	"strings"
	"time"
	"unicode"
)

// A server may give a UID that is free again to another message (RFC 1939,
// section 7). What is known of the one that had it tells.

// verdict is whether a message is the one that had its UID before.
type verdict int

const (
	unknown verdict = iota
	same
	another
)

// compare compares what is known of a message with what the server shows under
// its UID now. A Message-ID decides over a size, which changes where a server
// writes headers of its own.
func (r Record) compare(n Arrival) verdict {
	sized := r.Octets > 0 && n.Octets > 0
	is := func(equal bool) verdict {
		if equal {
			return same
		}
		return another
	}
	switch {
	case !r.Described || !n.Described:
		if !sized {
			return unknown
		}
		return is(r.Octets == n.Octets)
	case r.MessageID != "" || n.MessageID != "":
		return is(r.MessageID == n.MessageID)
	}
	// What was learned of a sender's charset since may have changed a text.
	from, subject := r.From == n.From && r.Address == n.Address, r.Subject == n.Subject
	return is(r.Date.Equal(n.Date) && (from && subject || (from || subject) && sized && r.Octets == n.Octets))
}

// Same says whether the server shows this message, as far as their headers
// tell, and it has the same subject.
func (r Record) Same(n Arrival) bool {
	return r.Described && n.Described && r.compare(n) == same && r.Subject == n.Subject
}

// Exactly says whether the server shows this message and no copy that came
// another way: what is in their headers is the same, a date among it, and so is
// the size.
func (r Record) Exactly(n Arrival) bool {
	return r.Described && n.Described && r.Octets > 0 && r.Octets == n.Octets &&
		!r.Date.IsZero() && r.Date.Equal(n.Date) && r.compare(n) == same && !r.Differs(n) && !r.Contradicts(n)
}

// Another says whether the server shows another message than this one. It
// does not where that cannot be told.
func (r Record) Another(n Arrival) bool { return r.compare(n) == another }

// Rewritten says whether the server shows this message with another size and
// another sender, subject or date, so that it is not what the user was shown.
func (r Record) Rewritten(n Arrival) bool {
	return r.Described && n.Described && r.Octets > 0 && n.Octets > 0 && r.Octets != n.Octets && r.compare(n) != another &&
		(r.From != n.From || r.Address != n.Address || r.Subject != n.Subject || !r.Date.Equal(n.Date))
}

// Contradicts says whether the server shows a message with another sender and
// another subject. One that only has this one's Message-ID is not to be deleted
// for it, whichever of the two is copied.
func (r Record) Contradicts(n Arrival) bool {
	return r.Described && n.Described && (r.From != n.From || r.Address != n.Address) && r.Subject != n.Subject
}

// Differs says whether the server shows a message that only has the Message-ID
// of this one: its date is another, or its subject, without one being the other
// with a tag before it, as gateways, lists and filters put one there. Where size
// and date are the same, a subject that is not plain was decoded otherwise. The
// sender alone proves nothing, since lists put their own name there, nor does
// the size, which grows by every header that a server adds.
func (r Record) Differs(n Arrival) bool {
	if !r.Described || !n.Described {
		return false
	}
	if !r.Date.IsZero() && !n.Date.IsZero() && !r.Date.Equal(n.Date) {
		return true
	}
	before, now := strings.TrimSpace(r.Subject), strings.TrimSpace(n.Subject)
	switch {
	case before == now:
		return false
	case before != "" && now != "" && (strings.HasSuffix(before, now) || strings.HasSuffix(now, before)):
		return false
	}
	return r.Octets <= 0 || r.Octets != n.Octets || plain(before) && plain(now)
}

func plain(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c > unicode.MaxASCII })
}

// renew takes over what the server says now of the same message, unless its
// size shows that nothing in it has changed. The size is left as it is.
func (r *Record) renew(n Arrival) {
	if !n.Described || r.compare(n) == another || r.Described && r.Octets > 0 && r.Octets == n.Octets {
		return
	}
	n.Octets = r.Octets
	r.describe(n)
}

// become is renew for one that has another UID now, with its size.
func (r *Record) become(n Arrival) {
	if n.Octets > 0 {
		r.renew(n)
		r.Octets = n.Octets
	}
}

// manyReturned is how many messages that are back at once are judged together.
// Fewer are many where they are more than a tenth of the maildrop.
const (
	manyReturned = 20
	fewReturned  = 3
)

// others returns which UIDs among those that a poll found have other messages
// now. Where many are back at once, from a backup or after an outage, that
// some look different proves nothing: then most have to.
func (a *accountLedger) others(found []Arrival) (map[string]bool, error) {
	known, checked := 0, 0
	others, equal := map[string]bool{}, map[string]bool{}
	var unclear []string
	for _, n := range found {
		r, ok, err := a.get(n.UID)
		if err != nil {
			return nil, err
		}
		if !ok {
			continue
		}
		known++
		switch r.compare(n) {
		case another:
			others[n.UID] = true
			checked++
		case same:
			equal[n.UID] = true
			checked++
		default:
			unclear = append(unclear, n.UID)
		}
	}
	if !a.many(known) {
		return others, nil
	}
	if len(others)*2 <= checked {
		return nil, nil
	}
	for _, uid := range unclear {
		others[uid] = true
	}
	return others, nil
}

func (a *accountLedger) many(n int) bool {
	return n > manyReturned || n > fewReturned && n*10 > a.Count
}

// resized returns which UIDs among those of messages with other sizes have
// other messages now. Where many have and nothing else is known of them, it is
// the server that has changed.
func (a *accountLedger) resized(changed []Arrival) (map[string]bool, error) {
	others := map[string]bool{}
	var bySize []string
	for _, n := range changed {
		r, _, err := a.get(n.UID)
		if err != nil {
			return nil, err
		}
		if !r.Another(n) {
			continue
		}
		others[n.UID] = true
		if !r.Described || !n.Described {
			bySize = append(bySize, n.UID)
		}
	}
	if a.many(len(bySize)) {
		for _, uid := range bySize {
			delete(others, uid)
		}
	}
	return others, nil
}

// forget removes a message that left for good, as if it had never been there.
func (a *accountLedger) forget(uid string) error {
	r, ok, err := a.get(uid)
	if err != nil || !ok || r.Gone.IsZero() {
		return err
	}
	if err := a.gone.Delete(goneKey(r.Gone, uid)); err != nil {
		return err
	}
	return a.uids.Delete([]byte(uid))
}

// replace puts another message in the place of one on the server.
func (a *accountLedger) replace(n Arrival, r Record) error {
	before, ok, err := a.get(n.UID)
	if err != nil || !ok || !before.Gone.IsZero() {
		return err
	}
	r.Seq, r.Unshown = before.Seq, true
	if r.Seen {
		err = a.unseen.Delete(seqKey(r.Seq))
	} else {
		err = a.unseen.Put(seqKey(r.Seq), []byte(n.UID))
	}
	if err != nil {
		return err
	}
	return a.put(n.UID, r)
}

// Replaced notes that the server has other messages under these UIDs, which
// are new then, or the same ones rewritten, which are not.
func (l *Ledger) Replaced(account string, list []Arrival, now time.Time) error {
	return l.update(account, func(a *accountLedger) error {
		for _, n := range list {
			a.learn(n.Header)
			r, _, err := a.get(n.UID)
			switch {
			case err != nil:
			case r.Another(n):
				err = a.replace(n, newRecord(n, false, false, now))
			default:
				// The next poll finds the size changed, and reckons with it.
				_, err = a.change(n.UID, func(r *Record) { r.renew(n) })
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}
