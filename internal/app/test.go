package app

import (
	"context"
	"errors"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
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
		report.Error = Explain(err, a, s.loc)
		return report
	}
	err := s.try(ctx, a, ref, &report, progress)
	if err != nil {
		report.Error = Explain(err, a, s.loc)
		if leaf := poll.Untrusted(err); leaf != nil {
			report.TLS = &api.TLSHealth{}
			poll.SetCertificate(report.TLS, leaf)
		}
		return report
	}
	report.OK = true
	return report
}

// try goes through the steps and notes each in the report.
func (s *Service) try(ctx context.Context, a settings.Account, ref string, report *api.TestReport, progress func(api.TestStep)) error {
	step := func(step poll.Step) {
		told := api.TestStep{Name: step.Name, OK: step.OK, Text: s.stepText(step)}
		report.Steps = append(report.Steps, told)
		if progress != nil {
			progress(told)
		}
	}
	who, err := s.credentials(ctx, a, ref)
	if err != nil {
		step(poll.Step{Name: "secret"})
		return err
	}
	result, err := poll.Test(ctx, s.way(a, who, ledger.Meta{}), step)
	report.Messages, report.Octets, report.TLS, report.Transcript = result.Messages, result.Octets, result.TLS, result.Transcript
	return err
}

func (s *Service) stepText(step poll.Step) string {
	switch loc := s.loc; {
	case !step.OK:
		return loc.T("problem.step_" + step.Name)
	case step.Found == "stat":
		return loc.N("problem.test_stat", step.Messages, loc.Count(step.Messages))
	case step.Found == "top" && step.Subject == "":
		return loc.T("problem.test_top", loc.T("problem.no_subject"))
	case step.Found == "top":
		return loc.T("problem.test_top", step.Subject)
	case step.Found == "login":
		return loc.T("problem.test_login", step.User)
	case step.Found == "name":
		return loc.T("problem.test_name", step.Server)
	case step.Found == "connect":
		return loc.T("problem.test_connect", step.Server, step.Port)
	default:
		return loc.T("problem.test_" + step.Found)
	}
}

// explainPin says what changed about a certificate that was trusted by its
// fingerprint.
func explainPin(err *pop3.Error, a settings.Account, loc *locale.Catalogue) string {
	var now api.TLSHealth
	if leaf := poll.Untrusted(err); leaf != nil {
		poll.SetCertificate(&now, leaf)
	}
	const shown = 16 // digits of a fingerprint
	return loc.T("problem.pin", a.Server, head(a.Pin, shown), now.Issuer, loc.FullTime(now.Expires, time.Now()), head(now.SHA256, shown))
}

func head(s string, n int) string { return s[:min(len(s), n)] }
