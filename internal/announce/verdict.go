package announce

import (
	"regexp"
	"time"

	"github.com/traymail/traymail/internal/settings"
)

// Policy is what the user has chosen, and what the time is.
type Policy struct {
	Preferences settings.Preferences
	Rules       []Rule
	// Paused: nothing is announced for now.
	Paused bool
	Now    time.Time
}

// Rule is a settings.Rule made ready.
type Rule struct {
	settings.Rule
	expression *regexp.Regexp
}

// Compile makes rules ready. They were validated when they were read.
func Compile(rules []settings.Rule) []Rule {
	ready := make([]Rule, 0, len(rules))
	for _, r := range rules {
		if e, err := r.Compile(); err == nil {
			ready = append(ready, Rule{r, e})
		}
	}
	return ready
}

// Message is what may be announced.
type Message struct {
	Account, UID string
	From         string
	// Address is the sender's where From has the name; else it may be empty.
	Address string
	Subject string
	// Undescribed: nobody has read the header yet, so that From and Subject say
	// nothing, and no rule can pick the message.
	Undescribed bool
	// Code is a one-time code, where the message has one.
	Code string
}

// sender is name and address, as rules see them.
func (m Message) sender() string {
	if m.Address == "" || m.Address == m.From {
		return m.From
	}
	return m.From + " <" + m.Address + ">"
}

// Matches says whether a rule picks a message.
func (r Rule) Matches(m Message) bool {
	if m.Undescribed || r.Account != "" && r.Account != m.Account {
		return false
	}
	if r.Field == settings.FieldSender {
		return r.expression.MatchString(m.sender())
	}
	return r.expression.MatchString(m.Subject)
}

// verdict says what becomes of a message that was not announced yet.
type verdict int

const (
	announceNow   verdict = iota
	announceLater         // when quiet hours or the pause end
	announceNever         // it is counted all the same
)

// sound is that of a message: of the first rule with one, else of the account,
// else of the preferences. particular says how near it was to the message.
func (p Policy) sound(m Message, a settings.Account) (sound string, particular int) {
	for _, r := range p.Rules {
		if r.Sound != "" && r.Matches(m) {
			return heard(r.Sound), 2
		}
	}
	if a.Sound != "" {
		return heard(a.Sound), 1
	}
	return p.Preferences.Sound, 0
}

// heard is a sound as an announcement has it.
func heard(sound string) string {
	if sound == settings.SoundSystem {
		return ""
	}
	return sound
}

// judge decides what becomes of a message, and whether it is important.
func (p Policy) judge(m Message, a settings.Account) (v verdict, important bool) {
	mute := a.Silent
	for _, r := range p.Rules {
		if (r.Effect == settings.EffectImportant && important) || !r.Matches(m) {
			continue
		}
		important = important || r.Effect == settings.EffectImportant
		mute = mute || r.Effect == settings.EffectMute
	}
	switch {
	case a.Silent, mute && !important:
		return announceNever, important
	case p.Paused:
		return announceLater, important
	case !p.quiet(a).IsZero() && (!important || !p.Preferences.QuietExceptImportant):
		return announceLater, important
	}
	return announceNow, important
}

// quiet is when the quiet hours end that an account is in; zero if it is in none.
func (p Policy) quiet(a settings.Account) time.Time {
	return a.QuietHours(p.Preferences).End(p.Now)
}

// Release says whether of accounts for which something was kept back one may
// have it announced now, and when the first of the others may: the end of its
// quiet hours, zero where there is none. A pause has its own end.
func (p Policy) Release(held ...settings.Account) (now bool, next time.Time) {
	if p.Paused {
		return false, time.Time{}
	}
	for _, a := range held {
		switch end := p.quiet(a); {
		case end.IsZero():
			now = true
		case next.IsZero() || end.Before(next):
			next = end
		}
	}
	return now, next
}
