package schedule

import (
	"container/heap"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
)

// growth is what so many accounts come to, two of a server, each polled every
// ten minutes twice, as the engine does it: one timer, a look at all
// accounts when it fires and after each poll.
type growth struct {
	polls, looks, wakes int
	// sockets and waiting are the most at once.
	sockets, waiting int
	late             time.Duration
	// deciding is what Pick and Slots took of this computer.
	deciding time.Duration
}

func grow(accounts int, took time.Duration) (g growth) {
	const interval = 10 * time.Minute
	start := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	end := start.Add(2 * interval)
	var s Slots
	var events timeline
	turns := make([]Turn, accounts)
	number := map[string]int{}
	for i := range turns {
		// What the first round has spread stays spread.
		turns[i] = Turn{ID: fmt.Sprint(i), Due: start.Add(interval * time.Duration(i) / time.Duration(accounts)), Why: api.WhyInterval, Interval: interval}
		number[turns[i].ID] = i
	}
	busy := make([]bool, accounts)
	free := make([]Turn, 0, accounts)
	due := func(now time.Time) (ids []string, next time.Time) {
		free = free[:0]
		for i, t := range turns {
			if !busy[i] {
				free = append(free, t)
			}
		}
		return Pick(free, now, false)
	}
	var wake time.Time // the timer
	running := 0
	var look func(now time.Time)
	look = func(now time.Time) {
		began := time.Now()
		ids, next := due(now)
		for _, id := range ids {
			busy[number[id]] = true
			s.Join(&Place{Account: id, Host: fmt.Sprint(number[id] / 2)})
		}
		begin, again := s.Start(now)
		g.deciding += time.Since(began)
		g.looks++
		g.waiting = max(g.waiting, len(s.waiting))
		for _, p := range begin {
			i := number[p.Account]
			g.polls++
			running++
			g.late = max(g.late, now.Sub(turns[i].latest(false)))
			heap.Push(&events, event{now.Add(took), func(now time.Time) {
				running--
				s.Leave(p, now)
				busy[i] = false
				turns[i].Due, _ = Poll{Now: now, Interval: interval, Jitter: float64(i%20) / 20}.Next()
				look(now)
			}})
		}
		g.sockets = max(g.sockets, running)
		if !again.IsZero() && (next.IsZero() || again.Before(next)) {
			next = again
		}
		if !next.IsZero() && !next.Equal(wake) {
			wake = next
			heap.Push(&events, event{next, func(now time.Time) {
				if wake.Equal(now) { // else the timer was reset
					g.wakes++
					look(now)
				}
			}})
		}
	}
	heap.Push(&events, event{start, look})
	for len(events) > 0 {
		e := heap.Pop(&events).(event)
		if e.at.After(end) {
			break
		}
		e.do(e.at)
	}
	return g
}

// A thousand accounts have no more connections than a hundred, unless polls
// become slow. They are polled in time as long as so many at once can be.
func TestGrowth(t *testing.T) {
	for _, test := range []struct {
		accounts int
		took     time.Duration
	}{{100, 500 * time.Millisecond}, {1000, 500 * time.Millisecond}, {1000, 5 * time.Second}} {
		g := grow(test.accounts, test.took)
		if most := maxBrisk; test.took < slowAfter && g.sockets > most || g.sockets > most+maxSlow {
			t.Errorf("%d accounts: %d connections at once", test.accounts, g.sockets)
		}
		if g.polls < test.accounts {
			t.Errorf("%d accounts: %d polls", test.accounts, g.polls)
		}
		if g.late > 30*time.Second {
			t.Errorf("%d accounts, polls of %v: late by %v", test.accounts, test.took, g.late)
		}
	}
}

// BenchmarkGrowth prints what deciding costs as the accounts grow.
func BenchmarkGrowth(b *testing.B) {
	for _, accounts := range []int{100, 1000, 10_000} {
		for _, took := range []time.Duration{500 * time.Millisecond, time.Second} {
			b.Run(fmt.Sprintf("%d accounts, %v a poll", accounts, took), func(b *testing.B) {
				var g growth
				for b.Loop() {
					g = grow(accounts, took)
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(float64(g.polls), "polls")
				b.ReportMetric(float64(g.wakes), "timers")
				b.ReportMetric(float64(g.sockets), "sockets")
				b.ReportMetric(float64(g.waiting), "waiting")
				b.ReportMetric(g.late.Seconds(), "s-late")
				b.ReportMetric(float64(g.deciding.Microseconds())/float64(g.polls), "µs/poll")
			})
		}
	}
}

// What Pick leaves unsorted changes nothing of what it says.
func TestPickAsIfAllWereSorted(t *testing.T) {
	pick := func(turns []Turn, now time.Time, saving bool) (ids []string, next time.Time) {
		turns = slices.Clone(turns)
		slices.SortStableFunc(turns, func(a, b Turn) int { return a.Due.Compare(b.Due) })
		for len(turns) > 0 {
			n, wake := share(turns, saving)
			if wake.After(now) {
				return ids, wake
			}
			for _, t := range turns[:n] {
				ids = append(ids, t.ID)
			}
			turns = turns[n:]
		}
		return ids, time.Time{}
	}
	now := time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)
	random := rand.New(rand.NewPCG(1, 2)) // what fails has to fail again
	for range 20_000 {
		turns := make([]Turn, random.IntN(12))
		span := 1 + random.IntN(1200)
		for i := range turns {
			turns[i] = Turn{ID: fmt.Sprint(i), Due: now.Add(time.Duration(random.IntN(2*span)-span) * time.Second), Why: api.WhyInterval, Interval: time.Duration(1+random.IntN(100)) * time.Minute}
			if random.IntN(4) == 0 {
				turns[i].Why = api.WhyRetry
			}
		}
		saving := random.IntN(2) == 0
		ids, next := Pick(turns, now, saving)
		wantIDs, wantNext := pick(turns, now, saving)
		if !slices.Equal(ids, wantIDs) || !next.Equal(wantNext) {
			t.Fatalf("%v, saving %v: %v %v, want %v %v", turns, saving, ids, next, wantIDs, wantNext)
		}
	}
}
