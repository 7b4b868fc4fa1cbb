package app

import (
	"errors"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Only who asks for it has the user asked to unlock the keyring.
func TestUnlock(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.expect("unlocked already", w.unlock(), "")
	w.secrets.lock(true)
	w.expect("a poll", w.pollAny().State, api.Waiting)
	if _, err := w.Check(t.Context()); err != nil {
		t.Error(err)
	}
	w.expect("prompts of polls", w.secrets.prompts, 0)

	w.expect("a no", w.unlock(), api.CodeDismissed)
	w.expect("after a no", w.pollAny().State, api.Waiting)
	w.secrets.open = true
	w.expect("another account's", w.unlock("b"), "")
	w.expect("prompts by then", w.secrets.prompts, 1)
	w.expect("a yes", w.unlock("a"), "")
	w.expect("after a yes", w.pollAny().State, api.OK)

	w.secrets.lock(true)
	a := w.account
	a.SecretCommand = "echo " + password
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.expect("a command", w.unlock(), "")
	w.expect("prompts in all", w.secrets.prompts, 2)
}

// unlock returns the code of the problem.
func (w *world) unlock(ids ...string) api.Code {
	w.t.Helper()
	_, err := api.Unlock.Ask(w.t.Context(), w.Verbs(), api.CheckRequest{Accounts: ids})
	known, ok := errors.AsType[*api.ProblemError](err)
	if err != nil && !ok {
		w.t.Fatal(err)
	}
	if !ok {
		return ""
	}
	return known.Problem.Code
}
