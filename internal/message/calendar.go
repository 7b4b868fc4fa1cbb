package message

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/plaintext"
)

// What is kept of a calendar, which may be long.
const (
	maxEvents   = 5
	maxArg      = 200  // runes
	maxOnsets   = 1000 // of all zones; one with its whole history has some 200
	maxZoneName = 100  // octets that are looked up in the system

	maxDescription = 4000 // characters
	maxPerson      = 80   // characters of a name
)

// invitation reads an iCalendar text (RFC 5545), as it comes in mail (RFC
// 6047), and returns a notice for each of its first events, tasks, journal
// entries and busy times, with paragraphs of what is written about it, or nil
// where there is none with a title or a time. Lines may end in any way, and any
// line may be missing. method is what the message says that it is (RFC 6047,
// section 2.4), for a calendar that does not.
//
// The zone of a time is the one that the calendar itself defines, even if the
// system knows another of that name. RFC 5545, section 3.2.19 has it so, the
// program of the sender has computed with it, and the answer is then the same
// on a system without zone data (Windows) or with an old one. Only where the
// calendar defines nothing usable does the name decide.
//
// An octet fold (section 3.1) may cut a character in two: the caller unfolds
// before it decodes the charset.
func invitation(text, method string) []Block {
	c := calendar{zones: map[string]*timezone{}}
	c.read(text)
	c.method = cmp.Or(c.method, strings.ToLower(method))
	var blocks []Block
	for _, e := range c.events {
		args := c.args(e)
		if args["title"] == "" && args["start"] == "" && args["end"] == "" {
			continue
		}
		blocks = append(blocks, Block{Kind: Notice, Code: Invitation, Args: args})
		said := e.description
		if c.method == "reply" { // the rest is the event's own
			said = cmp.Or(e.comment, said)
		}
		blocks = append(blocks, described(said)...)
	}
	return blocks
}

// described are the paragraphs of a description. Google writes HTML into some,
// which RFC 5545 does not foresee.
func described(value string) []Block {
	s := plaintext.Truncate(escapes.Replace(value), maxDescription)
	if lower := strings.ToLower(s); strings.Contains(lower, "</") || strings.Contains(lower, "<br") {
		return htmlDocument(s).Blocks
	}
	return plainDocument(s, false, false).Blocks
}

// folds are the line ends that RFC 5545, section 3.1 has a program put into
// long lines, also after a gateway doubled a CR.
var folds = strings.NewReplacer(
	"\r\r\n ", "", "\r\r\n\t", "", "\r\n ", "", "\r\n\t", "",
	"\n ", "", "\n\t", "", "\r ", "", "\r\t", "",
)

// unfold joins the lines of a calendar that were folded. It does not look at
// characters, and may be used on octets that are not decoded yet.
func unfold(text string) string { return folds.Replace(text) }

// calendar is what is kept of a text.
type calendar struct {
	method string
	events []event
	zones  map[string]*timezone // by zoneKey
	onsets int
}

// event is a VEVENT, or what kind says.
type event struct {
	kind                 string
	title, place         string
	description, comment string // as they are written
	start, end, due      stamp
	duration             string
	rule                 string
	organizer            string
	who, answer          string // the first attendee who answers
	cancelled            bool
	allDay               bool
}

// kinds are the components that are told (RFC 5545, section 3.6), as the
// arguments of a notice have them.
var kinds = map[string]string{"VEVENT": "", "VTODO": "task", "VJOURNAL": "journal", "VFREEBUSY": "busy"}

