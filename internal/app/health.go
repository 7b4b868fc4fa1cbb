package app

import (
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/pop3"
)

// sessionRecord is what remains of the last session with a server.
type sessionRecord struct {
	began      time.Time
	stats      api.PollStats
	tls        *api.TLSHealth
	caps       pop3.Capabilities
	transcript pop3.Transcript
}

// take notes what a session was like; the last one of a poll counts.
func (r *sessionRecord) take(c *pop3.Client) {
	r.caps = c.Capabilities()
	r.tls = tlsHealth(c.TLS())
}

func tlsHealth(state *tls.ConnectionState) *api.TLSHealth {
	if state == nil {
		return nil
	}
	h := &api.TLSHealth{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite), Resumed: state.DidResume}
	if len(state.PeerCertificates) > 0 {
		setCertificate(h, state.PeerCertificates[0])
	}
	return h
}

// maxNames bounds how many names of a certificate are shown.
const maxNames = 20

// setCertificate fills in what is known of a server's certificate.
func setCertificate(h *api.TLSHealth, leaf *x509.Certificate) {
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
func (s *Service) Health(id string) (api.Health, error) {
	h := api.Health{ID: id, Capabilities: []string{}, Transcript: []string{}}
	err := s.ledger.view(id, func(l *accountLedger) error {
		h.Login, h.Pipelining, h.NoUIDL, h.SizesLie = l.Hints.Mechanism, l.Hints.Pipelining, l.NoUIDL, l.SizesLie
		setCapabilities(&h, l.Hints.Capabilities)
		return nil
	})
	if err != nil {
		return h, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.workers[id]
	if w == nil {
		return h, api.ErrNoAccount
	}
	h.Why, h.Failures = w.why, w.failures
	switch {
	case s.pausedUntil.After(s.now()):
		h.Why = api.WhyPaused
	case w.unrouted, s.offline && !loopbackHost(w.account.Server):
		h.Why = api.WhyOffline
	}
	if r := w.record; r != nil {
		stats := r.stats
		h.LastTry, h.Session, h.TLS = r.began, &stats, r.tls
		h.Transcript = append(h.Transcript, r.transcript.Lines()...)
		if len(r.caps) > 0 {
			setCapabilities(&h, r.caps)
		}
	}
	return h, nil
}

func setCapabilities(h *api.Health, caps pop3.Capabilities) {
	h.Capabilities = h.Capabilities[:0]
	for _, line := range caps {
		h.Capabilities = append(h.Capabilities, plaintext.Clean(plaintext.FromBytes([]byte(line))))
	}
	h.Implementation = plaintext.Clean(plaintext.FromBytes([]byte(caps.Implementation())))
}
