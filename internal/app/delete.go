package app

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/settings"
)

// Delete deletes messages of an account on the server, in one session, and
// returns the UIDs of those that were there. Each is one that the ledger has
// on the server, and is found by its UID in that session, never by a
// remembered number; where several have the same UID, or where one of them is
// another message than the user was shown, or than the ledger knows, or is on
// the server and not in the ledger, none is deleted.
// Nothing is deleted unless the server confirms the end of the session (S10),
// and only then does the ledger learn of it. If that is all that went wrong, the
// messages may or may not be there; a poll is due at once to find out, as it
// is where another program was faster, and where one was not listed.
func (s *Service) Delete(ctx context.Context, r api.DeleteRequest) ([]string, error) {
	account := r.Account
	l, err := s.lease(ctx, account)
	if err != nil {
		return nil, err
	}
	defer l.release()
	if err := s.stillShown(l.account, r); err != nil {
		return nil, err
	}
	list, unlisted, err := s.ledger.Deletable(account, poll.Maildrop(l.account), r.UIDs...)
	if err != nil {
		return nil, err
	}
	var marked []ledger.Deleted
	err = s.ask(ctx, l, func(ctx context.Context, t poll.Target) (err error) {
		marked, err = poll.Delete(ctx, t, list, unlisted...)
		return err
	})
	other, replaced := errors.AsType[*poll.ReplacedError](err)
	switch {
	case errors.Is(err, poll.ErrGone):
		return nil, s.gone(l, err)
	case replaced:
		// The messages that were known by these UIDs are gone, and the others are
		// news, unless the server has but rewritten them.
		if err := s.ledger.Replaced(account, other.Found, s.now()); err != nil {
			s.log.Error("recording what was replaced", "account", account, "error", err)
		}
		var uids []string
		for _, m := range other.Found {
			uids = append(uids, m.UID)
		}
		s.disown(account, uids)
		s.withdraw(ctx, account, uids...)
		s.changed(account)
		s.pollSoon(l)
		return nil, err
	case errors.Is(err, poll.ErrUnconfirmed), errors.Is(err, poll.ErrUnlisted):
		s.pollSoon(l)
		return nil, err
	case err != nil:
		return nil, err
	}
	deleted := make([]string, len(marked))
	for i, m := range marked {
		deleted[i] = m.UID
	}
	if err := s.ledger.Deleted(account, marked, s.now()); err != nil {
		s.log.Error("recording what was deleted", "account", account, "error", err) // the next poll finds out
	}
	s.withdraw(ctx, account, deleted...)
	s.changed(account)
	return deleted, nil
}

// stillShown returns an error unless the ledger has what the user was shown, of
// the messages to delete, where the caller remembers that.
func (s *Service) stillShown(a settings.Account, r api.DeleteRequest) error {
	for _, m := range r.Shown {
		known, err := s.ledger.Known(a.ID, m.UID)
		switch {
		case err != nil:
			return err
		case len(known) == 0 || !slices.Contains(r.UIDs, m.UID):
		case !shows(m, known[0].Record):
			return explained(&poll.AboutError{UIDs: []string{m.UID}, Err: &poll.ReplacedError{}}, a)
		default:
			s.showed(a.ID, known)
		}
	}
	return nil
}

// shows says whether what the user was shown is a message that the ledger has,
// as far as both know it.
func shows(shown api.Mail, r ledger.Record) bool {
	if !r.Described || shown.From == "" && shown.Subject == "" {
		return shown.Octets <= 0 || r.Octets <= 0 || shown.Octets == r.Octets
	}
	// One without a date is shown with that of its arrival.
	dated := shown.Date.Equal(r.Date) || r.Date.IsZero() && (shown.Date.IsZero() || shown.Date.Sub(r.FirstSeen).Abs() < time.Second)
	return dated && shown.From == r.From && shown.Subject == r.Subject
}

// gone is the problem with a message that left since the last poll. The next
// one is due at once: the list that the user chose from is out of date.
func (s *Service) gone(l *lease, err error) error {
	s.pollSoon(l)
	return explained(err, l.account)
}
