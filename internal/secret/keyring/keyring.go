// Package keyring is the secret.Store on the keyring of the operating system:
// Secret Service, Credential Manager or Keychain. It puts what
// zalando/go-keyring lacks in front of it: timeouts, one call at a time,
// never a prompt unless the user asked for something, and secrets of any size.
package keyring

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/traymail/traymail/internal/secret"
)

// service is the attribute under which all secrets stand; the user name is
// the reference.
const service = "traymail"

// guard knows without a prompt whether the keyring can be used, and when that
// changes. Each system has its own.
type guard interface {
	// usable returns nil, secret.ErrLocked or secret.ErrUnavailable.
	usable(ctx context.Context) error
	unlock(ctx context.Context) error
	close() error
}

// backend is the part of go-keyring that is used.
type backend interface {
	Get(service, user string) (string, error)
	Set(service, user, password string) error
	Delete(service, user string) error
}

type library struct{}

func (library) Get(service, user string) (string, error) { return gokeyring.Get(service, user) }
func (library) Set(service, user, password string) error {
	return gokeyring.Set(service, user, password)
}
func (library) Delete(service, user string) error { return gokeyring.Delete(service, user) }

// Times for a call that needs no person, and for one during which a person
// may be typing.
const (
	quietTime   = 5 * time.Second
	patientTime = 2 * time.Minute
)

// errTimeout is the cause of a context that ended by one of those times.
var errTimeout = errors.New("the keyring took too long")

type store struct {
	guard          guard
	backend        backend
	quiet, patient time.Duration
	news           chan struct{}

	turn  chan struct{} // holds one token while a call is under way
	mu    sync.Mutex
	stuck bool // the call under way has outlived its time
	// asking is the question that the user has before them; nil if there is none.
	asking *question
}

// question is a prompt for the keyring's password. Its end closes done.
type question struct {
	done chan struct{}
	err  error
}

// New returns the system's keyring. Nothing is asked of it yet.
func New() secret.Store {
	s := newStore(library{}, quietTime, patientTime)
	s.guard = newGuard(s.recovered)
	return s
}

// State says whether the keyring can be used: nil, secret.ErrLocked or
// secret.ErrUnavailable. It never prompts, and asks on a connection of its own.
func State(ctx context.Context) error {
	g := newGuard(func() {})
	err := g.usable(ctx)
	if closed := g.close(); err == nil {
		err = closed
	}
	return err
}

func newStore(b backend, quiet, patient time.Duration) *store {
	return &store{backend: b, quiet: quiet, patient: patient, news: make(chan struct{}, 1), turn: make(chan struct{}, 1)}
}

// recovered says that the keyring has become usable.
func (s *store) recovered() {
	select {
	case s.news <- struct{}{}:
	default:
	}
}

// Get implements secret.Store.
func (s *store) Get(ctx context.Context, ref string) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, s.quiet, errTimeout)
	defer cancel()
	if err := s.guard.usable(ctx); err != nil {
		return "", err
	}
	return call(ctx, s, func() (string, error) { return s.read(ref) })
}

// Set implements secret.Store.
func (s *store) Set(ctx context.Context, ref, value string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.patient, errTimeout)
	defer cancel()
	if err := s.open(ctx, true); err != nil {
		return err
	}
	_, err := call(ctx, s, func() (struct{}, error) { return struct{}{}, s.write(ref, value) })
	return err
}

// Delete implements secret.Store.
func (s *store) Delete(ctx context.Context, ref string) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.quiet, errTimeout)
	defer cancel()
	if err := s.guard.usable(ctx); err != nil {
		return err
	}
	_, err := call(ctx, s, func() (struct{}, error) { return struct{}{}, s.remove(ref) })
	return err
}

// Unlock implements secret.Store.
func (s *store) Unlock(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, s.patient, errTimeout)
	defer cancel()
	return s.open(ctx, false)
}

// open has the user unlock the keyring where it is locked. Only who has a
// secret to keep has one created where there is none.
func (s *store) open(ctx context.Context, create bool) error {
	err := s.guard.usable(ctx)
	if !errors.Is(err, secret.ErrLocked) || errors.Is(err, secret.ErrEmpty) && !create {
		return err
	}
	if err := s.ask(ctx); err != nil {
		return err
	}
	return s.guard.usable(ctx)
}

// ask has the guard ask the user, or waits for the question that stands: two
// of them would be one too many, and most of all after a no.
func (s *store) ask(ctx context.Context) error {
	s.mu.Lock()
	q := s.asking
	first := q == nil
	if first {
		q = &question{done: make(chan struct{})}
		s.asking = q
	}
	s.mu.Unlock()
	if first {
		q.err = s.guard.unlock(ctx)
		s.mu.Lock()
		s.asking = nil
		s.mu.Unlock()
		close(q.done)
		return q.err
	}
	select {
	case <-q.done:
		return q.err
	case <-ctx.Done():
		return fmt.Errorf("%w: %w", secret.ErrLocked, ctx.Err())
	}
}

// Unlocked implements secret.Store.
func (s *store) Unlocked() <-chan struct{} { return s.news }

// Close implements secret.Store.
func (s *store) Close() error { return s.guard.close() }

// call runs f, one at a time, for no longer than ctx: go-keyring may block
// for ever (D3). A call that has outlived its time keeps its turn, and others
// are told at once that the keyring does not answer, until it has returned.
func call[T any](ctx context.Context, s *store, f func() (T, error)) (T, error) {
	var none T
	s.mu.Lock()
	stuck := s.stuck
	s.mu.Unlock()
	if stuck {
		return none, fmt.Errorf("%w: it does not answer", secret.ErrLocked)
	}
	select {
	case s.turn <- struct{}{}:
	case <-ctx.Done():
		return none, fmt.Errorf("%w: it is busy", secret.ErrLocked)
	}
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := f()
		done <- result{value, err}
		s.mu.Lock()
		was := s.stuck
		s.stuck = false
		<-s.turn
		s.mu.Unlock()
		if was {
			s.recovered()
		}
	}()
	select {
	case r := <-done:
		return r.value, explain(r.err)
	case <-ctx.Done():
		s.mu.Lock()
		defer s.mu.Unlock()
		select {
		case r := <-done: // it came in at the last moment
			return r.value, explain(r.err)
		default:
		}
		// A caller who has lost interest says nothing about the keyring.
		s.stuck = errors.Is(context.Cause(ctx), errTimeout)
		return none, fmt.Errorf("%w: it does not answer", secret.ErrLocked)
	}
}

// explain maps go-keyring's errors; only ErrNotFound has a type.
func explain(err error) error {
	result, isExit := exited(err)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gokeyring.ErrNotFound):
		return secret.ErrNotFound
	case isExit:
		return keychainError(result)
	case strings.Contains(err.Error(), "failed to unlock"):
		return fmt.Errorf("%w: %w", secret.ErrLocked, err)
	case strings.Contains(err.Error(), "org.freedesktop.secrets was not provided"),
		strings.Contains(err.Error(), "address of session bus"):
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return fmt.Errorf("the keyring failed: %w", err)
}
