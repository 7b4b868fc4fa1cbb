package app

import (
	"context"
	"errors"
	"slices"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

// Settings are those in force. There is no secret among them.
func (s *Service) Settings() settings.Settings { return s.store.Settings() }

// SavePreferences replaces the preferences and all rules. They are in force
// when it returns. What is wrong with them is a *ProblemError whose
// Problem.Code names the field.
func (s *Service) SavePreferences(_ context.Context, p settings.Preferences, rules []settings.Rule) error {
	err := s.store.Update(func(all *settings.Settings) error {
		all.Preferences, all.Rules = p, slices.Clone(rules)
		return nil
	})
	if err != nil {
		return explained(err, settings.Account{})
	}
	s.Reload()
	return nil
}

// errNobodyNotifies: this process shows no notifications.
var errNobodyNotifies = errors.New("nobody shows notifications here")

// TrySound shows a notification with a sound, in the place of an earlier one:
// some daemons are silent where one is only replaced.
func (s *Service) TrySound(ctx context.Context, text string) error {
	sound, err := settings.ReadSound(text)
	if err != nil {
		return explained(err, settings.Account{})
	}
	if s.announcer == nil {
		return errNobodyNotifies
	}
	s.announcing.Lock()
	defer s.announcing.Unlock()
	ctx, cancel := context.WithTimeout(ctx, showTimeout)
	defer cancel()
	if err := s.announcer.Withdraw(ctx, announce.SampleKey); err != nil {
		s.log.Debug("withdrawing a notification", "error", err)
	}
	return s.announcer.Announce(ctx, announce.Sample(sound))
}

// maxTried is how many of an account's messages TryRule looks at.
const maxTried = 1000

// TryRule returns the messages on the servers that a rule picks, newest first.
// It knows those whose headers are known, and asks no server.
func (s *Service) TryRule(ctx context.Context, r settings.Rule) ([]api.Mail, error) {
	r.Normalize()
	accounts := s.Accounts()
	if problems := r.Validate(accounts); len(problems) > 0 {
		return nil, explained(problems[0], settings.Account{})
	}
	ready := announce.Compile([]settings.Rule{r})
	matches := []api.Mail{}
	for _, a := range accounts {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		list, err := s.ledger.Newest(a.ID, maxTried)
		if err != nil {
			return nil, err
		}
		for _, e := range list {
			if e.Described && ready[0].Matches(letterOf(a, e)) {
				matches = append(matches, mailOf(a, e))
			}
		}
	}
	slices.SortStableFunc(matches, newestFirst)
	return matches[:min(len(matches), defaultList)], nil
}
