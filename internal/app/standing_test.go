package app

import (
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// P21, P31: a server that asks for patience for more than a day is no longer
// believed to mend itself: the user reads its own words, and since when.
func TestPatienceThatOutlastsADay(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.poll()
	busy := func(line string) *popserver.Override {
		if strings.HasPrefix(line, "AUTH ") {
			return &popserver.Override{Raw: "-ERR Your mailbox is already locked\r\n"}
		}
		return nil
	}
	w.server.SetMood(busy)
	since := w.clock.now()
	standing := func(what string, want bool) {
		t.Helper()
		w.pollAny()
		p := w.Snapshot().Accounts[0].Error
		if p == nil || p.Kind != api.KindTemporary || (p.Args[api.ArgSince] != "") != want {
			t.Fatalf("%s: %+v", what, p)
		}
		for _, language := range []string{"en", "zh-Hans"} {
			if text := explain.Text(p, locale.New(language)); !strings.Contains(text, "“Your mailbox is already locked”") {
				t.Errorf("%s, %s: %s", what, language, text)
			}
		}
		if want && !strings.HasPrefix(explain.Text(p, locale.New("en")), "For more than a day") {
			t.Errorf("%s: %s", what, explain.Text(p, locale.New("en")))
		}
		if w.Snapshot().Accounts[0].NextPoll.IsZero() {
			t.Errorf("%s: it is polled no more", what)
		}
	}
	standing("at first", false)
	w.clock.advance(23 * time.Hour)
	standing("nearly a day later", false)
	w.clock.advance(2 * time.Hour)
	w.restart()
	standing("a day later, after a restart", true)
	if got := w.Snapshot().Accounts[0].Error.Args[api.ArgSince]; got != since.Format(time.RFC3339) {
		t.Errorf("since %s, want %s", got, since.Format(time.RFC3339))
	}
	w.server.SetMood(nil)
	w.pollAny()
	w.server.SetMood(busy)
	standing("after a poll that succeeded", false)
	w.clock.advance(25 * time.Hour)
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.restart()
	standing("after a change of the account", false)
}
