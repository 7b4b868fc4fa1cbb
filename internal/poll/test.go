package poll

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

// Step is one step of a test, in the order it happened.
type Step struct {
	// Name is "name", "connect", "tls", "login", "stat", "uidl" or "top".
	Name string
	OK   bool
	// Found says what a step that succeeded found: its name, or
	// "tls_pin" (the certificate trusted by the user), "empty" (there is no
	// message to try it on), "no_uidl" or "no_top" (and it works all the same).
	Found string
	// What there is to say about it.
	Server   string
	Port     int
	User     string
	Messages int
	Subject  string
}

// TestResult is what a test found out.
type TestResult struct {
	Messages int
	Octets   int64
	TLS      *api.TLSHealth
	// Transcript is the session, without secrets; never nil.
	Transcript []string
}

// Test tries what a poll needs, step by step. Each step is told as it ends.
// Nothing on the server changes.
func Test(ctx context.Context, t Target, tell func(Step)) (TestResult, error) {
	try := test{Target: t, tell: tell}
	err := try.run(ctx)
	try.result.Transcript = append([]string{}, try.transcript.Lines()...)
	return try.result, err
}

// test is one under way.
type test struct {
	Target
	tell       func(Step)
	transcript pop3.Transcript
	result     TestResult
}

func (t *test) passed(name, found string, with Step) {
	with.Name, with.OK, with.Found = name, true, found
	t.tell(with)
}

func (t *test) failed(name string, err error) error {
	t.tell(Step{Name: name})
	return err
}

func (t *test) run(ctx context.Context) error {
	c, err := t.dial(ctx)
	if err != nil {
		return err
	}
	defer leave(ctx, c)
	t.result.TLS = tlsHealth(c.TLS())
	if err := c.Login(ctx, t.Credentials, nil); err != nil {
		return t.failed("login", err)
	}
	t.passed("login", "login", Step{User: t.Account.User})
	return t.maildrop(ctx, c)
}

// dial tells each stage of connecting as it is reached, and which one failed.
func (t *test) dial(ctx context.Context) (*pop3.Client, error) {
	cfg, err := t.config(pop3.Hints{}, &t.transcript)
	if err != nil {
		return nil, t.failed("connect", err)
	}
	next := "name"
	named := func() {
		if next == "name" && net.ParseIP(t.Account.Server) == nil {
			t.passed("name", "name", Step{Server: t.Account.Server})
		}
		next = "connect"
	}
	cfg.Progress = func(stage pop3.Stage) {
		switch stage {
		case pop3.StageResolved:
			named()
		case pop3.StageConnected:
			named() // by a proxy
			t.passed("connect", "connect", Step{Server: t.Account.Server, Port: t.Account.Port})
			next = "tls"
		case pop3.StageSecured:
			found := "tls"
			if t.Account.Pin != "" {
				found = "tls_pin"
			}
			t.passed("tls", found, Step{})
			next = "login"
		}
	}
	c, err := pop3.Dial(ctx, cfg)
	if err != nil && next == "name" && pop3.CodeOf(err) != pop3.CodeDNS {
		next = "connect" // to a proxy, which would have looked for it
	}
	if err != nil {
		return nil, t.failed(next, err)
	}
	return c, nil
}

// maildrop tries what a poll needs.
func (t *test) maildrop(ctx context.Context, c *pop3.Client) error {
	stat, err := c.Stat(ctx)
	if err != nil {
		return t.failed("stat", err)
	}
	t.result.Messages, t.result.Octets = stat.Messages, max(0, stat.Octets)
	t.passed("stat", "stat", Step{Messages: stat.Messages})
	if stat.Messages == 0 {
		t.passed("uidl", "empty", Step{})
		t.passed("top", "empty", Step{})
		return nil
	}
	_, err = c.UIDL(ctx, stat.Messages)
	noUIDL := unsupported(err, "UIDL")
	switch {
	case noUIDL:
		t.passed("uidl", "no_uidl", Step{})
	case err != nil:
		return t.failed("uidl", err)
	default:
		t.passed("uidl", "uidl", Step{})
	}
	newest := []ledger.Arrival{{Row: ledger.Row{Number: stat.Messages}}}
	if err := describeAll(ctx, c, newest); err != nil {
		return t.failed("top", err)
	}
	switch n := newest[0]; {
	case !n.Described && noUIDL:
		return t.failed("top", ErrNoUIDL)
	case !n.Described:
		t.passed("top", "no_top", Step{})
	default:
		t.passed("top", "top", Step{Subject: n.Subject})
	}
	return nil
}

// Untrusted is the certificate that an error is about, or nil.
func Untrusted(err error) *x509.Certificate {
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
