package app

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/settings"
)

// errAlike: several messages on the server have the UID of one to delete.
var errAlike = errors.New("several messages on the server have this UID")

// errUnconfirmed: the server did not say that it deleted what was marked. It
// may have done so.
var errUnconfirmed = errors.New("the server did not confirm the deletion")

// Delete deletes messages of an account on the server, in one session, and
// returns the UIDs of those that were there. Each is one that the ledger has
// on the server, and is found by its UID in that session, never by a
// remembered number; where several have the same UID, none is deleted.
// Nothing is deleted unless the server confirms the end of the session (S10),
// and only then the ledger knows it. If that is all that went wrong, the
// messages may or may not be there; a poll is due at once to tell, as it is
// where another program was faster.
func (s *Service) Delete(ctx context.Context, account string, uids ...string) ([]string, error) {
	l, err := s.lease(ctx, account)
	if err != nil {
		return nil, err
	}
	defer l.release()
	var marked []doomed
	err = s.session(ctx, l, func(ctx context.Context, c *pop3.Client) error {
		if marked, err = s.find(ctx, c, l.account, uids); err != nil {
			return err
		}
		if len(marked) == 0 {
			return ErrGone
		}
		for _, m := range marked {
			if err := c.Dele(ctx, m.number); err != nil {
				// Without a goodbye the server deletes nothing (RFC 1939, section 6).
				return errors.Join(err, c.Close())
			}
		}
		if err := c.Quit(ctx); err != nil {
			return errors.Join(errUnconfirmed, err)
		}
		return nil
	})
	switch {
	case errors.Is(err, ErrGone):
		return nil, s.gone(l, err)
	case errors.Is(err, errAlike):
		return nil, &api.ProblemError{Problem: api.Problem{api.KindPermanent, "alike", s.loc.T("problem.alike")}, Err: err}
	case errors.Is(err, errUnconfirmed):
		s.pollSoon(l)
		return nil, &api.ProblemError{Problem: api.Problem{api.KindNetwork, api.CodeUnconfirmed, s.loc.T("problem.unconfirmed")}, Err: err}
	case err != nil:
		return nil, err
	}
	deleted := make([]string, len(marked))
	for i, m := range marked {
		deleted[i] = m.uid
	}
	if err := s.recordDeleted(account, marked); err != nil {
		s.log.Error("recording what was deleted", "account", account, "error", err) // the next poll finds out
	}
	s.withdraw(ctx, account, deleted...)
	s.changed(account)
	return deleted, nil
}

// gone is the problem with a message that left since the last poll. The next
// one is due at once: the list that the user chose from is out of date.
func (s *Service) gone(l *lease, err error) error {
	s.pollSoon(l)
	return &api.ProblemError{Problem: api.Problem{api.KindPermanent, "gone", s.loc.T("problem.gone")}, Err: err}
}

// pollSoon has an account polled as soon as its server allows, unless it
// waits for the user.
func (s *Service) pollSoon(l *lease) {
	s.mu.Lock()
	if w := l.w; !w.due.IsZero() {
		w.due, w.why = s.now().Add(w.loginDelay), api.WhyNow
	}
	s.mu.Unlock()
	s.wakeScheduler()
}

// doomed is a message that is to be deleted in a session.
type doomed struct {
	uid    string
	number int
	octets int64 // -1 where the server does not say
}

// find finds messages by their UIDs. One that is gone already, or that the
// ledger does not have on the server, is passed over: the user has not seen it.
func (s *Service) find(ctx context.Context, c *pop3.Client, a settings.Account, uids []string) (found []doomed, err error) {
	asked := map[string]bool{}
	for _, uid := range uids {
		known, alike := false, false
		err := s.ledger.view(a.ID, func(l *accountLedger) error {
			r, ok, err := l.get(uid)
			known = ok && r.Gone.IsZero() && l.Maildrop == maildrop(a)
			// Of messages with the same UID the ledger has the first only, so
			// that places in it say nothing.
			alike = known && l.order.Stats().KeyN != l.Count
			return err
		})
		if err != nil {
			return nil, err
		}
		if !known || asked[uid] {
			continue
		}
		asked[uid] = true
		n, err := s.findOne(ctx, c, a.ID, uid, alike)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		octets, err := c.List(ctx, n)
		var e *pop3.Error
		if errors.As(err, &e) && e.Fatal() {
			return nil, err
		} else if err != nil {
			octets = -1
		}
		found = append(found, doomed{uid, n, octets})
	}
	return found, nil
}

// findOne returns the number of the only message with this UID.
func (s *Service) findOne(ctx context.Context, c *pop3.Client, account, uid string, alike bool) (int, error) {
	guess, noUIDL, err := s.place(account, uid)
	if err != nil {
		return 0, err
	}
	if !alike {
		if n, err := nearby(ctx, c, uid, guess, noUIDL); n > 0 || err != nil {
			return n, err
		}
	}
	n, times, err := everywhere(ctx, c, uid, noUIDL)
	if times > 1 {
		return 0, errAlike
	}
	return n, err
}

// recordDeleted takes deleted messages out of the account's order. The next
// poll may build on what is left if all sizes are known.
func (s *Service) recordDeleted(account string, marked []doomed) error {
	return s.ledger.update(account, func(l *accountLedger) error {
		for _, m := range marked {
			r, ok, err := l.get(m.uid)
			if err != nil {
				return err
			}
			if !ok || !r.Gone.IsZero() {
				l.Incremental = false // it was not among those of the last poll
				continue
			}
			if err := l.leave(m.uid, s.now()); err != nil {
				return err
			}
			l.Count--
			if m.octets < 0 || l.Octets < 0 {
				l.Incremental = false
			} else {
				l.Octets -= m.octets
			}
		}
		l.LastUID = ""
		return l.newest(l.order, func(uid string, _ record) bool {
			l.LastUID = uid
			return false
		})
	})
}
