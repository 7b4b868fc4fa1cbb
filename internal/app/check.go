package app

import (
	"context"
	"errors"
	"sync"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

// Check polls the accounts with these IDs now, or all, whatever their
// schedule says. The error is ErrNoAccount or the context's; what goes wrong
// with an account is in its part of the result.
func (s *Service) Check(ctx context.Context, ids ...string) (CheckResult, error) {
	if len(ids) == 0 {
		for _, a := range s.Accounts() {
			ids = append(ids, a.ID)
		}
	}
	for _, id := range ids {
		if _, _, err := s.worker(id); err != nil {
			return CheckResult{}, err
		}
	}
	result := CheckResult{Accounts: make([]AccountCheck, len(ids))}
	errs := make([]error, len(ids))
	var group sync.WaitGroup
	for i, id := range ids {
		group.Go(func() { result.Accounts[i], errs[i] = s.check(ctx, id, false) })
	}
	group.Wait()
	s.wakeScheduler()
	if err := errors.Join(errs...); err != nil {
		return CheckResult{}, err
	}
	result.Unseen = s.Snapshot().Unseen
	return result, nil
}

// check polls one account and announces what is new. A patient check keeps to
// itself what may pass by itself.
func (s *Service) check(ctx context.Context, id string, patient bool) (AccountCheck, error) {
	w, _, err := s.worker(id)
	if err != nil {
		return AccountCheck{}, err
	}
	select {
	case s.polls <- struct{}{}:
		defer func() { <-s.polls }()
	case <-ctx.Done():
		s.uncheck(w)
		return AccountCheck{}, ctx.Err()
	}
	if err := w.acquire(ctx); err != nil {
		s.uncheck(w)
		return AccountCheck{}, err
	}
	defer w.release()

	s.mu.Lock()
	account, removed := w.account, w.removed
	w.checking = true
	s.mu.Unlock()
	if removed {
		return AccountCheck{}, ErrNoAccount
	}
	s.publish()
	record := &sessionRecord{began: s.now()}
	arrived, stats, err := s.pollAccount(ctx, account, record)
	if ctx.Err() != nil {
		s.uncheck(w) // we end, which says nothing of the account
		return AccountCheck{}, ctx.Err()
	}
	if err != nil {
		s.log.Warn("poll failed", "account", id, "error", err)
	} else {
		s.log.Debug("polled", "account", id, "mode", stats.Mode, "new", len(arrived))
	}

	delay := s.loginDelay(id)
	unrouted := unreached(err) && !loopbackHost(account.Server) && !s.routed()
	s.mu.Lock()
	w.unrouted = unrouted
	w.checking, w.state, w.problem, w.cause, w.loginDelay, w.record = false, OK, nil, nil, delay, record
	if patient && s.settles(err) {
		// Nothing is wrong as yet, and nothing is known either.
		w.state, w.problem = Waiting, nil
		w.due, w.why = s.now().Add(settleRetry), whyRetry
		result := AccountCheck{ID: id, Name: account.Name, State: w.state, New: []NewMail{}}
		s.mu.Unlock()
		s.publish()
		return result, nil
	}
	if err != nil {
		w.problem, w.cause = Explain(err, account, s.loc), err
		w.state = Failed
		if w.problem.Kind == kindSecret && w.problem.Code == codeLocked {
			w.state = Waiting
		}
	} else {
		w.lastPoll, w.stats = s.now(), stats
	}
	s.reschedule(w)
	result := AccountCheck{
		ID: id, Name: account.Name, State: w.state, Error: w.problem, New: arrived, Poll: stats,
	}
	s.mu.Unlock()
	if result.New == nil {
		result.New = []NewMail{}
	}
	s.changed(id)
	s.seenElsewhere(ctx, account)
	s.announce(ctx, account)
	viewed := s.ledger.view(id, func(l *accountLedger) error {
		result.Messages, result.Octets, result.Unseen = l.Count, max(0, l.Octets), l.unseenCount()
		return nil
	})
	return result, viewed
}

// unreached says whether a poll failed because of the network.
func unreached(err error) bool {
	var e *pop3.Error
	return errors.As(err, &e) && e.Kind == pop3.KindNetwork
}

func (s *Service) uncheck(w *worker) {
	s.mu.Lock()
	w.checking = false
	s.mu.Unlock()
	s.publish()
}

// pollAccount is one poll from the secret to the ledger.
func (s *Service) pollAccount(ctx context.Context, a settings.Account, record *sessionRecord) ([]NewMail, *PollStats, error) {
	var before meta
	err := s.ledger.view(a.ID, func(l *accountLedger) error {
		before = l.meta
		return nil
	})
	if err != nil {
		return nil, nil, err
	}
	if before.Maildrop != maildrop(a) {
		before = meta{} // the commit forgets the rest, if there is one
	}
	who, err := s.credentials(ctx, a, "")
	if err != nil {
		return nil, nil, err
	}
	limited, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	start := s.now()
	o, m, err := s.poll(limited, a, who, before, record)
	record.stats = PollStats{
		Mode: o.mode, Flights: m.RoundTrips, Sent: m.Sent, Received: m.Received,
		DurationMS: s.now().Sub(start).Milliseconds(),
	}
	if err != nil {
		return nil, nil, err
	}
	arrived, err := s.commit(a, o, s.now())
	if err != nil {
		return nil, nil, err
	}
	if o.cut != nil {
		s.log.Info("the server ended the session while headers were read", "account", a.ID, "error", o.cut)
		s.describeRest(limited, a)
	}
	if a.StatusHeader && o.mode == modeFull && before.Baseline {
		// Reading a message elsewhere writes its Status, which changes its size.
		s.readElsewhere(limited, a)
	}
	s.withdraw(ctx, a.ID, o.gone...)
	stats := record.stats
	stats.DurationMS = s.now().Sub(start).Milliseconds()
	return arrived, &stats, nil
}
