package locale

import (
	"fmt"
	"testing"
	"time"
)

// followed is a test in which catalogues follow a system of this locale.
func followed(t *testing.T, name string) {
	t.Helper()
	t.Setenv("LC_ALL", "")
	t.Setenv("LC_TIME", name)
	following.Store(true)
	surroundings = watch{}
	t.Cleanup(func() {
		following.Store(false)
		surroundings = watch{}
	})
}

// Dates and hours are as the system writes them, in the catalogue's words.
func TestAsTheSystemWrites(t *testing.T) {
	now := time.Date(2026, 3, 24, 15, 4, 0, 0, time.UTC)
	night, day, year := now.Add(-15*time.Hour), now.AddDate(0, 0, -2), now.AddDate(-1, 0, 0)
	for _, test := range []struct{ tag, system, want string }{
		{"en", "en_US.UTF-8", "3:04 PM|12:04 AM|Mar 22|Mar 24, 2025|Tue, Mar 24, 2026, 3:04 PM"},
		{"en", "en_GB.UTF-8", "15:04|00:04|22 Mar|24 Mar 2025|Tue, 24 Mar 2026, 15:04"},
		{"en", "de_DE@euro", "15:04|00:04|22 Mar|24 Mar 2025|Tue, 24 Mar 2026, 15:04"},
		{"en", "sv_SE.UTF-8", "15:04|00:04|2026-03-22|2025-03-24|Tue, 2026-03-24, 15:04"},
		{"en", "C.UTF-8", "15:04|00:04|Mar 22|Mar 24, 2025|Tue, Mar 24, 2026, 15:04"},
		{"en", "zh_CN.UTF-8", "15:04|00:04|2026-03-22|2025-03-24|Tue, 2026-03-24, 15:04"},
		{"de", "de_DE.UTF-8", "15:04|00:04|22. März|24. März 2025|Di., 24. März 2026, 15:04"},
		{"de", "en_US.UTF-8", "3:04 PM|12:04 AM|März 22|März 24, 2025|Di., März 24, 2026, 3:04 PM"},
		{"zh-Hans", "zh_CN.UTF-8", "15:04|00:04|3月22日|2025年3月24日|2026年3月24日 周二 15:04"},
		{"zh-Hans", "en_US.UTF-8", "下午3:04|上午12:04|3月22日|2025年3月24日|2026年3月24日 周二 下午3:04"},
		{"ko", "en_IN", "오후 3:04|오전 12:04|3월 22일|2025년 3월 24일|2026년 3월 24일 (화) 오후 3:04"},
	} {
		t.Run(test.tag+" "+test.system, func(t *testing.T) {
			followed(t, test.system)
			c := New(test.tag)
			got := fmt.Sprintf("%s|%s|%s|%s|%s", c.Time(now, now), c.Time(night, now), c.Time(day, now), c.Time(year, now), c.FullTime(now, now))
			if got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// What the environment says of dates comes before the system's settings, and
// those before LANG.
func TestWhoSaysHowDatesAre(t *testing.T) {
	chosen := conventions{order: yearFirst, twelve: true}
	for _, test := range []struct {
		all, times, lang string
		chosen           bool
		want             conventions
	}{
		{"", "", "en_US.UTF-8", false, conventions{monthFirst, true}},
		{"", "en_GB.UTF-8", "en_US.UTF-8", false, conventions{dayFirst, false}},
		{"hu_HU", "en_GB.UTF-8", "en_US.UTF-8", true, conventions{yearFirst, false}},
		{"", "", "en_US.UTF-8", true, chosen},
		{"", "", "", false, conventions{}},
		{"", "POSIX", "en_US", true, conventions{}},
	} {
		env := map[string]string{"LC_ALL": test.all, "LC_TIME": test.times, "LANG": test.lang}
		got := conventionsOf(func(name string) string { return env[name] }, func() (conventions, bool) { return chosen, test.chosen })
		if got != test.want {
			t.Errorf("%+v: %+v", test, got)
		}
	}
}

// The patterns that Windows and macOS have.
func TestPatterns(t *testing.T) {
	for _, test := range []struct {
		date, clock string
		want        conventions
	}{
		{"M/d/yyyy", "h:mm tt", conventions{monthFirst, true}},
		{"dd.MM.yyyy", "HH:mm", conventions{dayFirst, false}},
		{"yyyy-MM-dd", "HH:mm", conventions{yearFirst, false}},
		{"yyyy'年'M'月'd'日'", "tt h:mm", conventions{yearFirst, true}},
		{"d/M/yy", "HH 'h' mm", conventions{dayFirst, false}},
		{"y. M. d.", "a h:mm", conventions{yearFirst, true}},
	} {
		if got, ok := patterns(test.date, test.clock); !ok || got != test.want {
			t.Errorf("%s, %s: %+v", test.date, test.clock, got)
		}
	}
	if _, ok := patterns("", ""); ok {
		t.Error("nothing is taken for a pattern")
	}
}
