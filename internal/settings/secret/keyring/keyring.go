// Package keyring is the secret.Store on the keyring of the operating system:
// Secret Service, Credential Manager or Keychain. It puts what
// zalando/go-keyring lacks in front of it: timeouts, one call at a time,
// never a prompt unless the user asked for something, and secrets of any size.
package keyring

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	gokeyring "github.com/zalando/go-keyring"

	"github.com/traymail/traymail/internal/settings/secret"
)

// service is the attribute under which all secrets stand; the user name is
// the reference.
const service = "traymail"

// Windows refuses more than 2,560 bytes and macOS about 2,900.
const (
	partSize = 2000
	partMark = "traymail-parts:"
)

// guard knows without a prompt whether the keyring can be used, and when that
// changes. Each system has its own.
type guard interface {
	// usable returns nil, secret.ErrLocked or secret.ErrUnavailable.
	usable(ctx context.Context) error
	unlock(ctx context.Context) error
	unlocked() <-chan struct{}
	close() error
}

// backend is what of go-keyring is used.
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

type store struct {
	guard   guard
	backend backend
	// quiet is the time for a call that needs no person; patient the one for
	// a call during which a person may be typing.
	quiet, patient time.Duration

	turn  chan struct{} // holds one token while a call is under way
	mu    sync.Mutex
	stuck bool // the call under way has outlived its time
}

// New returns the system's keyring. Nothing is asked of it yet.
func New() secret.Store {
	return newStore(newGuard(), library{}, 5*time.Second, 2*time.Minute)
}

func newStore(g guard, b backend, quiet, patient time.Duration) *store {
	return &store{guard: g, backend: b, quiet: quiet, patient: patient, turn: make(chan struct{}, 1)}
}

// Get implements secret.Store.
func (s *store) Get(ctx context.Context, ref string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, s.quiet)
	defer cancel()
	if err := s.guard.usable(ctx); err != nil {
		return "", err
	}
	return call(ctx, s, func() (string, error) { return s.read(ref) })
}

// Set implements secret.Store.
func (s *store) Set(ctx context.Context, ref, value string) error {
	ctx, cancel := context.WithTimeout(ctx, s.patient)
	defer cancel()
	if err := s.Unlock(ctx); err != nil {
		return err
	}
	_, err := call(ctx, s, func() (struct{}, error) { return struct{}{}, s.write(ref, value) })
	return err
}

// Delete implements secret.Store.
func (s *store) Delete(ctx context.Context, ref string) error {
	ctx, cancel := context.WithTimeout(ctx, s.quiet)
	defer cancel()
	if err := s.guard.usable(ctx); err != nil {
		return err
	}
	_, err := call(ctx, s, func() (struct{}, error) { return struct{}{}, s.remove(ref) })
	return err
}

// Unlock implements secret.Store.
func (s *store) Unlock(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.patient)
	defer cancel()
	err := s.guard.usable(ctx)
	if !errors.Is(err, secret.ErrLocked) {
		return err
	}
	if err := s.guard.unlock(ctx); err != nil {
		return err
	}
	return s.guard.usable(ctx)
}

// Unlocked implements secret.Store.
func (s *store) Unlocked() <-chan struct{} { return s.guard.unlocked() }

// Close implements secret.Store.
func (s *store) Close() error { return s.guard.close() }

// call runs f, one at a time, for no longer than ctx: go-keyring may block
// for ever (D3). A call that has outlived its time keeps its turn, and others
// are told at once that the keyring does not answer.
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
		s.stuck = false
		<-s.turn
		s.mu.Unlock()
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
		s.stuck = true
		return none, fmt.Errorf("%w: it does not answer", secret.ErrLocked)
	}
}

// explain maps go-keyring's errors; only ErrNotFound has a type.
func explain(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, gokeyring.ErrNotFound):
		return secret.ErrNotFound
	case strings.Contains(err.Error(), "failed to unlock"):
		return fmt.Errorf("%w: %w", secret.ErrLocked, err)
	case strings.Contains(err.Error(), "org.freedesktop.secrets was not provided"),
		strings.Contains(err.Error(), "address of session bus"):
		return fmt.Errorf("%w: %w", secret.ErrUnavailable, err)
	}
	return fmt.Errorf("the keyring failed: %w", err)
}

func partRef(ref string, i int) string { return fmt.Sprintf("%s/%d", ref, i) }

// header says how many parts a secret has, and what they add up to.
func header(parts int, value string) string {
	return fmt.Sprintf("%s%d:%x", partMark, parts, sha256.Sum256([]byte(value)))
}

func (s *store) read(ref string) (string, error) {
	value, err := s.backend.Get(service, ref)
	if err != nil || !strings.HasPrefix(value, partMark) {
		return value, err
	}
	var parts int
	if _, err := fmt.Sscanf(value, partMark+"%d:", &parts); err != nil || parts < 1 || parts > 1000 {
		return "", errors.New("a secret's parts are damaged")
	}
	var b strings.Builder
	for i := range parts {
		part, err := s.backend.Get(service, partRef(ref, i))
		if err != nil {
			return "", errors.New("a secret's parts are incomplete")
		}
		b.WriteString(part)
	}
	if header(parts, b.String()) != value {
		return "", errors.New("a secret's parts are damaged")
	}
	return b.String(), nil
}

// write stores the header last, so that it never speaks of parts that are not
// there, and reads all of it back: a dismissed prompt returns no error (D3).
func (s *store) write(ref, value string) error {
	if err := s.remove(ref); err != nil {
		return err
	}
	head := value
	if len(value) > partSize || strings.HasPrefix(value, partMark) {
		parts := 0
		for rest := value; len(rest) > 0; parts++ {
			n := min(partSize, len(rest))
			if err := s.backend.Set(service, partRef(ref, parts), rest[:n]); err != nil {
				return err
			}
			rest = rest[n:]
		}
		head = header(parts, value)
	}
	if err := s.backend.Set(service, ref, head); err != nil {
		return err
	}
	got, err := s.read(ref)
	if err != nil {
		return err
	}
	if got != value {
		return errors.New("it did not keep the secret")
	}
	return nil
}

// remove deletes a secret and its parts.
func (s *store) remove(ref string) error {
	value, err := s.backend.Get(service, ref)
	if errors.Is(err, gokeyring.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if err := s.backend.Delete(service, ref); err != nil && !errors.Is(err, gokeyring.ErrNotFound) {
		return err
	}
	if !strings.HasPrefix(value, partMark) {
		return nil
	}
	for i := 0; ; i++ {
		err := s.backend.Delete(service, partRef(ref, i))
		if errors.Is(err, gokeyring.ErrNotFound) {
			return nil
		} else if err != nil {
			return err
		}
	}
}
