package app

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
)

// partingTime is how long whoever has a lease that ends may take to leave the
// server, before others come.
const partingTime = 3 * time.Second

// hold is the lease of a command, for as long as that lasts: as far as the
// engine is concerned, the command is the account's one session.
type hold struct {
	name  string
	by    string
	since time.Time
	lease *lease        // set once it is granted
	alive chan struct{} // has signs of life
	left  chan struct{} // closed, under Service.mu, when the command is done
	over  chan struct{} // closed when the lease has ended
	why   error         // why then; nil: the command was done
	// gone is closed when others may have the account's session.
	gone chan struct{}
}

// problem is what others are told who want the mailbox.
func (h *hold) problem() *api.Problem {
	return &api.Problem{Kind: api.KindTemporary, Code: api.CodeHeld, Args: api.Args{
		api.ArgBy: h.by, api.ArgSince: h.since.Format(time.RFC3339),
	}}
}

func (h *hold) error() error { return &api.ProblemError{Problem: *h.problem()} }

// heldCheck is what a check says of an account whose mailbox a command has.
func (s *Service) heldCheck(id string) (result api.AccountCheck, held bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.mailboxes[id]
	if w == nil || w.held == nil {
		return result, false
	}
	return api.AccountCheck{
		ID: id, Name: w.account.Name, State: api.Waiting, Error: w.held.problem(), New: []api.NewMail{},
		Messages: w.overview.Messages, Octets: w.overview.Octets, Unseen: w.overview.Unseen,
	}, true
}

// Lease implements api.Lease. What the user has begun, a deletion or the fetch
// of a message to read, is waited for; a poll ends.
func (s *Service) Lease(ctx context.Context, r api.LeaseRequest) (api.LeaseGrant, error) {
	h, w, err := s.reserve(r)
	if err != nil {
		return api.LeaseGrant{}, err
	}
	s.publish()
	l, err := s.leaseFor(ctx, r.Account, h)
	if err == nil && l.w != w {
		l.release() // removed, and added again
		err = api.ErrNoAccount
	}
	if err != nil {
		s.unreserve(w, h)
		return api.LeaseGrant{}, err
	}
	known, err := s.lend(ctx, l)
	if err != nil {
		l.release()
		s.unreserve(w, h)
		return api.LeaseGrant{}, err
	}
	h.lease = l
	s.mu.Lock()
	s.leased[h.name] = h
	s.mu.Unlock()
	life := api.Life(ctx, s.living)
	s.background.Go(func() { s.attend(life, h) })
	s.log.Info("leased", "account", r.Account, "by", r.By)
	return api.LeaseGrant{
		Lease: h.name, Account: l.account, Proxy: s.preferences().Proxy, Hints: known.Hints, NoUIDL: known.NoUIDL,
	}, nil
}

// lend returns what a command needs to know of an account that it is lent.
func (s *Service) lend(ctx context.Context, l *lease) (known ledger.Meta, err error) {
	if l.account.SignsIn() {
		// The command renews the sign-in by itself.
		ctx, cancel := l.during(ctx)
		defer cancel()
		if err := s.tokens.Rest(ctx, l.account.ID); err != nil {
			switch {
			case l.living.Err() != nil:
				return known, s.outdated(l)
			case ctx.Err() != nil:
				return known, ctx.Err()
			}
			return known, explained(signingIn(err), l.account)
		}
	}
	if known, err = s.known(l); err != nil {
		return known, err
	}
	if refused := s.refused(l); refused != nil { // P24
		return known, &api.ProblemError{Problem: *refused}
	}
	return known, nil
}

// reserve keeps all others from the account's session, and ends a poll.
func (s *Service) reserve(r api.LeaseRequest) (*hold, *mailbox, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.mailboxes[r.Account]
	switch {
	case w == nil || w.leaving:
		return nil, nil, api.ErrNoAccount
	case w.held != nil:
		return nil, nil, w.held.error()
	}
	s.leaseCount++
	h := &hold{
		name: strconv.FormatUint(s.leaseCount, 10), by: r.By, since: s.now(),
		alive: make(chan struct{}, 1), left: make(chan struct{}), over: make(chan struct{}), gone: make(chan struct{}),
	}
	w.held = h
	s.renew(w)
	return h, w, nil
}

// unreserve lets others have the account's session, and has it polled: nobody
// knows what the command has done there.
func (s *Service) unreserve(w *mailbox, h *hold) {
	s.mu.Lock()
	if w.held == h {
		w.held = nil
	}
	delete(s.leased, h.name)
	w.pollAt(s.now().Add(w.loginDelay), api.WhyNow)
	s.mu.Unlock()
	s.publish()
	s.wakeScheduler()
}

// attend ends a lease. life is that of who has it.
func (s *Service) attend(life context.Context, h *hold) {
	defer close(h.gone)
	h.why = s.lasts(life, h)
	close(h.over)
	if h.why != nil {
		s.log.Info("a lease has ended", "account", h.lease.account.ID, "by", h.by, "why", h.why)
		timer := time.NewTimer(s.parting)
		defer timer.Stop()
		select {
		case <-h.left:
		case <-life.Done():
		case <-s.living.Done():
		case <-timer.C:
		}
	}
	h.lease.release()
	s.unreserve(h.lease.w, h)
}

