package app

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/traymail/traymail/internal/api"
)

// MarkSeen marks messages of an account as seen and withdraws what announced
// them. Unknown UIDs are ignored: the message may have left meanwhile.
func (s *Service) MarkSeen(ctx context.Context, account string, uids ...string) error {
	if _, _, err := s.worker(account); err != nil {
		return err
	}
	err := s.ledger.update(account, func(l *accountLedger) error {
		for _, uid := range uids {
			if _, err := l.change(uid, func(r *record) { r.Seen, r.Announced = true, true }); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.changed(account)
	s.withdraw(ctx, account, uids...)
	return nil
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
		var uids []string
		err := s.ledger.view(id, func(l *accountLedger) error {
			return l.newest(l.unseen, func(uid string, _ record) bool {
				uids = append(uids, uid)
				return true
			})
		})
		errs = append(errs, err, s.MarkSeen(ctx, id, uids...))
	}
	return errors.Join(errs...)
}

// withdraw takes back the notifications of messages, and a summary once all
// it spoke of is seen or gone.
func (s *Service) withdraw(ctx context.Context, account string, uids ...string) {
	if s.announcer == nil || len(uids) == 0 {
		return
	}
	keys := make([]string, 0, len(uids)+1)
	for _, uid := range uids {
		keys = append(keys, announceKey(account, uid))
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
	all := true
	for _, t := range told {
		err := s.ledger.view(t.Account, func(l *accountLedger) error {
			for _, uid := range t.UIDs {
				r, ok, err := l.get(uid)
				if err != nil {
					return err
				}
				all = all && (!ok || r.Seen || !r.Gone.IsZero())
			}
			return nil
		})
		all = all && err == nil
	}
	return all
}

// withdrawAll takes back all that an account announced.
func (s *Service) withdrawAll(ctx context.Context, account string) {
	if s.announcer == nil {
		return
	}
	var uids []string
	_ = s.ledger.view(account, func(l *accountLedger) error {
		return l.newest(l.unseen, func(uid string, _ record) bool {
			uids = append(uids, uid)
			return true
		})
	})
	s.withdraw(ctx, account, uids...)
	_ = s.announcer.Withdraw(ctx, announceKey(account, ""))
}
