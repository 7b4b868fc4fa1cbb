package app

import (
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
)

// Health explains an account's state.
func (s *Service) Health(id string) (api.Health, error) {
	h := api.Health{ID: id, Capabilities: []string{}, Transcript: []string{}}
	known, err := s.ledger.Meta(id)
	if err != nil {
		return h, err
	}
	hints := poll.Hints(known)
	h.Login, h.Pipelining, h.NoUIDL, h.SizesLie = hints.Mechanism, hints.Pipelining, known.NoUIDL, known.SizesLie
	setCapabilities(&h, hints.Capabilities)
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.mailboxes[id]
	if w == nil {
		return h, api.ErrNoAccount
	}
	h.Why, h.Failures = w.why, w.failures
	switch {
	case w.held != nil:
		h.Why = api.WhyHeld
	case s.pausedUntil.After(s.now()):
		h.Why = api.WhyPaused
	case w.unrouted, s.offline && !loopback.Is(w.account.Server):
		h.Why = api.WhyOffline
	}
	if last := w.session; last != nil {
		stats := last.Stats
		h.LastTry, h.Session, h.TLS = last.Began, &stats, last.TLS
		h.Transcript = append(h.Transcript, last.Transcript.Lines()...)
		if len(last.Capabilities) > 0 {
			setCapabilities(&h, last.Capabilities)
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
