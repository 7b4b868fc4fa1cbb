package app

import (
	"context"
	"errors"
	"sync"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
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
		if _, _, err := s.mailbox(id); err != nil {
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

// checkOnce is a check with the current settings; errChanged says that they no
// longer apply. afterOther: another session has just been broken off.
func (s *Service) checkOnce(ctx context.Context, id string, patient, afterOther bool) (api.AccountCheck, error) {
	_, account, err := s.mailbox(id)
	if err != nil {
		return api.AccountCheck{}, err
	}
	if result, held := s.heldCheck(id); held {
		s.setChecking(id, false)
		return result, nil
	}
	free, err := s.slots.take(ctx, account)
	if err != nil {
		s.setChecking(id, false)
		return api.AccountCheck{}, err
	}
	defer free()
	l, err := s.lease(ctx, id)
	if err != nil {
		s.setChecking(id, false)
		if result, held := s.heldCheck(id); held {
			return result, nil
		}
		return api.AccountCheck{}, err
	}
	defer l.release()

	s.setChecking(id, true)
	session := &poll.Session{Began: s.now()}
	arrived, err := s.poll(ctx, l, session, afterOther)
	if ctx.Err() != nil {
		s.setChecking(id, false) // we are shutting down, which says nothing about the account
		return api.AccountCheck{}, ctx.Err()
	}
	result, valid := s.polled(l, session, err, patient)
	if !valid {
		return api.AccountCheck{}, errChanged
	}
	if err != nil {
		s.log.Warn("poll failed", "account", id, "error", err)
	} else {
		s.log.Debug("polled", "account", id, "mode", session.Stats.Mode, "new", len(arrived))
	}
	result.More = max(0, len(arrived)-poll.MaxDescribed)
	result.New = s.newMail(id, arrived[result.More:])
	s.changed(id)
	if len(result.New) > 0 {
		s.arrived(id, result.New, result.More)
	}
	if result.State == api.Waiting && result.Error == nil {
		return result, nil // nothing is known yet
	}
	s.seenElsewhere(ctx, l.account)
	s.announce(ctx, l.account)
	s.mu.Lock()
	o := l.w.overview
	if l.valid() && err == nil { // recording what was announced may have failed
		result.State, result.Error = l.w.state, l.w.problem
	}
	s.mu.Unlock()
	result.Messages, result.Octets, result.Unseen = o.Messages, o.Octets, o.Unseen
	return result, nil
}

// newMail is what a check says of messages. The headers that its session did
// not get may have come in another one since.
func (s *Service) newMail(account string, arrived []ledger.Arrival) []api.NewMail {
	list := []api.NewMail{}
	for _, m := range arrived {
		n := api.NewMail{UID: m.UID, From: m.From, Address: m.Address, Subject: m.Subject, Date: api.Time{Time: m.Date}, Octets: m.Octets, Undescribed: !m.Described}
		if !m.Described {
			known, err := s.ledger.Known(account, m.UID)
			if err != nil {
				s.log.Error("reading the ledger", "account", account, "error", err)
			} else if len(known) > 0 && known[0].Described {
				k := known[0]
				n.From, n.Address, n.Subject, n.Date, n.Undescribed = k.From, k.Address, k.Subject, api.Time{Time: k.Date}, false
				n.Octets = max(n.Octets, k.Octets)
			}
		}
		list = append(list, n)
	}
	return list
}

// poll is one poll from the secret to the ledger. It ends with the settings of
// the lease, and then the ledger takes nothing from it.
func (s *Service) poll(ctx context.Context, l *lease, session *poll.Session, afterOther bool) ([]ledger.Arrival, error) {
	ctx, cancel := l.during(ctx)
	defer cancel()
	t, err := s.target(ctx, l)
	if err != nil {
		return nil, err
	}
	start := s.now()
	t.Listed = s.listing(l)
	defer s.setListing(l, nil)
	defer func() { session.Stats.DurationMS = s.now().Sub(start).Milliseconds() }()
	var o poll.Outcome
	once := func() error {
		o, err = poll.Poll(ctx, t, s.ledger, s.now(), session)
		return err
	}
	err = s.withToken(ctx, &t, func() error {
		if afterOther {
			return poll.Again(ctx, once)
		}
		return once()
	})
	if err != nil {
		return nil, err
	}
	if !s.holds(l) {
		return nil, errChanged
	}
	l.welcome, l.doubtful = true, o.Empty
	id := l.account.ID
	if err := s.recordHanded(ctx, id); err != nil {
		return nil, err // what left would be told again when it is back
	}
	change, err := s.ledger.Commit(id, o.Poll, s.now())
	if err != nil {
		return nil, err
	}
	if !t.Known.Baseline && !s.demo {
		s.mu.Lock()
		if l.w.existing = 0; !l.account.UnseenExisting {
			l.w.existing = max(0, o.Messages-len(change.Arrived))
		}
		s.mu.Unlock()
	}
	if o.Cut != nil {
		s.log.Info("the server ended the session while headers were read", "account", id, "error", o.Cut)
		s.describeRest(ctx, l, func() ([]ledger.Placed, error) { return s.ledger.Undescribed(id, describeNewest, true) })
	} else if awaited := s.headersAwaited(id, t.Known.LastPoll); len(awaited) > 0 && !poll.WithoutTOP(t.Known) {
		s.describeRest(ctx, l, func() ([]ledger.Placed, error) { return s.ledger.UndescribedAmong(id, awaited...) })
	}
	if l.account.StatusHeader && o.Mode == ledger.Full && t.Known.Baseline {
		// Reading a message elsewhere writes its Status, which changes its size.
		s.readElsewhere(ctx, l)
	}
	s.keepCodes(l.w, o.Codes)
	s.disown(id, change.Left)
	s.withdraw(ctx, id, change.Left...)
	return change.Arrived, nil
}

// known is what the ledger knows of the maildrop of a lease; nothing if it is
// about another one.
func (s *Service) known(l *lease) (ledger.Meta, error) {
	m, err := s.ledger.Meta(l.account.ID)
	if m.Maildrop != poll.Maildrop(l.account) {
		return ledger.Meta{}, err
	}
	return m, err
}
