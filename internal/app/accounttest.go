package app

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// Test tries an account step by step, saved or not; ref says where the
// keyring has the password, empty the account's own place. Each step is told
// as it ends, if progress is not nil. Nothing is remembered and nothing on the
// server changes.
func (s *Service) Test(ctx context.Context, a settings.Account, ref string, progress func(api.TestStep)) api.TestReport {
	a.Normalize()
	ctx, cancel := context.WithTimeout(ctx, poll.Timeout)
	defer cancel()
	report := api.TestReport{Steps: []api.TestStep{}, Transcript: []string{}}
	// Never two sessions with one maildrop.
	if l, err := s.lease(ctx, a.ID); err == nil {
		defer l.release()
	} else if !errors.Is(err, api.ErrNoAccount) {
		report.Error = Problem(err, a)
		return report
	}
	err := s.try(ctx, a, ref, &report, progress)
	if err != nil {
		report.Error = Problem(err, a)
		if command, ok := errors.AsType[*secret.CommandError](err); ok {
			report.Error.Args[api.ArgSaid] = command.Said
		}
		if e, ok := pop3.As(err); ok && pop3.Untrusted(err) != nil {
			report.TLS = &api.TLSHealth{}
			poll.SetCertificate(report.TLS, pop3.Untrusted(err), e.Withheld)
		}
		return report
	}
	report.OK = true
	return report
}

// try goes through the steps and notes each in the report.
func (s *Service) try(ctx context.Context, a settings.Account, ref string, report *api.TestReport, progress func(api.TestStep)) error {
	step := func(step api.TestStep) {
		report.Steps = append(report.Steps, step)
		if progress != nil {
			progress(step)
		}
	}
	var who pop3.Credentials
	var err error
	if a.SignsIn() { // whether that still holds is what is to be found out
		var token string
		token, err = s.tokens.Fresh(ctx, a)
		who, err = tokenOf(a, token), signingIn(err)
	} else {
		who, err = s.credentials(ctx, a, ref)
	}
	if err != nil {
		step(api.TestStep{Name: "secret"})
		return err
	}
	result, err := poll.Test(ctx, s.way(a, who, ledger.Meta{}), step)
	report.Messages, report.Octets, report.TLS, report.Transcript = result.Messages, result.Octets, result.TLS, result.Transcript
	return err
}
