package settings

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/language"

	"github.com/traymail/traymail/internal/plaintext"
)

// What Preferences.Theme can be.
const (
	ThemeLight = "light"
	ThemeDark  = "dark"
)

// What Preferences.Badge can be.
const (
	BadgeDot  = "dot"
	BadgeNone = "none"
)

// What Preferences.LeftClick can be.
const (
	ClickCheck    = "check"
	ClickSettings = "settings"
)

// What Preferences.Show can be.
const (
	ShowSender = "sender"
	ShowCount  = "count"
)

// SoundNone as Preferences.Sound is silence.
const SoundNone = "none"

// What Preferences.SummaryAbove can be: SummaryAlways, or up to MaxSummaryAbove.
const (
	SummaryAlways   = -1
	MaxSummaryAbove = 20
)

// What Rule.Field and Rule.Effect can be.
const (
	FieldSender     = "sender"
	FieldSubject    = "subject"
	EffectImportant = "important"
	EffectMute      = "mute"
)

// maxRuleText bounds a rule's text in characters.
const maxRuleText = 256

// Normalize trims what a person typed, and writes a default as the zero value
// even where the file names it.
func (p *Preferences) Normalize() {
	for _, f := range []struct {
		value *string
		name  string // of the default
	}{
		{&p.Theme, "system"},
		{&p.Badge, "count"},
		{&p.LeftClick, "mailbox"},
		{&p.Show, "subject"},
		{&p.Sound, "system"},
		{&p.Language, "system"},
		{&p.Proxy, "system"},
	} {
		if *f.value = strings.TrimSpace(*f.value); strings.EqualFold(*f.value, f.name) {
			*f.value = ""
		}
	}
	for _, s := range []*string{&p.Theme, &p.Badge, &p.LeftClick, &p.Show} {
		*s = strings.ToLower(*s)
	}
	hours := p.QuietHours()
	hours.normalize()
	p.QuietFrom, p.QuietUntil, p.QuietDays = hours.From, hours.Until, hours.Days
	if p.SummaryAbove == DefaultSummaryAbove {
		p.SummaryAbove = 0
	}
}

// Validate returns what is wrong with normalised preferences.
func (p Preferences) Validate() []FieldError {
	var problems []FieldError
	add := func(field string, key Mistake, args ...any) {
		problems = append(problems, FieldError{field, key, args})
	}
	choice := func(field, value string, choices ...string) {
		if value != "" && !slices.Contains(choices, value) {
			add(field, MistakeChoice, strings.Join(choices, ", "))
		}
	}
	if _, err := language.Parse(p.Language); p.Language != "" && err != nil {
		add("language", MistakeLanguage)
	}
	choice("theme", p.Theme, "system", ThemeLight, ThemeDark)
	choice("badge", p.Badge, "count", BadgeDot, BadgeNone)
	choice("left_click", p.LeftClick, "mailbox", ClickCheck, ClickSettings)
	if key := proxyProblem(p.Proxy); key != "" {
		add("proxy", key)
	}
	choice("notify_show", p.Show, "subject", ShowSender, ShowCount)
	if p.Sound != "" && p.Sound != SoundNone && (!filepath.IsAbs(p.Sound) || strings.ContainsAny(p.Sound, "\r\n\x00")) {
		add("notify_sound", MistakeSound)
	} else if plaintext.Hides(p.Sound) {
		add("notify_sound", MistakeHidden)
	}
	if p.SummaryAbove < SummaryAlways || p.SummaryAbove > MaxSummaryAbove {
		add("notify_summary_above", MistakeSummaryAbove, SummaryAlways, MaxSummaryAbove)
	}
	p.QuietHours().validate(add)
	return problems
}

// Limit is SummaryAbove as a number of messages.
func (p Preferences) Limit() int {
	switch p.SummaryAbove {
	case 0:
		return DefaultSummaryAbove
	case SummaryAlways:
		return 0
	}
	return p.SummaryAbove
}

// Normalize trims what a person typed.
func (r *Rule) Normalize() {
	r.Account = strings.TrimSpace(r.Account)
	r.Field = strings.ToLower(strings.TrimSpace(r.Field))
	r.Effect = strings.ToLower(strings.TrimSpace(r.Effect))
	if !r.Regexp {
		r.Text = strings.TrimSpace(r.Text)
	}
}

// Validate returns what is wrong with a normalised rule, of which accounts
// are all there are.
func (r Rule) Validate(accounts []Account) []FieldError {
	var problems []FieldError
	add := func(field string, key Mistake, args ...any) {
		problems = append(problems, FieldError{field, key, args})
	}
	if r.Account != "" && !slices.ContainsFunc(accounts, func(a Account) bool { return a.ID == r.Account }) {
		add("account", MistakeRuleAccount)
	}
	if r.Field != FieldSender && r.Field != FieldSubject {
		add("field", MistakeChoice, FieldSender+", "+FieldSubject)
	}
	switch _, err := r.Compile(); {
	case r.Text == "":
		add("text", MistakeRequired)
	case strings.ContainsAny(r.Text, "\r\n\x00"):
		add("text", MistakeOneLine)
	case utf8.RuneCountInString(r.Text) > maxRuleText || !utf8.ValidString(r.Text):
		add("text", MistakeTooLong)
	case plaintext.Hides(r.Text):
		add("text", MistakeHidden)
	case err != nil:
		add("text", MistakeRegexp, err.Error())
	}
	if r.Effect != EffectImportant && r.Effect != EffectMute {
		add("effect", MistakeChoice, EffectImportant+", "+EffectMute)
	}
	return problems
}

// Compile returns what finds the rule's text in its field. It takes time
// linear in what it is matched against, whatever the expression (RE2).
func (r Rule) Compile() (*regexp.Regexp, error) {
	if len(r.Text) > maxRuleText*utf8.UTFMax {
		return nil, fmt.Errorf("longer than %d characters", maxRuleText)
	}
	text := r.Text
	if !r.Regexp {
		text = regexp.QuoteMeta(text)
	}
	// The user's own is compiled alone first, for the sake of the error.
	if _, err := regexp.Compile(text); err != nil {
		return nil, err
	}
	return regexp.Compile("(?i)" + text)
}
