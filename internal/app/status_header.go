package app

import (
	"context"

	"github.com/traymail/traymail/internal/pop3"
)

// readElsewhere marks what another mail program has read as seen, by the
// Status field of the messages that are unseen here. It takes a session of its
// own, and only accounts that want it have one, when something had changed.
func (s *Service) readElsewhere(ctx context.Context, l *lease) {
	a := l.account
	var unseen []newcomer
	noUIDL := false
	err := s.ledger.view(a.ID, func(l *accountLedger) error {
		noUIDL = l.NoUIDL
		rank := 0
		return l.newest(l.order, func(uid string, r record) bool {
			if !r.Seen {
				unseen = append(unseen, newcomer{number: l.Count - rank, uid: uid})
			}
			rank++
			return len(unseen) < describeNewest && rank < defaultList
		})
	})
	if err != nil || len(unseen) == 0 {
		return
	}
	err = again(ctx, func() error {
		return s.session(ctx, l, func(ctx context.Context, c *pop3.Client) error {
			if err := locateAll(ctx, c, unseen, noUIDL); err != nil {
				return err
			}
			return s.describeAll(ctx, c, unseen)
		})
	})
	if err != nil {
		s.log.Info("reading what was read elsewhere", "account", a.ID, "error", err)
	}
	var read []string
	for _, n := range unseen {
		if n.header.Read {
			read = append(read, n.uid)
		}
	}
	if len(read) == 0 {
		return
	}
	if err := s.MarkSeen(ctx, a.ID, read...); err != nil {
		s.log.Error("marking as seen", "account", a.ID, "error", err)
	}
}
