package app

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A server that has lost its messages for some polls, or lists none or few of
// them, has nothing forgotten: they are as seen as they were, and not told again.
func TestOutageForgetsNothing(t *testing.T) {
	for name, o := range map[string]struct{ command, raw string }{
		"STAT 0":     {"STAT", "+OK 0 0\r\n"},
		"UIDL empty": {"UIDL", "+OK\r\n.\r\n"},
		"UIDL half":  {"UIDL", "+OK\r\n1 uid00000001\r\n2 uid00000002\r\n.\r\n"},
	} {
		for _, pipelining := range []bool{true, false} {
			for _, restart := range []bool{false, true} {
				t.Run(fmt.Sprint(name, pipelining, restart), func(t *testing.T) {
					w := newWorld(t, popserver.Options{Pipelining: pipelining})
					w.deliver("o1", "o2", "o3")
					w.poll()
					w.deliver("1", "2", "3", "4", "5", "6", "7", "8")
					w.expect("new", len(w.poll().New), 8)
					if err := w.MarkSeen(t.Context(), "a", w.uid("3"), w.uid("4")); err != nil {
						t.Fatal(err)
					}
					told := len(w.announcer.bodies())
					for range 4 {
						w.server.SetMood(func(line string) *popserver.Override {
							if line == o.command {
								return &popserver.Override{Raw: o.raw}
							}
							return nil
						})
						w.clock.advance(25 * time.Hour)
						w.poll()
					}
					if restart {
						w.restart()
					}
					w.server.SetMood(nil)
					w.deliver("9")
					w.clock.advance(25 * time.Hour)
					a := w.poll()
					var more []string
					for _, m := range a.New {
						more = append(more, m.Subject)
					}
					a2 := w.poll()
					for _, m := range a2.New {
						more = append(more, m.Subject)
					}
					w.clock.advance(25 * time.Hour)
					a = w.poll()
					w.expect("new", fmt.Sprint(more, subjects(a.New), a.Unseen, a.Messages), "[9] [] 7 12")
					if got := w.announcer.bodies()[told:]; len(got) != 1 {
						t.Errorf("announced %q", got)
					}
				})
			}
		}
	}
}

// A migration that turns the order of the messages round makes none of them new.
func TestMigrationTurnsTheOrder(t *testing.T) {
	for _, n := range []int{1, 2, 3, 5, 8, 25, 60} {
		for _, come := range []int{0, 1, 3} {
			t.Run(fmt.Sprint(n, " ", come), func(t *testing.T) {
				w := newWorld(t, popserver.Options{Pipelining: true})
				w.poll()
				for i := range n {
					w.deliverText(fmt.Sprint("m", i), strings.Repeat("x", i*7))
				}
				w.poll()
				messages := w.drop.Messages()
				for _, m := range messages {
					w.drop.Remove(m.UID)
				}
				for i := range messages { // reversed
					w.drop.Deliver(messages[len(messages)-1-i].Raw)
				}
				for i := range come {
					w.deliverText(fmt.Sprint("new", i), strings.Repeat("y", i))
				}
				w.clock.advance(time.Hour)
				a := w.poll()
				w.expect("new, unseen", fmt.Sprint(len(a.New), a.Unseen), fmt.Sprint(come, n+come))
			})
		}
	}
}
