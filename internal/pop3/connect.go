package pop3

import (
	"bufio"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"time"

	"golang.org/x/net/idna"
)

// Dial connects, secures the connection as cfg demands and reads the
// greeting. The session is in the AUTHORIZATION state then, and no credentials
// have been sent.
func Dial(ctx context.Context, cfg Config) (*Client, error) {
	cfg = cfg.withDefaults()
	// TLS and proxies know names in ASCII only.
	if host, err := idna.Lookup.ToASCII(cfg.Host); err == nil {
		cfg.Host = host
	}
	learned := time.Since(cfg.Hints.SmallHello) // negative where a clock was ahead
	cfg.smallHello = learned >= 0 && learned < smallHelloFor
	cfg.narrowly = true
	c, err := dial(ctx, cfg)
	cfg.narrowly = false
	var narrow *narrowError
	if errors.As(err, &narrow) && ctx.Err() == nil {
		c, err = dial(ctx, cfg)
	}
	var unheard *unheardError
	if errors.As(err, &unheard) && !cfg.smallHello && ctx.Err() == nil {
		cfg.smallHello = true
		if small, failed := dial(ctx, cfg); failed == nil {
			small.hints.SmallHello = time.Now()
			return small, nil
		}
	}
	if err == nil && !cfg.smallHello {
		c.hints.SmallHello = time.Time{}
	}
	return c, err
}

// smallHelloFor is how long a small ClientHello is sent at once where another
// went unheard.
const smallHelloFor = 7 * 24 * time.Hour

func dial(ctx context.Context, cfg Config) (*Client, error) {
	conn, err := cfg.connect(ctx)
	if err != nil {
		return nil, err
	}
	again := cfg
	again.Progress = nil // that is not dialling
	return establish(ctx, conn, cfg, again.connect)
}

// connect opens the connection and reads nothing yet.
func (c Config) connect(ctx context.Context) (net.Conn, error) {
	dialing, cancel := context.WithTimeout(ctx, c.DialTimeout)
	defer cancel()
	proxy, err := c.proxy()
	if err != nil {
		return nil, err
	}
	var conn net.Conn
	if proxy != nil {
		conn, err = c.dialThrough(dialing, proxy)
	} else {
		conn, err = c.dial(dialing, c.Host, strconv.Itoa(c.Port))
	}
	if err != nil {
		return nil, ioFault(ctx, StepConnect, err)
	}
	var private redactor
	c.private(&private)
	c.trace(&private, TraceNote, "connected to "+net.JoinHostPort(c.Host, strconv.Itoa(c.Port)))
	return conn, nil
}

// New starts a session on an existing connection, as Dial does. It closes conn
// if it fails.
func New(ctx context.Context, conn net.Conn, cfg Config) (*Client, error) {
	return establish(ctx, conn, cfg, nil)
}

func establish(ctx context.Context, conn net.Conn, cfg Config, redial func(context.Context) (net.Conn, error)) (*Client, error) {
	c := &Client{cfg: cfg.withDefaults(), hints: cfg.Hints, caps: cfg.Hints.Capabilities, redial: redial}
	c.cfg.private(&c.private)
	c.cfg.Transcript.keep(c.cfg.private)
	c.raw = conn
	c.attach(conn)
	if err := c.start(ctx); err != nil {
		return nil, c.poison(err)
	}
	c.cfg.Progress = nil // what follows is not dialling
	return c, nil
}

// attach makes conn what is read and written. It is the raw connection, or
// TLS over it.
func (c *Client) attach(conn net.Conn) {
	c.conn, c.progress = conn, progress{}
	c.r = bufio.NewReaderSize((*wire)(c), readBuffer)
}

