package app

import (
	"fmt"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// What was there at the first look counts as seen, which is said until the
// user has it counted or left as it is; and it is never told.
func TestExisting(t *testing.T) {
	for _, count := range []bool{true, false} {
		t.Run(fmt.Sprint(count), func(t *testing.T) {
			w := newWorld(t, popserver.Options{})
			w.deliver("old", "older")
			w.poll()
			state := func() string {
				a := w.Snapshot().Accounts[0]
				return fmt.Sprint(a.Existing, " of ", a.Messages, ", unseen ", a.Unseen)
			}
			w.expect("at first", state(), "2 of 2, unseen 0")
			w.clock.advance(1e12)
			w.deliver("new")
			w.poll()
			w.expect("later", state(), "2 of 3, unseen 1")
			if _, err := api.Existing.Ask(t.Context(), w.Verbs(), api.ExistingRequest{Account: "a", Count: count}); err != nil {
				t.Fatal(err)
			}
			w.expect("answered", state(), map[bool]string{true: "0 of 3, unseen 3", false: "0 of 3, unseen 1"}[count])
			w.poll()
			w.expect("told", len(w.announcer.bodies()), 1)
		})
	}
}

func TestExistingIsNotAskedAbout(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver("old")
	a := w.account
	a.UnseenExisting = true
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.expect("it counts already", w.Snapshot().Accounts[0].Existing, 0)
}
