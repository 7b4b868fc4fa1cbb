package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

// gate is a mood in which the first session's answer to a command waits until
// the test lets it go; its answers may be replaced as well.
type gate struct {
	command string
	answer  string // in place of the server's; empty: the truth
	once    sync.Once
	reached chan struct{}
	open    chan struct{}
}

func newGate(command, answer string) *gate {
	return &gate{command: command, answer: answer, reached: make(chan struct{}), open: make(chan struct{})}
}

func (g *gate) mood(line string) *popserver.Override {
	first := false
	if strings.HasPrefix(line, g.command) {
		g.once.Do(func() { first = true })
	}
	if !first {
		return nil
	}
	close(g.reached)
	<-g.open
	if g.answer == "" {
		return nil
	}
	return &popserver.Override{Raw: g.answer}
}

// during runs a poll, calls f while the server holds its answer back, lets the
// answer come, and returns what the poll said.
func (w *world) during(g *gate, f func()) api.AccountCheck {
	w.t.Helper()
	w.server.SetMood(g.mood)
	defer w.server.SetMood(nil)
	done := make(chan api.AccountCheck, 1)
	go func() {
		result, err := w.Check(w.t.Context(), "a")
		if err != nil && !errors.Is(err, api.ErrNoAccount) {
			w.t.Errorf("check: %v", err)
		}
		if len(result.Accounts) == 0 {
			result.Accounts = []api.AccountCheck{{}}
		}
		done <- result.Accounts[0]
	}()
	<-g.reached
	f()
	close(g.open)
	return <-done
}

// What a server says to settings that the user has corrected meanwhile is no
// verdict on the new ones, which are tried at once.
func TestCorrectionDuringPoll(t *testing.T) {
	const wrong = "-ERR [AUTH] bad password\r\n"
	save := func(w *world) {
		if err := w.SaveAccount(w.t.Context(), w.account); err != nil {
			w.t.Errorf("%v", err)
		}
	}
	for name, test := range map[string]struct {
		gate    *gate
		correct func(*world)
	}{
		"a refusal of the old password": {newGate("PASS", wrong), save},
		"a hang":                        {newGate("STAT", ""), save},
		"a hand-edited file": {newGate("PASS", wrong), func(w *world) {
			w.account.Name = "renamed"
			err := w.store.Update(func(all *settings.Settings) error {
				all.Accounts[0] = w.account
				return nil
			})
			if err != nil {
				w.t.Errorf("%v", err)
			}
			w.Reload()
		}},
		"a success with the old server": {newGate("STAT", ""), func(w *world) {
			w.account.User = "other"
			save(w)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{NoPlain: true})
			w.deliver("x")
			result := w.during(test.gate, func() { test.correct(w) })
			status := w.Snapshot().Accounts[0]
			if result.State != api.OK || result.Error != nil || status.State != api.OK || status.Error != nil || status.Checking {
				t.Fatalf("%+v, %+v", result, status)
			}
			w.expect("messages of the account as it is now", status.Messages, len(w.server.Maildrop(w.account.User).Messages()))
			if status.NextPoll.IsZero() {
				t.Error("no next poll")
			}
			if h, err := w.Health("a"); err != nil || h.Failures != 0 || h.Why != api.WhyInterval {
				t.Errorf("%+v, %v", h, err)
			}
		})
	}
}

// A refusal while a message is fetched does not stop the corrected account.
func TestCorrectionDuringFetch(t *testing.T) {
	w := newWorld(t, popserver.Options{NoPlain: true})
	w.deliver("x")
	w.poll()
	mails, err := w.List("a", 1)
	if err != nil {
		t.Fatal(err)
	}
	g := newGate("PASS", "-ERR [AUTH] bad password\r\n")
	w.server.SetMood(g.mood)
	done := make(chan error, 1)
	go func() {
		_, err := w.Fetch(t.Context(), "a", mails[0].UID, false, false)
		done <- err
	}()
	<-g.reached
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	close(g.open)
	if err := <-done; err == nil {
		t.Error("the fetch succeeded with the old password")
	}
	if status := w.Snapshot().Accounts[0]; status.Error != nil || status.NextPoll.IsZero() {
		t.Errorf("%+v", status)
	}
	w.poll()
}

// What arrived in an account that is being removed is not announced.
func TestRemovedDuringPoll(t *testing.T) {
	w := newWorld(t, popserver.Options{NoPlain: true})
	w.poll()
	w.deliver("x")
	w.during(newGate("STAT", ""), func() {
		err := w.store.Update(func(all *settings.Settings) error {
			all.Accounts = nil
			return nil
		})
		if err != nil {
			t.Error(err)
		}
		w.Reload()
	})
	w.expect("announced", w.announcer.bodies(), "[]")
	w.expect("accounts", len(w.Snapshot().Accounts), 0)
}

// Removing an account waits for no server: what is under way ends at once, and
// nothing that it found is announced.
func TestRemovalWaitsForNoServer(t *testing.T) {
	for name, begin := range map[string]func(w *world, uid string) error{
		"a poll": func(w *world, _ string) error {
			_, err := w.Check(w.t.Context(), "a")
			return err
		},
		"a message being read": func(w *world, uid string) error {
			_, err := w.Fetch(w.t.Context(), "a", uid, false, false)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{NoPlain: true})
			w.deliver("old")
			w.poll()
			w.deliver("x")
			g := newGate("PASS", "")
			w.server.SetMood(g.mood)
			ended := make(chan error, 1)
			go func() { ended <- begin(w, w.drop.Messages()[0].UID) }()
			<-g.reached
			removed := make(chan error, 1)
			go func() { removed <- w.RemoveAccount(t.Context(), "a") }()
			select {
			case err := <-removed:
				if err != nil {
					t.Error(err)
				}
			case <-time.After(30 * time.Second):
				t.Error("it waits for the server")
			}
			if err := <-ended; err == nil {
				t.Error("what was under way succeeded")
			}
			close(g.open)
			w.expect("announced", w.announcer.bodies(), "[]")
			w.expect("accounts", len(w.Accounts()), 0)
		})
	}
}

// An account that cannot be removed keeps its password and its ledger.
func TestFailedRemovalLosesNothing(t *testing.T) {
	w := newWorld(t, popserver.Options{NoPlain: true})
	w.deliver("x")
	w.poll()
	blocked := filepath.Join(w.dir, "settings.toml")
	if err := errors.Join(os.Remove(blocked), os.MkdirAll(filepath.Join(blocked, "x"), 0o700)); err != nil {
		t.Fatal(err)
	}
	if err := w.RemoveAccount(t.Context(), "a"); err == nil {
		t.Fatal("it was removed from a file that cannot be written")
	}
	if err := os.RemoveAll(blocked); err != nil {
		t.Fatal(err)
	}
	if _, err := w.secrets.Get(t.Context(), "a"); err != nil {
		t.Errorf("the password is gone: %v", err)
	}
	w.expect("messages", w.poll().Messages, 1)

	w.secrets.lock(true)
	if err := w.RemoveAccount(t.Context(), "a"); err == nil {
		t.Fatal("it was removed and left its password")
	}
	w.secrets.lock(false)
	w.expect("accounts", len(w.Accounts()), 1)
	w.expect("messages", w.poll().Messages, 1)
	if err := w.RemoveAccount(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.secrets.Get(t.Context(), "a"); err == nil {
		t.Error("the password was left")
	}
}
