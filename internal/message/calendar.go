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
	maxEvents      = 5
	maxArg         = 200  // runes
	maxDescription = 4000 // characters
	maxPerson      = 80   // characters of a name
)

// invitation reads an iCalendar text (RFC 5545), as it comes in mail (RFC
// 6047), and returns a notice for each of its first events, tasks, journal
// entries and busy times, with paragraphs of what is written about it, and one
// that counts the others, or nil where there is none with a title or a time.
// Lines may end in any way, and any line may be missing. method is what the
// message says that it is (RFC 6047, section 2.4), for a calendar that does
// not. Of a calendar that was cut, an event that has not ended is left out: the
// rest may cancel it.
//
// The zone of a time is the one that the calendar itself defines, even if the
// system knows another of that name. RFC 5545, section 3.2.19 has it so, the
// program of the sender has computed with it, and the answer is then the same
// on a system without zone data (Windows) or with an old one. Only where the
// calendar defines nothing usable does the name decide.
//
// An octet fold (section 3.1) may cut a character in two: the caller unfolds
// before it decodes the charset.
func invitation(text, method string, cut bool) []Block {
	c := calendar{zones: map[string]*timezone{}}
	open := c.read(text)
	if cut && open {
		c.events = c.events[:len(c.events)-1]
	}
	c.method = cmp.Or(c.method, strings.ToLower(method))
	var blocks []Block
	for _, e := range c.events {
		args := c.args(e)
		// Who asks for the latest version (RFC 5546, section 3.2.6) has none.
		if args["title"] == "" && args["start"] == "" && args["end"] == "" && args["method"] != "refresh" {
			continue
		}
		blocks = append(blocks, Block{Kind: Notice, Code: Invitation, Args: args})
		said := cmp.Or(e.description, e.rich)
		if c.method == "reply" { // the rest is the event's own
			said = cmp.Or(e.comment, said)
		}
		blocks = append(blocks, described(said)...)
		if e.link != "" && c.method != "reply" && !strings.Contains(unfold(e.place+" "+said), e.link) {
			blocks = append(blocks, described(e.link)...)
		}
	}
	if c.more > 0 && !cut {
		blocks = append(blocks, Block{Kind: Notice, Code: MoreEvents, Args: map[string]string{"more": strconv.Itoa(c.more)}})
	}
	return blocks
}

// described are the paragraphs of a description. Google writes HTML into some,
// which RFC 5545 does not foresee.
func described(value string) []Block {
	s := plaintext.Truncate(escapes.Replace(value), maxDescription)
	if lower := strings.ToLower(s); strings.Contains(lower, "</") || strings.Contains(lower, "<br") {
		return htmlDocument(s, false).Blocks
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
	more   int                  // events that are not kept
	zones  map[string]*timezone // by zoneKey
	onsets int
}

// event is a VEVENT, or what kind says.
type event struct {
	kind                 string
	title, place         string
	description, comment string // as they are written
	rich, link           string // a description in HTML, and where to join
	start, end, due      stamp
	duration             string
	rule                 string
	organizer            string
	who, answer          string // the first attendee who answers
	delegate             string // of that attendee
	cancelled            bool
	allDay               bool
}

// kinds are the components that are told (RFC 5545, section 3.6), as the
// arguments of a notice have them.
var kinds = map[string]string{"VEVENT": "", "VTODO": "task", "VJOURNAL": "journal", "VFREEBUSY": "busy"}

// read takes in what it knows of a text. Components that it does not know,
// alarms among them, have properties of the same names, which are passed over.
// open says that the last event has no end.
func (c *calendar) read(text string) (open bool) {
	var (
		of      *event
		zone    *timezone
		rule    *observance
		foreign int // depth in components that are passed over
	)
	closed := func() { of, zone, rule, foreign = nil, nil, nil, 0 }
	for line := range contentLines(text) {
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
				c.more++
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
	return of != nil
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

// delegates are those who come instead (RFC 5545, section 3.2.5).
func delegates(line string) string {
	var names []string
	for value := range strings.SplitSeq(parameter(line, "DELEGATED-TO"), `","`) {
		if name := person(value, ""); name != "" && len(names) < maxRecipients {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
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
	case "X-ALT-DESC":
		e.rich = cmp.Or(e.rich, strings.TrimSpace(value))
	case "CONFERENCE", "X-GOOGLE-CONFERENCE", "X-MICROSOFT-SKYPETEAMSMEETINGURL", "URL":
		if value = strings.TrimSpace(value); isWeb(value) {
			e.link = cmp.Or(e.link, value)
		}
	case "COMMENT":
		e.comment = cmp.Or(e.comment, strings.TrimSpace(value))
	case "ORGANIZER":
		e.organizer = cmp.Or(e.organizer, person(value, line))
	case "ATTENDEE":
		if e.answer == "" {
			e.answer = strings.ToLower(parameter(line, "PARTSTAT"))
			e.who = person(value, line)
			e.delegate = delegates(line)
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

// isWeb says whether a value is an address of the web.
func isWeb(value string) bool {
	scheme, _, ok := strings.Cut(value, "://")
	return ok && (strings.EqualFold(scheme, "https") || strings.EqualFold(scheme, "http"))
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
		if e.answer == "delegated" {
			args["delegate"] = e.delegate
		}
	case e.kind == "busy":
		args["who"] = e.organizer
	case args["method"] == "counter" || args["method"] == "refresh":
		args["who"] = e.who
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
