package poll

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

// Session is what a session with a server was like.
type Session struct {
	Began        time.Time
	Stats        api.PollStats
	TLS          *api.TLSHealth
	Capabilities pop3.Capabilities
	Transcript   pop3.Transcript
}

// take notes what a session was like; the last one of a poll counts.
func (s *Session) take(c *pop3.Client) {
	s.Capabilities = c.Capabilities()
	s.TLS = tlsHealth(c)
}

func tlsHealth(c *pop3.Client) *api.TLSHealth {
	state := c.TLS()
	if state == nil {
		return nil
	}
	h := &api.TLSHealth{Version: tls.VersionName(state.Version), Cipher: tls.CipherSuiteName(state.CipherSuite), Resumed: state.DidResume}
	if len(state.PeerCertificates) > 0 {
		SetCertificate(h, state.PeerCertificates[0], c.Anonymous())
	}
	return h
}

// maxNames bounds how many names of a certificate are shown.
const maxNames = 20

// SetCertificate fills in what is known of a server's certificate; anonymous
// leaves the names out.
func SetCertificate(h *api.TLSHealth, leaf *x509.Certificate, anonymous bool) {
	digest := sha256.Sum256(leaf.Raw)
	clean := func(s string) string { return plaintext.Truncate(plaintext.Clean(plaintext.FromBytes([]byte(s))), 200) }
	h.Begins, h.Expires, h.SHA256 = leaf.NotBefore, leaf.NotAfter, hex.EncodeToString(digest[:])
	if anonymous {
		return
	}
	h.Subject, h.Issuer = clean(leaf.Subject.String()), clean(leaf.Issuer.String())
	for _, name := range leaf.DNSNames[:min(len(leaf.DNSNames), maxNames)] {
		h.Names = append(h.Names, clean(name))
	}
	for _, ip := range leaf.IPAddresses[:min(len(leaf.IPAddresses), maxNames)] {
		h.Names = append(h.Names, ip.String())
	}
}
