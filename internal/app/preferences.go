package app

import (
	"context"
	"regexp"
	"slices"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
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
		return &api.ProblemError{Problem: *Explain(err, settings.Account{}, s.loc), Err: err}
	}
	s.Reload()
	return nil
}

// speak changes the language, also of what was said already. The caller holds
// s.mu.
func (s *Service) speak(tag string) {
	if !s.follow {
		return
	}
	before := s.loc.Tag()
	if s.loc.Use(tag); s.loc.Tag() == before {
		return
	}
	for _, w := range s.mailboxes {
		if w.cause != nil {
			w.problem = Explain(w.cause, w.account, s.loc)
		}
	}
}

// rule is a settings.Rule made ready.
type rule struct {
	settings.Rule
	expression *regexp.Regexp
}

// compileRules makes rules ready. They were validated when they were read.
func compileRules(rules []settings.Rule) []rule {
	ready := make([]rule, 0, len(rules))
	for _, r := range rules {
		if e, err := r.Compile(); err == nil {
			ready = append(ready, rule{r, e})
		}
	}
	return ready
}

// letter is what a rule looks at.
type letter struct {
	account string
	// sender is name and address.
	sender, subject string
}

func letterOf(account string, r ledger.Record) letter {
	sender := r.From
	if r.Address != "" && r.Address != r.From {
		sender += " <" + r.Address + ">"
	}
	return letter{account, sender, r.Subject}
}

func (r rule) matches(l letter) bool {
	if r.Account != "" && r.Account != l.account {
		return false
	}
	if r.Field == settings.FieldSender {
		return r.expression.MatchString(l.sender)
	}
	return r.expression.MatchString(l.subject)
}

// maxTried is how many of an account's messages TryRule looks at.
const maxTried = 1000

// TryRule returns the messages on the servers that a rule picks, newest first.
// It knows those whose headers are known, and asks no server.
func (s *Service) TryRule(ctx context.Context, r settings.Rule) ([]api.Mail, error) {
	r.Normalize()
	accounts := s.Accounts()
	if problems := r.Validate(accounts); len(problems) > 0 {
		return nil, &api.ProblemError{Problem: *Explain(problems[0], settings.Account{}, s.loc), Err: problems[0]}
	}
	ready := compileRules([]settings.Rule{r})
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
			if e.Described && ready[0].matches(letterOf(a.ID, e.Record)) {
				matches = append(matches, mailOf(a, e))
			}
		}
	}
	slices.SortStableFunc(matches, newestFirst)
	return matches[:min(len(matches), defaultList)], nil
}