// read takes in what it knows of a text. Components that it does not know,
// alarms among them, have properties of the same names, which are passed over.
func (c *calendar) read(text string) {
	var (
		of      *event
		zone    *timezone
		rule    *observance
		foreign int // depth in components that are passed over
	)
	closed := func() { of, zone, rule, foreign = nil, nil, nil, 0 }
	for line := range strings.FieldsFuncSeq(unfold(text), func(r rune) bool { return r == '\n' || r == '\r' }) {
		name, value := property(line)
		part := strings.ToUpper(strings.TrimSpace(value))
		kind, component := kinds[part]
		switch {
		// A component that cannot stand in another ends it: ENDs get lost.
		case name == "BEGIN" && component:
			closed()
			if n := len(c.events); n > 0 && c.events[n-1].empty() {
				c.events = c.events[:n-1]
			}
			if len(c.events) == maxEvents {
				foreign++
				continue
			}
			c.events = append(c.events, event{kind: kind})
			of = &c.events[len(c.events)-1]
		case name == "BEGIN" && part == "VTIMEZONE":
			closed()
			zone = &timezone{}
		case name == "BEGIN" && (part == "STANDARD" || part == "DAYLIGHT") && zone != nil:
			rule = &observance{}
			if c.onsets++; c.onsets <= maxOnsets {
				zone.observances = append(zone.observances, rule)
			}
		case (name == "BEGIN" || name == "END") && part == "VCALENDAR",
			name == "END" && (component || part == "VTIMEZONE"):
			closed()
		case name == "END" && (part == "STANDARD" || part == "DAYLIGHT") && zone != nil:
			rule = nil
		case name == "BEGIN":
			foreign++
		case name == "END":
			foreign = max(0, foreign-1)
		case foreign > 0:
		case of != nil:
			of.set(name, value, line)
		case rule != nil:
			c.onsets += rule.set(name, value, maxOnsets-c.onsets)
		case zone != nil && name == "TZID":
			// The first of a name counts, whatever comes later.
			if key := zoneKey(value); c.zones[key] == nil && len(c.zones) < maxOnsets {
				c.zones[key] = zone
			}
		case zone == nil && name == "METHOD" && c.method == "":
			c.method = strings.ToLower(part)
		}
	}
}

// property cuts a content line (RFC 5545, section 3.1) into its name, in
// upper case, and its value. What is no content line has no name.
func property(line string) (name, value string) {
	head, value, ok := cutUnquoted(line, ':')
	if !ok { // a quote that never ends
		head, value, ok = strings.Cut(line, ":")
	}
	if !ok {
		return "", ""
	}
	name, _, _ = strings.Cut(head, ";")
	return strings.ToUpper(strings.TrimSpace(name)), value
}

// parameter is the value of a content line's parameter (RFC 5545, section
// 3.2), or empty.
func parameter(line, wanted string) string {
	head, _, _ := cutUnquoted(line, ':')
	for {
		param, rest, more := cutUnquoted(head, ';')
		if name, value, _ := strings.Cut(param, "="); strings.EqualFold(strings.TrimSpace(name), wanted) {
			return strings.Trim(value, `" `)
		}
		if !more {
			return ""
		}
		head = rest
	}
}

// carets are the escapes in values of parameters (RFC 6868).
var carets = strings.NewReplacer("^^", "^", "^n", " ", "^'", `"`)

// person is an attendee or organizer (RFC 5545, section 3.3.3): the name with
// the address behind it, as far as they are known.
func person(value, line string) string {
	name := plaintext.Truncate(plaintext.Clean(carets.Replace(parameter(line, "CN"))), maxPerson)
	address := plaintext.Truncate(plaintext.Clean(strings.TrimSpace(value)), maxPerson)
	if len(address) > len("mailto:") && strings.EqualFold(address[:len("mailto:")], "mailto:") {
		address = address[len("mailto:"):]
	}
	switch {
	case !strings.Contains(address, "@"):
		return name
	case name == "" || strings.EqualFold(name, address):
		return address
	}
	return name + " <" + address + ">"
}

// cutUnquoted is strings.Cut at the first sep outside quotes.
func cutUnquoted(s string, sep byte) (before, after string, found bool) {
	quoted := false
	for i := range len(s) {
		switch {
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:], true
		}
	}
	return s, "", false
}

// escapes are those of text values (RFC 5545, section 3.3.11), and two that
// programs write besides.
var escapes = strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";", `\:`, ":", `\"`, `"`)

