package app

import (
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
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

// What was there at the first look and has no header stands where the server
// has it, without a date; what arrived later says when.
func TestPlaced(t *testing.T) {
	day := func(n int) time.Time { return time.Date(2026, 11, n, 12, 0, 0, 0, time.UTC) }
	entry := func(uid string, own, first time.Time) ledger.Entry {
		return ledger.Entry{UID: uid, Record: ledger.Record{Described: !own.IsZero(), Date: own, FirstSeen: first, Seen: first.Equal(day(20))}}
	}
	none := time.Time{}
	for name, test := range map[string]struct {
		list []ledger.Entry
		want string
	}{
		"all known": {[]ledger.Entry{entry("b", day(3), day(20)), entry("a", day(2), day(20))}, "b 3 3 a 2 2"},
		"between":   {[]ledger.Entry{entry("c", day(9), day(20)), entry("b", none, day(20)), entry("a", day(2), day(20))}, "c 9 9 b - 2 a 2 2"},
		"oldest":    {[]ledger.Entry{entry("b", day(9), day(20)), entry("a", none, day(20))}, "b 9 9 a - 9"},
		"nothing":   {[]ledger.Entry{entry("b", none, day(20)), entry("a", none, day(20))}, "b - - a - -"},
		"arrived":   {[]ledger.Entry{entry("b", none, day(21)), entry("a", none, day(20))}, "b 21 21 a - 21"},
	} {
		var got []string
		say := func(t time.Time) string {
			if t.IsZero() {
				return "-"
			}
			return strconv.Itoa(t.UTC().Day())
		}
		for _, m := range placed(mailsOf(settings.Account{}, test.list)) {
			got = append(got, m.UID, say(m.Date.Time), say(m.at))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%s: %v, want %s", name, got, test.want)
		}
	}
}
