package settings

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func TestQuiet(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	night := Preferences{QuietFrom: "22:00", QuietUntil: "07:00"}
	noon := Preferences{QuietFrom: "12:30", QuietUntil: "13:30"}
	small := Preferences{QuietFrom: "01:00", QuietUntil: "02:30"}
	workdays, weekend, sunday := night, noon, night
	workdays.QuietDays, weekend.QuietDays, sunday.QuietDays = "mon-fri", "sat, sun", "sun"
	for _, test := range []struct {
		p         Preferences
		now, want string
	}{
		{Preferences{}, "2026-11-24 23:00 CET", ""},
		{night, "2026-11-24 21:59 CET", ""},
		{night, "2026-11-24 22:00 CET", "2026-11-25 07:00 CET"},
		{night, "2026-12-31 23:59 CET", "2027-01-01 07:00 CET"},
		{night, "2026-11-25 00:00 CET", "2026-11-25 07:00 CET"},
		{night, "2026-11-25 06:59 CET", "2026-11-25 07:00 CET"},
		{night, "2026-11-25 07:00 CET", ""},
		{noon, "2026-11-24 12:29 CET", ""},
		{noon, "2026-11-24 12:30 CET", "2026-11-24 13:30 CET"},
		{noon, "2026-11-24 13:30 CET", ""},
		// The night on which clocks go forward is an hour shorter, the other longer.
		{night, "2026-03-28 23:00 CET", "2026-03-29 07:00 CEST"},
		{night, "2026-03-29 06:30 CEST", "2026-03-29 07:00 CEST"},
		{night, "2026-10-24 23:00 CEST", "2026-10-25 07:00 CET"},
		{night, "2026-10-25 02:30 CET", "2026-10-25 07:00 CET"},
		// Their end is in the hour that there is not, or twice: once they end.
		{small, "2026-03-29 01:30 CET", "2026-03-29 03:30 CEST"},
		{small, "2026-03-29 03:30 CEST", ""},
		{small, "2026-10-25 01:30 CEST", "2026-10-25 02:30 CET"},
		{small, "2026-10-25 02:30 CEST", "2026-10-25 02:30 CET"},
		{small, "2026-10-25 02:30 CET", ""},
		// 2026-11-27 is a Friday. Over midnight the evening's day counts.
		{workdays, "2026-11-27 21:59 CET", ""},
		{workdays, "2026-11-27 22:00 CET", "2026-11-28 07:00 CET"},
		{workdays, "2026-11-28 06:59 CET", "2026-11-28 07:00 CET"},
		{workdays, "2026-11-28 07:00 CET", ""},
		{workdays, "2026-11-28 23:00 CET", ""},
		{workdays, "2026-11-29 23:00 CET", ""},
		{workdays, "2026-11-30 06:00 CET", ""},
		{workdays, "2026-11-30 22:00 CET", "2026-12-01 07:00 CET"},
		{sunday, "2026-11-29 00:30 CET", ""},
		{sunday, "2026-11-29 22:30 CET", "2026-11-30 07:00 CET"},
		{sunday, "2026-11-30 00:30 CET", "2026-11-30 07:00 CET"},
		{weekend, "2026-11-27 13:00 CET", ""},
		{weekend, "2026-11-28 13:00 CET", "2026-11-28 13:30 CET"},
		{weekend, "2026-11-29 13:00 CET", "2026-11-29 13:30 CET"},
		{weekend, "2026-11-30 13:00 CET", ""},
		// Clocks change on a Sunday.
		{workdays, "2026-03-29 06:30 CEST", ""},
		{sunday, "2026-03-29 23:00 CEST", "2026-03-30 07:00 CEST"},
		{sunday, "2026-10-25 22:00 CET", "2026-10-26 07:00 CET"},
	} {
		now, err := time.ParseInLocation("2006-01-02 15:04 MST", test.now, berlin)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if end := test.p.QuietHours().End(now); !end.IsZero() {
			got = end.Format("2006-01-02 15:04 MST")
		}
		if got != test.want {
			t.Errorf("%v at %s: %q, want %q", test.p.QuietHours(), test.now, got, test.want)
		}
	}
}

