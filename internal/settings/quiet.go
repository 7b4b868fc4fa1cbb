package settings

import (
	"slices"
	"strings"
	"time"
)

// QuietHours are hours of the day, "22:00", in local time, between which
// nothing is announced. Both empty: there are none.
type QuietHours struct {
	From, Until string
	// Days are the weekdays on which the hours begin, "mon-fri, sun"; empty is
	// every day. Of hours over midnight the day of the evening counts.
	Days string
}

// QuietHours are those of all accounts that have none of their own.
func (p Preferences) QuietHours() QuietHours {
	return QuietHours{p.QuietFrom, p.QuietUntil, p.QuietDays}
}

// QuietHours are those of the account in place of those of the preferences:
// its own, or none, or else those.
func (a Account) QuietHours(p Preferences) QuietHours {
	own := QuietHours{a.QuietFrom, a.QuietUntil, a.QuietDays}
	if a.QuietNever || own.From != "" {
		return own
	}
	return p.QuietHours()
}

// End returns when the quiet hours end that now lies in; the zero time if it
// lies in none. They are taken by now's time zone, also on the days when its
// clocks change.
func (q QuietHours) End(now time.Time) time.Time {
	from, err1 := time.Parse("15:04", q.From)
	until, err2 := time.Parse("15:04", q.Until)
	days, ok := weekdays(q.Days)
	if err1 != nil || err2 != nil || !ok {
		return time.Time{}
	}
	y, m, d := now.Date()
	at := func(day int, hour time.Time) time.Time {
		return time.Date(y, m, d+day, hour.Hour(), hour.Minute(), 0, 0, now.Location())
	}
	nights := 0 // that the hours span
	if !until.After(from) {
		nights = 1
	}
	for _, day := range []int{-1, 0} { // begun yesterday, or today
		if !days[(monday(now.Weekday())+day+len(days))%len(days)] {
			continue
		}
		end := at(day+nights, until)
		if !now.Before(at(day, from)) && now.Before(end) {
			return end
		}
	}
	return time.Time{}
}

// normalize writes hours and days as traymail does.
func (q *QuietHours) normalize() {
	for _, s := range []*string{&q.From, &q.Until} {
		*s = strings.TrimSpace(*s)
		if t, err := time.Parse("15:04", *s); err == nil {
			*s = t.Format("15:04") // "7:00" is "07:00"
		}
	}
	q.Days = strings.TrimSpace(q.Days)
	if days, ok := weekdays(q.Days); ok {
		q.Days = DaysText(days)
	}
}

// validate tells add what is wrong with normalised hours.
func (q QuietHours) validate(add func(field string, key Mistake, args ...any)) {
	for _, f := range []struct{ field, value, other string }{
		{"quiet_from", q.From, q.Until}, {"quiet_until", q.Until, q.From},
	} {
		switch _, err := time.Parse("15:04", f.value); {
		case f.value == "" && f.other != "":
			add(f.field, MistakeQuietHalf)
		case f.value != "" && err != nil:
			add(f.field, MistakeQuiet)
		}
	}
	if q.From != "" && q.From == q.Until {
		add("quiet_until", MistakeQuietSame)
	}
	switch _, ok := weekdays(q.Days); {
	case !ok:
		add("quiet_days", MistakeQuietDays)
	case q.Days != "" && q.From == "" && q.Until == "":
		add("quiet_days", MistakeQuietDaysAlone)
	}
}

// Weekdays says of each day of the week, Monday first, whether it is meant.
type Weekdays [7]bool

// EveryDay are all of them.
var EveryDay = Weekdays{true, true, true, true, true, true, true}

// DayNames are those of the settings file, Monday first.
var DayNames = [7]string{"mon", "tue", "wed", "thu", "fri", "sat", "sun"}

// monday is the place of a day in a week that begins on Monday.
func monday(d time.Weekday) int { return (int(d) + 6) % 7 }

// Weekdays are the days on which the hours begin.
func (q QuietHours) Weekdays() Weekdays {
	days, _ := weekdays(q.Days)
	return days
}

// weekdays reads days and spans of days, "mon-fri, sun", which may go over
// Sunday; nothing is every day.
func weekdays(text string) (days Weekdays, ok bool) {
	parts := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return r == ',' || r == ' ' })
	if strings.TrimSpace(text) == "" {
		return EveryDay, true
	}
	for _, part := range parts {
		first, last, span := strings.Cut(part, "-")
		if !span {
			last = first
		}
		from, to := slices.Index(DayNames[:], first), slices.Index(DayNames[:], last)
		if from < 0 || to < 0 {
			return EveryDay, false
		}
		for i := from; ; i = (i + 1) % len(days) {
			days[i] = true
			if i == to {
				break
			}
		}
	}
	return days, days != Weekdays{}
}

// DaysText writes days as the settings file has them: every day, or none, is
// nothing.
func DaysText(days Weekdays) string {
	if days == EveryDay {
		return ""
	}
	var parts []string
	for i := 0; i < len(days); i++ {
		if !days[i] {
			continue
		}
		last := i
		for last+1 < len(days) && days[last+1] {
			last++
		}
		if last-i < 2 {
			parts = append(parts, DayNames[i])
			continue
		}
		parts = append(parts, DayNames[i]+"-"+DayNames[last])
		i = last
	}
	return strings.Join(parts, ", ")
}