// oneLine reads a text value as it is shown.
func oneLine(value string) string {
	return plaintext.Truncate(plaintext.Clean(escapes.Replace(value)), maxArg)
}

// set takes in a property, the first of its name.
func (e *event) set(name, value, line string) {
	switch name {
	case "SUMMARY":
		e.title = cmp.Or(e.title, oneLine(value))
	case "LOCATION":
		e.place = cmp.Or(e.place, oneLine(value))
	case "DESCRIPTION":
		e.description = cmp.Or(e.description, strings.TrimSpace(value))
	case "COMMENT":
		e.comment = cmp.Or(e.comment, strings.TrimSpace(value))
	case "ORGANIZER":
		e.organizer = cmp.Or(e.organizer, person(value, line))
	case "ATTENDEE":
		if e.answer == "" {
			e.answer = strings.ToLower(parameter(line, "PARTSTAT"))
			e.who = person(value, line)
		}
	case "RRULE":
		e.rule = cmp.Or(e.rule, value)
	case "RDATE":
		e.rule = cmp.Or(e.rule, "FREQ=dates")
	case "DTSTART":
		e.start.set(line)
	case "DTEND":
		e.end.set(line)
	case "DUE":
		e.due.set(line)
	case "DURATION":
		e.duration = cmp.Or(e.duration, strings.TrimSpace(value))
	case "STATUS":
		e.cancelled = e.cancelled || strings.EqualFold(strings.TrimSpace(value), "CANCELLED")
	case "X-MICROSOFT-CDO-ALLDAYEVENT":
		e.allDay = strings.EqualFold(strings.TrimSpace(value), "TRUE")
	}
}

func (e *event) empty() bool { return e.title == "" && e.start.value == "" && e.due.value == "" }

var (
	// methods are those of RFC 5546, section 1.4.
	methods = []string{"publish", "request", "reply", "add", "cancel", "refresh", "counter", "declinecounter"}
	// answers are what attendees say (RFC 5545, section 3.2.12).
	answers = []string{"accepted", "declined", "tentative", "delegated", "completed", "in-process"}
)

// args are the arguments of an event's notice.
func (c *calendar) args(e event) map[string]string {
	start, end := c.times(e)
	args, until := recurrence(e.rule)
	if args == nil {
		args = map[string]string{}
	}
	maps.Copy(args, map[string]string{
		"kind":  e.kind,
		"until": c.moment(stamp{value: until, zone: e.start.zone}, 0, 0).String(),
		"title": e.title,
		"place": e.place,
		"start": start.String(),
		"end":   end.String(),
		"zone":  cmp.Or(start.zone, end.zone),
	})
	if slices.Contains(methods, c.method) {
		args["method"] = c.method
	}
	// An attendee's reply repeats the event's status, and stays a reply.
	if e.cancelled && c.method != "reply" {
		args["method"] = "cancel"
	}
	switch {
	case args["method"] == "reply":
		args["who"] = e.who
		if slices.Contains(answers, e.answer) {
			args["answer"] = e.answer
		}
	case e.kind == "busy":
		args["who"] = e.organizer
	}
	if e.kind == "busy" { // it has no title
		args["title"], args["place"] = "", ""
	}
	for name, value := range args {
		if value == "" {
			delete(args, name)
		}
	}
	return args
}

// times are when an event begins, and its end where it has one that comes
// later.
func (c *calendar) times(e event) (start, end moment) {
	// Exchange writes whole days as midnights and marks them.
	if e.allDay && strings.HasSuffix(e.start.value, "T000000") && (e.end.value == "" || strings.HasSuffix(e.end.value, "T000000")) {
		e.start.value = strings.TrimSuffix(e.start.value, "T000000")
		e.end.value = strings.TrimSuffix(e.end.value, "T000000")
	}
	start = c.moment(e.start, 0, 0)
	switch {
	case e.end.value != "":
		end = c.moment(e.end, 0, 0)
	case e.due.value != "":
		end = c.moment(e.due, 0, 0)
	case e.duration != "" && e.start.value != "":
		if days, rest, ok := duration(e.duration); ok {
			end = c.moment(e.start, days, rest)
		}
	}
	// A day that ends an event is the first without it; one on which a task
	// is due still counts.
	if end.layout == time.DateOnly && (e.end.value != "" || e.due.value == "") {
		end.Time = end.AddDate(0, 0, -1)
	}
	if start.layout != "" && (end.layout != start.layout || !end.After(start.Time)) {
		return start, moment{}
	}
	return start, end
}

