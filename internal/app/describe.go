package app

import (
	"context"

	"go.etcd.io/bbolt"

	"github.com/traymail/traymail/internal/pop3"
)

// describeMissing fetches the headers that the ledger lacks of the newest
// messages of an index, and returns how many it got, also when it fails half
// way.
func (s *Service) describeMissing(ctx context.Context, l *lease, index func(*accountLedger) *bbolt.Bucket) (got int, err error) {
	var wanted []newcomer
	noUIDL := false
	id := l.account.ID
	err = s.ledger.view(id, func(l *accountLedger) error {
		rank := 0
		noUIDL = l.NoUIDL
		return l.newest(index(l), func(uid string, r record) bool {
			if !r.Described {
				wanted = append(wanted, newcomer{number: l.Count - rank, uid: uid, octets: r.Octets})
			}
			rank++
			return rank < describeNewest
		})
	})
	if err != nil || len(wanted) == 0 {
		return 0, err
	}
	failed := s.session(ctx, l, func(ctx context.Context, c *pop3.Client) error {
		if err := locateAll(ctx, c, wanted, noUIDL); err != nil {
			return err
		}
		return s.describeAll(ctx, c, wanted)
	})
	err = s.ledger.update(id, func(l *accountLedger) error {
		got = 0
		for _, n := range wanted {
			if !n.described {
				continue
			}
			got++
			if _, err := l.change(n.uid, func(r *record) {
				r.Described, r.From, r.Subject = true, n.header.From, n.header.Subject
				r.Address = addressOf(n.header)
				r.Date, r.MessageID, r.Octets = n.header.Date, n.header.MessageID, n.octets
			}); err != nil {
				return err
			}
		}
		return nil
	})
	if failed != nil {
		err = failed
	}
	return got, err
}

// locateAll makes the numbers of messages true in this session. The ledger's
// place is a good guess and no more: with duplicate UIDs, or after something
// left, other messages have these numbers (P15). What is not there any more
// gets the number 0.
func locateAll(ctx context.Context, c *pop3.Client, wanted []newcomer, noUIDL bool) error {
	batch := c.NewBatch()
	guesses := make([]*identity, len(wanted))
	for i, n := range wanted {
		guesses[i] = identify(batch, max(1, n.number), noUIDL)
	}
	if err := batch.Do(ctx); err != nil {
		return err
	}
	lost := map[string]*newcomer{}
	for i := range wanted {
		n := &wanted[i]
		if uid, err := guesses[i].uid(); err != nil || uid != n.uid || n.number < 1 {
			n.number = 0
			lost[n.uid] = n
		}
	}
	if len(lost) == 0 {
		return nil
	}
	var stat pop3.Stat
	if noUIDL {
		var err error
		if stat, err = c.Stat(ctx); err != nil {
			return err
		}
	}
	for row, err := range identities(ctx, c, stat.Messages, noUIDL) {
		if err != nil {
			return err
		}
		if n := lost[row.UID]; n != nil {
			n.number = row.Number
		}
	}
	return nil
}

// describeRest goes on reading headers of new mail after the server ended a
// poll's session over one of them: in new sessions, as long as each of them
// brings something.
func (s *Service) describeRest(ctx context.Context, l *lease) {
	const sessions = 3
	for range sessions {
		var got int
		err := again(ctx, func() (err error) {
			got, err = s.describeMissing(ctx, l, func(l *accountLedger) *bbolt.Bucket { return l.unseen })
			return err
		})
		if err == nil {
			return
		}
		s.log.Info("reading headers again", "account", l.account.ID, "got", got, "error", err)
		if got == 0 {
			return
		}
	}
}
