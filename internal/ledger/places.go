package ledger

import "sort"

// Places are the places of an account's messages in the ledger's order,
// counted from 1. Nobody changes that while they are used, for whoever does
// holds the account's session.
type Places struct {
	ledger  *Ledger
	account string
	// every are the sequences of the messages at places 1, 1+placesApart and
	// so on: what lies between is counted.
	every []uint64
	total int
}

// placesApart is how many messages share an entry of Places: of 100,000 that
// are some six kilobytes.
const placesApart = 128

// Places counts an account's messages on the server, once.
func (l *Ledger) Places(account string) (*Places, error) {
	p := &Places{ledger: l, account: account}
	err := l.view(account, func(a *accountLedger) error {
		for at := a.from(0); at.more; at.advance() {
			if p.total%placesApart == 0 {
				p.every = append(p.every, at.seq)
			}
			p.total++
		}
		return nil
	})
	return p, err
}

// Len is how many messages there are.
func (p *Places) Len() int { return p.total }

// Of returns the places of messages; 0 for one that is not on the server.
func (p *Places) Of(uids ...string) ([]int, error) {
	places := make([]int, len(uids))
	err := p.ledger.view(p.account, func(a *accountLedger) error {
		for i, uid := range uids {
			r, ok, err := a.get(uid)
			if err != nil {
				return err
			}
			if !ok || !r.Gone.IsZero() {
				continue
			}
			part := p.part(r.Seq)
			at := a.from(p.every[part])
			for places[i] = part*placesApart + 1; at.more && at.seq < r.Seq; at.advance() {
				places[i]++
			}
		}
		return nil
	})
	return places, err
}

// part is which of every a sequence follows.
func (p *Places) part(seq uint64) int {
	return max(1, sort.Search(len(p.every), func(i int) bool { return p.every[i] > seq })) - 1
}

// UIDs returns those of the messages from one place to another.
func (p *Places) UIDs(first, last int) (uids []string, err error) {
	err = p.ledger.view(p.account, func(a *accountLedger) error {
		part := (first - 1) / placesApart
		at := a.from(p.every[part])
		for n := part*placesApart + 1; at.more && n <= last; n++ {
			if n >= first {
				uids = append(uids, at.uid)
			}
			at.advance()
		}
		return nil
	})
	return uids, err
}