// lasts returns when a lease is to end, and why unless the command is done.
func (s *Service) lasts(life context.Context, h *hold) error {
	silence := time.NewTimer(s.silence)
	defer silence.Stop()
	for {
		select {
		case <-h.alive:
			silence.Reset(s.silence)
		case <-h.left:
			return nil
		case <-life.Done():
			return context.Cause(life)
		case <-silence.C:
			return &api.ProblemError{Problem: api.Problem{Kind: api.KindTemporary, Code: api.CodeLeaseSilent}}
		case <-h.lease.living.Done():
			return s.outdated(h.lease)
		}
	}
}

// outdated is why a lease is over whose settings are no longer those of its account.
func (s *Service) outdated(l *lease) error {
	if _, _, err := s.mailbox(l.account.ID); err != nil {
		return err
	}
	return &api.ProblemError{Problem: api.Problem{Kind: api.KindTemporary, Code: api.CodeLeaseChanged}}
}

// holdOf returns a lease by its name, and takes that for a sign of life.
func (s *Service) holdOf(name string) (*hold, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	h := s.leased[name]
	if h == nil {
		return nil, &api.ProblemError{Problem: api.Problem{Kind: api.KindTemporary, Code: api.CodeLeaseOver}}
	}
	select {
	case h.alive <- struct{}{}:
	default:
	}
	return h, nil
}

// LeaseEnded implements api.LeaseEnded.
func (s *Service) LeaseEnded(ctx context.Context, name string) error {
	h, err := s.holdOf(name)
	if err != nil {
		return err
	}
	select {
	case <-h.over:
		return h.why
	case <-ctx.Done():
		return ctx.Err()
	}
}

// ReleaseLease implements api.ReleaseLease. The account is free when it returns.
func (s *Service) ReleaseLease(ctx context.Context, name string) error {
	h, err := s.holdOf(name)
	if err != nil {
		return nil //nolint:nilerr // it has ended before
	}
	s.mu.Lock()
	select {
	case <-h.left:
	default:
		close(h.left)
	}
	s.mu.Unlock()
	select {
	case <-h.gone:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Report implements api.ReportLease. What the server no longer has, or has
// told, is so whatever the settings say by now, unless they are about another
// maildrop.
func (s *Service) Report(ctx context.Context, r api.LeaseReport) error {
	h, err := s.holdOf(r.Lease)
	if err != nil {
		return err
	}
	id, maildrop := h.lease.account.ID, poll.Maildrop(h.lease.account)
	_, account, err := s.mailbox(id)
	if err != nil {
		return err
	}
	if len(r.Fetched) > 0 {
		list := make([]ledger.Fetched, len(r.Fetched))
		for i, m := range r.Fetched {
			list[i] = ledger.Fetched(m)
		}
		if err := s.ledger.Fetched(id, maildrop, r.Target, list, s.now()); err != nil {
			return explained(fmt.Errorf("recording what was fetched: %w", err), account)
		}
	}
	if poll.Maildrop(account) != maildrop {
		return nil
	}
	if err := s.reportedDeleted(ctx, id, r.Deleted); err != nil {
		return explained(err, account)
	}
	if len(r.Seen) > 0 {
		if err := s.MarkSeen(ctx, id, r.Seen...); err != nil {
			return explained(err, account)
		}
	}
	if r.Refused != nil && r.Refused.Kind == api.KindAuth {
		s.reportedRefused(ctx, h.lease, *r.Refused)
	}
	return nil
}

func (s *Service) reportedDeleted(ctx context.Context, id string, list []api.DeletedMail) error {
	if len(list) == 0 {
		return nil
	}
	uids, deleted := make([]string, len(list)), make([]ledger.Deleted, len(list))
	for i, m := range list {
		uids[i], deleted[i] = m.UID, ledger.Deleted(m)
	}
	if err := s.ledger.Deleted(id, deleted, s.now()); err != nil {
		return fmt.Errorf("recording what was deleted: %w", err)
	}
	s.withdraw(ctx, id, uids...)
	s.changed(id)
	return nil
}

// reportedRefused is stopIfRefused for a login of a command.
func (s *Service) reportedRefused(ctx context.Context, l *lease, p api.Problem) {
	err := &api.ProblemError{Problem: p}
	proven := s.proven(l)
	s.mu.Lock()
	valid := l.valid()
	if valid {
		s.conclude(l.w, err, proven)
	}
	refusal := l.w.refusal
	s.mu.Unlock()
	if !valid {
		return
	}
	if err := s.ledger.Refuse(l.account.ID, refusal); err != nil {
		s.log.Error("recording a refused login", "account", l.account.ID, "error", err)
	}
	s.publish()
	s.announce(ctx, l.account)
}

// FetchedBefore implements api.FetchedBefore.
func (s *Service) FetchedBefore(r api.FetchedRequest) ([]api.FetchedMail, error) {
	h, err := s.holdOf(r.Lease)
	if err != nil {
		return nil, err
	}
	list, err := s.ledger.FetchedBefore(h.lease.account.ID, poll.Maildrop(h.lease.account), r.Target, r.UIDs...)
	if err != nil {
		return nil, err
	}
	known := make([]api.FetchedMail, len(list))
	for i, m := range list {
		known[i] = api.FetchedMail(m)
	}
	return known, nil
}
