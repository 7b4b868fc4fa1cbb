package notify

import (
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/api"
)

// maxBalloons bounds how many balloons are remembered.
const maxBalloons = 64

// balloons remembers what was announced by a means that does not say which of
// several notifications was clicked: the balloons of Windows. The system shows
// them one after the other, and may keep those that nobody has clicked in a
// list, where they can still be.
type balloons struct {
	shown []balloon // oldest first
}

type balloon struct {
	key, account string
	over         bool // no longer on the screen
}

func (b *balloons) add(a api.Announcement) {
	b.remove(a.Key)
	b.shown = append(b.shown, balloon{key: a.Key, account: a.Account})
	if len(b.shown) > maxBalloons {
		b.shown = b.shown[1:]
	}
}

// remove forgets one, and says whether it is all that is on the screen.
func (b *balloons) remove(key string) (alone bool) {
	i := slices.IndexFunc(b.shown, func(s balloon) bool { return s.key == key })
	if i < 0 {
		return false
	}
	alone = !b.shown[i].over && len(b.candidates()) == 1
	b.shown = slices.Delete(b.shown, i, i+1)
	return alone
}

// over is told that the oldest on the screen no longer is.
func (b *balloons) over() {
	if i := slices.IndexFunc(b.shown, func(s balloon) bool { return !s.over }); i >= 0 {
		b.shown[i].over = true
	}
}

// candidates are those that a click can have meant: those on the screen, or
// those that were.
func (b *balloons) candidates() []balloon {
	var up []balloon
	for _, s := range b.shown {
		if !s.over {
			up = append(up, s)
		}
	}
	if len(up) == 0 {
		return b.shown
	}
	return up
}

// clicked is the key of what was clicked. Where it could be one of several it
// is that of their account, and empty for those of several accounts: to open
// the wrong message would be worse than to open none.
func (b *balloons) clicked() (key string) {
	candidates := b.candidates()
	if len(candidates) == 0 {
		return ""
	}
	key = candidates[0].key
	for _, s := range candidates[1:] {
		if s.account != candidates[0].account {
			key = ""
			break
		}
		key = s.account + "/"
	}
	if len(candidates) == 1 {
		b.remove(key)
	} else {
		b.over()
	}
	return key
}

// fill makes the title and text of a balloon, of which the text must not be
// empty.
func fill(title, text string) (string, string) {
	if strings.TrimSpace(text) == "" {
		return "", title
	}
	return title, text
}