// restart replaces the connection by a new one with the same security, for
// servers that hang or break off at CAPA (P9). No credentials may have been
// sent yet.
func (c *Client) restart(ctx context.Context) error {
	conn, err := c.redial(ctx)
	if err != nil {
		return err
	}
	c.mu.Lock()
	old := c.raw
	c.raw = conn
	closed := c.closed
	c.mu.Unlock()
	_ = old.Close()
	if closed { // by Close, or by the end of the context, in the meantime
		_ = conn.Close()
		return ioFault(ctx, StepConnect, net.ErrClosed)
	}
	c.attach(conn)
	c.cfg.narrowly = false // there is no other try
	return c.start(ctx)
}

// start secures the connection and reads the greeting.
func (c *Client) start(ctx context.Context) error {
	defer c.watch(ctx)()
	if c.cfg.Security == ImplicitTLS {
		c.cfg.reached(MilestoneConnected)
		if err := c.handshake(ctx); err != nil {
			return err
		}
		c.cfg.reached(MilestoneSecured)
	}
	if err := c.suspectTLS(ctx); err != nil {
		return err
	}
	if err := c.readGreeting(ctx); err != nil {
		return err
	}
	if c.cfg.Security == ImplicitTLS {
		return nil
	}
	c.cfg.reached(MilestoneConnected)
	if c.cfg.Security == STLS {
		if err := c.startTLS(ctx); err != nil {
			return err
		}
		c.cfg.reached(MilestoneSecured)
	}
	return nil
}

// suspectTLS gives a server without TLS a third of the time for its greeting,
// and finds out by another connection whether it stays silent because it waits
// for TLS.
func (c *Client) suspectTLS(ctx context.Context) error {
	if c.cfg.Security == ImplicitTLS || c.redial == nil {
		return nil
	}
	c.patience = c.cfg.DialTimeout / 3
	if _, err := c.r.Peek(1); err == nil || !isTimeout(err) || ctx.Err() != nil {
		return nil // what it is readGreeting will tell
	}
	ctx, cancel := context.WithTimeout(ctx, c.cfg.DialTimeout/3)
	defer cancel()
	conn, err := c.redial(ctx)
	if err != nil {
		return nil //nolint:nilerr // it may greet yet
	}
	defer func() { _ = conn.Close() }()
	err = tls.Client(conn, c.cfg.tls(c.cfg.resumption(false))).HandshakeContext(ctx)
	if code, ok := tlsCode(err); err == nil || ok && code != CodeNotTLS {
		return fault(KindTLS, CodeWantsTLS, StepGreeting, errors.New("no greeting, for the server waits for TLS"))
	}
	return nil
}

func (c *Client) readGreeting(ctx context.Context) error {
	ok, text, err := c.readStatus(ctx, StepGreeting)
	if err != nil {
		return err
	}
	c.timestamp = timestamp(text)
	if !ok { // P27
		e := c.refusal(StepGreeting, text, false)
		if code, _ := responseCode(text); code == "" && e.Kind == KindPermanent {
			e.Kind = KindTemporary // a server that refuses before it knows who asks
		}
		e.fatal = true
		return e
	}
	return nil
}

// startTLS sends STLS without asking for capabilities first: anything but
// +OK ends the session before a user name is sent (S1).
func (c *Client) startTLS(ctx context.Context) error {
	ok, text, err := c.exchange(ctx, command{line: "STLS"})
	if err != nil {
		return err
	}
	if !ok {
		e := c.refusal("STLS", text, false)
		e.Kind, e.Code, e.fatal = KindTLS, CodeNoSTLS, true
		return e
	}
	// S3: what was learned before TLS may have been forged. Hints come from
	// earlier sessions after TLS and stay.
	return c.encrypt(ctx)
}

