package app

import (
	"context"
	"errors"
	"slices"

	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// SaveAccount adds an account, or changes the one with its ID. It is polled
// at once: its password may be new as well.
func (s *Service) SaveAccount(ctx context.Context, a settings.Account) error {
	a.Normalize()
	err := s.store.Update(func(all *settings.Settings) error {
		for i := range all.Accounts {
			if all.Accounts[i].ID == a.ID {
				all.Accounts[i] = a
				return nil
			}
		}
		all.Accounts = append(all.Accounts, a)
		return nil
	})
	if err != nil {
		return explained(err, a)
	}
	if err := s.ledger.Renew(a.ID); err != nil {
		s.log.Error("recording that an account was changed", "account", a.ID, "error", err)
	}
	s.tokens.Forget(a.ID)
	s.Reload()
	s.mu.Lock()
	if w := s.mailboxes[a.ID]; w != nil {
		w.renewed = true
		s.restart(w)
	}
	s.mu.Unlock()
	s.withdrawTrouble(ctx, a.ID)
	s.publish()
	s.wakeScheduler()
	return nil
}

// RemoveAccount removes an account, its secret and its ledger. What cannot be
// undone comes last: an account that cannot be removed is as it was.
func (s *Service) RemoveAccount(ctx context.Context, id string) error {
	// Nobody may be talking to the server, or the ledger would come back.
	account, stay, err := s.evict(ctx, id)
	if err != nil {
		return err
	}
	removed := false
	defer func() { stay(removed) }()
	var undo func(*settings.Settings) error
	err = s.store.Update(func(all *settings.Settings) error {
		undo = takeOut(all, id)
		return nil
	})
	if err != nil {
		return explained(err, account)
	}
	if err := s.secrets.Delete(ctx, id); err != nil && account.SecretCommand == "" {
		undone := s.store.Update(undo)
		s.Reload()
		return errors.Join(explained(&secretError{err}, account), undone)
	}
	removed = true
	s.withdrawAll(ctx, id)
	err = s.ledger.Forget(id)
	s.Reload()
	return err
}

// takeOut takes an account, its rules and its hooks out of the settings, and returns what
// puts them back, whatever else has changed by then.
func takeOut(all *settings.Settings, id string) (undo func(*settings.Settings) error) {
	ours := func(r settings.Rule) bool { return r.Account == id }
	at := slices.IndexFunc(all.Accounts, func(a settings.Account) bool { return a.ID == id })
	if at < 0 {
		return func(*settings.Settings) error { return nil }
	}
	account := all.Accounts[at]
	hooked := func(h settings.Hook) bool { return h.Account == id }
	var hooks []settings.Hook
	for _, h := range all.Hooks {
		if hooked(h) {
			hooks = append(hooks, h)
		}
	}
	var rules []settings.Rule
	for _, r := range all.Rules {
		if ours(r) {
			rules = append(rules, r)
		}
	}
	all.Accounts = slices.Delete(all.Accounts, at, at+1)
	all.Rules = slices.DeleteFunc(all.Rules, ours)
	all.Hooks = slices.DeleteFunc(all.Hooks, hooked)
	return func(all *settings.Settings) error {
		all.Accounts = slices.Insert(all.Accounts, min(at, len(all.Accounts)), account)
		all.Rules = append(all.Rules, rules...)
		all.Hooks = append(all.Hooks, hooks...)
		return nil
	}
}

// ImportAccounts adds accounts without their passwords. None replaces an
// account that is there. A stranger's file must not choose which password of
// the keyring an account uses: an ID under which there is one, or may be one,
// is not kept.
func (s *Service) ImportAccounts(ctx context.Context, incoming []settings.Account) (settings.Merged, error) {
	free := map[string]bool{}
	for _, a := range incoming {
		if a.ID != "" && ctx.Err() == nil {
			_, err := s.secrets.Get(ctx, a.ID)
			free[a.ID] = errors.Is(err, secret.ErrNotFound)
		}
	}
	// An ID that was not asked for above was made just now.
	merged, err := s.store.Import(incoming, func(id string) bool {
		is, asked := free[id]
		return is || !asked
	})
	if err != nil {
		return settings.Merged{}, explained(err, settings.Account{})
	}
	s.Reload()
	return merged, nil
}
