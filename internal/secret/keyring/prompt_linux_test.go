package keyring

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/secret"
)

const promptPath = dbus.ObjectPath("/org/freedesktop/secrets/prompt/p1")

// locker is a Secret Service with one locked collection, whose prompt the test
// answers.
type locker struct {
	session *session
	locked  atomic.Bool
	asked   chan struct{} // receives for each prompt that is shown
	ended   chan struct{} // receives for each that is taken back
}

func newLocker(s *session) *locker {
	s.t.Helper()
	l := &locker{session: s, asked: make(chan struct{}, 9), ended: make(chan struct{}, 9)}
	l.locked.Store(true)
	for path, iface := range map[dbus.ObjectPath]string{servicePath: serviceIface, promptPath: promptIface} {
		if err := s.conn.Export(l, path, iface); err != nil {
			s.t.Fatal(err)
		}
	}
	for _, path := range []dbus.ObjectPath{servicePath, loginPath} {
		if err := s.conn.Export(properties{l}, path, propertiesIface); err != nil {
			s.t.Fatal(err)
		}
	}
	if _, err := s.conn.RequestName(busName, 0); err != nil {
		s.t.Fatal(err)
	}
	return l
}

type properties struct{ l *locker }

func (p properties) Get(_, property string) (dbus.Variant, *dbus.Error) {
	if property == "Locked" {
		return dbus.MakeVariant(p.l.locked.Load()), nil
	}
	return dbus.MakeVariant([]dbus.ObjectPath{loginPath}), nil
}

func (l *locker) Unlock([]dbus.ObjectPath) ([]dbus.ObjectPath, dbus.ObjectPath, *dbus.Error) {
	return nil, promptPath, nil
}

func (l *locker) Prompt(string) *dbus.Error {
	l.asked <- struct{}{}
	return nil
}

func (l *locker) Dismiss() *dbus.Error {
	l.ended <- struct{}{}
	return nil
}

// answer ends the prompt, with the collection unlocked or dismissed.
func (l *locker) answer(dismissed bool) {
	l.session.t.Helper()
	l.locked.Store(dismissed)
	if err := l.session.conn.Emit(promptPath, promptIface+".Completed", dismissed, dbus.MakeVariant([]dbus.ObjectPath{loginPath})); err != nil {
		l.session.t.Fatal(err)
	}
}

func (l *locker) await(what <-chan struct{}) {
	l.session.t.Helper()
	select {
	case <-what:
	case <-time.After(patience):
		l.session.t.Fatal("nothing came")
	}
}

// unlock asks in the background.
func unlock(ctx context.Context, s *store) <-chan error {
	done := make(chan error, 1)
	go func() { done <- s.Unlock(ctx) }()
	return done
}

func (l *locker) expect(done <-chan error, want error) {
	l.session.t.Helper()
	select {
	case err := <-done:
		if !errors.Is(err, want) {
			l.session.t.Errorf("%v, want %v", err, want)
		}
	case <-time.After(patience):
		l.session.t.Fatal("the question has no end")
	}
}

func TestPrompt(t *testing.T) {
	l := newLocker(newSession(t))
	s := open(t, never)
	s.expect(t, "a", "", secret.ErrLocked) // and nobody is asked

	t.Run("dismissed", func(t *testing.T) {
		done := unlock(t.Context(), s)
		l.await(l.asked)
		l.answer(true)
		l.expect(done, secret.ErrDismissed)
	})
	t.Run("cancelled", func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := unlock(ctx, s)
		l.await(l.asked)
		cancel()
		l.expect(done, context.Canceled)
		l.await(l.ended)
	})
	t.Run("answered", func(t *testing.T) {
		done := unlock(t.Context(), s)
		l.await(l.asked)
		l.answer(false)
		l.expect(done, nil)
		l.expect(unlock(t.Context(), s), nil) // and nobody is asked
	})
	t.Run("the service dies", func(t *testing.T) {
		l.locked.Store(true)
		done := unlock(t.Context(), s)
		l.await(l.asked)
		if _, err := l.session.conn.ReleaseName(busName); err != nil {
			t.Fatal(err)
		}
		l.expect(done, secret.ErrLocked)
	})
	if len(l.asked) != 0 {
		t.Errorf("%d more prompts", len(l.asked))
	}
}
