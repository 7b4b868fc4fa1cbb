package poll

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// What a server could not do once is asked for again a day later, and what it
// could do is not lost by a bad moment then.
func TestHintsAreLearnedAgain(t *testing.T) {
	for name, blip := range map[string]popserver.Override{
		"refused":    {Raw: "-ERR not now\r\n"},
		"broken off": {Close: true},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver("1")
			now := time.Now()
			asked := 0
			mood := func(bad bool) {
				asked = 0
				w.server.SetMood(func(line string) *popserver.Override {
					if line != "CAPA" {
						return nil
					}
					if asked++; bad {
						return &blip
					}
					return nil
				})
			}
			poll := func() string {
				t.Helper()
				w.known()
				var session Session
				o, err := Poll(t.Context(), w.Target, w.book, now, &session)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := w.book.Commit("a", o.Poll, now); err != nil {
					t.Fatal(err)
				}
				w.known()
				h := Hints(w.Known)
				return fmt.Sprint(o.Mode, " ", h.Mechanism, " ", h.Pipelining)
			}
			mood(true)
			w.expect("a bad moment", poll(), "full USER false")
			mood(false)
			w.expect("the same day", poll(), "unchanged USER false")
			w.expect("asked", asked, 0)
			now = now.Add(fullEvery)
			w.expect("the next day", poll(), "full PLAIN true")
			w.expect("and then", poll(), "unchanged PLAIN true")
			now = now.Add(fullEvery)
			mood(true)
			w.expect("another bad moment", poll(), "full PLAIN true")
			w.expect("asked", asked > 0, true)
			mood(false)
			w.expect("after it", poll(), "unchanged PLAIN true")
		})
	}
}

// That sizes lie is forgotten as well, once a day.
func TestSizesAreBelievedAgain(t *testing.T) {
	w := newWorld(t, popserver.Options{Pipelining: true})
	w.deliver("1", "2")
	w.poll()
	w.server.SetMood(func(line string) *popserver.Override {
		if strings.HasPrefix(line, "LIST ") {
			return &popserver.Override{Raw: "+OK " + line[len("LIST "):] + " 1\r\n"}
		}
		return nil
	})
	w.deliver("3")
	w.poll()
	w.expect("sizes lie", w.Known.SizesLie, true)
	w.server.SetMood(nil)
	w.deliver("4")
	w.expect("the same day", w.poll(), "full [4] 4")
	tomorrow := time.Now().Add(fullEvery)
	var session Session
	o, err := Poll(t.Context(), w.Target, w.book, tomorrow, &session)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.book.Commit("a", o.Poll, tomorrow); err != nil {
		t.Fatal(err)
	}
	w.known()
	w.expect("sizes lie tomorrow", w.Known.SizesLie, false)
	w.expect("mode", o.Mode, ledger.Full)
}
