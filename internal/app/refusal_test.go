package app

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// P24: where the password has worked before, a refusal may pass. It is tried
// again so seldom that no server locks the account, whatever begins anew.
func TestRefusalOfProvenPassword(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.server.SetPassword(user, "changed")
	// An hour of a laptop's life each time: it wakes, roams, is restarted.
	turn := func() (tried bool) {
		t.Helper()
		w.SetOnline(false)
		w.SetOnline(true)
		w.Wake("test")
		w.Pause(w.clock.now().Add(time.Minute))
		w.Pause(time.Time{})
		w.clock.advance(wakeDelay)
		w.restart()
		w.Wake("test")
		w.clock.advance(wakeDelay)
		ids, _, _ := w.due()
		for _, id := range ids {
			if _, err := w.check(t.Context(), id, true); err != nil {
				t.Fatal(err)
			}
		}
		return len(ids) > 0
	}
	w.clock.advance(time.Hour)
	w.expect("tried", turn(), true)
	w.expect("refused", w.server.FailedLogins(), 1)
	for i, wait := range []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		for range 9 {
			w.clock.advance(wait / 12)
			w.expect(fmt.Sprint("tried early, after ", wait), turn(), false)
		}
		a := w.Snapshot().Accounts[0]
		w.expect("meanwhile", fmt.Sprint(a.State, a.Error != nil && a.Error.Kind == api.KindAuth), "errortrue")
		w.clock.advance(wait / 2)
		w.expect(fmt.Sprint("tried after ", wait), turn(), true)
		w.expect("refused", w.server.FailedLogins(), i+2)
	}
	// It passes.
	w.server.SetPassword(user, password)
	w.clock.advance(27 * time.Hour)
	w.expect("tried", turn(), true)
	w.expect("then", w.Snapshot().Accounts[0].State, api.OK)
	w.restart()
	w.expect("due at a start", w.mailboxes["a"].due.After(w.clock.now()), false)
}

// P24: what has never worked is not tried again before the user acts, a start
// of the program included; "Check now" and a changed setting are such acts.
func TestRefusalOfNewPassword(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.server.SetPassword(user, "right")
	if err := w.secrets.Set(t.Context(), "a", "wrong"); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.restart() // before the new password was tried
	w.expect("kind", w.pollAny().Error.Kind, "auth")
	for range 2 {
		w.Wake("test")
		w.clock.advance(100 * time.Hour)
		ids, next, _ := w.due()
		w.expect("due", fmt.Sprint(ids, next.IsZero()), "[] true")
		a := w.Snapshot().Accounts[0]
		w.expect("state", fmt.Sprint(a.State, a.Error != nil && a.Error.Kind == api.KindAuth), "errortrue")
		var problem *api.ProblemError
		if _, err := w.Fetch(t.Context(), "a", "1", false, false); !errors.As(err, &problem) || problem.Problem.Kind != api.KindAuth {
			t.Errorf("fetching: %v", err)
		}
		w.restart()
	}
	w.expect("refused", w.server.FailedLogins(), 1)
	w.expect("asked by the user", w.pollAny().Error.Kind, "auth")
	w.expect("refused", w.server.FailedLogins(), 2)
	if err := w.secrets.Set(t.Context(), "a", "right"); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.restart()
	w.expect("due", w.mailboxes["a"].due.After(w.clock.now()), false)
	w.poll()
}
