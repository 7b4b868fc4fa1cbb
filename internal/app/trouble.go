package app

import (
	"context"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
)

// tellTroubles tells the user, once, which accounts do not work until something
// is done, and takes that back of those that work again. held are those of which
// it waits until quiet hours or a pause end. The caller holds s.announcing.
func (s *Service) tellTroubles(ctx context.Context, policy announce.Policy) (held []string) {
	for _, a := range s.Accounts() {
		s.mu.Lock()
		w := s.mailboxes[a.ID]
		if w == nil || w.leaving {
			s.mu.Unlock()
			continue
		}
		told, works := w.told, w.state == api.OK
		t := announce.Trouble{
			Account: w.account, Problem: w.problem, GivenUp: w.problem != nil && w.due.IsZero(),
			Refusals: w.refusal.Count, Secretless: w.secretless,
		}
		s.mu.Unlock()
		name := t.Name(policy.Now)
		switch {
		case works && told != "":
			s.withdrawTrouble(ctx, a.ID)
		case name != "" && name != told:
			plan, later := policy.Alert(t)
			if later {
				held = append(held, a.ID)
			}
			if len(plan) > 0 && s.show(ctx, plan[0]) {
				s.recordTrouble(w, a.ID, name)
			}
		}
	}
	return held
}

// recordTrouble remembers what the user was told, for this process also where
// it cannot be written.
func (s *Service) recordTrouble(w *mailbox, account, name string) {
	s.mu.Lock()
	w.told = name
	s.mu.Unlock()
	if err := s.ledger.Tell(account, name); err != nil {
		s.log.Error("recording a notification", "account", account, "error", err)
	}
}

// withdrawTrouble takes back what the user was told to be wrong with an account.
func (s *Service) withdrawTrouble(ctx context.Context, account string) {
	s.mu.Lock()
	told := ""
	if w := s.mailboxes[account]; w != nil {
		told, w.told = w.told, ""
	}
	s.mu.Unlock()
	if told == "" || s.announcer == nil {
		return
	}
	if err := s.announcer.Withdraw(ctx, announce.ProblemKey(account)); err != nil {
		s.log.Debug("withdrawing a notification", "error", err)
	}
}
