package app

import (
	"context"
	"errors"
	"maps"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
)

// MarkSeen marks messages of an account as seen and withdraws what announced
// them. Unknown UIDs are ignored: the message may have left meanwhile.
func (s *Service) MarkSeen(ctx context.Context, account string, uids ...string) error {
	if _, _, err := s.mailbox(account); err != nil {
		return err
	}
	if err := s.ledger.MarkSeen(account, uids...); err != nil {
		return err
	}
	s.changed(account)
	s.withdraw(ctx, account, uids...)
	return nil
}

// MarkUnseen marks messages of an account as not seen. They are not announced
// again.
func (s *Service) MarkUnseen(_ context.Context, account string, uids ...string) error {
	if _, _, err := s.mailbox(account); err != nil {
		return err
	}
	if err := s.ledger.MarkUnseen(account, uids...); err != nil {
		return err
	}
	s.changed(account)
	return nil
}

// present is a problem if some of an account's messages are not on the server.
func (s *Service) present(account string, uids []string) error {
	known, err := s.ledger.Known(account, uids...)
	if err != nil {
		return err
	}
	missing := slices.DeleteFunc(slices.Clone(uids), func(uid string) bool {
		return slices.ContainsFunc(known, func(e ledger.Entry) bool { return e.UID == uid })
	})
	if len(missing) == 0 {
		return nil
	}
	return &api.ProblemError{Problem: api.Problem{
		Kind: api.KindPermanent, Code: api.CodeGone, Args: api.Args{api.ArgMissing: strings.Join(missing, " ")},
	}, Err: poll.ErrGone}
}

// MarkAllSeen marks all messages of an account as seen, or of every account
// if account is empty.
func (s *Service) MarkAllSeen(ctx context.Context, account string) error {
	ids := []string{account}
	if account == "" {
		ids = nil
		for _, a := range s.Accounts() {
			ids = append(ids, a.ID)
		}
	}
	var errs []error
	for _, id := range ids {
		uids, err := s.ledger.Unseen(id)
		errs = append(errs, err, s.MarkSeen(ctx, id, uids...))
	}
	return errors.Join(errs...)
}

// Existing has what was there at the first look counted as unseen, or left as
// it is, and asks no more about it.
func (s *Service) Existing(account string, count bool) error {
	w, _, err := s.mailbox(account)
	if err != nil {
		return err
	}
	if count {
		if err := s.ledger.CountExisting(account); err != nil {
			return err
		}
	}
	s.mu.Lock()
	w.existing = 0
	s.mu.Unlock()
	s.changed(account)
	return nil
}

// withdraw takes back the notifications of messages, and a summary once all
// it spoke of is seen or gone.
func (s *Service) withdraw(ctx context.Context, account string, uids ...string) {
	if s.announcer == nil || len(uids) == 0 {
		return
	}
	keys := make([]string, 0, len(uids)+1)
	for _, uid := range uids {
		keys = append(keys, announce.Key(account, uid))
	}
	keys = append(keys, s.settledSummaries(account)...)
	for _, key := range keys {
		if err := s.announcer.Withdraw(ctx, key); err != nil {
			s.log.Debug("withdrawing a notification", "error", err)
			return
		}
	}
}

// settledSummaries forgets the summaries that spoke of an account and of which
// everything is seen or gone by now, and returns their keys.
func (s *Service) settledSummaries(account string) (keys []string) {
	s.mu.Lock()
	summaries := maps.Clone(s.summaries)
	s.mu.Unlock()
	for key, told := range summaries {
		if slices.ContainsFunc(told, func(t api.Told) bool { return t.Account == account }) && s.allSeen(told) {
			keys = append(keys, key)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range keys {
		delete(s.summaries, key)
	}
	return keys
}

func (s *Service) allSeen(told []api.Told) bool {
	for _, t := range told {
		if settled, err := s.ledger.Settled(t.Account, t.UIDs...); err != nil || !settled {
			return false
		}
	}
	return true
}

// withdrawAll takes back all that an account announced.
func (s *Service) withdrawAll(ctx context.Context, account string) {
	if s.announcer == nil {
		return
	}
	uids, err := s.ledger.Unseen(account)
	if err != nil {
		s.log.Error("reading the ledger", "account", account, "error", err)
	}
	s.withdraw(ctx, account, uids...)
	_ = s.announcer.Withdraw(ctx, announce.Key(account, ""))
	s.withdrawTrouble(ctx, account)
}
