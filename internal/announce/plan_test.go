package announce

import (
	"fmt"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/settings"
)

// plan writes down what is planned: a message by its UID, "!" before what is
// important, a summary by how many it speaks of and names.
func plan(p Policy, keptBack bool, all ...Sifted) string {
	var out []string
	for _, n := range p.Plan(keptBack, all...) {
		s := n.UID
		if s == "" {
			s = fmt.Sprintf("%s%d of %d", n.Account, len(n.Messages)+len(n.Accounts), n.Count)
		}
		if n.Urgency != 0 {
			s = "!" + s
		}
		told := 0
		for _, t := range n.Told {
			told += len(t.UIDs)
		}
		if told != n.Count {
			s += fmt.Sprintf(" (%d told)", told)
		}
		out = append(out, s)
	}
	return strings.Join(out, ", ")
}

// sifted is an account with messages, newest first; "!" marks important ones.
func sifted(account string, uids ...string) Sifted {
	s := Sifted{Account: settings.Account{ID: account, Name: account}, Unseen: len(uids) + 1}
	for _, uid := range uids {
		uid, important := strings.CutPrefix(uid, "!")
		s.Now = append(s.Now, Notice{Message: Message{Account: account, UID: uid}, Important: important})
	}
	return s
}

func TestPlan(t *testing.T) {
	count := Policy{Preferences: settings.Preferences{Show: settings.ShowCount}}
	always := Policy{Preferences: settings.Preferences{SummaryAbove: settings.SummaryAlways}}
	const now, kept = false, true
	for name, test := range map[string]struct {
		p        Policy
		keptBack bool
		all      []Sifted
		want     string
	}{
		"nothing":                       {Policy{}, now, []Sifted{sifted("a")}, ""},
		"few, as they came":             {Policy{}, now, []Sifted{sifted("a", "3", "2", "1")}, "1, 2, 3"},
		"many":                          {Policy{}, now, []Sifted{sifted("a", "4", "3", "2", "1")}, "a4 of 4"},
		"very many":                     {Policy{}, now, []Sifted{sifted("a", "6", "5", "4", "3", "2", "1")}, "a4 of 6"},
		"of several accounts":           {Policy{}, now, []Sifted{sifted("a", "3", "2"), sifted("b", "2", "1")}, "2 of 4"},
		"one account has the rest":      {Policy{}, now, []Sifted{sifted("a", "!9"), sifted("b", "4", "3", "2", "1")}, "!9, b4 of 4"},
		"the important ones alone":      {Policy{}, now, []Sifted{sifted("a", "5", "!4", "3", "2", "1")}, "!4, a4 of 4"},
		"too many are important":        {Policy{}, now, []Sifted{sifted("a", "!4", "!3", "!2", "!1")}, "!a4 of 4"},
		"one is left":                   {Policy{}, now, []Sifted{sifted("a", "4", "!3", "!2", "!1")}, "!1, !2, !3, 4"},
		"a summary always":              {always, now, []Sifted{sifted("a", "1")}, "a1 of 1"},
		"kept back, one alone":          {Policy{}, kept, []Sifted{sifted("a", "1"), sifted("b")}, "1"},
		"kept back, two":                {Policy{}, kept, []Sifted{sifted("a", "2", "1")}, "a2 of 2"},
		"kept back, the important ones": {Policy{}, kept, []Sifted{sifted("a", "4", "!3", "!2", "1")}, "!2, !3, a2 of 2"},
		"kept back, a summary always":   {always, kept, []Sifted{sifted("a", "1")}, "a1 of 1"},
		"no more than a count":          {count, now, []Sifted{sifted("a", "!2", "1")}, "!a0 of 2"},
	} {
		if got := plan(test.p, test.keptBack, test.all...); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}

// What must not be shown is not even handed over.
func TestPlanHandsOverOnlyWhatIsShown(t *testing.T) {
	s := sifted("a", "2", "1")
	for i := range s.Now {
		s.Now[i].From, s.Now[i].Subject = "Ann", "Lunch"
	}
	for _, test := range []struct {
		show  string
		above int
		want  string
	}{
		{"", 0, "[{Ann Lunch}] [{Ann Lunch}]"},
		{"", 1, "[{Ann Lunch} {Ann Lunch}]"},
		{settings.ShowSender, 0, "[{Ann }] [{Ann }]"},
		{settings.ShowSender, 1, "[{Ann } {Ann }]"},
		{settings.ShowCount, 0, "[]"},
	} {
		p := Policy{Preferences: settings.Preferences{Show: test.show, SummaryAbove: test.above}}
		var got []string
		for _, n := range p.Plan(false, s) {
			got = append(got, fmt.Sprint(n.Messages))
		}
		if got := strings.Join(got, " "); got != test.want {
			t.Errorf("show %q, summary above %d: %s, want %s", test.show, test.above, got, test.want)
		}
	}
}

// What nobody has read has no name in a summary and is picked by no rule, not
// even by one for mail without a subject.
func TestUndescribed(t *testing.T) {
	p := Policy{Rules: Compile([]settings.Rule{{Effect: settings.EffectMute, Field: settings.FieldSubject, Regexp: true, Text: "^$"}})}
	a := settings.Account{ID: "a"}
	unread := func(uids ...string) (list []Message) {
		for _, uid := range uids {
			list = append(list, Message{Account: "a", UID: uid, Undescribed: true})
		}
		return list
	}
	known := Message{Account: "a", UID: "5", From: "Ann", Subject: "Lunch"}
	for what, test := range map[string]struct {
		list []Message
		want string
	}{
		"one":          {unread("1"), "1"},
		"several":      {unread("4", "3", "2", "1"), "a0 of 4"},
		"one is known": {append(unread("4", "3", "2", "1"), known), "a1 of 5"},
	} {
		sifted := p.Sift(a, len(test.list), test.list)
		if got := plan(p, false, sifted); got != test.want || len(sifted.Never) > 0 {
			t.Errorf("%s: %s, %v never", what, got, sifted.Never)
		}
	}
	if got := p.Plan(false, p.Sift(a, 4, unread("4", "3", "2", "1"))); got[0].More != 0 {
		t.Errorf("%d more than none", got[0].More)
	}
}
