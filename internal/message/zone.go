package message

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What is kept of the zones of a calendar.
const (
	maxOnsets   = 1000 // of all; one with its whole history has some 200
	maxZoneName = 100  // octets that are looked up in the system
)

// zoneName reads the name of a zone as it is shown.
func zoneName(value string) string { return oneLine(strings.Trim(value, `" `)) }

// zoneKey is what names of the same zone have in common.
func zoneKey(name string) string { return strings.ToLower(zoneName(name)) }

// in is when clocks in the zone of a name show wall; false if nobody knows the
// zone.
func (c *calendar) in(name string, wall time.Time) (time.Time, bool) {
	if zone := c.zones[zoneKey(name)]; zone != nil {
		if offset, ok := zone.offset(wall); ok {
			return instant(wall, time.FixedZone("", offset)), true
		}
	}
	if place := location(name); place != nil {
		return instant(wall, place), true
	}
	return time.Time{}, false
}

// instant is when clocks in place show wall.
func instant(wall time.Time, place *time.Location) time.Time {
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, place)
}

// location is the zone that a name alone tells, or nil.
func location(name string) *time.Location {
	if place := system(name); place != nil {
		return place
	}
	known := knownZones[strings.ToLower(name)]
	if offset, ok := utcOffset(known); ok {
		return time.FixedZone("", offset)
	}
	if known != "" {
		return system(known)
	}
	// (UTC+08:00) Beijing, Chongqing, ...; GMT+8
	m := offsetName().FindStringSubmatch(name)
	if m == nil {
		return nil
	}
	hours, _ := strconv.Atoi(m[2])
	minutes, _ := strconv.Atoi(m[3])
	offset := 3600*hours + 60*minutes
	if m[1] == "-" {
		offset = -offset
	}
	// With places, the offset is that of their winter. Between these two no
	// place has a summer time; elsewhere one cannot tell.
	winterOnly := strings.TrimSpace(m[4]) != "" && (offset < 3*3600 || offset > 9*3600)
	if winterOnly || hours > 14 || minutes > 59 {
		return nil
	}
	return time.FixedZone("", offset)
}

var offsetName = lazily(`(?i)^\(?(?:UTC|GMT)? ?([+-])(\d{1,2})[:.]?(\d{2})?\)?(.*)$`)

// system looks a zone up in the system's data, also one whose name has the
// maker's before it, such as /freeassociation.sourceforge.net/Europe/Berlin.
// On Windows there may be no data, but for UTC.
func system(name string) *time.Location {
	if name == "" || len(name) > maxZoneName || strings.EqualFold(name, "local") {
		return nil
	}
	for range 4 {
		if place, err := time.LoadLocation(name); err == nil {
			return place
		}
		var ok bool
		if _, name, ok = strings.Cut(name, "/"); !ok || !strings.Contains(name, "/") {
			return nil
		}
	}
	return nil
}

