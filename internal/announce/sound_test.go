package announce

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

// A rule's sound is nearer to a message than the account's, and that than the
// general one.
func TestSoundOfMessage(t *testing.T) {
	rules := []settings.Rule{
		{Field: "subject", Text: "mute", Effect: settings.EffectMute},
		{Field: "subject", Text: "bell", Effect: settings.EffectSound, Sound: "/bell.oga"},
		{Field: "subject", Text: "urgent", Effect: settings.EffectImportant, Sound: "/urgent.oga"},
		{Field: "subject", Text: "quiet", Effect: settings.EffectSound, Sound: settings.SoundNone},
		{Field: "subject", Text: "plain", Effect: settings.EffectSound, Sound: settings.SoundSystem},
		{Field: "subject", Text: "vip", Effect: settings.EffectImportant},
	}
	for _, test := range []struct{ subject, account, general, want string }{
		{"1", "", "", ""},
		{"1", "", "/all.oga", "/all.oga"},
		{"1", "", settings.SoundNone, settings.SoundNone},
		{"1", "/home.oga", settings.SoundNone, "/home.oga"},
		{"1", settings.SoundSystem, "/all.oga", ""},
		{"1", settings.SoundNone, "", settings.SoundNone},
		{"bell", settings.SoundNone, "", "/bell.oga"},
		{"bell urgent", "", "", "/bell.oga"}, // the first in the list
		{"urgent", "/home.oga", "", "/urgent.oga"},
		{"quiet", "/home.oga", "", settings.SoundNone},
		{"plain", "/home.oga", "", ""},
		{"vip", "/home.oga", "", "/home.oga"}, // it has none of its own
		{"mute vip", "/home.oga", "", "/home.oga"},
	} {
		p := Policy{Preferences: settings.Preferences{Sound: test.general}, Rules: Compile(rules), Now: time.Unix(0, 0)}
		s := p.Sift(settings.Account{ID: "a", Sound: test.account}, 1, []Message{{Account: "a", UID: "1", Subject: test.subject}})
		plan := p.Plan(false, s)
		if len(plan) != 1 || plan[0].Sound != test.want {
			t.Errorf("%+v: %+v", test, plan)
		}
	}
}

// A summary has the sound that is nearest to one of its messages and can be
// heard.
func TestSoundOfSummary(t *testing.T) {
	rules := []settings.Rule{
		{Field: "subject", Text: "bell", Effect: settings.EffectSound, Sound: "/bell.oga"},
		{Field: "subject", Text: "horn", Effect: settings.EffectSound, Sound: "/horn.oga"},
		{Field: "subject", Text: "quiet", Effect: settings.EffectSound, Sound: settings.SoundNone},
	}
	home, work := settings.Account{ID: "a", Sound: "/home.oga"}, settings.Account{ID: "b", Sound: settings.SoundNone}
	for _, test := range []struct{ home, work, general, want string }{
		{"1 2", "", "", "/home.oga"},
		{"", "1 2", "", settings.SoundNone},
		{"1", "2", "", "/home.oga"},
		{"quiet quiet", "", "", settings.SoundNone},
		{"quiet 1", "", "", "/home.oga"},
		{"1 bell", "", "", "/bell.oga"},
		{"1", "bell", "", "/bell.oga"},
		{"horn bell", "", "", "/horn.oga"},
	} {
		p := Policy{Preferences: settings.Preferences{SummaryAbove: settings.SummaryAlways}, Rules: Compile(rules)}
		var all []Sifted
		for _, one := range []struct {
			a        settings.Account
			subjects string
		}{{home, test.home}, {work, test.work}} {
			var list []Message
			for i, subject := range strings.Fields(one.subjects) {
				list = append(list, Message{Account: one.a.ID, UID: fmt.Sprint(i), Subject: subject})
			}
			if len(list) > 0 {
				all = append(all, p.Sift(one.a, len(list), list))
			}
		}
		plan := p.Plan(false, all...)
		if len(plan) != 1 || plan[0].Sound != test.want {
			t.Errorf("%+v: %+v", test, plan)
		}
	}
}

// A file is the sound of new mail, and not of trouble.
func TestSoundOfTrouble(t *testing.T) {
	for _, test := range []struct{ account, general, want string }{
		{"", "", ""},
		{"/home.oga", settings.SoundNone, ""},
		{settings.SoundNone, "/all.oga", settings.SoundNone},
		{settings.SoundSystem, settings.SoundNone, ""},
	} {
		p := Policy{Preferences: settings.Preferences{Sound: test.general}}
		plan, _ := p.Alert(Trouble{Account: settings.Account{ID: "a", Sound: test.account}, Problem: &api.Problem{}})
		if len(plan) != 1 || plan[0].Sound != test.want {
			t.Errorf("%+v: %+v", test, plan)
		}
	}
}
