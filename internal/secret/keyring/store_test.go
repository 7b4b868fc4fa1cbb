package keyring

import (
	"context"
	"errors"
	"os"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	gokeyring "github.com/zalando/go-keyring"
	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/secret"
)

// exitVariable makes the test binary end with that exit code.
const exitVariable = "TRAYMAIL_KEYRING_TEST_EXIT"

func TestMain(m *testing.M) {
	if code, err := strconv.Atoi(os.Getenv(exitVariable)); err == nil {
		os.Exit(code)
	}
	goleak.VerifyTestMain(m)
}

// ready is the guard of a keyring that is always usable.
type ready struct{}

func (ready) usable(context.Context) error { return nil }
func (ready) unlock(context.Context) error { return nil }
func (ready) close() error                 { return nil }

// fake is a keyring in memory; before is called first of everything, and its
// error is the call's.
type fake struct {
	items  map[string]string
	before func() error
}

func newFake() *fake {
	return &fake{items: map[string]string{}, before: func() error { return nil }}
}

func (f *fake) Get(_, user string) (string, error) {
	if err := f.before(); err != nil {
		return "", err
	}
	value, ok := f.items[user]
	if !ok {
		return "", gokeyring.ErrNotFound
	}
	return value, nil
}

func (f *fake) Set(_, user, value string) error {
	if err := f.before(); err != nil {
		return err
	}
	if len(value) > 2560 { // as Windows does
		return gokeyring.ErrSetDataTooBig
	}
	f.items[user] = value
	return nil
}

func (f *fake) Delete(_, user string) error {
	if err := f.before(); err != nil {
		return err
	}
	if _, ok := f.items[user]; !ok {
		return gokeyring.ErrNotFound
	}
	delete(f.items, user)
	return nil
}

func fakeStore(f *fake) *store {
	s := newStore(f, quietTime, patientTime)
	s.guard = ready{}
	return s
}

// crashAfter fails every call after so many.
func (f *fake) crashAfter(calls int) {
	f.before = func() error {
		if calls--; calls < 0 {
			return errors.New("crash")
		}
		return nil
	}
}

func (f *fake) recover() { f.before = func() error { return nil } }

// A call that blocks for ever costs its caller five seconds, and the callers
// after it nothing; when it returns after all, that is news.
func TestStuckCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		release := make(chan struct{})
		var calls atomic.Int32
		f.before = func() error {
			calls.Add(1)
			<-release
			return nil
		}
		s := fakeStore(f)
		for i, want := range []time.Duration{quietTime, 0, 0} {
			start := time.Now()
			_, err := s.Get(t.Context(), "a")
			if took := time.Since(start); took != want || !errors.Is(err, secret.ErrLocked) {
				t.Errorf("call %d took %v: %v", i, took, err)
			}
		}
		if err := s.Set(t.Context(), "a", "x"); !errors.Is(err, secret.ErrLocked) {
			t.Errorf("Set: %v", err)
		}
		if n := calls.Load(); n != 1 {
			t.Errorf("%d calls piled up", n)
		}
		close(release)
		<-s.Unlocked()
		if _, err := s.Get(t.Context(), "a"); !errors.Is(err, secret.ErrNotFound) {
			t.Errorf("after it returned: %v", err)
		}
	})
}

// That a caller went away is no sign that the keyring is stuck.
func TestCancelledCall(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.items["a"] = "x"
		f.before = func() error {
			time.Sleep(time.Second)
			return nil
		}
		s := fakeStore(f)
		ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
		defer cancel()
		if _, err := s.Get(ctx, "a"); err == nil {
			t.Error("the call outlived its context")
		}
		if got, err := s.Get(t.Context(), "a"); got != "x" || err != nil {
			t.Errorf("the next call: %q, %v", got, err)
		}
	})
}

