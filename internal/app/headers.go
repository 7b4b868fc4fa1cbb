package app

import (
	"cmp"
	"context"
	"slices"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/settings"
)

// Older returns messages of an account that are older than the one with the UID
// before, newest first. limit zero means 1,000.
func (s *Service) Older(account, before string, limit int) ([]api.Mail, error) {
	_, a, err := s.mailbox(account)
	if err != nil {
		return nil, err
	}
	if limit <= 0 {
		limit = defaultList
	}
	list, first, err := s.ledger.Older(account, before, limit)
	if err != nil {
		return nil, err
	}
	s.showed(account, list)
	return mailsSince(a, list, first), nil
}

// Headers implements api.Headers. A server without TOP leaves headers unknown
// (P19).
func (s *Service) Headers(ctx context.Context, r api.DescribeRequest) (answer api.Described, err error) {
	l, err := s.lease(ctx, r.Account)
	if err != nil {
		return answer, err
	}
	defer l.release()
	wanted, err := s.ledger.UndescribedAmong(r.Account, r.UIDs...)
	if err != nil {
		return answer, err
	}
	var list []ledger.Arrival
	var failed error
	if len(wanted) > 0 {
		failed = s.ask(ctx, l, func(ctx context.Context, t poll.Target) (err error) {
			t.Received = func(octets int64) { answer.Received += octets }
			list, err = poll.Describe(ctx, t, wanted)
			return err
		})
		if err := s.ledger.DescribeSome(r.Account, list, cmp.Or(s.preferences().KeptHeaders, settings.DefaultKeptHeaders)); err != nil {
			return answer, err
		}
	}
	known, err := s.ledger.Known(r.Account, r.UIDs...)
	if err != nil {
		return answer, err
	}
	got := map[string]ledger.Arrival{}
	for _, n := range list {
		got[n.UID] = n
	}
	for i, e := range known {
		if n, ok := got[e.UID]; ok && n.Described && !e.Described {
			known[i].Described, known[i].From, known[i].Subject, known[i].Date = true, n.From, n.Subject, n.Date
			known[i].Octets = max(known[i].Octets, n.Octets)
		}
	}
	answer.Mails = mailsOf(l.account, known)
	if failed != nil && slices.ContainsFunc(list, func(n ledger.Arrival) bool { return n.Described }) {
		s.log.Info("headers for a list", "account", r.Account, "error", failed)
		failed = nil // whoever wants the rest asks again
	}
	return answer, failed
}

// Sizes implements api.Sizes.
func (s *Service) Sizes(ctx context.Context, account string) error {
	l, err := s.lease(ctx, account)
	if err != nil {
		return err
	}
	defer l.release()
	err = s.ask(ctx, l, func(ctx context.Context, t poll.Target) error {
		return poll.Sizes(ctx, t, func(list []ledger.Arrival) error { return s.ledger.Measured(account, list) })
	})
	s.changed(account)
	return err
}
