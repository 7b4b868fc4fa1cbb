package schedule

import (
	"container/heap"
	"fmt"
	"strings"
	"testing"
	"time"
)

// seats are what a line said to begin.
func seats(begin []*Place) string {
	var names []string
	for _, p := range begin {
		names = append(names, p.Account)
	}
	return fmt.Sprint(names)
}

func join(s *Slots, host string, accounts ...string) map[string]*Place {
	places := map[string]*Place{}
	for _, a := range accounts {
		places[a] = &Place{Account: a, Host: host}
		s.Join(places[a])
	}
	return places
}

func TestSlots(t *testing.T) {
	var s Slots
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	expect := func(what, begin, again string) {
		t.Helper()
		places, at := s.Start(now)
		in := "never"
		if !at.IsZero() {
			in = at.Sub(now).String()
		}
		if got := seats(places); got != begin || in != again {
			t.Errorf("%s: %s %s, want %s %s", what, got, in, begin, again)
		}
	}
	a := join(&s, "drips", "a1", "a2", "a3")
	expect("two of a server", "[a1 a2]", "5s")
	join(&s, "b", "b1")
	expect("another server does not wait for them", "[b1]", "5s")
	now = now.Add(2 * time.Second)
	s.Leave(a["a1"], now)
	expect("one of them has ended", "[a3]", "never")
	now = now.Add(3 * time.Second)
	s.Leave(a["a2"], now) // after five seconds
	a = join(&s, "drips", "a2", "a4", "a1")
	expect("the slow one is overtaken", "[a4]", "2s")
	s.Leave(a["a4"], now)
	expect("in the order of arrival, else", "[a1]", "2s")
	s.Leave(a["a1"], now)
	expect("then it is its turn", "[a2]", "never")
	s.Leave(a["a2"], now.Add(time.Second))
	again := &Place{Account: "a2", Host: "c"}
	s.Join(again)
	s.Leave(again, now)
	expect("who gives up waiting does not begin", "[]", "never")
	join(&s, "c", "a2", "c1")
	expect("who was quick the last time does not wait behind", "[a2 c1]", "never")
}

// A poll that takes long makes room for another, as long as there is some.
func TestSlowPollsMakeRoom(t *testing.T) {
	var s Slots
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for i := range maxBrisk + maxSlow + 10 {
		s.Join(&Place{Account: fmt.Sprint(i), Host: fmt.Sprint(i)})
	}
	var got []int
	for range 7 {
		begin, _ := s.Start(now)
		got = append(got, len(begin))
		now = now.Add(slowAfter)
	}
	if want := "[12 12 12 12 12 4 0]"; fmt.Sprint(got) != want {
		t.Errorf("%v begin, want %s", got, want)
	}
}

// crowd is what a thousand accounts on many servers are like.
type crowd struct {
	name              string
	accounts, perHost int
	interval          time.Duration
	// every so many servers one drips, none if it is 0; it holds a poll for drip, and a
	// healthy one for brisk.
	every       int
	drip, brisk time.Duration
}

// lateness plays rounds of polls in which all are due at once, and says how late
// the healthy account that waited longest was.
func (c crowd) lateness(rounds int) (worst time.Duration) {
	var s Slots
	var events timeline
	start := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	dripping := func(i int) bool { return c.every > 0 && i/c.perHost%c.every == 0 }
	due := make([]time.Time, c.accounts)
	places := map[*Place]int{}
	join := func(i int, at time.Time) {
		p := &Place{Account: fmt.Sprint(i), Host: fmt.Sprint(i / c.perHost)}
		places[p], due[i] = i, at
		s.Join(p)
	}
	for i := range c.accounts {
		heap.Push(&events, event{start, func(now time.Time) { join(i, now) }})
	}
	end := start.Add(time.Duration(rounds) * c.interval)
	for len(events) > 0 {
		e := heap.Pop(&events).(event)
		now := e.at
		e.do(now)
		if len(events) > 0 && events[0].at.Equal(now) {
			continue
		}
		begin, again := s.Start(now)
		if !again.IsZero() {
			heap.Push(&events, event{again, func(time.Time) {}})
		}
		for _, p := range begin {
			i, took := places[p], c.brisk
			if dripping(i) {
				took = c.drip
			} else {
				worst = max(worst, now.Sub(due[i]))
			}
			heap.Push(&events, event{now.Add(took), func(now time.Time) {
				s.Leave(p, now)
				delete(places, p)
				if next := now.Add(c.interval); next.Before(end) {
					heap.Push(&events, event{next, func(now time.Time) { join(i, now) }})
				}
			}})
		}
	}
	return worst
}

type event struct {
	at time.Time
	do func(now time.Time)
}

// timeline is a heap of events, the earliest first.
type timeline []event

func (t timeline) Len() int           { return len(t) }
func (t timeline) Less(i, j int) bool { return t[i].at.Before(t[j].at) }
func (t timeline) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }
func (t *timeline) Push(e any)        { *t = append(*t, e.(event)) }

func (t *timeline) Pop() any {
	last := (*t)[len(*t)-1]
	*t = (*t)[:len(*t)-1]
	return last
}

// crowds are a thousand accounts each.
var crowds = []crowd{
	{"no server drips", 1000, 2, 5 * time.Minute, 0, 0, 1500 * time.Millisecond},
	{"all are of one server", 1000, 1000, 5 * time.Minute, 0, 0, 500 * time.Millisecond},
	{"four drip as long as a poll may take", 1000, 1, 5 * time.Minute, 250, 5 * time.Minute, 1500 * time.Millisecond},
	{"forty drip as long as a poll may take", 1000, 2, 5 * time.Minute, 25, 5 * time.Minute, 1500 * time.Millisecond},
	{"two hundred drip until they stall", 1000, 2, 5 * time.Minute, 5, 70 * time.Second, 1500 * time.Millisecond},
	{"five hundred of a few servers drip", 1000, 20, 5 * time.Minute, 2, 70 * time.Second, 1500 * time.Millisecond},
	{"eighty drip, each is asked every minute", 1000, 4, time.Minute, 12, 70 * time.Second, 300 * time.Millisecond},
}

// No healthy account is late by more than its interval, whatever others do.
func TestDrippingServersDelayNobody(t *testing.T) {
	for _, c := range crowds {
		if late := c.lateness(20); late > c.interval {
			t.Errorf("%s: a healthy account was late by %v", c.name, late)
		}
	}
}

// BenchmarkDrippingServers prints how late the healthy accounts among a thousand
// are at worst, in seconds.
func BenchmarkDrippingServers(b *testing.B) {
	for _, c := range crowds {
		b.Run(strings.ReplaceAll(c.name, ",", ""), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(c.lateness(20).Seconds(), "s-late")
			}
			b.ReportMetric(c.interval.Seconds(), "s-interval")
			b.ReportMetric(0, "ns/op")
		})
	}
}
