package app

import (
	"context"
	"errors"
	"sync"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/settings/secret"
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
	w.checking, w.state, w.problem, w.loginDelay, w.record = false, OK, nil, delay, record
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
		w.problem = Explain(err, account, s.loc)
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
		Mode: o.mode, Flights: m.Flights, Sent: m.Sent, Received: m.Received,
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

// Test tries an account step by step, saved or not; ref says where the
// keyring has the password, empty the account's own place. Nothing is
// remembered and nothing on the server changes.
func (s *Service) Test(ctx context.Context, a settings.Account, ref string) TestReport {
	a.Normalize()
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	if w, _, err := s.worker(a.ID); err == nil { // never two sessions with one maildrop
		if err := w.acquire(ctx); err != nil {
			return TestReport{Steps: []TestStep{}, Error: Explain(err, a, s.loc)}
		}
		defer w.release()
	}
	report := TestReport{Steps: []TestStep{}}
	if err := s.test(ctx, a, ref, &report); err != nil {
		report.Error = Explain(err, a, s.loc)
		return report
	}
	report.OK = true
	return report
}

func (s *Service) test(ctx context.Context, a settings.Account, ref string, report *TestReport) error {
	passed := func(name, text string) {
		report.Steps = append(report.Steps, TestStep{name, true, text})
	}
	failed := func(name string, err error) error {
		report.Steps = append(report.Steps, TestStep{name, false, s.loc.T("problem.step_" + name)})
		return err
	}
	who, err := s.credentials(ctx, a, ref)
	if errors.Is(err, secret.ErrNotFound) && ref != "" {
		err = &secretError{secret.ErrNotFound}
	}
	if err != nil {
		return failed("secret", err)
	}
	c, err := s.dial(ctx, a, pop3.Hints{}, nil)
	if err != nil {
		var e *pop3.Error
		if errors.As(err, &e) && e.Kind == pop3.KindTLS {
			passed("connect", s.loc.T("problem.test_connect", a.Server, a.Port))
			return failed("tls", err)
		}
		return failed("connect", err)
	}
	defer leave(ctx, c)
	passed("connect", s.loc.T("problem.test_connect", a.Server, a.Port))
	if state := c.TLS(); state != nil {
		passed("tls", s.loc.T("problem.test_tls"))
	}
	if err := c.Login(ctx, who, nil); err != nil {
		return failed("login", err)
	}
	passed("login", s.loc.T("problem.test_login", a.User))
	stat, err := c.Stat(ctx)
	if err != nil {
		return failed("stat", err)
	}
	report.Messages, report.Octets = stat.Messages, max(0, stat.Octets)
	passed("stat", s.loc.N("problem.test_stat", stat.Messages, s.loc.Count(stat.Messages)))
	if stat.Messages == 0 {
		return nil
	}
	noUIDL := false
	if _, err := c.UIDL(ctx, stat.Messages); refused(err, "UIDL") {
		noUIDL = true
		passed("uidl", s.loc.T("problem.test_no_uidl"))
	} else if err != nil {
		return failed("uidl", err)
	} else {
		passed("uidl", s.loc.T("problem.test_uidl"))
	}
	newest := []newcomer{{number: stat.Messages}}
	if err := s.describeAll(ctx, c, newest); err != nil {
		return failed("top", err)
	}
	if !newest[0].described && noUIDL {
		return failed("top", errNoUIDL)
	}
	if !newest[0].described {
		passed("top", s.loc.T("problem.test_no_top"))
		return nil
	}
	subject := newest[0].header.Subject
	if subject == "" {
		subject = s.loc.T("problem.no_subject")
	}
	passed("top", s.loc.T("problem.test_top", subject))
	return nil
}
