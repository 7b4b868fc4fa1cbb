package app

import (
	"context"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
)

// readElsewhere marks what another mail program has read as seen, by the
// Status field of the messages that are unseen here. It takes a session of its
// own, only for accounts that ask for it and when something has changed.
func (s *Service) readElsewhere(ctx context.Context, l *lease) {
	a := l.account
	unseen, err := s.ledger.UnseenAmong(a.ID, defaultList, describeNewest)
	if err != nil || len(unseen) == 0 {
		return
	}
	var list []ledger.Arrival
	err = poll.Again(ctx, func() error {
		return s.ask(ctx, l, func(ctx context.Context, t poll.Target) (err error) {
			list, err = poll.Describe(ctx, t, unseen)
			return err
		})
	})
	if err != nil {
		s.log.Info("reading what was read elsewhere", "account", a.ID, "error", err)
	}
	var read []string
	for _, n := range list {
		if n.Read {
			read = append(read, n.UID)
		}
	}
	if len(read) == 0 {
		return
	}
	if err := s.MarkSeen(ctx, a.ID, read...); err != nil {
		s.log.Error("marking as seen", "account", a.ID, "error", err)
	}
}
