package locale

import (
	"testing"
	"time"
)

func TestMatch(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "en", "en-GB": "en", "fr-FR": "en", "": "en", "nonsense!": "en",
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh-Hans": "zh-Hans",
	} {
		if got := languages[match(tag)].tag.String(); got != want {
			t.Errorf("match(%q) = %s, want %s", tag, got, want)
		}
	}
}

func TestSystem(t *testing.T) {
	for _, test := range []struct {
		env  map[string]string
		want string
	}{
		{nil, "en"},
		{map[string]string{"LANG": "C.UTF-8"}, "en"},
		{map[string]string{"LANG": "zh_CN.UTF-8"}, "zh-CN"},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US"}, "en-US"},
		{map[string]string{"LANG": "de_DE@euro", "LC_ALL": "zh_CN.GB18030"}, "zh-CN"},
	} {
		if got := system(func(k string) string { return test.env[k] }); got != test.want {
			t.Errorf("system(%v) = %q, want %q", test.env, got, test.want)
		}
	}
}

func TestTime(t *testing.T) {
	zone := time.FixedZone("CST", 8*3600)
	now := time.Date(2026, 11, 24, 15, 0, 0, 0, zone)
	en, zh := New("en"), New("zh-Hans")
	for _, test := range []struct {
		t      time.Time
		en, zh string
	}{
		{time.Time{}, "", ""},
		{now.Add(-time.Hour), "14:00", "14:00"},
		{now.AddDate(0, 0, -1), "Nov 23", "11月23日"},
		{now.AddDate(-1, 0, 0), "Nov 24, 2025", "2025年11月24日"},
		// 17:00 UTC the day before is today in Beijing.
		{time.Date(2026, 11, 23, 17, 0, 0, 0, time.UTC), "01:00", "01:00"},
	} {
		if got := en.Time(test.t, now); got != test.en {
			t.Errorf("en: %v is %q, want %q", test.t, got, test.en)
		}
		if got := zh.Time(test.t, now); got != test.zh {
			t.Errorf("zh: %v is %q, want %q", test.t, got, test.zh)
		}
	}
	if got := zh.FullTime(now, now); got != "2026年11月24日 周二 15:00" {
		t.Errorf("full time is %q", got)
	}
}

func TestSizeAndCount(t *testing.T) {
	en, zh := New("en"), New("zh-Hans")
	for octets, want := range map[int64]string{
		1: "1 byte", 999: "999 bytes", 1200: "1.2 KB", 48_499: "48 KB", 2_340_000: "2.3 MB",
	} {
		if got := en.Size(octets); got != want {
			t.Errorf("Size(%d) = %q, want %q", octets, got, want)
		}
	}
	if got := zh.Size(1); got != "1 字节" {
		t.Errorf("one byte in Chinese is %q", got)
	}
	if got := en.Count(1204); got != "1,204" {
		t.Errorf("Count(1204) = %q", got)
	}
}

// Everybody who holds a catalogue follows when its language changes.
func TestUse(t *testing.T) {
	c := New("en")
	held := c
	english := held.T("tray.quit")
	c.Use("zh-CN")
	if held.Tag() != "zh-Hans" || held.T("tray.quit") == english || held.Count(1234) != "1,234" {
		t.Errorf("%s: %s", held.Tag(), held.T("tray.quit"))
	}
	t.Setenv("LC_ALL", "en_GB.UTF-8")
	c.Use("")
	if held.T("tray.quit") != english {
		t.Errorf("the system's language: %s", held.T("tray.quit"))
	}
}
