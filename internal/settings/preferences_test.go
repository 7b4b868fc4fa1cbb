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

func TestSounds(t *testing.T) {
	bell := full("/usr/share/sounds/bell.oga")
	for text, want := range map[string]string{
		"": "", " System ": SoundSystem, "NONE": SoundNone, bell: bell, " " + bell: bell,
		"bell.oga": "?", bell + "\n": bell, "/a\x00b": "?", full("/a\u202eb"): "?", full("/" + strings.Repeat("x", 1024)): "?",
	} {
		got, err := ReadSound(text)
		if err != nil {
			got = "?"
		}
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
		a := Account{ID: "a", Address: "me@example.org", Server: "pop.example.org", Sound: text}
		a.Normalize()
		if problems := a.Validate(); (len(problems) > 0) != (want == "?") || len(problems) > 0 && problems[0].Field != "sound" {
			t.Errorf("an account with %q: %v", text, problems)
		}
	}
	rule := Rule{Field: FieldSender, Text: "boss@", Effect: EffectSound, Sound: " " + bell}
	rule.Normalize()
	if problems := rule.Validate(nil); len(problems) != 0 || rule.Sound != bell {
		t.Errorf("%+v: %v", rule, problems)
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
		"no sound":        {func(r *Rule) { r.Effect = EffectSound }, "sound"},
		"a sound for it":  {func(r *Rule) { r.Effect, r.Sound = EffectMute, SoundNone }, "sound"},
		"no full path":    {func(r *Rule) { r.Sound = "bell.oga" }, "sound"},
	} {
		r := valid
		test.change(&r)
		if problems := r.Validate(accounts); len(problems) != 1 || problems[0].Field != test.field {
			t.Errorf("%s: %v", name, problems)
		}
	}
}
