package keyring

import (
	"errors"
	"testing"
	"time"

	"github.com/godbus/dbus/v5"

	"github.com/traymail/traymail/internal/secret"
)

// open returns a store whose guard looks at a locked keyring every so often.
func open(t *testing.T, look time.Duration) *store {
	t.Helper()
	s := newStore(library{}, patience, patience)
	b := newGuard(s.recovered).(*bus)
	b.firstLook = look
	s.guard = b
	t.Cleanup(func() {
		if err := s.Close(); err != nil && !errors.Is(err, dbus.ErrClosed) {
			t.Error(err)
		}
	})
	return s
}

// Waits between looks: so short that a test need not wait, and so long that
// only a signal can help.
const (
	often = 10 * time.Millisecond
	never = 24 * time.Hour
)

func awaitNews(t *testing.T, s *store) {
	t.Helper()
	select {
	case <-s.Unlocked():
	case <-time.After(patience):
		t.Fatal("Unlocked did not fire")
	}
}

func noNews(t *testing.T, s *store) {
	t.Helper()
	select {
	case <-s.Unlocked():
		t.Error("Unlocked fired although nothing was locked")
	default:
	}
}

func TestGnomeKeyring(t *testing.T) {
	session := newSession(t)
	session.startDaemon(true)
	s := open(t, never)
	s.expect(t, "home-k3fa", "", secret.ErrNotFound)
	s.mustSet(t, "home-k3fa", "pass wörd 密码")
	out, err := session.command("secret-tool", "lookup", "service", "traymail", "username", "home-k3fa").Output()
	if err != nil || string(out) != "pass wörd 密码" {
		t.Errorf("secret-tool finds %q, %v", out, err)
	}
	exercise(t, s, session.items)
	noNews(t, s)
}

// A locked keyring is never prompted for by Get and Delete; its unlocking is
// noticed, whether the daemon says so or not.
func TestLocked(t *testing.T) {
	for name, test := range map[string]struct {
		unlock func(*session)
		look   time.Duration
	}{
		"told by a signal":   {(*session).unlockByBus, never},
		"found by a look":    {(*session).logIn, often},
		"by logging in only": {(*session).logIn, firstLook},
	} {
		t.Run(name, func(t *testing.T) {
			session := newSession(t)
			session.startDaemon(true)
			s := open(t, test.look)
			s.mustSet(t, "a", "hunter2")
			session.lock()
			s.expect(t, "a", "", secret.ErrLocked)
			if err := s.Delete(t.Context(), "a"); !errors.Is(err, secret.ErrLocked) {
				t.Errorf("Delete: %v", err)
			}
			if n := session.prompts.Load(); n != 0 {
				t.Errorf("%d prompts", n)
			}
			noNews(t, s)
			test.unlock(session)
			awaitNews(t, s)
			s.expect(t, "a", "hunter2", nil)
		})
	}
}

// Set and Unlock do prompt. A refusal leaves the keyring locked and the
// secret as it was.
func TestRefusedPrompt(t *testing.T) {
	session := newSession(t)
	session.startDaemon(true)
	s := open(t, often)
	s.mustSet(t, "a", "old")
	session.lock()
	if err := s.Unlock(t.Context()); !errors.Is(err, secret.ErrDismissed) {
		t.Errorf("Unlock: %v", err)
	}
	if err := s.Set(t.Context(), "a", "new"); !errors.Is(err, secret.ErrDismissed) {
		t.Errorf("Set: %v", err)
	}
	if n := session.prompts.Load(); n != 2 {
		t.Errorf("%d prompts, want 2", n)
	}
	session.logIn()
	awaitNews(t, s)
	s.expect(t, "a", "old", nil)
}

// A service that has no collection yet is waited for; Set offers to make one.
func TestNoCollection(t *testing.T) {
	session := newSession(t)
	session.startDaemon(false)
	s := open(t, often)
	s.expect(t, "a", "", secret.ErrLocked)
	if err := s.Unlock(t.Context()); !errors.Is(err, secret.ErrEmpty) {
		t.Errorf("Unlock: %v", err)
	}
	if n := session.prompts.Load(); n != 0 {
		t.Errorf("%d prompts", n)
	}
	if err := s.Set(t.Context(), "a", "x"); !errors.Is(err, secret.ErrLocked) {
		t.Errorf("Set: %v", err)
	}
	if n := session.prompts.Load(); n != 1 {
		t.Errorf("%d prompts, want 1", n)
	}
	session.stopDaemon()
	session.startDaemon(true) // makes the login collection
	awaitNews(t, s)
	s.mustSet(t, "a", "x")
	s.expect(t, "a", "x", nil)
}

func TestUnavailable(t *testing.T) {
	session := newSession(t)
	s := open(t, never)
	s.expect(t, "a", "", secret.ErrUnavailable)
	if err := s.Set(t.Context(), "a", "x"); !errors.Is(err, secret.ErrUnavailable) {
		t.Errorf("Set: %v", err)
	}
	session.startDaemon(true) // the service comes
	awaitNews(t, s)
	s.mustSet(t, "a", "x")

	session.stop() // the bus goes, with the service
	s.expect(t, "a", "", secret.ErrUnavailable)
	session.start()
	session.startDaemon(true)
	s.expect(t, "a", "x", nil)
	awaitNews(t, s)
}

func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/bus")
	s := open(t, never)
	s.expect(t, "a", "", secret.ErrUnavailable)
}

// silent owns the service's name and answers nothing before it is released.
type silent struct{ release chan struct{} }

func (f silent) Get(_, property string) (dbus.Variant, *dbus.Error) {
	<-f.release
	if property == "Locked" {
		return dbus.MakeVariant(false), nil
	}
	return dbus.MakeVariant([]dbus.ObjectPath{loginPath}), nil
}

func TestServiceNeverAnswers(t *testing.T) {
	session := newSession(t)
	fake := silent{make(chan struct{})}
	for _, path := range []dbus.ObjectPath{servicePath, loginPath} {
		if err := session.conn.Export(fake, path, propertiesIface); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := session.conn.RequestName(busName, 0); err != nil {
		t.Fatal(err)
	}
	s := open(t, often)
	s.quiet = 50 * time.Millisecond
	for range 3 {
		start := time.Now()
		s.expect(t, "a", "", secret.ErrLocked)
		if took := time.Since(start); took > patience/2 {
			t.Errorf("it took %v", took)
		}
	}
	noNews(t, s)
	close(fake.release)
	awaitNews(t, s)
}

// State tells what there is, and nobody is asked for anything.
func TestState(t *testing.T) {
	session := newSession(t)
	expect := func(want error) {
		t.Helper()
		if err := State(t.Context()); !errors.Is(err, want) {
			t.Errorf("state %v, want %v", err, want)
		}
	}
	expect(secret.ErrUnavailable)
	session.startDaemon(false)
	expect(secret.ErrEmpty)
	session.stopDaemon()
	session.startDaemon(true)
	expect(nil)
	session.lock()
	expect(secret.ErrLocked)
	if n := session.prompts.Load(); n != 0 {
		t.Errorf("%d prompts", n)
	}
}
