//go:build quiet

package main

import (
	"time"
	_ "unsafe" // for go:linkname
)

// forcegcperiod is the runtime's: its monitor thread wakes twice in it even if
// nothing is to be done, which would be the only thing that still moves
// between two polls. After each poll the tray role collects by itself.
//
// The linker allows this only with -checklinkname=0, hence the build tag: a
// plain "go build" gives the same program with one wake-up a minute.
//
//go:linkname forcegcperiod runtime.forcegcperiod
var forcegcperiod int64

func init() { forcegcperiod = int64(30 * 24 * time.Hour) }
