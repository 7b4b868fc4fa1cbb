package locale

import (
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"golang.org/x/text/language"
)

func TestMatch(t *testing.T) {
	for tags, want := range map[string]string{
		"en": "en", "en-GB": "en", "tlh": "en", "": "en", "nonsense!": "en", "nonsense! zh": "zh-Hans",
		"zh": "zh-Hans", "zh-CN": "zh-Hans", "zh-SG": "zh-Hans", "zh-Hans": "zh-Hans",
		"tlh zh en": "zh-Hans", "en zh": "en",
		"zh-TW": "zh-Hant", "zh-HK": "zh-Hant", "zh-MO": "zh-Hant", "zh-Hant": "zh-Hant", "zh-Hant-CN": "zh-Hant", "zh-Hans-HK": "zh-Hans",
		"pt": "pt-BR", "pt-BR": "pt-BR", "pt-PT": "pt-BR", "pt-AO": "pt-BR",
		"es": "es", "es-419": "es", "es-MX": "es", "fr-CA": "fr", "de-AT": "de", "de-CH": "de", "ja-JP": "ja", "ko-KR": "ko", "ru-RU": "ru",
		// A language that is close to one of ours is another all the same.
		"uk-UA": "en", "gsw": "en", "ca": "en", "gl": "en", "be": "en", "uk ru": "ru",
	} {
		if got := match(strings.Split(tags, " ")).tag.String(); got != want {
			t.Errorf("match(%q) = %s, want %s", tags, got, want)
		}
	}
}

func TestSystem(t *testing.T) {
	for _, test := range []struct {
		env       map[string]string
		preferred string
		want      string
	}{
		{nil, "", ""},
		{map[string]string{"LANG": "C.UTF-8"}, "", ""},
		{map[string]string{"LANG": "zh_CN.UTF-8"}, "", "zh-CN"},
		{map[string]string{"LANG": "zh_CN.UTF-8", "LC_MESSAGES": "en_US"}, "", "en-US"},
		{map[string]string{"LANG": "de_DE@euro", "LC_ALL": "zh_CN.GB18030"}, "", "zh-CN"},
		{map[string]string{"LANG": "en_US.UTF-8", "LANGUAGE": "uk:ru"}, "", "uk ru en-US"},
		{map[string]string{"LANG": "C", "LANGUAGE": "ru"}, "", ""},
		{map[string]string{"LANG": "de_DE.UTF-8"}, "zh-Hant-TW en-US", "zh-Hant-TW en-US"},
		{map[string]string{"LC_ALL": "fr_FR.UTF-8"}, "zh-Hant-TW en-US", "fr-FR"},
	} {
		got := system(func(k string) string { return test.env[k] }, func() []string { return strings.Fields(test.preferred) })
		if strings.TrimSpace(strings.Join(got, " ")) != test.want {
			t.Errorf("system(%v, %s) = %q, want %q", test.env, test.preferred, got, test.want)
		}
	}
}

// The system can be asked, and says something that is a language.
func TestPreferred(t *testing.T) {
	tags := preferred()
	if len(tags) == 0 && (runtime.GOOS == "windows" || runtime.GOOS == "darwin") {
		t.Error("no language")
	}
	for _, tag := range tags {
		if _, err := language.Parse(tag); err != nil {
			t.Errorf("%q: %v", tag, err)
		}
	}
}

// Each number has the form that the language wants.
func TestPlural(t *testing.T) {
	fsys := fstest.MapFS{
		"translations/a.x.json": {Data: []byte(`{"a.n": {"zero": "zero", "one": "one", "two": "two", "few": "few", "many": "many", "other": "other"}}`)},
	}
	for tag, want := range map[string]map[int]string{
		"en":    {0: "other", 1: "one", 2: "other", 11: "other", 21: "other"},
		"de":    {0: "other", 1: "one", 2: "other", 101: "other"},
		"es":    {0: "other", 1: "one", 2: "other"},
		"fr":    {0: "one", 1: "one", 2: "other"},
		"pt-BR": {0: "one", 1: "one", 2: "other"},
		"ru":    {0: "many", 1: "one", 2: "few", 4: "few", 5: "many", 11: "many", 12: "many", 21: "one", 22: "few", 111: "many", 1001: "one", 20_000_014: "many"},
		"ja":    {0: "other", 1: "other", 2: "other"},
		"ko":    {1: "other"}, "zh-Hans": {1: "other"}, "zh-Hant": {1: "other"},
	} {
		c := &Catalogue{}
		c.now.Store(load(fsys, spoken{suffix: "x", tag: language.MustParse(tag)}))
		for n, form := range want {
			if got := c.N("a.n", n); got != form {
				t.Errorf("%s: %d is %s, want %s", tag, n, got, form)
			}
		}
	}
}

