package api

import (
	"context"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/settings"
)

// The verbs of a lease: a command that talks to a mailbox itself has the engine
// leave that alone. See Hold.
const (
	// Lease ends the account's poll, waits for what else talks to its server,
	// and keeps all of that back until the lease ends: by ReleaseLease, with who
	// has asked (see WithLife), with a change to the account, or after LeaseSilence
	// without a sign of life. While another lease lasts, the error is CodeHeld.
	Lease Verb[LeaseRequest, LeaseGrant] = "lease"
	// LeaseEnded returns when a lease has ended. Unless that was by ReleaseLease
	// the error says why: CodeLeaseChanged, CodeLeaseSilent or ErrNoAccount.
	LeaseEnded Verb[LeaseRef, None] = "lease.ended"
	// KeepLease is a sign of life.
	KeepLease Verb[LeaseRef, None] = "lease.keep"
	// ReportLease has the ledger take what was done. It is a sign of life.
	ReportLease Verb[LeaseReport, None] = "lease.report"
	// FetchedBefore returns what the ledger knows of those of these messages that
	// were fetched to a place. It is a sign of life.
	FetchedBefore Verb[FetchedRequest, []FetchedMail] = "lease.fetched"
	// ReleaseLease ends a lease. It may have ended before.
	ReleaseLease Verb[LeaseRef, None] = "lease.release"
)

// LeaseSilence is how long a lease lasts without a sign of life.
const LeaseSilence = 30 * time.Minute

// LeaseRequest asks for an account's mailbox. By names who does, as the user
// would: "traymail fetch".
type LeaseRequest struct {
	Account string `json:"account"`
	By      string `json:"by"`
}

// LeaseGrant is a lease, with the settings that hold as long as it does and what
// earlier sessions have learned of the server. There is no secret in it.
type LeaseGrant struct {
	Lease   string           `json:"lease"`
	Account settings.Account `json:"account"`
	// Proxy is that of the preferences, for an account that names none.
	Proxy string `json:"proxy,omitempty"`
	// Hints are what the POP3 client keeps of the server, in its own form.
	Hints []byte `json:"hints,omitempty"`
	// NoUIDL: UIDs are digests that the engine makes; see Health.
	NoUIDL bool `json:"no_uidl,omitempty"`
}

// LeaseRef names a lease.
type LeaseRef struct {
	Lease string `json:"lease"`
}

// LeaseReport says what was done under a lease.
type LeaseReport struct {
	Lease string `json:"lease"`
	// Target is where the Fetched are, and is not empty if there are any.
	Target  string        `json:"target,omitempty"`
	Fetched []FetchedMail `json:"fetched,omitempty"`
	// Deleted are those whose deletion the server has confirmed.
	Deleted []DeletedMail `json:"deleted,omitempty"`
	// Seen are UIDs of messages that the user has read.
	Seen []string `json:"seen,omitempty"`
	// Refused is that the server has refused the login, of KindAuth.
	Refused *Problem `json:"refused,omitempty"`
}

// FetchedMail is a message that is on the disk, whole and synced. Octets and
// Header, a digest, tell whether another one has its UID by now, and Copy whether
// it is still there; the engine does not look at them.
type FetchedMail struct {
	UID    string `json:"uid"`
	Octets int64  `json:"octets,omitempty"`
	Header string `json:"header,omitempty"`
	Copy   string `json:"copy,omitempty"`
}

// DeletedMail is a message that is no longer on the server; Octets is what LIST
// said of it, or -1.
type DeletedMail struct {
	UID    string `json:"uid"`
	Octets int64  `json:"octets"`
}

// FetchedRequest asks which of these UIDs were fetched to a place before.
type FetchedRequest struct {
	Lease  string   `json:"lease"`
	Target string   `json:"target"`
	UIDs   []string `json:"uids"`
}

type lifeKey struct{}

// WithLife says how long there is somebody who has asked: for the time of a
// connection, where a request is answered sooner.
func WithLife(ctx, life context.Context) context.Context {
	return context.WithValue(ctx, lifeKey{}, life)
}

// Life returns what WithLife has set, or other.
func Life(ctx, other context.Context) context.Context {
	if life, ok := ctx.Value(lifeKey{}).(context.Context); ok {
		return life
	}
	return other
}

// Held is a lease that this process has. Its methods are safe for concurrent use.
type Held struct {
	LeaseGrant
	engine  Engine
	life    context.Context
	end     context.CancelCauseFunc
	release sync.Once
	ended   chan struct{}
}

// Hold asks for a lease. The caller ends it by Release.
func Hold(ctx context.Context, e Engine, r LeaseRequest) (*Held, error) {
	grant, err := Lease.Ask(ctx, e, r)
	if err != nil {
		return nil, err
	}
	h := &Held{LeaseGrant: grant, engine: e, ended: make(chan struct{})}
	h.life, h.end = context.WithCancelCause(context.WithoutCancel(ctx))
	go func() {
		defer close(h.ended)
		_, err := LeaseEnded.Ask(h.life, e, LeaseRef{grant.Lease})
		h.end(err)
	}()
	return h, nil
}

// During returns a context that also ends with the lease; its cause is why then.
func (h *Held) During(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(h.life, func() { cancel(context.Cause(h.life)) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// Keep is a sign of life.
func (h *Held) Keep(ctx context.Context) error {
	_, err := KeepLease.Ask(ctx, h.engine, LeaseRef{h.Lease})
	return err
}

// Report has the ledger take what was done, and returns once it has. It works
// for a moment after the lease has ended, too.
func (h *Held) Report(ctx context.Context, r LeaseReport) error {
	r.Lease = h.Lease
	_, err := ReportLease.Ask(ctx, h.engine, r)
	return err
}

// Fetched returns what is known of those of these messages that were fetched to
// target before.
func (h *Held) Fetched(ctx context.Context, target string, uids ...string) (list []FetchedMail, err error) {
	const atOnce = 5000 // so that the answer crosses the local socket
	for len(uids) > 0 {
		n := min(atOnce, len(uids))
		some, err := FetchedBefore.Ask(ctx, h.engine, FetchedRequest{h.Lease, target, uids[:n]})
		if err != nil {
			return nil, err
		}
		list, uids = append(list, some...), uids[n:]
	}
	return list, nil
}

// releaseTime is how long the engine may take to hear that a lease is over,
// which it also does by the end of this process.
const releaseTime = 2 * time.Second

// Release ends the lease: the session with the server is closed by then. It may
// be called more than once.
func (h *Held) Release() {
	h.release.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), releaseTime)
		defer cancel()
		_, _ = ReleaseLease.Ask(ctx, h.engine, LeaseRef{h.Lease})
		h.end(context.Canceled)
		<-h.ended
	})
}
