package poll

import (
	"context"
	"net"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

// TestResult is what a test found out.
type TestResult struct {
	Messages int
	Octets   int64
	TLS      *api.TLSHealth
	// Transcript is the session, without secrets; never nil.
	Transcript []string
}

// Test tries what a poll needs, step by step. Each step is reported as it ends.
// Nothing on the server changes.
func Test(ctx context.Context, t Target, report func(api.TestStep)) (TestResult, error) {
	try := test{Target: t, report: report}
	err := try.run(ctx)
	try.result.Transcript = append([]string{}, try.transcript.Lines()...)
	return try.result, err
}

// test is one under way.
type test struct {
	Target
	report     func(api.TestStep)
	transcript pop3.Transcript
	result     TestResult
}

func (t *test) passed(name string, found api.Found, with api.TestStep) {
	with.Name, with.OK, with.Found = name, true, found
	t.report(with)
}

func (t *test) failed(name string, err error) error {
	t.report(api.TestStep{Name: name})
	return err
}

func (t *test) run(ctx context.Context) error {
	c, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer leave(ctx, c)
	t.result.TLS = tlsHealth(c)
	if err := c.Login(ctx, t.credentials(), nil); err != nil {
		return t.failed("login", err)
	}
	t.passed("login", "login", api.TestStep{User: t.Account.User})
	return t.maildrop(ctx, c)
}

// dial reports each milestone as it is reached, and which one failed.
func (t *test) dial(ctx context.Context) (*pop3.Client, error) {
	cfg, err := t.config(pop3.Hints{}, &t.transcript)
	if err != nil {
		return nil, t.failed("connect", err)
	}
	next := "name"
	named := func() {
		if next == "name" && net.ParseIP(t.Account.Server) == nil {
			t.passed("name", "name", api.TestStep{Server: t.Account.Server})
		}
		next = "connect"
	}
	cfg.Progress = func(m pop3.Milestone) {
		switch m {
		case pop3.MilestoneResolved:
			named()
		case pop3.MilestoneConnected:
			named() // by a proxy
			t.passed("connect", "connect", api.TestStep{Server: t.Account.Server, Port: t.Account.Port})
			next = "tls"
		case pop3.MilestoneSecured:
			found := api.Found("tls")
			if t.Account.Pin != "" {
				found = api.FoundPin
			}
			t.passed("tls", found, api.TestStep{})
			next = "login"
		}
	}
	c, err := pop3.Dial(ctx, cfg)
	if err != nil && next == "name" && pop3.CodeOf(err) != pop3.CodeDNS {
		next = "connect" // to a proxy, which would have looked for it
	}
	if err != nil {
		return nil, t.failed(next, legacy(ctx, cfg, err))
	}
	return c, nil
}

// legacy finds out whether a handshake failed because the server knows no key
// exchange with forward secrecy, and says so. Nothing is sent inside TLS but
// QUIT, and the user decides.
func legacy(ctx context.Context, cfg pop3.Config, err error) error {
	e, ok := pop3.As(err)
	if !ok || e.Command != pop3.StepTLS || cfg.LegacyTLS || distrusted(err) {
		return err
	}
	cfg.LegacyTLS, cfg.Progress = true, nil
	c, again := pop3.Dial(ctx, cfg)
	switch {
	case again == nil:
		leave(ctx, c)
	case !distrusted(again): // else it has come further, as far as the certificate
		return err
	}
	return &pop3.Error{Kind: pop3.KindTLS, Code: pop3.CodeLegacyTLS, Command: pop3.StepTLS, Err: err}
}

// distrusted says whether an error is about the certificate, not about the way
// in which it was shown.
func distrusted(err error) bool { return pop3.Untrusted(err) != nil }

// maildrop tries what a poll needs.
func (t *test) maildrop(ctx context.Context, c *pop3.Client) error {
	stat, err := c.Stat(ctx)
	if err != nil {
		return t.failed("stat", err)
	}
	t.result.Messages, t.result.Octets = stat.Messages, max(0, stat.Octets)
	t.passed("stat", "stat", api.TestStep{Messages: stat.Messages})
	if stat.Messages == 0 {
		t.passed("uidl", api.FoundEmpty, api.TestStep{})
		t.passed("top", api.FoundEmpty, api.TestStep{})
		return nil
	}
	_, err = c.UIDL(ctx, stat.Messages)
	noUIDL := unsupported(err, "UIDL")
	switch {
	case noUIDL:
		t.passed("uidl", api.FoundNoUIDL, api.TestStep{})
	case err != nil:
		return t.failed("uidl", err)
	default:
		t.passed("uidl", "uidl", api.TestStep{})
	}
	newest := []ledger.Arrival{{Row: ledger.Row{Number: stat.Messages}}}
	if err := t.describeAll(ctx, c, newest); err != nil {
		return t.failed("top", err)
	}
	switch n := newest[0]; {
	case !n.Described && noUIDL:
		return t.failed("top", ErrNoUIDL)
	case !n.Described:
		t.passed("top", api.FoundNoTOP, api.TestStep{})
	default:
		t.passed("top", "top", api.TestStep{Subject: n.Subject})
	}
	return nil
}