// handshake verifies the certificate for the configured name (S4).
func (c *Client) handshake(ctx context.Context) error {
	// The deadline of the last read would cut the handshake short.
	if err := c.conn.SetDeadline(time.Time{}); err != nil {
		return ioFault(ctx, StepTLS, err)
	}
	ear := &listener{Conn: c.conn}
	resumption := c.cfg.resumption(c.cfg.narrowly)
	secured := tls.Client(ear, c.cfg.tls(resumption))
	shaking, cancel := context.WithTimeout(ctx, c.cfg.DialTimeout)
	defer cancel()
	err := secured.HandshakeContext(shaking)
	state := secured.ConnectionState()
	if err == nil && resumption != nil {
		err = resumption.settled(c.cfg.Host, &state)
	}
	if err != nil {
		timeout := ctx.Err() == nil && shaking.Err() != nil
		if timeout {
			err = shaking.Err()
		}
		switch {
		case resumption != nil && resumption.narrow && !timeout:
			err = &narrowError{err}
		case ear.octets == 0:
			err = &unheardError{err}
		}
		if timeout {
			return fault(KindNetwork, CodeTimeout, StepTLS, err)
		}
		e := ioFault(ctx, StepTLS, err)
		if text := alertText(err); e.Code == CodeNoCipher && text != "" && ear.octets > alertRecord {
			e.Code, e.Text = CodeAlert, text // the cipher was agreed upon before
		}
		return e
	}
	c.trace(TraceNote, describeTLS(&state))
	c.attach(secured)
	return nil
}

// alertRecord is how many octets an alert has that is all that a server says.
const alertRecord = 7

// listener counts what the other end has said.
type listener struct {
	net.Conn
	octets int
}

func (l *listener) Read(p []byte) (int, error) {
	n, err := l.Conn.Read(p)
	l.octets += n
	return n, err
}

// unheardError: the other end said nothing to the ClientHello.
type unheardError struct{ error }

func (e *unheardError) Unwrap() error { return e.error }

// narrowError: a session was not resumed by X25519 alone. Nothing was sent in
// it, and the connection is closed.
type narrowError struct{ error }

func (e *narrowError) Unwrap() error { return e.error }

// tls returns how the server has to prove who it is. r may be nil.
func (c Config) tls(r *resumption) *tls.Config {
	t := &tls.Config{
		ServerName:   c.Host,
		RootCAs:      c.RootCAs,
		Certificates: c.Certificates,
		MinVersion:   tls.VersionTLS12,
	}
	if r != nil {
		t.ClientSessionCache = r
	}
	switch {
	case r != nil && r.narrow:
		t.CurvePreferences = []tls.CurveID{tls.X25519}
	case c.smallHello:
		t.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384, tls.CurveP521}
	}
	if c.LegacyTLS {
		t.CipherSuites = append(modernSuites(), legacySuites...)
	}
	if len(c.Pins) > 0 {
		t.InsecureSkipVerify = true // #nosec G402 -- the digest says more than any authority (S4)
		t.VerifyConnection = func(state tls.ConnectionState) error {
			leaf := state.PeerCertificates[0]
			if !slices.Contains(c.Pins, sha256.Sum256(leaf.Raw)) {
				return &PinError{Certificate: leaf}
			}
			return nil
		}
	}
	return t
}

// modernSuites are those of TLS 1.2 that are allowed anyway.
func modernSuites() (ids []uint16) {
	for _, suite := range tls.CipherSuites() {
		if slices.Contains(suite.SupportedVersions, tls.VersionTLS12) {
			ids = append(ids, suite.ID)
		}
	}
	return ids
}

// legacySuites have no forward secrecy, and no other fault that matters here.
var legacySuites = []uint16{
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

// PinError says that the server's certificate matches none of Config.Pins.
type PinError struct{ Certificate *x509.Certificate }

// Error implements error.
func (e *PinError) Error() string {
	return fmt.Sprintf("certificate does not match the pin, its SHA-256 is %x", sha256.Sum256(e.Certificate.Raw))
}

func describeTLS(state *tls.ConnectionState) string {
	s := fmt.Sprintf("%s, %s", tls.VersionName(state.Version), tls.CipherSuiteName(state.CipherSuite))
	if state.DidResume {
		s += ", resumed"
	}
	if len(state.PeerCertificates) > 0 {
		leaf := state.PeerCertificates[0]
		s += fmt.Sprintf(", certificate of %s until %s", leaf.Subject.CommonName, leaf.NotAfter.UTC().Format(time.DateOnly))
	}
	return s
}
