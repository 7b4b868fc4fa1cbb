package pop3

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Security says how the connection is protected.
type Security int

const (
	// ImplicitTLS starts TLS with the first byte (RFC 8314).
	ImplicitTLS Security = iota
	// STLS upgrades after the greeting (RFC 2595) or ends the session (S1).
	STLS
	// Cleartext never encrypts.
	Cleartext
)

// Stage is how far Dial has come.
type Stage int

const (
	// StageResolved: the server's name has an address. It is not told where a
	// proxy looks for it.
	StageResolved Stage = iota + 1
	// StageConnected: there is a connection, and on all but ImplicitTLS the
	// server has greeted.
	StageConnected
	// StageSecured: the connection is encrypted, and the server has proved who
	// it is.
	StageSecured
)

// Config describes one server and how to talk to it.
type Config struct {
	// Host is a name or IP address; the certificate must be for it.
	Host     string
	Port     int
	Security Security
	// RootCAs are the trusted authorities; nil means the system's.
	RootCAs *x509.CertPool
	// Pins are SHA-256 digests of certificates in DER. If there are any, the
	// server's must be one of them and is not verified otherwise (S4).
	Pins [][sha256.Size]byte
	// Certificates are the client's own, for servers that ask.
	Certificates []tls.Certificate
	// Sessions let later connections to the same server resume TLS, which
	// saves octets and time; nil means none do.
	Sessions tls.ClientSessionCache
	// Proxy is a URL, "socks5://[user:password@]host:port" or "http://…"; the
	// server's name is resolved there. Empty means what the environment says
	// (see ProxyFromEnvironment), "direct" none.
	Proxy string
	// AllowCleartext lets Cleartext send a password to other hosts than
	// loopback (S5).
	AllowCleartext bool
	// DialTimeout bounds each of connecting, TLS and the greeting; zero means 30 s.
	DialTimeout time.Duration
	// CommandTimeout bounds the silence of the server; zero means 60 s. The
	// whole is bounded by each call's context.
	CommandTimeout time.Duration
	// Transcript records the session if it is not nil.
	Transcript *Transcript
	// Hints are what an earlier session with this server learned.
	Hints Hints
	// Dial replaces the dialler of a single address, for the server or its proxy.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Progress, if it is not nil, is told each stage that Dial reaches, in
	// order and by the goroutine that dials.
	Progress func(Stage)
	// MaxMessages is the greatest maildrop that is believed; zero means 1,000,000 (S9).
	MaxMessages int
	// MaxBody bounds the response to one TOP or RETR in octets; zero means 64 MiB (S9).
	MaxBody int64
}

func (c *Config) reached(s Stage) {
	if c.Progress != nil {
		c.Progress(s)
	}
}

func (c *Config) withDefaults() Config {
	d := *c
	if d.DialTimeout == 0 {
		d.DialTimeout = 30 * time.Second
	}
	if d.CommandTimeout == 0 {
		d.CommandTimeout = time.Minute
	}
	if d.MaxMessages == 0 {
		d.MaxMessages = 1_000_000
	}
	if d.MaxBody == 0 {
		d.MaxBody = 64 << 20
	}
	return d
}

// Credentials log a user in. They never print themselves: not by any verb of
// package fmt, in no log and in no JSON (S8).
type Credentials struct {
	User, Password string
	// Token is an OAuth 2.0 access token that takes the place of the password.
	Token string
	// Mechanism is the only one to be used: a SASL name, "USER" or "APOP".
	// Empty means the best on offer.
	Mechanism string
}

// String implements fmt.Stringer.
func (c Credentials) String() string { return "credentials of a user" }

// Format implements fmt.Formatter, for the verbs that String does not cover.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalText implements encoding.TextMarshaler for loggers and encoders.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Hints are what one session learned of a server and the next one uses to
// save round trips. They can be stored as JSON. Wrong hints end a session
// with a Protocol or Network fault; try again without them then.
type Hints struct {
	// Known is set once a session has learned the rest.
	Known bool `json:"known,omitempty"`
	// PipelineLogin: the server offers PIPELINING before login; Pipelining:
	// after it (P11).
	PipelineLogin bool `json:"pipeline_login,omitempty"`
	Pipelining    bool `json:"pipelining,omitempty"`
	// NoCapabilities: the server hangs or breaks off when asked for them (P9).
	NoCapabilities bool `json:"no_capabilities,omitempty"`
	// Mechanism that worked: a SASL name, "USER" or "APOP". No weaker one is
	// used while it is set (S6).
	Mechanism string `json:"mechanism,omitempty"`
	// Capabilities are the lines of the last CAPA.
	Capabilities []string `json:"capabilities,omitempty"`
}

// Capabilities are the lines of a CAPA response, keywords in upper case.
type Capabilities []string

// parseCapability normalises one line (P10).
func parseCapability(line string) string {
	keyword, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	keyword = strings.ToUpper(keyword)
	if keyword == "RESP_CODES" { // P10
		keyword = "RESP-CODES"
	}
	return strings.TrimSpace(keyword + " " + strings.TrimSpace(rest))
}

// Args returns the arguments of a capability, and whether it is there.
func (c Capabilities) Args(keyword string) (string, bool) {
	for _, line := range c {
		name, rest, _ := strings.Cut(line, " ")
		if name == keyword {
			return rest, true
		}
	}
	return "", false
}

// Has says whether a capability is there.
func (c Capabilities) Has(keyword string) bool {
	_, ok := c.Args(keyword)
	return ok
}

// Mechanisms are the SASL mechanisms on offer, in upper case (RFC 5034, section 3).
func (c Capabilities) Mechanisms() []string {
	args, _ := c.Args("SASL")
	return strings.Fields(strings.ToUpper(args))
}

func (c Capabilities) hasMechanism(name string) bool {
	return slices.Contains(c.Mechanisms(), name)
}

// LoginDelay is the least time between logins that the server asks for, or
// zero (RFC 2449, section 6.5).
func (c Capabilities) LoginDelay() time.Duration {
	args, _ := c.Args("LOGIN-DELAY")
	first, _, _ := strings.Cut(args, " ")
	seconds, err := strconv.Atoi(first)
	if err != nil || seconds < 0 || seconds > 86400 {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// Expire is how many days the server keeps messages; never is for ever. Zero
// days means that it may delete what was retrieved (RFC 2449, section 6.7).
func (c Capabilities) Expire() (days int, never, ok bool) {
	args, _ := c.Args("EXPIRE")
	first, _, _ := strings.Cut(args, " ")
	if strings.EqualFold(first, "NEVER") {
		return 0, true, true
	}
	days, err := strconv.Atoi(first)
	if err != nil || days < 0 {
		return 0, false, false
	}
	return days, false, true
}

// Implementation names the server's software, if it tells (RFC 2449, section 6.9).
func (c Capabilities) Implementation() string {
	args, _ := c.Args("IMPLEMENTATION")
	return args
}