// knownZones are the zones of Windows as the Unicode CLDR maps them, those that
// mail without a definition of its zone names most, and zones of the tz
// database for a system that has no data. Those without a summer time have
// their offset instead.
var knownZones = map[string]string{
	"aus central standard time":        "+0930",
	"aus eastern standard time":        "Australia/Sydney",
	"alaskan standard time":            "America/Anchorage",
	"arab standard time":               "+0300",
	"arabian standard time":            "+0400",
	"arabic standard time":             "+0300",
	"argentina standard time":          "-0300",
	"atlantic standard time":           "America/Halifax",
	"bangladesh standard time":         "+0600",
	"canada central standard time":     "-0600",
	"cen. australia standard time":     "Australia/Adelaide",
	"central america standard time":    "-0600",
	"central europe standard time":     "Europe/Budapest",
	"central european standard time":   "Europe/Warsaw",
	"central standard time":            "America/Chicago",
	"central standard time (mexico)":   "-0600",
	"china standard time":              "+0800",
	"e. africa standard time":          "+0300",
	"e. australia standard time":       "+1000",
	"e. europe standard time":          "Europe/Chisinau",
	"e. south america standard time":   "-0300",
	"eastern standard time":            "America/New_York",
	"egypt standard time":              "Africa/Cairo",
	"fle standard time":                "Europe/Helsinki",
	"gmt standard time":                "Europe/London",
	"gtb standard time":                "Europe/Bucharest",
	"greenwich standard time":          "+0000",
	"hawaiian standard time":           "-1000",
	"india standard time":              "+0530",
	"iran standard time":               "+0330",
	"israel standard time":             "Asia/Jerusalem",
	"korea standard time":              "+0900",
	"middle east standard time":        "Asia/Beirut",
	"mountain standard time":           "America/Denver",
	"myanmar standard time":            "+0630",
	"nepal standard time":              "+0545",
	"new zealand standard time":        "Pacific/Auckland",
	"newfoundland standard time":       "America/St_Johns",
	"north asia east standard time":    "+0800",
	"pacific sa standard time":         "America/Santiago",
	"pacific standard time":            "America/Los_Angeles",
	"pakistan standard time":           "+0500",
	"romance standard time":            "Europe/Paris",
	"russian standard time":            "+0300",
	"sa eastern standard time":         "-0300",
	"sa pacific standard time":         "-0500",
	"sa western standard time":         "-0400",
	"se asia standard time":            "+0700",
	"singapore standard time":          "+0800",
	"south africa standard time":       "+0200",
	"sri lanka standard time":          "+0530",
	"taipei standard time":             "+0800",
	"tokyo standard time":              "+0900",
	"turkey standard time":             "+0300",
	"us mountain standard time":        "-0700",
	"utc":                              "+0000",
	"(utc) coordinated universal time": "+0000",
	"tzone://microsoft/utc":            "+0000",
	"ulaanbaatar standard time":        "+0800",
	"vladivostok standard time":        "+1000",
	"w. australia standard time":       "+0800",
	"w. central africa standard time":  "+0100",
	"w. europe standard time":          "Europe/Berlin",
	"west asia standard time":          "+0500",
	"中国标准时间":                           "+0800",

	"asia/bangkok":        "+0700",
	"asia/beijing":        "+0800", // of none, but written
	"asia/calcutta":       "+0530",
	"asia/chongqing":      "+0800",
	"asia/dubai":          "+0400",
	"asia/ho_chi_minh":    "+0700",
	"asia/hong_kong":      "+0800",
	"asia/jakarta":        "+0700",
	"asia/kolkata":        "+0530",
	"asia/kuala_lumpur":   "+0800",
	"asia/macau":          "+0800",
	"asia/manila":         "+0800",
	"asia/seoul":          "+0900",
	"asia/shanghai":       "+0800",
	"asia/singapore":      "+0800",
	"asia/taipei":         "+0800",
	"asia/tokyo":          "+0900",
	"asia/urumqi":         "+0600",
	"europe/istanbul":     "+0300",
	"europe/moscow":       "+0300",
	"america/sao_paulo":   "-0300",
	"africa/johannesburg": "+0200",
	"australia/brisbane":  "+1000",
	"australia/perth":     "+0800",
	"etc/utc":             "+0000",
	"etc/gmt":             "+0000",
	"gmt":                 "+0000",
	"prc":                 "+0800",
}

var offsetValue = lazily(`^([+-]?)(\d\d):?(\d\d)(?::?(\d\d))?$`)

// utcOffset reads an offset (RFC 5545, section 3.3.14), in seconds east of
// UTC.
func utcOffset(value string) (int, bool) {
	m := offsetValue().FindStringSubmatch(strings.TrimSpace(value))
	if m == nil {
		return 0, false
	}
	hours, _ := strconv.Atoi(m[2])
	minutes, _ := strconv.Atoi(m[3])
	seconds, _ := strconv.Atoi(m[4])
	offset := 3600*hours + 60*minutes + seconds
	if m[1] == "-" {
		offset = -offset
	}
	return offset, hours < 24 && minutes < 60 && seconds < 60
}

// timezone is a VTIMEZONE (RFC 5545, section 3.6.5).
type timezone struct{ observances []*observance }

// observance is a STANDARD or DAYLIGHT: the offset that holds from its onsets
// on. Onsets are what clocks showed until then; without any (Tencent writes
// such), it has always held.
type observance struct {
	from, to *int // seconds east of UTC, nil if unknown
	start    time.Time
	dates    []time.Time
	rule     *yearly
}

// set takes in a property, and returns how many onsets it kept, at most room.
func (o *observance) set(name, value string, room int) int {
	switch name {
	case "DTSTART":
		o.start, _ = wallTime(value)
	case "TZOFFSETFROM":
		if offset, ok := utcOffset(value); ok {
			o.from = &offset
		}
	case "TZOFFSETTO":
		if offset, ok := utcOffset(value); ok {
			o.to = &offset
		}
	case "RRULE":
		o.rule = newYearly(value)
	case "RDATE":
		before := len(o.dates)
		for date := range strings.SplitSeq(value, ",") {
			if at, ok := wallTime(date); ok && len(o.dates)-before < room {
				o.dates = append(o.dates, at)
			}
		}
		return len(o.dates) - before
	}
	return 0
}

