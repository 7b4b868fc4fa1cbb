package poll

import (
	"cmp"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/pemfile"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/provider"
	"github.com/traymail/traymail/internal/settings"
)

// Target is a maildrop and the way into it.
type Target struct {
	Account settings.Account
	// Proxy is the one of the preferences, for accounts that name none.
	Proxy       string
	Credentials pop3.Credentials
	// TLS keeps sessions that can be resumed; it may be nil.
	TLS tls.ClientSessionCache
	// Known is what the ledger has of this maildrop.
	Known ledger.Meta
	// Pause is how long after a login that the server cut another is tried.
	Pause time.Duration
	// SearchFrom is the size of a maildrop, in messages, from which on what left
	// is searched for; 0 is the usual one.
	SearchFrom int
	// Listed, if it is not nil, is told now and then how many messages of a
	// full list have come.
	Listed func(listed, messages int)
	// Received, if it is not nil, is told how many octets a session for somebody
	// who waits has brought.
	Received func(octets int64)
	// FindCodes: one-time codes are looked for in new messages.
	FindCodes bool
	// Languages are the reader's, as tags of BCP 47.
	Languages []string
}

// Maildrop names a maildrop, for ledger.Meta and ledger.Poll.
func Maildrop(a settings.Account) string { return a.User + "@" + a.Server }

// hints are what earlier sessions learned of the server.
func (t Target) hints() (h pop3.Hints) {
	if len(t.Known.Hints) > 0 {
		_ = json.Unmarshal(t.Known.Hints, &h) // what cannot be read is learned again
	}
	return h
}

// Hints are what the ledger keeps of a server.
func Hints(m ledger.Meta) pop3.Hints { return Target{Known: m}.hints() }

// credentials are what is sent at a login.
func (t Target) credentials() pop3.Credentials {
	who := t.Credentials
	at := provider.ByServer(t.Account.Server, cmp.Or(t.Account.Address, t.Account.User))
	who.Password = at.Sent(who.Password)
	return who
}

// secrets are what is sent, and what it was made of.
func (t Target) secrets() []string {
	return []string{t.Credentials.Password, t.credentials().Password, t.Credentials.Token}
}

// config is what an account says of its server. transcript may be nil.
func (t Target) config(hints pop3.Hints, transcript *pop3.Transcript) (pop3.Config, error) {
	a := t.Account
	cfg := pop3.Config{
		Host: a.Server, Port: a.Port, Hints: hints, Transcript: transcript,
		Proxy: t.proxy(), Sessions: t.TLS, LegacyTLS: a.LegacyTLS, Secrets: t.secrets(),
	}
	var err error
	if cfg.Security, err = pop3.ParseSecurity(string(a.Security)); err != nil {
		return cfg, err
	}
	if a.CAFile != "" {
		if cfg.RootCAs, err = pemfile.Roots(a.CAFile); err != nil {
			return cfg, configError(pop3.CodeCAFile, err)
		}
	}
	if a.Pin != "" {
		var pin [sha256.Size]byte
		if n, err := hex.Decode(pin[:], []byte(a.Pin)); err != nil || n != len(pin) {
			return cfg, configError(pop3.CodeArgument, errors.New("the pin is not a SHA-256 digest"))
		}
		cfg.Pins = [][sha256.Size]byte{pin}
	}
	if a.ClientCert != "" {
		pair, err := pemfile.KeyPair(a.ClientCert, a.ClientKey)
		if err != nil {
			return cfg, configError(pop3.CodeClientCert, err)
		}
		cfg.Certificates = []tls.Certificate{pair}
	}
	return cfg, nil
}

func configError(code pop3.Code, err error) error {
	return &pop3.Error{Kind: pop3.KindConfig, Code: code, Command: pop3.StepTLS, Err: err}
}

// proxy is what the connection goes through. What is on this computer is
// reached directly, unless the account itself says otherwise.
func (t Target) proxy() string {
	if t.Account.Proxy == "" && !loopback.Is(t.Account.Server) {
		return t.Proxy
	}
	return t.Account.Proxy
}

