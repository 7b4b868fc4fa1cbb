package settings

import (
	"strings"
	"testing"
)

func TestValidatePreferences(t *testing.T) {
	for field, p := range map[string]Preferences{
		"language":             {Language: "no such language"},
		"theme":                {Theme: "blue"},
		"badge":                {Badge: "3"},
		"left_click":           {LeftClick: "quit"},
		"proxy":                {Proxy: "ftp://proxy.example.org"},
		"notify_show":          {Show: "everything"},
		"notify_sound":         {Sound: "bell.wav"},
		"notify_summary_above": {SummaryAbove: -2},
		"quiet_from":           {QuietFrom: "24:00", QuietUntil: "07:00"},
		"quiet_until":          {QuietFrom: "22:00"},
		"quiet_days":           {QuietFrom: "22:00", QuietUntil: "07:00", QuietDays: "mon-fry"},
	} {
		p.Normalize()
		if problems := p.Validate(); len(problems) != 1 || problems[0].Field != field {
			t.Errorf("%s: %v", field, problems)
		}
	}
	same := Preferences{QuietFrom: "7:00", QuietUntil: "07:00"}
	same.Normalize()
	if problems := same.Validate(); len(problems) != 1 || problems[0].Key != MistakeQuietSame {
		t.Errorf("hours without length: %v", problems)
	}
	good := Preferences{
		Language: "zh-Hans", Theme: " Dark ", Badge: "Dot", LeftClick: "check", Proxy: "direct", Show: "count",
		Sound: full("/usr/share/sounds/bell.oga"), SummaryAbove: SummaryAlways, QuietFrom: "22:00", QuietUntil: "7:00",
	}
	good.Normalize()
	if problems := good.Validate(); len(problems) != 0 || good.Theme != ThemeDark || good.QuietUntil != "07:00" {
		t.Errorf("%+v: %v", good, problems)
	}
	named := Preferences{
		Language: "system", Theme: "system", Badge: "count", LeftClick: "mailbox", Proxy: "system",
		Show: "subject", Sound: "system", SummaryAbove: DefaultSummaryAbove,
	}
	if named.Normalize(); named != (Preferences{}) {
		t.Errorf("named defaults became %+v", named)
	}
}

func TestValidateRule(t *testing.T) {
	accounts := []Account{{ID: "a"}}
	valid := Rule{Account: "a", Field: FieldSender, Text: "boss@", Effect: EffectImportant}
	if problems := valid.Validate(accounts); len(problems) != 0 {
		t.Fatalf("a valid rule has problems: %v", problems)
	}
	for name, test := range map[string]struct {
		change func(*Rule)
		field  string
	}{
		"another account": {func(r *Rule) { r.Account = "b" }, "account"},
		"field":           {func(r *Rule) { r.Field = "body" }, "field"},
		"no text":         {func(r *Rule) { r.Text = "" }, "text"},
		"two lines":       {func(r *Rule) { r.Text = "a\nb" }, "text"},
		"long":            {func(r *Rule) { r.Text = strings.Repeat("x", 257) }, "text"},
		"no expression":   {func(r *Rule) { r.Regexp, r.Text = true, "a(" }, "text"},
		"lookahead":       {func(r *Rule) { r.Regexp, r.Text = true, "(?=a)" }, "text"},
		"effect":          {func(r *Rule) { r.Effect = "delete" }, "effect"},
	} {
		r := valid
		test.change(&r)
		if problems := r.Validate(accounts); len(problems) != 1 || problems[0].Field != test.field {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
