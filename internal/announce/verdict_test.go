package announce

import (
	"testing"
	"time"

	"github.com/traymail/traymail/internal/settings"
)

func TestJudge(t *testing.T) {
	night := settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00"}
	open := night
	open.QuietExceptImportant = true
	mute := settings.Rule{Field: "sender", Text: "shop", Effect: "mute"}
	vip := settings.Rule{Field: "subject", Text: "urgent", Effect: "important"}
	elsewhere := settings.Rule{Account: "b", Field: "sender", Text: "shop", Effect: "mute"}
	day, late := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC), time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)
	shop := Message{Account: "a", From: "The Shop", Address: "news@shop.example", Subject: "Offers"}
	both := Message{Account: "a", From: "The Shop", Address: "news@shop.example", Subject: "URGENT: your order"}
	boss := Message{Account: "a", From: "Boss", Subject: "urgent"}
	type p = settings.Preferences
	for _, test := range []struct {
		name        string
		l           Message
		silent      bool
		preferences settings.Preferences
		rules       []settings.Rule
		paused      bool
		now         time.Time
		want        verdict
		important   bool
	}{
		{"nothing chosen", shop, false, p{}, nil, false, day, announceNow, false},
		{"silent account", shop, true, p{}, nil, false, day, announceNever, false},
		{"silent account, important", boss, true, p{}, []settings.Rule{vip}, false, day, announceNever, true},
		{"paused", shop, false, p{}, nil, true, day, announceLater, false},
		{"paused, important", boss, false, open, []settings.Rule{vip}, true, day, announceLater, true},
		{"paused, muted", shop, false, p{}, []settings.Rule{mute}, true, day, announceNever, false},
		{"muted", shop, false, p{}, []settings.Rule{mute}, false, day, announceNever, false},
		{"muted at night", shop, false, night, []settings.Rule{mute}, false, late, announceNever, false},
		{"muted elsewhere", shop, false, p{}, []settings.Rule{elsewhere}, false, day, announceNow, false},
		{"important", boss, false, p{}, []settings.Rule{vip}, false, day, announceNow, true},
		{"important over muted", both, false, p{}, []settings.Rule{mute, vip}, false, day, announceNow, true},
		{"in any order", both, false, p{}, []settings.Rule{vip, mute}, false, day, announceNow, true},
		{"night", shop, false, night, nil, false, late, announceLater, false},
		{"day", shop, false, night, nil, false, day, announceNow, false},
		{"night, important", boss, false, night, []settings.Rule{vip}, false, late, announceLater, true},
		{"night, important gets through", boss, false, open, []settings.Rule{vip}, false, late, announceNow, true},
		{"night, others do not", shop, false, open, []settings.Rule{vip}, false, late, announceLater, false},
	} {
		a := settings.Account{ID: "a", Silent: test.silent}
		policy := Policy{test.preferences, Compile(test.rules), test.paused, test.now}
		got, important := policy.judge(test.l, a)
		if got != test.want || important != test.important {
			t.Errorf("%s: verdict %d, important %v", test.name, got, important)
		}
	}
}

// An account's own quiet hours take the place of the general ones, and so does
// its having none.
func TestQuietHoursOfAccount(t *testing.T) {
	night := settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00"}
	office := settings.Account{ID: "a", QuietFrom: "18:00", QuietUntil: "09:00", QuietDays: "mon-fri"}
	for _, test := range []struct {
		name string
		a    settings.Account
		now  time.Time
		want verdict
	}{
		{"the general ones", settings.Account{ID: "a"}, time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC), announceLater},
		{"none", settings.Account{ID: "a", QuietNever: true}, time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC), announceNow},
		{"its own, before the general ones", office, time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC), announceLater},
		{"its own, after the general ones", office, time.Date(2026, 11, 25, 8, 0, 0, 0, time.UTC), announceLater},
		{"not its day, in the general ones", office, time.Date(2026, 11, 28, 23, 0, 0, 0, time.UTC), announceNow},
		{"Friday's night", office, time.Date(2026, 11, 28, 8, 0, 0, 0, time.UTC), announceLater},
	} {
		p := Policy{Preferences: night, Now: test.now}
		if got, _ := p.judge(Message{Account: "a", From: "Ann"}, test.a); got != test.want {
			t.Errorf("%s: verdict %d, want %d", test.name, got, test.want)
		}
	}
}

func TestRelease(t *testing.T) {
	night := settings.Preferences{QuietFrom: "22:00", QuietUntil: "07:00"}
	late := time.Date(2026, 11, 24, 23, 0, 0, 0, time.UTC)
	morning := time.Date(2026, 11, 25, 7, 0, 0, 0, time.UTC)
	nine := time.Date(2026, 11, 25, 9, 0, 0, 0, time.UTC)
	plain := settings.Account{ID: "a"}
	office := settings.Account{ID: "b", QuietFrom: "18:00", QuietUntil: "09:00"}
	never := settings.Account{ID: "c", QuietNever: true}
	for name, test := range map[string]struct {
		p    Policy
		held []settings.Account
		now  bool
		next time.Time
	}{
		"nothing is kept back":    {Policy{Now: late}, nil, false, time.Time{}},
		"no quiet hours":          {Policy{Now: late}, []settings.Account{plain}, true, time.Time{}},
		"at night":                {Policy{Preferences: night, Now: late}, []settings.Account{plain}, false, morning},
		"in the morning":          {Policy{Preferences: night, Now: morning}, []settings.Account{plain}, true, time.Time{}},
		"paused":                  {Policy{Paused: true, Now: morning}, []settings.Account{plain}, false, time.Time{}},
		"paused, and at night":    {Policy{Preferences: night, Paused: true, Now: late}, []settings.Account{plain}, false, time.Time{}},
		"the first of two":        {Policy{Preferences: night, Now: late}, []settings.Account{office, plain}, false, morning},
		"one of two":              {Policy{Preferences: night, Now: morning}, []settings.Account{office, plain}, true, nine},
		"only the one that lasts": {Policy{Preferences: night, Now: morning}, []settings.Account{office}, false, nine},
		"none of its own":         {Policy{Preferences: night, Now: late}, []settings.Account{never}, true, time.Time{}},
	} {
		if now, next := test.p.Release(test.held...); now != test.now || !next.Equal(test.next) {
			t.Errorf("%s: %v, %v", name, now, next)
		}
	}
}
