package settings

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
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

// What Preferences.KeptHeaders can be.
const (
	MinKeptHeaders = 100
	MaxKeptHeaders = 100_000
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
	for _, s := range []*string{&p.QuietFrom, &p.QuietUntil} {
		*s = strings.TrimSpace(*s)
		if t, err := time.Parse("15:04", *s); err == nil {
			*s = t.Format("15:04") // "7:00" is "07:00"
		}
	}
	if p.SummaryAbove == DefaultSummaryAbove {
		p.SummaryAbove = 0
	}
	if p.KeptHeaders == DefaultKeptHeaders {
		p.KeptHeaders = 0
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
	if p.KeptHeaders != 0 && (p.KeptHeaders < MinKeptHeaders || p.KeptHeaders > MaxKeptHeaders) {
		add("kept_headers", MistakeSummaryAbove, MinKeptHeaders, MaxKeptHeaders)
	}
	if p.SummaryAbove < SummaryAlways || p.SummaryAbove > MaxSummaryAbove {
		add("notify_summary_above", MistakeSummaryAbove, SummaryAlways, MaxSummaryAbove)
	}
	for _, f := range []struct{ field, value, other string }{
		{"quiet_from", p.QuietFrom, p.QuietUntil}, {"quiet_until", p.QuietUntil, p.QuietFrom},
	} {
		switch _, err := time.Parse("15:04", f.value); {
		case f.value == "" && f.other != "":
			add(f.field, MistakeQuietHalf)
		case f.value != "" && err != nil:
			add(f.field, MistakeQuiet)
		}
	}
	if p.QuietFrom != "" && p.QuietFrom == p.QuietUntil {
		add("quiet_until", MistakeQuietSame)
	}
	return problems
}

// Quiet returns when the quiet hours end that now lies in; the zero time if
// it lies in none. They are taken by now's time zone, also on the days when
// its clocks change.
func (p Preferences) Quiet(now time.Time) time.Time {
	from, err1 := time.Parse("15:04", p.QuietFrom)
	until, err2 := time.Parse("15:04", p.QuietUntil)
	if err1 != nil || err2 != nil {
		return time.Time{}
	}
	y, m, d := now.Date()
	at := func(day int, hour time.Time) time.Time {
		return time.Date(y, m, d+day, hour.Hour(), hour.Minute(), 0, 0, now.Location())
	}
	nights := 0 // that the hours span
	if !until.After(from) {
		nights = 1
	}
	for _, day := range []int{-1, 0} { // begun yesterday, or today
		end := at(day+nights, until)
		if !now.Before(at(day, from)) && now.Before(end) {
			return end
		}
	}
	return time.Time{}
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
