//go:build !windows

package locale

import (
	"os"
	"time"
)

// localtime is the system's time zone, mostly as a link.
const localtime = "/etc/localtime"

// zone follows the system's time zone. The zero value follows localtime.
type zone struct {
	path  string // in place of localtime, in tests
	known bool
	last  stamp
	now   *time.Location // nil: the one that Go has found
}

// stamp tells a file from what was there before.
type stamp struct {
	link    string
	changed time.Time
	size    int64
}

func (z *zone) look() {
	if _, set := os.LookupEnv("TZ"); set {
		return // it is what the user wants of this program
	}
	path := z.path
	if path == "" {
		path = localtime
	}
	var found stamp
	found.link, _ = os.Readlink(path) // it may be a file
	if info, err := os.Stat(path); err == nil {
		found.changed, found.size = info.ModTime(), info.Size()
	}
	if !z.known || found == z.last {
		z.known, z.last = true, found
		return
	}
	raw, err := os.ReadFile(path) // #nosec G304 -- it is ours, or a test's
	if err != nil {
		return // it is being replaced, or there is none: the next look will tell
	}
	if location, err := time.LoadLocationFromTZData("Local", raw); err == nil {
		z.last, z.now = found, location
	}
}

func (z *zone) location() *time.Location {
	if z.now == nil {
		return time.Local
	}
	return z.now
}