// A crash at any point of Set leaves the old secret or the new one, and what
// else it left is gone after the next Set, and after Delete.
func TestCrashDuringSet(t *testing.T) {
	long := func(s string) string { return strings.Repeat(s, 3*partSize/len(s)) }
	for _, test := range []struct{ name, old, new string }{
		{"short to short", "old", "new"},
		{"short to long", "old", long("new")},
		{"long to short", long("old"), "new"},
		{"long to longer", long("old"), long("newer") + "!"},
		{"nothing to long", "", long("new")},
	} {
		t.Run(test.name, func(t *testing.T) {
			for steps := 0; ; steps++ {
				f := newFake()
				s := fakeStore(f)
				if test.old != "" {
					if err := s.Set(t.Context(), "a", test.old); err != nil {
						t.Fatal(err)
					}
				}
				f.crashAfter(steps)
				failed := s.Set(t.Context(), "a", test.new)
				f.recover()
				got, err := s.Get(t.Context(), "a")
				if errors.Is(err, secret.ErrNotFound) && test.old == "" {
					err = nil
				}
				if err != nil || got != test.old && got != test.new || failed == nil && got != test.new {
					t.Fatalf("crash after %d steps (%v): %.10q, %v", steps, failed, got, err)
				}
				if err := s.Set(t.Context(), "a", "last"); err != nil || len(f.items) != 1 {
					t.Fatalf("crash after %d steps: the next Set left %d items, %v", steps, len(f.items), err)
				}
				if err := s.Delete(t.Context(), "a"); err != nil || len(f.items) != 0 {
					t.Fatalf("Delete left %d items, %v", len(f.items), err)
				}
				if failed == nil {
					return
				}
			}
		})
	}
}

// A crash at any point of Delete leaves nothing that the next does not find.
func TestCrashDuringDelete(t *testing.T) {
	for steps := 0; ; steps++ {
		f := newFake()
		s := fakeStore(f)
		if err := s.Set(t.Context(), "a", strings.Repeat("x", 5*partSize)); err != nil {
			t.Fatal(err)
		}
		f.crashAfter(steps)
		failed := s.Delete(t.Context(), "a")
		f.recover()
		if err := s.Delete(t.Context(), "a"); err != nil || len(f.items) != 0 {
			t.Fatalf("crash after %d steps: %d items are left, %v", steps, len(f.items), err)
		}
		if failed == nil {
			return
		}
	}
}

// Damage is an error, never half a secret; and it can be overwritten.
func TestDamagedParts(t *testing.T) {
	for name, damage := range map[string]func(map[string]string){
		"a part is gone":     func(m map[string]string) { delete(m, "a/a/1") },
		"a part is another":  func(m map[string]string) { m["a/a/1"] = "x" },
		"parts are swapped":  func(m map[string]string) { m["a/a/0"], m["a/a/1"] = m["a/a/1"], m["a/a/0"] },
		"header is cut":      func(m map[string]string) { m["a"] = "traymail-parts:a" },
		"too many parts":     func(m map[string]string) { m["a"] = "traymail-parts:a:999999999:00" },
		"no number of parts": func(m map[string]string) { m["a"] = "traymail-parts:a:x:00" },
	} {
		t.Run(name, func(t *testing.T) {
			f := newFake()
			s := fakeStore(f)
			// The period of the text is no divisor of a part's size.
			if err := s.Set(t.Context(), "a", strings.Repeat("0123456", 700)); err != nil {
				t.Fatal(err)
			}
			damage(f.items)
			if got, err := s.Get(t.Context(), "a"); err == nil || got != "" || errors.Is(err, secret.ErrNotFound) {
				t.Errorf("Get: %.10q, %v", got, err)
			}
			if err := s.Set(t.Context(), "a", "new"); err != nil {
				t.Error(err)
			}
			if got, err := s.Get(t.Context(), "a"); got != "new" || err != nil {
				t.Errorf("Get after Set: %q, %v", got, err)
			}
		})
	}
}

// A prompt that was dismissed makes go-keyring's Set do nothing and say so
// to nobody (D3).
func TestSetThatDidNothing(t *testing.T) {
	s := newStore(forgetful{newFake()}, quietTime, patientTime)
	s.guard = ready{}
	if err := s.Set(t.Context(), "a", "x"); err == nil {
		t.Error("Set did not notice")
	}
}

