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

// What a sound can be, beside the absolute path of a file.
const (
	// SoundNone is silence.
	SoundNone = "none"
	// SoundSystem is the system's sound. Preferences.Sound has it as its zero value.
	SoundSystem = "system"
)

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
	EffectSound     = "sound"
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
	normalizeSound(&p.Sound)
	if p.Sound == SoundSystem {
		p.Sound = ""
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
	if key := soundProblem(p.Sound); key != "" {
		add("notify_sound", key)
	}
	if p.SummaryAbove < SummaryAlways || p.SummaryAbove > MaxSummaryAbove {
		add("notify_summary_above", MistakeSummaryAbove, SummaryAlways, MaxSummaryAbove)
	}
	p.QuietHours().validate(add)
	return problems
}

// normalizeSound trims a sound, and writes its words as traymail does.
func normalizeSound(sound *string) {
	*sound = strings.TrimSpace(*sound)
	for _, word := range []string{SoundNone, SoundSystem} {
		if strings.EqualFold(*sound, word) {
			*sound = word
		}
	}
}

// soundProblem is what is wrong with a sound; empty if nothing is.
func soundProblem(sound string) Mistake {
	switch {
	case sound == "", sound == SoundNone, sound == SoundSystem:
		return ""
	case !filepath.IsAbs(sound) || strings.ContainsAny(sound, "\r\n\x00"):
		return MistakeSound
	case len(sound) > maxSound:
		return MistakeTooLong
	case plaintext.Hides(sound):
		return MistakeHidden
	}
	return ""
}

// ReadSound reads a sound as a person writes it. The error is a FieldError.
func ReadSound(text string) (sound string, err error) {
	if normalizeSound(&text); soundProblem(text) != "" {
		return "", FieldError{Field: "sound", Key: soundProblem(text)}
	}
	return text, nil
}

// maxSound bounds the path of a sound file in octets.
const maxSound = 1024

// SoundFile says whether a sound is a file.
func SoundFile(sound string) bool { return sound != "" && sound != SoundNone && sound != SoundSystem }

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
	normalizeSound(&r.Sound)
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
	if !slices.Contains(effects, r.Effect) {
		add("effect", MistakeChoice, strings.Join(effects, ", "))
	}
	switch key := soundProblem(r.Sound); {
	case key != "":
		add("sound", key)
	case r.Sound == "" && r.Effect == EffectSound:
		add("sound", MistakeRequired)
	case r.Sound != "" && r.Effect == EffectMute:
		add("sound", MistakeRuleSound)
	}
	return problems
}

// effects are what Rule.Effect can be.
var effects = []string{EffectImportant, EffectMute, EffectSound}

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
