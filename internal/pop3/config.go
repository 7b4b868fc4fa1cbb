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

// Security says how the connection is protected. Elsewhere it goes by its name,
// see String and ParseSecurity.
type Security int

const (
	// ImplicitTLS starts TLS with the first byte (RFC 8314); usually port 995.
	ImplicitTLS Security = iota
	// STLS upgrades after the greeting (RFC 2595) or ends the session (S1);
	// usually port 110.
	STLS
	// Cleartext never encrypts; usually port 110.
	Cleartext
)

var securityNames = [...]string{ImplicitTLS: "tls", STLS: "stls", Cleartext: "none"}

// String returns "tls", "stls" or "none".
func (s Security) String() string {
	if s < 0 || int(s) >= len(securityNames) {
		return "Security(" + strconv.Itoa(int(s)) + ")"
	}
	return securityNames[s]
}

// ParseSecurity is the inverse of Security.String. Its error is an *Error of
// KindConfig.
func ParseSecurity(name string) (Security, error) {
	if i := slices.Index(securityNames[:], name); i >= 0 {
		return Security(i), nil
	}
	return 0, fault(KindConfig, CodeArgument, StepConnect, fmt.Errorf("unknown security %q", name))
}

// Milestone is how far Dial has come.
type Milestone int

const (
	// MilestoneResolved: the server's name has an address. Not reported if a proxy
	// resolves it.
	MilestoneResolved Milestone = iota + 1
	// MilestoneConnected: there is a connection, and except with ImplicitTLS the
	// server has greeted.
	MilestoneConnected
	// MilestoneSecured: the connection is encrypted, and the server has proved who
	// it is.
	MilestoneSecured
)

// ProxyDirect as Config.Proxy means no proxy, whatever the environment says.
const ProxyDirect = "direct"

// Config describes a server, the way to it, and the limits of its sessions.
// Who logs in there, and how, is in Credentials. Only Host and Port have no
// usable default.
type Config struct {
	// Host is a name, in any script (RFC 5891), or an IP address; the
	// certificate must be for it.
	Host     string
	Port     int
	Security Security

	// RootCAs are the trusted authorities; nil means the system's.
	RootCAs *x509.CertPool
	// Pins are SHA-256 digests of certificates in DER. If there are any, the
	// server's must be one of them and is not verified otherwise (S4).
	Pins [][sha256.Size]byte
	// LegacyTLS also allows key exchange by RSA, in TLS 1.2: whoever records a
	// session and gets the server's key one day can read it.
	LegacyTLS bool
	// Certificates are the client's own, for servers that ask.
	Certificates []tls.Certificate
	// Sessions let later connections to the same server resume TLS, which
	// saves octets and CPU time; nil disables resumption.
	Sessions tls.ClientSessionCache

	// Proxy is a URL, "socks5://[user:password@]host:port" or "http://…"; the
	// server's name is resolved there. Empty means what the environment says
	// (see ProxyFromEnvironment), ProxyDirect none.
	Proxy string
	// Dial replaces the dialler of a single address, for the server or its proxy.
	Dial func(ctx context.Context, network, address string) (net.Conn, error)
	// Progress, if it is not nil, is told each milestone that Dial reaches, in
	// order and by the goroutine that dials.
	Progress func(Milestone)

	// DialTimeout bounds each of connecting, TLS and the greeting; zero means
	// DefaultDialTimeout.
	DialTimeout time.Duration
	smallHello  bool // see Hints.SmallHello
	narrowly    bool // see Config.resumption
	// CommandTimeout bounds the silence of the server; zero means
	// DefaultCommandTimeout. At a login it may take three times that, and where
	// it counts the maildrop (STAT, UIDL, LIST) four times (P36). Once it
	// answers, less than 15 octets a second for a minute end the session. The whole
	// is bounded by each call's context.
	CommandTimeout time.Duration
	// MaxMessages is the largest maildrop accepted; zero means
	// DefaultMaxMessages (S9).
	MaxMessages int
	// MaxBody bounds the response to one TOP or RETR in octets; zero
	// means DefaultMaxBody (S9).
	MaxBody int64

	// Secrets are what the server may know from earlier sessions, or will be
	// told in this one. What it says is withheld where it repeats one, from the
	// greeting on; those of Credentials are added at Login (S8).
	Secrets []string
	// Hints are what an earlier session with this server learned.
	Hints Hints
	// Transcript, if it is not nil, records the session.
	Transcript *Transcript
	// Trace, if it is not nil, is told each line of the session as it is sent
	// or read, by the goroutine that does so. Credentials are redacted (S8), a
	// line of the server that repeats them is withheld, and its text is safe to
	// show (P8). Of multi-line responses it is told the status line,
	// and the rows of CAPA.
	Trace func(TraceKind, string)
}

