package locale

import (
	"syscall"
	"time"
)

// zone follows the system's time zone. After a change it knows no more than the
// offset of the moment, which is what Windows tells in one call; times of the
// other half of the year are then off by summer time.
type zone struct{ now *time.Location }

func (z *zone) look() {
	const daylight = 2 // TIME_ZONE_ID_DAYLIGHT
	var info syscall.Timezoneinformation
	id, err := syscall.GetTimeZoneInformation(&info)
	if err != nil {
		return
	}
	bias := info.Bias + info.StandardBias
	if id == daylight {
		bias = info.Bias + info.DaylightBias
	}
	z.now = time.Local
	if _, offset := time.Now().Zone(); offset != -int(bias)*60 {
		z.now = time.FixedZone("Local", -int(bias)*60)
	}
}

func (z *zone) location() *time.Location {
	if z.now == nil {
		return time.Local
	}
	return z.now
}