// session logs in for f, with what is known about the server.
func (t Target) session(ctx context.Context, f func(context.Context, *pop3.Client) error) error {
	ctx, cancel := context.WithTimeout(ctx, Timeout)
	defer cancel()
	cfg, err := t.config(t.hints(), nil)
	if err != nil {
		return err
	}
	c, err := pop3.Dial(ctx, cfg)
	if err != nil {
		return err
	}
	defer leave(ctx, c)
	if t.Received != nil {
		defer func() { t.Received(c.Metrics().Received) }()
	}
	if err := c.Login(ctx, t.credentials(), nil); err != nil {
		return err
	}
	return f(ctx, c)
}

// Refused says whether an error is a refusal of the credentials (P24).
func Refused(err error) bool {
	return pop3.IsKind(err, pop3.KindAuth)
}

// Unreached says whether an error is the network's.
func Unreached(err error) bool {
	return pop3.IsKind(err, pop3.KindNetwork)
}

// Greets says whether a POP3 server answers there as an account's would.
// Nothing but QUIT is sent (and STLS before it). proxy is that of the
// preferences, and roots are for tests; nil is the system's.
func Greets(ctx context.Context, server string, port int, s settings.Security, proxy string, roots *x509.CertPool) error {
	cfg := pop3.Config{Host: server, Port: port, Proxy: proxy, RootCAs: roots}
	var err error
	if cfg.Security, err = pop3.ParseSecurity(string(s)); err != nil {
		return err
	}
	c, err := pop3.Dial(ctx, cfg)
	if e, ok := pop3.As(err); ok && e.Command == pop3.StepGreeting && e.Kind == pop3.KindTemporary {
		return nil // it speaks POP3, and is busy (P27)
	}
	if err != nil {
		return err
	}
	leave(ctx, c)
	return nil
}

// goodbye bounds the wait for an answer to QUIT, on which nothing depends.
const goodbye = 2 * time.Second

// leave says goodbye; a server that does not answer is left anyway.
func leave(ctx context.Context, c *pop3.Client) {
	ctx, cancel := context.WithTimeout(ctx, goodbye)
	defer cancel()
	_ = c.Quit(ctx)
	_ = c.Close()
}

// Again runs a session right after one that broke: for a moment the server may
// still lock the maildrop for that one.
func Again(ctx context.Context, session func() error) error {
	for wait := 100 * time.Millisecond; ; wait *= 3 {
		err := session()
		if !pop3.IsInUse(err) || wait > time.Second {
			return err
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return err
		}
	}
}

// cutAtLogin says whether the server broke off instead of answering a login.
func cutAtLogin(err error) bool {
	e, ok := pop3.As(err)
	if !ok || e.Code != pop3.CodeEOF && e.Code != pop3.CodeReset {
		return false
	}
	switch e.Command {
	case "AUTH", "USER", "PASS", "APOP":
		return true
	}
	return false
}

// wait waits for a time, or for the end of a context, whose error it returns.
func wait(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// misled says whether an error may come from hints that no longer hold, so
// that a session without them is worth a try.
func misled(err error) bool {
	code := pop3.CodeOf(err)
	return pop3.IsKind(err, pop3.KindProtocol) || code == pop3.CodeEOF || code == pop3.CodeReset
}

// Open logs in for somebody else, who ends the session. tune, which may be nil,
// changes what the account says of its server.
func (t Target) Open(ctx context.Context, tune func(*pop3.Config)) (*pop3.Client, error) {
	cfg, err := t.Config(nil)
	if err != nil {
		return nil, err
	}
	if tune != nil {
		tune(&cfg)
	}
	c, err := pop3.Dial(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if err := c.Login(ctx, t.Sent(), nil); err != nil {
		leave(ctx, c)
		return nil, err
	}
	return c, nil
}

// Config is how the server is reached. transcript may be nil.
func (t Target) Config(transcript *pop3.Transcript) (pop3.Config, error) {
	return t.config(t.hints(), transcript)
}

// Sent are the credentials as they are sent at a login.
func (t Target) Sent() pop3.Credentials { return t.credentials() }
