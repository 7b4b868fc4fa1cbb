package app

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// P32: a server that numbers its messages for UIDs gives them those of others
// whenever one leaves. None is told twice for it, none is lost, and each is as
// seen as it was.
func TestNumbersForUIDs(t *testing.T) {
	for seed := range uint64(6) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, 3))
			w := newWorld(t, popserver.Options{Pipelining: seed%2 == 0})
			w.ledger.NoSync()
			o := oddList{rows: func(_ int, uids []string) []string {
				for i := range uids {
					uids[i] = fmt.Sprint(i + 1)
				}
				return uids
			}}
			w.server.SetMood(o.mood(w, 0))
			seen := map[string]bool{}
			n, size := 0, 1
			send := func(name string) {
				n++
				size = size * 3 % 65537
				w.deliverText(fmt.Sprint(name, n), strings.Repeat("x", size%5000))
			}
			for range []int{0, 5, 20}[seed%3] {
				send("old")
			}
			w.poll()
			told := map[string]int{}
			count := func() {
				for _, m := range w.poll().New {
					if told[m.Subject]++; told[m.Subject] > 1 || strings.HasPrefix(m.Subject, "old") {
						t.Errorf("%s was told %d times", m.Subject, told[m.Subject])
					}
				}
			}
			for range 60 {
				for range r.IntN(4) {
					send("m")
				}
				for range r.IntN(3) {
					if m := w.drop.Messages(); len(m) > 0 && r.IntN(2) == 0 {
						w.drop.Remove(m[r.IntN(len(m))].UID)
					}
				}
				w.clock.advance([]time.Duration{time.Hour, 25 * time.Hour}[r.IntN(2)])
				count()
				if err := w.Describe(t.Context(), "a"); err != nil {
					t.Fatal(err)
				}
				list, err := w.List("a", 1)
				if err != nil || len(list) == 0 {
					continue
				}
				if err := w.MarkSeen(t.Context(), "a", list[0].UID); err != nil {
					t.Fatal(err)
				}
				seen[list[0].Subject] = true
			}
			for range 4 {
				w.clock.advance(25 * time.Hour)
				count()
			}
			news := 0
			for _, m := range strings.Fields(w.left()) {
				if strings.HasPrefix(m, "m") {
					if !seen[m] {
						news++
					}
					if told[m] != 1 {
						t.Errorf("%s was told %d times", m, told[m])
					}
				}
			}
			w.expect("unseen", w.Snapshot().Unseen, news)
		})
	}
}
