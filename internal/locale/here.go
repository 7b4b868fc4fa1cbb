package locale

import (
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// following: catalogues write times as the system does.
var following atomic.Bool

// FollowSystem has every catalogue of this process write dates and hours as the
// system is set to, and in the time zone that it is set to by then. Without it
// they are written as their language has them.
func FollowSystem() {
	following.Store(true)
	surroundings.look(time.Now())
}

// Now is the present in the system's time zone, also after that has changed: Go
// looks for it once in a process.
func Now() time.Time { return here(time.Now()) }

// here is t in the system's time zone of this moment, if it is in that of the
// program's start.
func here(t time.Time) time.Time {
	if !following.Load() || t.Location() != time.Local {
		return t
	}
	zone, _ := surroundings.look(time.Now())
	return t.In(zone)
}

// lookAgain is how long what the system has said is believed.
const lookAgain = time.Second

// surroundings are what the system has said of times. It is asked when somebody
// wants to know, and never in between.
var surroundings watch

type watch struct {
	mu          sync.Mutex
	asked       time.Time // zero: never
	zone        zone
	conventions conventions
}

func (w *watch) look(now time.Time) (*time.Location, conventions) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.asked.IsZero() || now.Sub(w.asked) >= lookAgain {
		w.asked = now
		w.zone.look()
		w.conventions = conventionsOf(os.Getenv, systemConventions)
	}
	return w.zone.location(), w.conventions
}

// asSystem are the conventions to be followed.
func asSystem() conventions {
	if !following.Load() {
		return conventions{}
	}
	_, c := surroundings.look(time.Now())
	return c
}