// wallTime reads a time of a zone's rules. Some write Z where it means
// nothing.
func wallTime(value string) (time.Time, bool) {
	value = strings.TrimSuffix(strings.ToUpper(strings.TrimSpace(value)), "Z")
	at, err := time.Parse("20060102T150405", value)
	if err != nil {
		at, err = time.Parse("20060102", value)
	}
	return at, err == nil
}

// offset is the zone's at a time that its clocks show. A time that the clocks
// show twice is the first, and one that they leave out counts from before
// (RFC 5545, section 3.3.5).
func (z *timezone) offset(wall time.Time) (seconds int, ok bool) {
	var since time.Time // the onset of what holds
	var first *observance
	for _, o := range z.observances {
		if o.to == nil {
			continue
		}
		if first == nil || o.start.Before(first.start) {
			first = o
		}
		if at, begun := o.last(wall); begun && (!ok || at.After(since)) {
			since, seconds, ok = at, *o.to, true
		}
	}
	if !ok && first != nil { // before all onsets
		return *cmp.Or(first.from, first.to), true
	}
	return seconds, ok
}

// last is the observance's last onset before wall.
func (o *observance) last(wall time.Time) (at time.Time, begun bool) {
	skipped := *o.to - *cmp.Or(o.from, o.to)
	wall = wall.Add(-time.Duration(max(0, skipped)) * time.Second)
	take := func(onset time.Time) {
		if !onset.After(wall) && !onset.Before(o.start) && (!begun || onset.After(at)) {
			at, begun = onset, true
		}
	}
	take(o.start)
	for _, date := range o.dates {
		take(date)
	}
	if o.rule != nil {
		year := min(wall.Year(), o.rule.until.Year())
		for _, onset := range []time.Time{o.rule.in(year-1, o.start), o.rule.in(year, o.start)} {
			// until is in UTC, or should be; years are long.
			if onset.Before(o.rule.until.AddDate(0, 0, 2)) {
				take(onset)
			}
		}
	}
	return at, begun
}

// yearly is a rule such as FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU: the day that is a
// weekday, on or after a day of the month, or the last but some.
type yearly struct {
	month   time.Month // 0: that of the first onset
	day     int        // 0: that of the first onset
	weekday int        // -1: any
	weeks   int        // before the last one, if fromEnd
	fromEnd bool
	until   time.Time
}

var (
	byDay    = lazily(`^(?:([+-]?)([1-5]))?(SU|MO|TU|WE|TH|FR|SA)$`)
	weekdays = []string{"SU", "MO", "TU", "WE", "TH", "FR", "SA"}
)

// newYearly reads a rule (RFC 5545, section 3.3.10), or returns nil if it is
// none that zones have.
func newYearly(value string) *yearly {
	r := &yearly{weekday: -1, until: time.Date(9999, 12, 1, 0, 0, 0, 0, time.UTC)}
	every := ""
	for part := range strings.SplitSeq(strings.ToUpper(strings.TrimSpace(value)), ";") {
		name, value, _ := strings.Cut(part, "=")
		switch name {
		case "FREQ":
			every = value
		case "BYMONTH":
			month, err := strconv.Atoi(value)
			if err != nil || month < 1 || month > 12 {
				return nil
			}
			r.month = time.Month(month)
		case "BYMONTHDAY": // 8,9,10,11,12,13,14 with a weekday means the second
			first, _, _ := strings.Cut(value, ",")
			day, err := strconv.Atoi(first)
			if err != nil || day < 1 || day > 31 {
				return nil
			}
			r.day = day
		case "BYDAY":
			first, _, _ := strings.Cut(value, ",")
			m := byDay().FindStringSubmatch(first)
			if m == nil {
				return nil
			}
			r.weekday = slices.Index(weekdays, m[3])
			nth, _ := strconv.Atoi(m[2])
			switch {
			case m[1] == "-":
				r.fromEnd, r.weeks = true, nth-1
			case nth > 0:
				r.day = 1 + 7*(nth-1)
			default:
				r.day = max(1, r.day)
			}
		case "UNTIL":
			until, ok := wallTime(value)
			if !ok {
				return nil
			}
			r.until = until
		}
	}
	if every != "YEARLY" {
		return nil
	}
	return r
}

// in is the onset in a year, at the time of day of the first one.
func (r *yearly) in(year int, first time.Time) time.Time {
	month := cmp.Or(r.month, first.Month())
	day := cmp.Or(r.day, first.Day())
	if r.fromEnd {
		day = time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day() - 6 - 7*r.weeks
	}
	at := time.Date(year, month, day, first.Hour(), first.Minute(), first.Second(), 0, time.UTC)
	if r.weekday >= 0 {
		at = at.AddDate(0, 0, (r.weekday-int(at.Weekday())+7)%7)
	}
	return at
}
