package app

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/pop3"
)

// Delete deletes messages of an account on the server, in one session, and
// returns the UIDs of those that were there. Each is found by its UID in that
// session, never by a remembered number. Nothing is deleted unless the server
// confirms the end of the session (S10), and only then the ledger knows it:
// after an error the messages may or may not be there, which the next poll
// will tell.
func (s *Service) Delete(ctx context.Context, account string, uids ...string) ([]string, error) {
	w, a, err := s.worker(account)
	if err != nil {
		return nil, err
	}
	if err := w.acquire(ctx); err != nil {
		return nil, err
	}
	defer w.release()
	var marked []doomed
	err = s.session(ctx, a, func(ctx context.Context, c *pop3.Client) error {
		marked, err = s.mark(ctx, c, account, uids)
		if err != nil {
			// Without a goodbye the server deletes nothing (RFC 1939, section 6).
			return errors.Join(err, c.Close())
		}
		if len(marked) == 0 {
			return ErrGone
		}
		return c.Quit(ctx)
	})
	if errors.Is(err, ErrGone) {
		return nil, &ProblemError{Problem: Problem{string(pop3.KindPermanent), "gone", s.loc.T("problem.gone")}, Err: err}
	}
	if err != nil {
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

// doomed is a message that is marked as deleted in a session.
type doomed struct {
	uid    string
	octets int64 // -1 where the server does not say
}

// mark marks messages as deleted, each at the place where it was just found.
// One that is gone already is passed over.
func (s *Service) mark(ctx context.Context, c *pop3.Client, account string, uids []string) (marked []doomed, err error) {
	for _, uid := range uids {
		guess, noUIDL, err := s.place(account, uid)
		if err != nil {
			return nil, err
		}
		n, err := locate(ctx, c, uid, guess, noUIDL)
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
		if err := c.Dele(ctx, n); err != nil {
			return nil, err
		}
		marked = append(marked, doomed{uid, octets})
	}
	return marked, nil
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
