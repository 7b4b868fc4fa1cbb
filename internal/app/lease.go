package app

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

// lease is an account's one session with its server, for as long as somebody
// holds it, and the settings that it began with. The maildrop is locked while
// somebody talks to the server (RFC 1939, section 8).
type lease struct {
	w          *worker
	account    settings.Account
	generation uint64
	living     context.Context //nolint:containedctx // the life of the generation
	free       chan struct{}
}

// errChanged ends what was begun with settings that hold no more.
var errChanged = errors.New("the account's settings have changed")

// lease waits for the account's session. The settings are those of that
// moment, however long it took. The error is ErrNoAccount or the context's.
func (s *Service) lease(ctx context.Context, id string) (*lease, error) {
	s.mu.Lock()
	free := s.sessions[id]
	s.mu.Unlock()
	if free == nil {
		return nil, api.ErrNoAccount
	}
	select {
	case <-free:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	w := s.workers[id]
	if w == nil {
		free <- struct{}{}
		return nil, api.ErrNoAccount
	}
	return &lease{w, w.account, w.generation, w.living, free}, nil
}

func (l *lease) release() { l.free <- struct{}{} }

// during returns a context that also ends with the settings of the lease.
func (l *lease) during(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancelCause(ctx)
	stop := context.AfterFunc(l.living, func() { cancel(errChanged) })
	return ctx, func() {
		stop()
		cancel(nil)
	}
}

// valid says whether the settings of a lease still hold; what was learned with
// others is no verdict on the account. The caller holds s.mu.
func (l *lease) valid() bool { return l.w.generation == l.generation }

// holds is valid for those who do not hold s.mu.
func (s *Service) holds(l *lease) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return l.valid()
}

// renew begins another generation: what is under way with the old settings
// ends, and its verdict is dropped. The caller holds s.mu.
func (s *Service) renew(w *worker) {
	if w.end != nil {
		w.end()
	}
	w.generation++
	w.living, w.end = context.WithCancel(s.living)
}
