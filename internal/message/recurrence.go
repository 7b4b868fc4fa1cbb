package message

import (
	"slices"
	"strconv"
	"strings"
)

// maxRepeats is the largest interval or number of times that is told.
const maxRepeats = 9999

// recurrence is what of a rule (RFC 5545, section 3.3.10) is said in a few
// words: the arguments repeats, every, days, month and times of a notice, and
// when it ends, as it is written. A rule that the words would misstate is other. It is
// none where there is nothing that repeats.
func recurrence(rule string) (args map[string]string, until string) {
	parts := map[string]string{}
	for part := range strings.SplitSeq(strings.ToUpper(rule), ";") {
		name, value, _ := strings.Cut(strings.TrimSpace(part), "=")
		parts[strings.TrimSpace(name)] = strings.TrimSpace(value)
	}
	every, count := 1, 0
	if !number(parts["INTERVAL"], &every) || !number(parts["COUNT"], &count) {
		return map[string]string{"repeats": "other"}, ""
	}
	if parts["FREQ"] == "" && oldRule().MatchString(strings.TrimSpace(rule)) {
		return map[string]string{"repeats": "other"}, ""
	}
	if parts["FREQ"] == "" || count == 1 {
		return nil, ""
	}
	args = map[string]string{"repeats": period(parts, every)}
	if args["repeats"] == "week" && parts["BYDAY"] != "" {
		args["days"] = parts["BYDAY"]
	}
	month, _ := strconv.Atoi(parts["BYMONTH"])
	if parts["FREQ"] == "MONTHLY" && args["repeats"] == "month" || args["repeats"] == "year" && month >= 1 && month <= 12 {
		args["days"] = selectedDay(parts)
		if args["repeats"] == "year" && args["days"] != "" {
			args["month"] = strconv.Itoa(month)
		}
	}
	if every > 1 && args["repeats"] != "other" {
		args["every"] = strconv.Itoa(every)
	}
	if count > 0 {
		args["times"] = strconv.Itoa(count)
	}
	return args, parts["UNTIL"]
}

// oldRule is how a rule of vCalendar 1.0 begins, of which it is only told that
// there is one.
var oldRule = lazily(`(?i)^(?:[DW]|M[PD]|Y[MD])[1-9]`)

// number reads a number that is not negative, if there is one.
func number(value string, n *int) bool {
	if value == "" {
		return true
	}
	got, err := strconv.Atoi(value)
	if err != nil || got < 1 || got > maxRepeats {
		return false
	}
	*n = got
	return true
}

// period is what a rule repeats by: day, week, month or year, or other.
func period(parts map[string]string, every int) string {
	for name, value := range parts {
		switch name {
		case "FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", "BYDAY", "BYSETPOS", "":
		case "BYMONTH", "BYMONTHDAY", "BYHOUR", "BYMINUTE", "BYSECOND":
			if strings.Contains(value, ",") {
				return "other"
			}
		default:
			return "other"
		}
	}
	has := func(names ...string) bool {
		return slices.ContainsFunc(names, func(name string) bool { return parts[name] != "" })
	}
	days := parts["BYDAY"]
	switch parts["FREQ"] {
	case "DAILY":
		switch {
		case has("BYMONTH", "BYMONTHDAY", "BYSETPOS"):
		case days == "":
			return "day"
		case every == 1 && plainDays(days):
			return "week"
		}
	case "WEEKLY":
		if !has("BYMONTH", "BYMONTHDAY", "BYSETPOS") && (days == "" || plainDays(days)) {
			return "week"
		}
	case "MONTHLY":
		if !has("BYMONTH") && dayOfPeriod(parts) && (days == "" || selectedDay(parts) != "") {
			return "month"
		}
	case "YEARLY":
		if dayOfPeriod(parts) && (has("BYMONTH") || !has("BYMONTHDAY")) && (days == "" || !has("BYMONTH") || selectedDay(parts) != "") {
			return "year"
		}
	}
	return "other"
}

// Days of a month, as the argument days has them.
const (
	lastDay      = "-1day"
	firstWorkday = "1workday"
	lastWorkday  = "-1workday"
)

// selectedDay is the day of a month that a rule selects, unless it is that of
// the start: numbered weekdays, or one of those above.
func selectedDay(parts map[string]string) string {
	days, position := parts["BYDAY"], parts["BYSETPOS"]
	if days == "" {
		if parts["BYMONTHDAY"] == "-1" {
			return lastDay
		}
		return ""
	}
	if list := strings.Split(days, ","); len(list) > 1 && plainDays(days) {
		slices.Sort(list)
		switch list = slices.Compact(list); {
		case len(list) == 7 && position == "-1":
			return lastDay
		case len(list) != 5 || slices.Contains(list, "SA") || slices.Contains(list, "SU"):
		case position == "1":
			return firstWorkday
		case position == "-1":
			return lastWorkday
		}
		return ""
	}
	return numberedDays(days, position)
}

// numberedDays are weekdays with their numbers in the month, such as 2TU or
// 1MO,-1MO. They are empty for another selection of days.
func numberedDays(days, position string) string {
	const most = 5
	var list []string
	if position != "" && plainDays(days) {
		for number := range strings.SplitSeq(position, ",") {
			list = append(list, number+days)
		}
	} else {
		list = strings.SplitN(days, ",", most+1)
	}
	if len(list) > most {
		return ""
	}
	for i, day := range list {
		m := byDay().FindStringSubmatch(day)
		if m == nil || m[2] == "" {
			return ""
		}
		list[i] = strings.TrimPrefix(day, "+")
	}
	return strings.Join(slices.Compact(list), ",")
}

// plainDays says whether a list is of weekdays without numbers.
func plainDays(list string) bool {
	n := 0
	for day := range strings.SplitSeq(list, ",") {
		if n++; n > len(weekdays) || !slices.Contains(weekdays, day) {
			return false
		}
	}
	return true
}

// dayOfPeriod says whether the parts of a rule select days of each month or year
// that can be told: one, or numbered weekdays. A weekday at a date (Friday the
// 13th) is not.
func dayOfPeriod(parts map[string]string) bool {
	days, position := parts["BYDAY"], parts["BYSETPOS"]
	switch {
	case days == "":
		return position == "" || !strings.Contains(position, ",")
	case parts["BYMONTHDAY"] != "":
		return false
	case strings.Contains(days, ","):
		return position != "" && !strings.Contains(position, ",") || numberedDays(days, position) != ""
	case position != "":
		return numberedDays(days, position) != ""
	}
	return byDay().MatchString(days) && !plainDays(days)
}
