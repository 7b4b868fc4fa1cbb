package app

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/announce"
	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/settings"
)

const toldRefused = "[A: not working|The server refused the user name or password: correct it in the settings. It says: “wrong user name or password”]"

// refuse has the server refuse the user's credentials, which never worked.
func (w *world) refuse() {
	w.t.Helper()
	if err := w.secrets.Set(w.t.Context(), "a", "misspelt"); err != nil {
		w.t.Fatal(err)
	}
	if err := w.SaveAccount(w.t.Context(), w.account); err != nil {
		w.t.Fatal(err)
	}
}

// Whoever gives up says so, once, and takes it back when it works again.
func TestGivingUpIsTold(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.refuse()
	w.pollAny()
	w.expect("told", w.announcer.shownAs(), toldRefused)
	told, ok := w.Announced("problem:a")
	w.expect("a click is about", fmt.Sprint(told, ok), "[{a [] true}] true")
	w.pollAny()
	w.restart()
	w.announceAll(t.Context(), false)
	w.pollAny()
	w.expect("told again", w.announcer.shownAs(), "[]")
	if err := w.secrets.Set(t.Context(), "a", password); err != nil {
		t.Fatal(err)
	}
	w.poll()
	w.expect("withdrawn", slices.Contains(w.announcer.withdrawn, announce.ProblemKey("a")), true)
	w.refuse()
	w.pollAny()
	w.expect("the next time", w.announcer.shownAs(), toldRefused)
	if _, ok := w.Announced("problem:nobody"); ok {
		t.Error("a click on an account that is gone leads somewhere")
	}
}

// One refusal of a password that has worked is not worth a word yet.
func TestSecondRefusalIsTold(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	w.server.SetPassword(user, "changed")
	w.pollAny()
	w.expect("at first", w.announcer.shownAs(), "[]")
	w.clock.advance(15 * time.Minute)
	w.pollAny()
	w.expect("then", w.announcer.shownAs(), toldRefused)
}

// Quiet hours and pauses hold it back, and it is told if it still stands then;
// a silent account has nothing to say.
func TestTroubleWaitsForQuietEnd(t *testing.T) {
	for _, mended := range []bool{false, true} {
		w := newWorld(t, popserver.Options{})
		w.evening(settings.Preferences{QuietExceptImportant: true})
		w.poll()
		w.clock.advance(2 * time.Hour)
		w.refuse()
		w.pollAny()
		w.expect("at night", w.announcer.shownAs(), "[]")
		want := toldRefused
		if mended {
			want = "[]"
			if err := w.secrets.Set(t.Context(), "a", password); err != nil {
				t.Fatal(err)
			}
			w.poll()
		}
		release, end := w.releaseHeld()
		w.expect("held until", fmt.Sprint(release, end.Format("15:04")), "false07:00")
		w.clock.advance(9 * time.Hour)
		release, _ = w.releaseHeld()
		w.expect("released", release, true)
		w.announceAll(t.Context(), true)
		w.expect("in the morning", w.announcer.shownAs(), want)
	}
	w := newWorld(t, popserver.Options{})
	w.account.Silent = true
	w.refuse()
	w.pollAny()
	w.expect("silent", w.announcer.shownAs(), "[]")
}

// A keyring that is locked at the start of a session is usual; one that stays
// locked is not.
func TestKeyringThatStaysLockedIsTold(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.secrets.lock(true)
	for range 3 {
		w.pollAny()
		w.clock.advance(7 * time.Minute)
	}
	w.expect("at first", w.announcer.shownAs(), "[]")
	w.pollAny()
	w.clock.advance(time.Hour)
	w.pollAny()
	w.expect("told", len(w.announcer.shownAs()), 1)
	w.secrets.lock(false)
	w.poll()
	w.expect("withdrawn", slices.Contains(w.announcer.withdrawn, announce.ProblemKey("a")), true)
}

// A full disk repeats no notification, and is what is wrong meanwhile. What is
// wrong is told once, and again when it comes back.
func TestFullDisk(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	// The first change of a poll is that of what it learned.
	const full, free = 1, -1
	w.ledger.Fill(full)
	w.deliver("1", "2", "3", "4")
	for i, room := range []int{full, 0, 0} {
		w.ledger.Fill(room)
		a := w.pollAny()
		w.expect("state", fmt.Sprint(a.State, " ", a.Error != nil && a.Error.Code == api.CodeDiskFull), "error true")
		w.expect("snapshot", w.Snapshot().Accounts[0].State, api.Failed)
		if a := w.mailboxes["a"]; a.due.IsZero() {
			t.Error("it is polled no more")
		}
		shown := w.announcer.shownAs()
		if i > 0 && len(shown) > 0 || i == 0 && (len(shown) != 2 || !strings.HasPrefix(shown[0], "A: 4 new") || !strings.HasPrefix(shown[1], "A: not working|")) {
			t.Errorf("poll %d: %q", i, shown)
		}
	}
	w.deliver("5")
	w.ledger.Fill(full + 1) // for what was announced before
	w.pollAny()
	w.expect("what is new", w.announcer.shownAs(), "[Ann|5]")
	w.ledger.Fill(free)
	w.poll()
	w.expect("room again", w.announcer.shownAs(), "[]")
	w.expect("withdrawn", slices.Contains(w.announcer.withdrawn, announce.ProblemKey("a")), true)
	w.restart()
	w.poll()
	w.expect("after a restart", w.announcer.shownAs(), "[]")
	w.ledger.Fill(full)
	w.deliver("6")
	w.pollAny()
	w.expect("full once more", len(w.announcer.shownAs()), 2)
	six := w.drop.Messages()[5]
	w.drop.Remove(six.UID)
	w.ledger.Fill(free)
	w.poll()
	w.drop.DeliverUID(six.UID, six.Raw)
	w.poll()
	w.expect("back", w.announcer.shownAs(), "[]")
	w.ledger.Fill(full)
	w.deliver("7")
	w.pollAny()
	w.expect("full again", len(w.announcer.shownAs()), 2)
	w.ledger.Fill(free)
	w.restart()
	w.poll()
	w.expect("after a restart with room again", w.announcer.shownAs(), "[]")
}
