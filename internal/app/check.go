package app

import (
	"context"
	"errors"
	"sync"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3"
)

// Check polls the accounts with these IDs now, or all, whatever their
// schedule says. The error is ErrNoAccount or the context's; what goes wrong
// with an account is in its part of the result.
func (s *Service) Check(ctx context.Context, ids ...string) (api.CheckResult, error) {
	if len(ids) == 0 {
		for _, a := range s.Accounts() {
			ids = append(ids, a.ID)
		}
	}
	for _, id := range ids {
		if _, _, err := s.worker(id); err != nil {
			return api.CheckResult{}, err
		}
	}
	result := api.CheckResult{Accounts: make([]api.AccountCheck, len(ids))}
	errs := make([]error, len(ids))
	var group sync.WaitGroup
	for i, id := range ids {
		group.Go(func() { result.Accounts[i], errs[i] = s.check(ctx, id, false) })
	}
	group.Wait()
	s.wakeScheduler()
	if err := errors.Join(errs...); err != nil {
		return api.CheckResult{}, err
	}
	result.Unseen = s.Snapshot().Unseen
	return result, nil
}

// check polls one account and announces what is new. A patient check keeps to
// itself what may pass by itself. Where the settings change meanwhile, it
// begins anew with those.
func (s *Service) check(ctx context.Context, id string, patient bool) (api.AccountCheck, error) {
	result, err := s.checkOnce(ctx, id, patient, false)
	for errors.Is(err, errChanged) {
		result, err = s.checkOnce(ctx, id, patient, true)
	}
	return result, err
}

// checkOnce is a check with the settings of this moment; errChanged says that
// they hold no more. afterOther: another session has just been broken off.
func (s *Service) checkOnce(ctx context.Context, id string, patient, afterOther bool) (api.AccountCheck, error) {
	select {
	case s.polls <- struct{}{}:
		defer func() { <-s.polls }()
	case <-ctx.Done():
		s.uncheck(id)
		return api.AccountCheck{}, ctx.Err()
	}
	l, err := s.lease(ctx, id)
	if err != nil {
		s.uncheck(id)
		return api.AccountCheck{}, err
	}
	defer l.release()

	w, account := l.w, l.account
	s.mu.Lock()
	w.checking = true
	s.mu.Unlock()
	s.publish()
	record := &sessionRecord{began: s.now()}
	arrived, stats, err := s.pollAccount(ctx, l, record, afterOther)
	if ctx.Err() != nil {
		s.uncheck(id) // we end, which says nothing of the account
		return api.AccountCheck{}, ctx.Err()
	}
	if !s.holds(l) {
		return api.AccountCheck{}, errChanged
	}
	if err != nil {
		s.log.Warn("poll failed", "account", id, "error", err)
	} else {
		s.log.Debug("polled", "account", id, "mode", stats.Mode, "new", len(arrived))
	}

	delay := s.loginDelay(id)
	unrouted := unreached(err) && !loopbackHost(account.Server) && !s.routed()
	s.mu.Lock()
	if !l.valid() {
		s.mu.Unlock()
		return api.AccountCheck{}, errChanged
	}
	w.unrouted = unrouted
	w.checking, w.state, w.problem, w.cause, w.loginDelay, w.record = false, api.OK, nil, nil, delay, record
	if patient && s.settles(err) {
		// Nothing is wrong as yet, and nothing is known either.
		w.state, w.problem = api.Waiting, nil
		w.due, w.why = s.now().Add(settleRetry), api.WhyRetry
		result := api.AccountCheck{ID: id, Name: account.Name, State: w.state, New: []api.NewMail{}}
		s.mu.Unlock()
		s.publish()
		return result, nil
	}
	if err != nil {
		w.problem, w.cause = Explain(err, account, s.loc), err
		w.state = api.Failed
		if w.problem.Kind == api.KindSecret && w.problem.Code == api.CodeLocked {
			w.state = api.Waiting
		}
	} else {
		w.lastPoll, w.stats = s.now(), stats
	}
	s.reschedule(w)
	result := api.AccountCheck{
		ID: id, Name: account.Name, State: w.state, Error: w.problem, New: arrived, Poll: stats,
	}
	s.mu.Unlock()
	if result.New == nil {
		result.New = []api.NewMail{}
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

// uncheck says that nobody polls an account any more.
func (s *Service) uncheck(id string) {
	s.mu.Lock()
	if w := s.workers[id]; w != nil {
		w.checking = false
	}
	s.mu.Unlock()
	s.publish()
}

// pollAccount is one poll from the secret to the ledger. It ends with the
// settings of the lease, and then nothing of it is taken into the ledger.
func (s *Service) pollAccount(ctx context.Context, l *lease, record *sessionRecord, afterOther bool) ([]api.NewMail, *api.PollStats, error) {
	ctx, cancel := l.during(ctx)
	defer cancel()
	a := l.account
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
	limited, stop := context.WithTimeout(ctx, pollTimeout)
	defer stop()
	start := s.now()
	var o outcome
	var m pop3.Metrics
	session := func() error {
		o, m, err = s.poll(limited, a, who, before, record)
		return err
	}
	if afterOther {
		err = again(limited, session)
	} else {
		err = session()
	}
	record.stats = api.PollStats{
		Mode: o.mode, Flights: m.Flights, Sent: m.Sent, Received: m.Received,
		DurationMS: s.now().Sub(start).Milliseconds(),
	}
	if err != nil {
		return nil, nil, err
	}
	if !s.holds(l) {
		return nil, nil, errChanged
	}
	arrived, err := s.commit(a, o, s.now())
	if err != nil {
		return nil, nil, err
	}
	if o.cut != nil {
		s.log.Info("the server ended the session while headers were read", "account", a.ID, "error", o.cut)
		s.describeRest(limited, l)
	}
	if a.StatusHeader && o.mode == modeFull && before.Baseline {
		// Reading a message elsewhere writes its Status, which changes its size.
		s.readElsewhere(limited, l)
	}
	s.withdraw(ctx, a.ID, o.gone...)
	stats := record.stats
	stats.DurationMS = s.now().Sub(start).Milliseconds()
	return arrived, &stats, nil
}
