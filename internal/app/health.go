package app

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"time"

	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/pop3"
)

// Health explains an account's condition: what the last session with its
// server was like, and why the next one is when it is. It goes beyond
// AccountStatus, and is made only when somebody asks.
type Health struct {
	ID string `json:"id"`
	// LastTry is when the last session began, whatever came of it.
	LastTry time.Time `json:"last_try,omitzero"`
	// Why says what AccountStatus.NextPoll follows from: "interval",
	// "login-delay" (the server asks for it), "retry", "wake" (the machine or
	// the network came back), "now", "offline", "paused"; or, where there is
	// none, "user" (who must change something) or "unlock" (of the keyring).
	Why string `json:"why"`
	// Failures counts polls that failed, since the last that did not.
	Failures int `json:"failures"`
	// Session is what the last one cost, even if it failed.
	Session *PollStats `json:"session"`
	// TLS is nil without encryption, or where it was not reached.
	TLS *TLSHealth `json:"tls"`
	// Login is the mechanism that worked: a SASL name, "USER" or "APOP".
	Login          string   `json:"login"`
	Implementation string   `json:"implementation"`
	Capabilities   []string `json:"capabilities"`
	Pipelining     bool     `json:"pipelining"`
	// NoUIDL: messages are told apart by their headers, which is slower.
	NoUIDL bool `json:"no_uidl"`
	// SizesLie: the server's sizes do not add up, so that polls are full ones.
	SizesLie bool `json:"sizes_lie"`
	// Transcript is the last session, without secrets.
	Transcript []string `json:"transcript"`
}

// TLSHealth is an encrypted connection and the server's certificate.
type TLSHealth struct {
	Version string    `json:"version"`
	Cipher  string    `json:"cipher"`
	Resumed bool      `json:"resumed"`
	Subject string    `json:"subject"`
	Issuer  string    `json:"issuer"`
	Names   []string  `json:"names"`
	Begins  time.Time `json:"begins"`
	Expires time.Time `json:"expires"`
	// SHA256 is the digest of the certificate, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// Reasons for the time of the next poll, as in Health.Why.
const (
	whyInterval   = "interval"
	whyLoginDelay = "login-delay"
	whyRetry      = "retry"
	whyWake       = "wake"
	whyNow        = "now"
	whyUser       = "user"
	whyUnlock     = "unlock"
	whyOffline    = "offline"
	whyPaused     = "paused"
)

// sessionRecord is what remains of the last session with a server.
type sessionRecord struct {
	began      time.Time
	stats      PollStats
	tls        *TLSHealth
	caps       pop3.Capabilities
	transcript pop3.Transcript
}

// take notes what a session was like; the last one of a poll counts.
func (r *sessionRecord) take(c *pop3.Client) {
	r.caps = c.Capabilities()
	r.tls = tlsHealth(c.TLS())
}

func tlsHealth(state *tls.ConnectionState) *TLSHealth {
	if state == nil {
		return nil
	}
	h := &TLSHealth{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite), Resumed: state.DidResume}
	if len(state.PeerCertificates) > 0 {
		h.setCertificate(state.PeerCertificates[0])
	}
	return h
}

// maxNames bounds how many names of a certificate are shown.
const maxNames = 20

func (h *TLSHealth) setCertificate(leaf *x509.Certificate) {
	digest := sha256.Sum256(leaf.Raw)
	clean := func(s string) string { return plaintext.Truncate(plaintext.Clean(plaintext.FromBytes([]byte(s))), 200) }
	h.Subject, h.Issuer = clean(leaf.Subject.String()), clean(leaf.Issuer.String())
	h.Begins, h.Expires, h.SHA256 = leaf.NotBefore, leaf.NotAfter, hex.EncodeToString(digest[:])
	for _, name := range leaf.DNSNames[:min(len(leaf.DNSNames), maxNames)] {
		h.Names = append(h.Names, clean(name))
	}
	for _, ip := range leaf.IPAddresses[:min(len(leaf.IPAddresses), maxNames)] {
		h.Names = append(h.Names, ip.String())
	}
}

// Health explains an account's condition.
func (s *Service) Health(id string) (Health, error) {
	h := Health{ID: id, Capabilities: []string{}, Transcript: []string{}}
	err := s.ledger.view(id, func(l *accountLedger) error {
		h.Login, h.Pipelining, h.NoUIDL, h.SizesLie = l.Hints.Mechanism, l.Hints.Pipelining, l.NoUIDL, l.SizesLie
		h.setCapabilities(l.Hints.Capabilities)
		return nil
	})
	if err != nil {
		return h, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.workers[id]
	if w == nil {
		return h, ErrNoAccount
	}
	h.Why, h.Failures = w.why, w.failures
	switch {
	case s.pausedUntil.After(s.now()):
		h.Why = whyPaused
	case w.unrouted, s.offline && !loopbackHost(w.account.Server):
		h.Why = whyOffline
	}
	if r := w.record; r != nil {
		stats := r.stats
		h.LastTry, h.Session, h.TLS = r.began, &stats, r.tls
		h.Transcript = append(h.Transcript, r.transcript.Lines()...)
		if len(r.caps) > 0 {
			h.setCapabilities(r.caps)
		}
	}
	return h, nil
}

func (h *Health) setCapabilities(caps pop3.Capabilities) {
	h.Capabilities = h.Capabilities[:0]
	for _, line := range caps {
		h.Capabilities = append(h.Capabilities, plaintext.Clean(plaintext.FromBytes([]byte(line))))
	}
	h.Implementation = plaintext.Clean(plaintext.FromBytes([]byte(caps.Implementation())))
}