// TraceKind says what a line of Config.Trace is.
type TraceKind int

const (
	// TraceSent is a line that the client sent.
	TraceSent TraceKind = iota + 1
	// TraceReceived is a line of the server.
	TraceReceived
	// TraceNote is an event, such as a TLS handshake.
	TraceNote
)

// String returns the usual prefix of a transcript, "C: ", "S: " or "".
func (k TraceKind) String() string {
	switch k {
	case TraceSent:
		return "C: "
	case TraceReceived:
		return "S: "
	}
	return ""
}

// trace tells Transcript and Trace of a line; private redacts it for the
// latter. A Transcript has a redactor of its own, since it may see several
// sessions.
func (c *Config) trace(private *redactor, kind TraceKind, line string) {
	c.Transcript.add(kind, line)
	if c.Trace != nil {
		c.Trace(kind, private.line(kind, line))
	}
}

// private tells r what is secret before Login.
func (c *Config) private(r *redactor) {
	for _, secret := range c.Secrets {
		r.secret(secret)
	}
	proxy, err := c.proxy()
	if err != nil || proxy == nil || proxy.User == nil {
		return
	}
	password, _ := proxy.User.Password()
	r.name(proxy.User.Username())
	r.secret(password)
	r.secret(basicAuth(proxy.User))
}

func (c *Config) reached(m Milestone) {
	if c.Progress != nil {
		c.Progress(m)
	}
}

func (c *Config) withDefaults() Config {
	d := *c
	if d.DialTimeout == 0 {
		d.DialTimeout = DefaultDialTimeout
	}
	if d.CommandTimeout == 0 {
		d.CommandTimeout = DefaultCommandTimeout
	}
	if d.MaxMessages == 0 {
		d.MaxMessages = DefaultMaxMessages
	}
	if d.MaxBody == 0 {
		d.MaxBody = DefaultMaxBody
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
	// AllowCleartext permits a login without TLS to other hosts than loopback,
	// where anybody on the way can read or replay what is sent (S5).
	AllowCleartext bool
}

// String implements fmt.Stringer.
func (c Credentials) String() string { return "credentials of a user" }

// Format implements fmt.Formatter, for the verbs that String does not cover.
func (c Credentials) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, c.String()) }

// MarshalText implements encoding.TextMarshaler for loggers and encoders.
func (c Credentials) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// Hints are what one session learned about a server and the next one uses to
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
	// SmallHello is when TLS was found to begin only without post-quantum key
	// exchange, whose ClientHello takes two packets: some boxes on the way lose
	// it. After a week it is tried with it again.
	SmallHello time.Time `json:"small_hello,omitzero"`
}

// The capabilities that the client acts upon (RFC 2449, section 6; RFC 5034;
// RFC 6856).
const (
	capPipelining     = "PIPELINING"
	capUIDL           = "UIDL"
	capTOP            = "TOP"
	capUTF8           = "UTF8"
	capSASL           = "SASL"
	capLoginDelay     = "LOGIN-DELAY"
	capExpire         = "EXPIRE"
	capImplementation = "IMPLEMENTATION"
)

// Capabilities are the lines of a CAPA response, keywords in upper case.
type Capabilities []string

// parseCapability normalises one line (P10).
func parseCapability(line string) string {
	keyword, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
	keyword = strings.ToUpper(keyword)
	if usual, ok := capabilityAliases[keyword]; ok {
		keyword = usual
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
	args, _ := c.Args(capSASL)
	return strings.Fields(strings.ToUpper(args))
}

func (c Capabilities) hasMechanism(name string) bool {
	return slices.Contains(c.Mechanisms(), name)
}

// LoginDelay is the least time between logins that the server asks for, or
// zero (RFC 2449, section 6.5).
func (c Capabilities) LoginDelay() time.Duration {
	args, _ := c.Args(capLoginDelay)
	first, _, _ := strings.Cut(args, " ")
	seconds, err := strconv.Atoi(first)
	if err != nil || seconds < 0 || seconds > int(maxLoginDelay.Seconds()) {
		return 0
	}
	return time.Duration(seconds) * time.Second
}

// Expire is how many days the server keeps messages; never is for ever. Zero
// days means that it may delete what was retrieved (RFC 2449, section 6.7).
func (c Capabilities) Expire() (days int, never, ok bool) {
	args, _ := c.Args(capExpire)
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
	args, _ := c.Args(capImplementation)
	return args
}
