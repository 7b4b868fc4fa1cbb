package app

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
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
	ctx, cancel := context.WithTimeout(ctx, pollTimeout)
	defer cancel()
	report := api.TestReport{Steps: []api.TestStep{}, Transcript: []string{}}
	// Never two sessions with one maildrop.
	if l, err := s.lease(ctx, a.ID); err == nil {
		defer l.release()
	} else if !errors.Is(err, api.ErrNoAccount) {
		report.Error = Explain(err, a, s.loc)
		return report
	}
	t := test{s: s, account: a, report: &report, progress: progress}
	err := t.run(ctx, ref)
	report.Transcript = append(report.Transcript, t.transcript.Lines()...)
	if err != nil {
		report.Error = Explain(err, a, s.loc)
		if leaf := untrusted(err); leaf != nil {
			report.TLS = &api.TLSHealth{}
			setCertificate(report.TLS, leaf)
		}
		return report
	}
	report.OK = true
	return report
}

// test is one under way.
type test struct {
	s          *Service
	account    settings.Account
	report     *api.TestReport
	progress   func(api.TestStep)
	transcript pop3.Transcript
}

func (t *test) step(name string, ok bool, text string) {
	step := api.TestStep{name, ok, text}
	t.report.Steps = append(t.report.Steps, step)
	if t.progress != nil {
		t.progress(step)
	}
}

func (t *test) passed(name, text string) { t.step(name, true, text) }

func (t *test) failed(name string, err error) error {
	t.step(name, false, t.s.loc.T("problem.step_"+name))
	return err
}

func (t *test) run(ctx context.Context, ref string) error {
	a, loc := t.account, t.s.loc
	who, err := t.s.credentials(ctx, a, ref)
	if errors.Is(err, secret.ErrNotFound) && ref != "" {
		err = &secretError{secret.ErrNotFound}
	}
	if err != nil {
		return t.failed("secret", err)
	}
	c, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer leave(ctx, c)
	if state := c.TLS(); state != nil {
		t.report.TLS = tlsHealth(state)
	}
	if err := c.Login(ctx, who, nil); err != nil {
		return t.failed("login", err)
	}
	t.passed("login", loc.T("problem.test_login", a.User))
	return t.maildrop(ctx, c)
}

// dial tells each stage of connecting as it is reached, and which one failed.
func (t *test) dial(ctx context.Context) (*pop3.Client, error) {
	cfg, err := t.s.server(t.account, pop3.Hints{}, &t.transcript)
	if err != nil {
		return nil, t.failed("connect", err)
	}
	next := "name"
	named := func() {
		if next == "name" && net.ParseIP(t.account.Server) == nil {
			t.passed("name", t.s.loc.T("problem.test_name", t.account.Server))
		}
		next = "connect"
	}
	cfg.Progress = func(stage pop3.Stage) {
		switch stage {
		case pop3.StageResolved:
			named()
		case pop3.StageConnected:
			named() // by a proxy
			t.passed("connect", t.s.loc.T("problem.test_connect", t.account.Server, t.account.Port))
			next = "tls"
		case pop3.StageSecured:
			text := "problem.test_tls"
			if t.account.Pin != "" {
				text = "problem.test_tls_pin"
			}
			t.passed("tls", t.s.loc.T(text))
			next = "login"
		}
	}
	c, err := pop3.Dial(ctx, cfg)
	var e *pop3.Error
	if err != nil && next == "name" && (!errors.As(err, &e) || e.Code != "dns") {
		next = "connect" // to a proxy, which would have looked for it
	}
	if err != nil {
		return nil, t.failed(next, err)
	}
	return c, nil
}

// maildrop tries what a poll needs.
func (t *test) maildrop(ctx context.Context, c *pop3.Client) error {
	loc := t.s.loc
	stat, err := c.Stat(ctx)
	if err != nil {
		return t.failed("stat", err)
	}
	t.report.Messages, t.report.Octets = stat.Messages, max(0, stat.Octets)
	t.passed("stat", loc.N("problem.test_stat", stat.Messages, loc.Count(stat.Messages)))
	if stat.Messages == 0 {
		t.passed("uidl", loc.T("problem.test_empty"))
		t.passed("top", loc.T("problem.test_empty"))
		return nil
	}
	noUIDL := false
	if _, err := c.UIDL(ctx, stat.Messages); refused(err, "UIDL") {
		noUIDL = true
		t.passed("uidl", loc.T("problem.test_no_uidl"))
	} else if err != nil {
		return t.failed("uidl", err)
	} else {
		t.passed("uidl", loc.T("problem.test_uidl"))
	}
	newest := []newcomer{{number: stat.Messages}}
	if err := t.s.describeAll(ctx, c, newest); err != nil {
		return t.failed("top", err)
	}
	if !newest[0].described && noUIDL {
		return t.failed("top", errNoUIDL)
	}
	if !newest[0].described {
		t.passed("top", loc.T("problem.test_no_top"))
		return nil
	}
	subject := newest[0].header.Subject
	if subject == "" {
		subject = loc.T("problem.no_subject")
	}
	t.passed("top", loc.T("problem.test_top", subject))
	return nil
}

// untrusted is the certificate that an error is about, or nil.
func untrusted(err error) *x509.Certificate {
	var pin *pop3.PinError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.As(err, &pin):
		return pin.Certificate
	case errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0:
		return verify.UnverifiedCertificates[0]
	}
	return nil
}

// explainPin says what changed about a certificate that was trusted by its
// fingerprint.
func explainPin(err *pop3.Error, a settings.Account, loc *locale.Catalogue) string {
	var now api.TLSHealth
	if leaf := untrusted(err); leaf != nil {
		setCertificate(&now, leaf)
	}
	const shown = 16 // digits of a fingerprint
	return loc.T("problem.pin", a.Server, head(a.Pin, shown), now.Issuer, loc.FullTime(now.Expires, time.Now()), head(now.SHA256, shown))
}

func head(s string, n int) string { return s[:min(len(s), n)] }
