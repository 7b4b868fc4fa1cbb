package pop3

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"slices"
	"time"
)

// A ClientHello with a post-quantum key exchange is 1.2 kB larger than one
// without, and so is the answer. The key of a session that is resumed by TLS
// 1.3 is made of the old one's and a new exchange (RFC 8446, section 7.1): where
// the old one was post-quantum, X25519 alone keeps what that gives against
// whoever records now. ARCHITECTURE.md has the argument and where it ends.

// hybrid is the post-quantum key exchange that is offered.
const hybrid = tls.X25519MLKEM768

// hybridFor is how long sessions are resumed without another hybrid exchange.
const hybridFor = 24 * time.Hour

// hybridLabel marks a session whose key comes of a hybrid exchange, by
// resumptions alone; behind it stands when that was, as Unix time.
var hybridLabel = []byte("traymail hybrid 1 ")

// resumption is the session cache of one connection: it offers one session, and
// says of those that come out of it whether they may be resumed by X25519 alone.
type resumption struct {
	tls.ClientSessionCache
	session *tls.ClientSessionState
	// narrow: X25519 alone is offered.
	narrow bool
	// exchanged is when the key of this connection last took in a hybrid
	// exchange; zero while that is not known, and without one.
	exchanged time.Time
}

// resumption looks for a session with the server. narrowly: one that X25519
// alone may resume is resumed by that.
func (c Config) resumption(narrowly bool) *resumption {
	if c.Sessions == nil {
		return nil
	}
	r := &resumption{ClientSessionCache: c.Sessions}
	r.session, _ = c.Sessions.Get(c.Host)
	if at := exchanged(r.session); narrowly && !at.IsZero() {
		if since := time.Since(at); since >= 0 && since < hybridFor {
			r.narrow, r.exchanged = true, at
		}
	}
	return r
}

// exchanged is when the key of a session last took in a hybrid exchange, by
// its label; else zero.
func exchanged(session *tls.ClientSessionState) (at time.Time) {
	if session == nil {
		return at
	}
	_, state, err := session.ResumptionState()
	if err != nil || state == nil {
		return at
	}
	for _, extra := range state.Extra {
		if seconds, ok := bytes.CutPrefix(extra, hybridLabel); ok && len(seconds) == 8 {
			at = time.Unix(int64(binary.BigEndian.Uint64(seconds)), 0) // #nosec G115 -- as it was written
		}
	}
	return at
}

// Get implements tls.ClientSessionCache.
func (r *resumption) Get(string) (*tls.ClientSessionState, bool) {
	return r.session, r.session != nil
}

// Put implements tls.ClientSessionCache. Servers send tickets after the
// handshake, by which time it is known what they are worth.
func (r *resumption) Put(key string, session *tls.ClientSessionState) {
	if session == nil {
		r.ClientSessionCache.Put(key, nil)
		return
	}
	ticket, state, err := session.ResumptionState()
	if err != nil || state == nil {
		return
	}
	state.Extra = slices.DeleteFunc(state.Extra, func(extra []byte) bool { return bytes.HasPrefix(extra, hybridLabel) })
	if !r.exchanged.IsZero() {
		state.Extra = append(state.Extra, binary.BigEndian.AppendUint64(slices.Clone(hybridLabel), uint64(r.exchanged.Unix()))) // #nosec G115 -- after 1970
	}
	if session, err = tls.NewResumptionState(ticket, state); err == nil {
		r.ClientSessionCache.Put(key, session)
	}
}

// errNotResumed: the server did not take the session up, and what X25519 alone
// has agreed upon is not worth as much.
var errNotResumed = errors.New("the session was not resumed")

// settled judges a handshake. Only of a server that has resumed a session the
// next one is resumed by X25519 alone: else that could cost it a connection
// each time.
func (r *resumption) settled(key string, state *tls.ConnectionState) error {
	resumed := state.DidResume && state.Version == tls.VersionTLS13
	switch {
	case r.narrow && !resumed:
		r.Put(key, nil)
		return errNotResumed
	case !r.narrow && resumed && state.CurveID == hybrid:
		r.exchanged = time.Now()
	}
	return nil
}
