package message

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxDates     = 5    // of those that are told
	maxExcluded  = 100  // dates of one event that are looked at
	maxNextDays  = 1500 // in which a date that takes place is looked for
	maxSkippable = 50   // dates at the beginning that do not take place
)

// stamps reads the dates of a line (RFC 5545, sections 3.8.5.1 and 3.8.5.2),
// of periods their beginnings, and adds them to others.
func stamps(to []stamp, line string) []stamp {
	var all stamp
	all.set(line)
	for value := range strings.FieldsFuncSeq(all.value, func(r rune) bool { return r == ',' || r == ';' }) { // vCalendar 1.0 has semicolons
		if len(to) == maxExcluded {
			break
		}
		value, _, _ = strings.Cut(strings.TrimSpace(value), "/")
		to = append(to, stamp{value: value, zone: all.zone})
	}
	return to
}

// instant is the same for moments that are the same.
func (m moment) instant() string {
	if m.layout == time.RFC3339 {
		return m.UTC().Format(time.RFC3339)
	}
	return m.String()
}

// told writes moments as an argument of a notice has them: the first few, and
// dots for the others.
func told(moments []moment) string {
	var list []string
	for _, m := range moments {
		if len(list) == maxDates {
			list = append(list, "…")
			break
		}
		list = append(list, m.String())
	}
	return strings.Join(list, ",")
}

// moments are those that stamps mean, without those that mean nothing.
func (c *calendar) moments(stamps []stamp) []moment {
	var all []moment
	for _, s := range stamps {
		if m := c.moment(s, 0, 0); m.layout != "" {
			all = append(all, m)
		}
	}
	return all
}

// dates adds to the arguments of an event on which days it takes place
// besides, and on which it does not. One that does not take place when it would
// begin begins with the first date that does, or at a time that is not known.
func (c *calendar) dates(e *event, args map[string]string) {
	start := c.moment(e.start, 0, 0)
	besides := slices.DeleteFunc(c.moments(e.dates), func(m moment) bool { return m.instant() == start.instant() })
	args["dates"] = told(besides)
	not := c.moments(e.excluded)
	if len(not) == 0 || args["repeats"] == "" || start.layout == "" {
		return
	}
	excluded := map[string]bool{}
	for _, m := range not {
		excluded[m.instant()] = true
	}
	by := newSeries(e.rule, args, start.Time)
	days, skipped := 0, 0
	for at := start; excluded[at.instant()] || excluded[at.Format(time.DateOnly)]; at = c.moment(e.start, days, 0) {
		skipped++
		step := by.after(days)
		if days += step; step == 0 || skipped > maxSkippable {
			e.start, e.end, e.due = stamp{}, stamp{}, stamp{}
			break
		}
	}
	if days > 0 {
		e.start.value, e.end.value, e.due.value = later(e.start.value, days), later(e.end.value, days), later(e.due.value, days)
	}
	if times, err := strconv.Atoi(args["times"]); err == nil && skipped > 0 {
		switch times -= skipped; {
		case times < 1:
			e.start, e.end, e.due = stamp{}, stamp{}, stamp{}
		case times == 1:
			for _, name := range []string{"repeats", "every", "days", "month", "times"} {
				delete(args, name)
			}
		default:
			args["times"] = strconv.Itoa(times)
		}
	}
	if start = c.moment(e.start, 0, 0); start.layout != "" {
		not = slices.DeleteFunc(not, func(m moment) bool { return m.Format(time.DateOnly) <= start.Format(time.DateOnly) })
	}
	args["except"] = told(not)
}

// later is a date or time as it is written, some days later.
func later(value string, days int) string {
	day, rest := value[:min(8, len(value))], value[min(8, len(value)):]
	t, err := time.Parse("20060102", day)
	if err != nil {
		return value
	}
	return t.AddDate(0, 0, days).Format("20060102") + rest
}

// series is a rule, as far as words for it are known.
type series struct {
	start      time.Time
	unit, list string // the arguments repeats and days
	every      int
	begin      int  // the weekday that weeks begin with
	elsewhere  bool // a selection of days that has no words
}

func newSeries(rule string, args map[string]string, start time.Time) series {
	rule = strings.ToUpper(rule)
	s := series{start: start, unit: args["repeats"], list: args["days"], every: 1, begin: 1}
	if n, err := strconv.Atoi(args["every"]); err == nil {
		s.every = n
	}
	if strings.Contains(rule, "WKST=SU") {
		s.begin = 0
	}
	s.elsewhere = s.list == "" && (strings.Contains(rule, "BYDAY=") || strings.Contains(rule, "BYMONTHDAY=-"))
	return s
}

// after is how many days after those that have gone by an event takes place
// again, or 0 where that is not known.
func (s *series) after(gone int) int {
	for n := 1; n <= maxNextDays; n++ {
		if s.has(gone + n) {
			return n
		}
	}
	return 0
}

// has says whether an event takes place some days after its start.
func (s *series) has(days int) bool {
	day := s.start.AddDate(0, 0, days)
	years, months := day.Year()-s.start.Year(), int(day.Month()-s.start.Month())
	switch s.unit {
	case "day":
		return days%s.every == 0
	case "week":
		if s.list == "" {
			return days%(7*s.every) == 0
		}
		into := (int(s.start.Weekday()) - s.begin + 7) % 7
		return (into+days)/7%s.every == 0 && strings.Contains(s.list, weekdays[day.Weekday()])
	case "month":
		return (12*years+months)%s.every == 0 && s.selects(day)
	case "year":
		return years%s.every == 0 && months == 0 && s.selects(day)
	}
	return false
}

// selects says whether a day is the one of its month that a rule selects.
func (s *series) selects(day time.Time) bool {
	last := day.AddDate(0, 0, 1).Day() == 1
	switch s.list {
	case "":
		return !s.elsewhere && day.Day() == s.start.Day()
	case lastDay:
		return last
	case firstWorkday:
		return isWorkday(day) && (day.Day() == 1 || day.Day() <= 3 && day.Weekday() == time.Monday)
	case lastWorkday:
		return isWorkday(day) && (last || day.Weekday() == time.Friday && day.AddDate(0, 0, 3).Month() != day.Month())
	}
	for one := range strings.SplitSeq(s.list, ",") {
		number, name := one[:len(one)-2], one[len(one)-2:]
		switch {
		case weekdays[day.Weekday()] != name:
		case number == strconv.Itoa((day.Day()-1)/7+1), number == "-1" && day.AddDate(0, 0, 7).Month() != day.Month():
			return true
		}
	}
	return false
}

func isWorkday(day time.Time) bool {
	return day.Weekday() != time.Saturday && day.Weekday() != time.Sunday
}
