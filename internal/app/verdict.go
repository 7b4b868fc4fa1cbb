package app

import (
	"time"

	"github.com/traymail/traymail/internal/settings"
)

// verdict says what becomes of a message that was not announced yet.
type verdict int

const (
	announceNow   verdict = iota
	announceLater         // when quiet hours or the pause end
	announceNever         // it is counted all the same
)

// judge decides what becomes of a message, and whether it is important. It is
// a pure function.
func judge(l letter, a settings.Account, p settings.Preferences, rules []rule, paused bool, now time.Time) (v verdict, important bool) {
	mute := a.Silent
	for _, r := range rules {
		if (r.Effect == settings.EffectImportant && important) || !r.matches(l) {
			continue
		}
		important = important || r.Effect == settings.EffectImportant
		mute = mute || r.Effect == settings.EffectMute
	}
	switch {
	case a.Silent, mute && !important:
		return announceNever, important
	case paused:
		return announceLater, important
	case !p.Quiet(now).IsZero() && (!important || !p.QuietExceptImportant):
		return announceLater, important
	}
	return announceNow, important
}