type forgetful struct{ *fake }

func (forgetful) Set(string, string, string) error { return nil }

// Callers tell these apart; no text of an error holds the secret.
func TestExplain(t *testing.T) {
	for text, want := range map[string]error{
		"failed to unlock correct collection '/x'":                             secret.ErrLocked,
		"The name org.freedesktop.secrets was not provided by any .service":    secret.ErrUnavailable,
		"dbus: couldn't determine address of session bus":                      secret.ErrUnavailable,
		"something else entirely, which is neither locked nor is it not there": nil,
	} {
		err := explain(errors.New(text))
		for _, kind := range []error{secret.ErrLocked, secret.ErrUnavailable, secret.ErrNotFound} {
			if errors.Is(err, kind) != errors.Is(want, kind) {
				t.Errorf("%s became %v", text, err)
			}
		}
	}
	if err := explain(gokeyring.ErrNotFound); !errors.Is(err, secret.ErrNotFound) {
		t.Error(err)
	}
}

func (s *store) mustSet(t *testing.T, ref, value string) {
	t.Helper()
	if err := s.Set(t.Context(), ref, value); err != nil {
		t.Fatalf("Set: %v", err)
	}
}

func (s *store) expect(t *testing.T, ref, want string, wantErr error) {
	t.Helper()
	if got, err := s.Get(t.Context(), ref); got != want || !errors.Is(err, wantErr) {
		t.Errorf("Get(%s) = %.20q (%d bytes), %v; want %.20q (%d bytes), %v", ref, got, len(got), err, want, len(want), wantErr)
	}
}

// exercise keeps short and long secrets in a real keyring, and deletes them;
// items counts what is there of ours.
func exercise(t *testing.T, s *store, items func() int) {
	t.Helper()
	long := strings.Repeat("0123456789密", 2000)
	for _, value := range []string{"short", long, long[:2*partSize], "x" + long, "traymail-parts:a:1:", "short again"} {
		s.mustSet(t, "home-k3fa", value)
		s.expect(t, "home-k3fa", value, nil)
	}
	if n := items(); n != 1 {
		t.Errorf("%d items are left of replaced secrets", n)
	}
	s.mustSet(t, "work", long)
	s.expect(t, "home-k3fa", "short again", nil)
	for range 2 { // the second time there is nothing
		for _, ref := range []string{"work", "home-k3fa"} {
			if err := s.Delete(t.Context(), ref); err != nil {
				t.Error(err)
			}
		}
	}
	if n := items(); n != 0 {
		t.Errorf("%d items are left", n)
	}
}

// asking is the guard of a locked keyring whose question is refused by release.
type asking struct {
	prompts atomic.Int32
	release chan struct{}
}

func (*asking) usable(context.Context) error { return secret.ErrLocked }
func (*asking) close() error                 { return nil }
func (a *asking) unlock(ctx context.Context) error {
	a.prompts.Add(1)
	select {
	case <-a.release:
		return secret.ErrDismissed
	case <-ctx.Done():
		return secret.ErrLocked
	}
}

// A question that nobody answers is taken back.
func TestNobodyAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(newFake(), quietTime, patientTime)
		s.guard = &asking{}
		start := time.Now()
		if err := s.Unlock(t.Context()); !errors.Is(err, secret.ErrLocked) || time.Since(start) != patientTime {
			t.Errorf("%v after %v", err, time.Since(start))
		}
	})
}

// Who asks while a question stands shares it, and its answer.
func TestOneQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guard := &asking{release: make(chan struct{})}
		s := newStore(newFake(), quietTime, patientTime)
		s.guard = guard
		errs := make(chan error)
		for range 2 {
			go func() { errs <- s.Unlock(t.Context()) }()
			go func() { errs <- s.Set(t.Context(), "a", "x") }()
		}
		synctest.Wait()
		if n := guard.prompts.Load(); n != 1 {
			t.Errorf("%d prompts", n)
		}
		close(guard.release)
		for range 4 {
			if err := <-errs; !errors.Is(err, secret.ErrDismissed) {
				t.Error(err)
			}
		}
	})
}