// What a language lacks is said in English, with English plural forms.
func TestFallback(t *testing.T) {
	c := &Catalogue{}
	c.now.Store(load(fstest.MapFS{}, spoken{suffix: "x", tag: language.French}))
	if got := c.T("tray.quit"); got != "Quit" {
		t.Errorf("T is %q", got)
	}
	if got := c.N("common.bytes", 0); got != "0 bytes" {
		t.Errorf("N is %q", got)
	}
	if got := c.T("no.such.key"); got != "no.such.key" {
		t.Errorf("an unknown key is %q", got)
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
	if got := en.FullTime(now, now); got != "Tue, Nov 24, 2026, 15:00" {
		t.Errorf("full time is %q", got)
	}
	if got := zh.FullTime(now, now); got != "2026年11月24日 周二 15:00" {
		t.Errorf("full time is %q", got)
	}
}

// Each language writes dates, numbers and sizes in its own way.
func TestEveryLanguage(t *testing.T) {
	now := time.Date(2026, 3, 24, 15, 4, 0, 0, time.UTC)
	for tag, want := range map[string][]string{
		"en":      {"Mar 1", "Mar 1, 2025", "Tue, Mar 24, 2026, 15:04", "1,234,567", "1.2 KB", "0 bytes"},
		"zh-Hans": {"3月1日", "2025年3月1日", "2026年3月24日 周二 15:04", "1,234,567", "1.2 KB", "0 字节"},
		"zh-Hant": {"3月1日", "2025年3月1日", "2026年3月24日 週二 15:04", "1,234,567", "1.2 KB", "0 位元組"},
		"de":      {"1. März", "1. März 2025", "Di., 24. März 2026, 15:04", "1.234.567", "1,2 KB", "0 Byte"},
		"es":      {"1 mar", "1 mar 2025", "mar, 24 mar 2026, 15:04", "1.234.567", "1,2 KB", "0 bytes"},
		"fr":      {"1 mars", "1 mars 2025", "mar. 24 mars 2026, 15:04", "1\u00a0234\u00a0567", "1,2 ko", "0 octet"},
		"ja":      {"3月1日", "2025年3月1日", "2026年3月24日(火) 15:04", "1,234,567", "1.2 KB", "0 バイト"},
		"ko":      {"3월 1일", "2025년 3월 1일", "2026년 3월 24일 (화) 15:04", "1,234,567", "1.2 KB", "0바이트"},
		"pt-BR":   {"1 de mar.", "1 de mar. de 2025", "ter., 24 de mar. de 2026, 15:04", "1.234.567", "1,2 KB", "0 byte"},
		"ru":      {"1 мар.", "1 мар. 2025 г.", "вт, 24 мар. 2026 г., 15:04", "1\u00a0234\u00a0567", "1,2 КБ", "0 байт"},
	} {
		c := New(tag)
		if c.Tag() != tag {
			t.Errorf("%s is %s", tag, c.Tag())
		}
		first := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
		got := []string{c.Time(first, now), c.Time(first.AddDate(-1, 0, 0), now), c.FullTime(now, now), c.Count(1234567), c.Size(1234), c.Size(0)}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %q, want %q", tag, got[i], want[i])
			}
		}
	}
	if n := len(Languages()); n != 10 {
		t.Errorf("%d languages", n)
	}
}

func TestAgo(t *testing.T) {
	now := time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]string{
		0: "just now", -30 * time.Second: "just now", 59 * time.Second: "just now", time.Minute: "1 min ago", 59 * time.Minute: "59 min ago",
		time.Hour: "1 h ago", 11*time.Hour + 59*time.Minute: "11 h ago", 12 * time.Hour: "12 h ago",
		12*time.Hour + time.Second: "yesterday", 36 * time.Hour: "yesterday", 37 * time.Hour: "2 days ago",
		6 * 24 * time.Hour: "6 days ago", 7 * 24 * time.Hour: "Nov 21", 365 * 24 * time.Hour: "Nov 28, 2025",
		-time.Hour: "13:00", -48 * time.Hour: "Nov 30",
	} {
		if got := New("en").Ago(now.Add(-ago), now); got != want {
			t.Errorf("%v ago: %q, want %q", ago, got, want)
		}
	}
	if got := New("en").Ago(time.Time{}, now); got != "" {
		t.Errorf("an unknown time is %q", got)
	}
	if got := New("zh-Hans").Ago(now.Add(-3*time.Minute), now.In(time.FixedZone("", 8*3600))); got != "3 分钟前" {
		t.Error(got)
	}
	// Early in the morning the last evening is hours ago; elsewhere it is another day.
	early := time.Date(2026, 11, 28, 1, 0, 0, 0, time.UTC)
	if got := New("en").Ago(early.Add(-3*time.Hour), early); got != "3 h ago" {
		t.Error(got)
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