// stamp is a date or time as it is written, and the name of its zone.
type stamp struct{ value, zone string }

// set reads a line. Outlook writes zones such as (UTC+08:00) Beijing without
// quotes at times, so the value, which has no colon, begins after the last.
func (s *stamp) set(line string) {
	if s.value != "" {
		return
	}
	colon := strings.LastIndexByte(line, ':')
	s.value = strings.ToUpper(strings.TrimSpace(line[colon+1:]))
	for param, rest, ok := cutUnquoted(line[:colon], ';'); ; param, rest, ok = cutUnquoted(rest, ';') {
		if name, value, _ := strings.Cut(param, "="); strings.EqualFold(strings.TrimSpace(name), "TZID") {
			s.zone = zoneName(value)
			return
		}
		if !ok {
			return
		}
	}
}

// floating is the layout of a time that is in no zone: it is meant wherever
// one is (RFC 5545, section 3.3.5).
const floating = "2006-01-02T15:04:05"

// moment is a point in time in the layout that says what is known of it:
// time.DateOnly, floating or time.RFC3339. zone is the name of a zone that
// nobody knows; the time is then floating.
type moment struct {
	time.Time
	layout, zone string
}

func (m moment) String() string {
	if m.layout == "" {
		return ""
	}
	return m.Format(m.layout)
}

// moment is what a stamp means, and a duration later; none if it means
// nothing. Days are those of the calendar, 23 or 25 hours long when clocks
// change; the rest is exact (RFC 5545, section 3.3.6).
func (c *calendar) moment(s stamp, days int, rest time.Duration) moment {
	m := moment{layout: time.DateOnly}
	value, utc := strings.CutSuffix(s.value, "Z")
	wall, err := time.Parse("20060102", value)
	if err == nil {
		days += int(rest / (24 * time.Hour))
		rest = 0
	} else {
		m.layout = floating
		wall, err = time.Parse("20060102T150405", value)
	}
	if err != nil {
		wall, err = time.Parse("20060102T1504", value)
	}
	if err != nil {
		return moment{}
	}
	m.Time = wall.AddDate(0, 0, days)
	switch {
	case m.layout != floating || s.zone == "" && !utc:
	case utc:
		m.layout = time.RFC3339
	default:
		if at, ok := c.in(s.zone, m.Time); ok {
			m.Time, m.layout = at, time.RFC3339
		} else {
			m.zone = s.zone
		}
	}
	m.Time = m.Add(rest)
	// RFC 3339 has four digits for a year. Some programs write the year 1 for
	// a time that was never set.
	if year := m.Year(); year <= 1 || year > 9999 {
		return moment{}
	}
	return m
}

var durationValue = lazily(`(?i)^\+?P(?:(\d{1,6})W)?(?:(\d{1,6})D)?(?:T(?:(\d{1,6})H)?(?:(\d{1,6})M)?(?:(\d{1,6})S)?)?$`)

// duration reads a duration (RFC 5545, section 3.3.6) that is not negative.
func duration(value string) (days int, rest time.Duration, ok bool) {
	m := durationValue().FindStringSubmatch(value)
	if m == nil {
		return 0, 0, false
	}
	var n [6]int
	for i := 1; i < len(m); i++ {
		n[i], _ = strconv.Atoi(m[i]) // 0 where there is none
	}
	return 7*n[1] + n[2], time.Duration(n[3])*time.Hour + time.Duration(n[4])*time.Minute + time.Duration(n[5])*time.Second, true
}

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
