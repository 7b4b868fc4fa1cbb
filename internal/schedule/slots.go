package schedule

import "time"

const (
	// maxBrisk and maxSlow are how many polls run at the same time: those that
	// have only begun, which cost CPU time, and those that have become slow, which
	// cost nothing but memory. As many at once still leave each of them more than
	// package pop3 takes for a stall on a line of 9,600 baud.
	maxBrisk = 12
	maxSlow  = 52
	// maxRelapsed is how many of maxSlow may be accounts that were slow the last
	// time. The rest is for those that turn out to be.
	maxRelapsed = 16
	// maxPerHost is how many polls one server gets at the same time, and
	// maxRelapsedPerHost how many of them by accounts that were slow the last time.
	maxPerHost         = 2
	maxRelapsedPerHost = 1
	// slowAfter is when a poll counts as slow. With a healthy server it takes a
	// second or two.
	slowAfter = 5 * time.Second
)

// Place is an account's place in the line for a poll. It is used once.
type Place struct {
	Account string
	// Host names the server: accounts that share it share its slots.
	Host string

	begun time.Time // zero: it still waits
	slow  bool      // it holds a slow slot
	// relapsed: it was slow the last time, and began in a slow slot.
	relapsed bool
}

// Slots says which polls run at the same time, so that servers that stall hold
// nobody up: no server gets more than a few, a poll that takes long makes room
// for others, and whoever took long the last time waits behind. The zero value
// is ready. It is not safe for concurrent use.
type Slots struct {
	waiting, running []*Place
	// slow are the accounts whose last poll was.
	slow map[string]bool
}

// Join puts p at the end of the line.
func (s *Slots) Join(p *Place) { s.waiting = append(s.waiting, p) }

// Leave takes p out of the line, or ends its poll.
func (s *Slots) Leave(p *Place, now time.Time) {
	s.waiting = without(s.waiting, p)
	s.running = without(s.running, p)
	if !p.begun.IsZero() {
		s.judge(p, now)
	}
}

// judge notes whether p was slow, and says so.
func (s *Slots) judge(p *Place, now time.Time) bool {
	slow := now.Sub(p.begun) >= slowAfter
	if s.slow == nil {
		s.slow = map[string]bool{}
	}
	if slow {
		s.slow[p.Account] = true
	} else {
		delete(s.slow, p.Account)
	}
	return slow
}

func without(all []*Place, p *Place) []*Place {
	for i, other := range all {
		if other == p {
			return append(all[:i], all[i+1:]...)
		}
	}
	return all
}

// Start returns those whose polls begin now, and when to ask again unless
// somebody joins or leaves before; the zero time is never.
func (s *Slots) Start(now time.Time) (begin []*Place, again time.Time) {
	taken := s.take(now)
	for _, relapsed := range []bool{false, true} {
		var rest []*Place
		for _, p := range s.waiting {
			if s.slow[p.Account] != relapsed || !taken.admit(p.Host, relapsed) {
				rest = append(rest, p)
				continue
			}
			p.begun, p.slow, p.relapsed = now, relapsed, relapsed
			s.running = append(s.running, p)
			begin = append(begin, p)
		}
		s.waiting = rest
	}
	if len(s.waiting) == 0 {
		return begin, time.Time{}
	}
	for _, p := range s.running {
		if at := p.begun.Add(slowAfter); at.After(now) && (again.IsZero() || at.Before(again)) {
			again = at
		}
	}
	return begin, again
}

// taken counts the slots that are taken.
type taken struct {
	brisk, slow, relapsed int
	host                  map[string]int
	relapsedHost          map[string]int
}

// take counts them, after it has moved those that have become slow.
func (s *Slots) take(now time.Time) taken {
	t := taken{host: map[string]int{}, relapsedHost: map[string]int{}}
	for _, p := range s.running {
		if p.slow {
			t.slow++
		}
	}
	for _, p := range s.running {
		if !p.slow && s.judge(p, now) && t.slow < maxSlow {
			p.slow = true
			t.slow++
		}
		if !p.slow {
			t.brisk++
		}
		t.host[p.Host]++
		if p.relapsed {
			t.relapsed++
			t.relapsedHost[p.Host]++
		}
	}
	return t
}

// admit takes a slot if there is one.
func (t *taken) admit(host string, relapsed bool) bool {
	switch {
	case t.host[host] == maxPerHost:
		return false
	case !relapsed && t.brisk == maxBrisk:
		return false
	case relapsed && (t.slow == maxSlow || t.relapsed == maxRelapsed || t.relapsedHost[host] == maxRelapsedPerHost):
		return false
	}
	t.host[host]++
	if relapsed {
		t.slow++
		t.relapsed++
		t.relapsedHost[host]++
	} else {
		t.brisk++
	}
	return true
}