// Who travels has the hours of where they are: the same moment is another hour,
// and may be another day.
func TestQuietElsewhere(t *testing.T) {
	friday := QuietHours{"22:00", "07:00", "fri"}
	moment := time.Date(2026, 11, 27, 23, 0, 0, 0, time.UTC) // a Friday
	for zone, want := range map[string]string{
		"UTC":              "2026-11-28T07:00:00Z",
		"Asia/Shanghai":    "", // Saturday, 07:00
		"Asia/Tehran":      "2026-11-28T07:00:00+03:30",
		"America/New_York": "", // 18:00
		"Pacific/Apia":     "", // Saturday noon
	} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if end := friday.End(moment.In(location)); !end.IsZero() {
			got = end.Format(time.RFC3339)
		}
		if got != want {
			t.Errorf("%s: %q, want %q", zone, got, want)
		}
	}
}

func TestWeekdays(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"mon-sun":                "",
		"sat-fri":                "",
		"Mon, TUE wed,thu , fri": "mon-fri",
		"sat,sun":                "sat, sun",
		"fri-mon":                "mon, fri-sun",
		"sun-mon":                "mon, sun",
		"wed":                    "wed",
		"wed-wed":                "wed",
		"mon,wed,fri-sun":        "mon, wed, fri-sun",
		"tue, mon, tue":          "mon, tue",
		"  ":                     "",
		"monday":                 "?",
		",":                      "?",
		"mon-":                   "?",
		"-":                      "?",
		"mon-tue-wed":            "?",
		"1-5":                    "?",
		"\u5468\u4e00":           "?",
	} {
		q := QuietHours{"22:00", "07:00", text}
		q.normalize()
		got, wrong := q.Days, false
		q.validate(func(field string, key Mistake, _ ...any) {
			wrong = wrong || field == "quiet_days" && key == MistakeQuietDays
		})
		if wrong {
			got = "?"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		if days, ok := weekdays(text); ok && DaysText(days) != want {
			t.Errorf("%q does not come back: %q", text, DaysText(days))
		}
	}
}

func TestQuietHoursOfAccount(t *testing.T) {
	p := Preferences{QuietFrom: "22:00", QuietUntil: "07:00", QuietDays: "mon-fri"}
	for _, test := range []struct {
		a    Account
		want QuietHours
	}{
		{Account{}, QuietHours{"22:00", "07:00", "mon-fri"}},
		{Account{QuietFrom: "18:00", QuietUntil: "09:00"}, QuietHours{"18:00", "09:00", ""}}, // its days are its own, too
		{Account{QuietFrom: "00:00", QuietUntil: "23:59", QuietDays: "sat, sun"}, QuietHours{"00:00", "23:59", "sat, sun"}},
		{Account{QuietNever: true}, QuietHours{}},
	} {
		if got := test.a.QuietHours(p); got != test.want {
			t.Errorf("%+v: %v, want %v", test.a, got, test.want)
		}
	}
	for field, change := range map[string]func(*Account){
		"quiet_until": func(a *Account) { a.QuietFrom = "18:00" },
		"quiet_from":  func(a *Account) { a.QuietFrom, a.QuietUntil = "six", "07:00" },
		"quiet_days":  func(a *Account) { a.QuietDays = "mon" },
		"quiet_never": func(a *Account) { a.QuietNever, a.QuietFrom, a.QuietUntil = true, "18:00", "9:00" },
	} {
		a := Account{ID: "a", Address: "me@example.org", Server: "pop.example.org"}
		change(&a)
		a.Normalize()
		if problems := a.Validate(); len(problems) != 1 || problems[0].Field != field {
			t.Errorf("%s: %v", field, problems)
		}
	}
}
