// Package announce decides what is announced, when and how: rules, quiet
// hours, summaries. It is pure, and says kind and arguments of a notification;
// the words are made by whoever shows it.
package announce

import (
	"slices"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

// severalKey names the summary of several accounts.
const severalKey = "/"

// SampleKey names a notification that has the user hear a sound.
const SampleKey = "sound:"

// Sample is a notification that has the user hear a sound of the settings.
func Sample(sound string) api.Announcement {
	return api.Announcement{Key: SampleKey, Kind: api.SoundSample, Sound: heard(sound)}
}

// Key names a notification; a summary has no UID.
func Key(account, uid string) string { return account + "/" + uid }

// Several says whether a key is that of a summary of several accounts.
func Several(key string) bool { return key == severalKey }

// Notice is a message that is to be announced.
type Notice struct {
	Message
	Important bool
	// Sound is that of api.Announcement, and particular says how near it was to
	// the message.
	Sound      string
	particular int
}

// Sifted is what an account has to announce, newest first, and what the user
// does not want to hear of.
type Sifted struct {
	Account settings.Account
	// Unseen is how many the account has in all.
	Unseen int
	Now    []Notice
	// Later is how many wait until quiet hours or the pause end.
	Later int
	// Never are the UIDs of those that are counted and not announced.
	Never []string
}

// Sift judges what is unseen and unannounced in an account, newest first.
func (p Policy) Sift(a settings.Account, unseen int, list []Message) Sifted {
	s := Sifted{Account: a, Unseen: unseen}
	for _, m := range list {
		switch v, important := p.judge(m, a); v {
		case announceNow:
			sound, particular := p.sound(m, a)
			s.Now = append(s.Now, Notice{m, important, sound, particular})
		case announceLater:
			s.Later++
		case announceNever:
			s.Never = append(s.Never, m.UID)
		}
	}
	return s
}

// Planned is a notification, and what it is about.
type Planned struct {
	api.Announcement
	Told []api.Told
}

// Plan says which notifications to show now, in their order: up to
// Preferences.Limit messages one by one, and of what was kept back no more than
// one. Of more, the important ones come alone, unless they are many themselves,
// and the rest is a summary.
func (p Policy) Plan(keptBack bool, all ...Sifted) (plan []Planned) {
	limit := p.Preferences.Limit()
	if keptBack {
		limit = min(1, limit)
	}
	total, important := 0, 0
	for _, s := range all {
		total += len(s.Now)
		for _, n := range s.Now {
			if n.Important {
				important++
			}
		}
	}
	show := p.Preferences.Show
	alone := important
	if important > p.Preferences.Limit() || show == settings.ShowCount {
		alone = 0
	}
	oneByOne := (total <= limit || total-alone == 1 && limit > 0) && show != settings.ShowCount
	var rest []Sifted
	for _, s := range all {
		left := s
		left.Now = nil
		for _, n := range slices.Backward(s.Now) { // oldest first, as they came
			if oneByOne || n.Important && alone > 0 {
				plan = append(plan, p.single(s.Account, n))
			} else {
				left.Now = append(left.Now, n)
			}
		}
		slices.Reverse(left.Now)
		if len(left.Now) > 0 {
			rest = append(rest, left)
		}
	}
	switch len(rest) {
	case 0:
	case 1:
		plan = append(plan, p.summary(rest[0]))
	default:
		plan = append(plan, p.several(rest))
	}
	return plan
}

func told(all ...Sifted) (told []api.Told) {
	for _, s := range all {
		t := api.Told{Account: s.Account.ID}
		for _, n := range s.Now {
			t.UIDs = append(t.UIDs, n.UID)
		}
		told = append(told, t)
	}
	return told
}

// dressed adds what the user wants of every notification.
func (p Policy) dressed(a api.Announcement, sound string, important bool, told []api.Told) Planned {
	a.Show, a.Sound, a.Keep = p.Preferences.Show, sound, p.Preferences.Keep
	if important {
		a.Urgency = api.UrgencyCritical
	}
	return Planned{a, told}
}

// named is what of messages may be shown, up to a limit: what must not is not
// handed over, and what nobody has read has no name.
func (p Policy) named(limit int, list ...Notice) (names []api.AnnouncedMessage) {
	for _, n := range list {
		switch {
		case n.Undescribed:
			continue
		case len(names) == limit:
			return names
		case p.Preferences.Show == settings.ShowSender:
			n.Subject = ""
		}
		names = append(names, api.AnnouncedMessage{From: n.From, Subject: n.Subject})
	}
	return names
}

// single is about one message. A one-time code is what a subject may say: who
// does not want that on the screen can copy the code all the same.
func (p Policy) single(a settings.Account, n Notice) Planned {
	code := n.Code
	if p.Preferences.Show != "" {
		code = ""
	}
	return p.dressed(api.Announcement{
		Key: Key(a.ID, n.UID), Kind: api.OneMessage, Account: a.ID, AccountName: a.Name, UID: n.UID, Count: 1,
		Messages: p.named(1, n), HasCode: n.Code != "", Code: code,
	}, n.Sound, n.Important, []api.Told{{Account: a.ID, UIDs: []string{n.UID}}})
}

// maxNamed is how many messages, or accounts, a summary names.
const maxNamed = 4

func (p Policy) summary(s Sifted) Planned {
	a := api.Announcement{
		Key: Key(s.Account.ID, ""), Kind: api.OneAccount, Account: s.Account.ID, AccountName: s.Account.Name, Count: len(s.Now),
	}
	if p.Preferences.Show == settings.ShowCount {
		a.Unseen = s.Unseen
	} else if a.Messages = p.named(maxNamed, s.Now...); len(a.Messages) > 0 {
		a.More = len(s.Now) - len(a.Messages)
	}
	return p.dressed(a, together(s), important(s), told(s))
}

// several is the summary of several accounts. It names none of the messages.
func (p Policy) several(all []Sifted) Planned {
	a := api.Announcement{Key: severalKey, Kind: api.SeveralAccounts}
	for i, s := range all {
		a.Count += len(s.Now)
		if i < maxNamed {
			a.Accounts = append(a.Accounts, api.AnnouncedAccount{Name: s.Account.Name, Count: len(s.Now)})
		} else {
			a.More += len(s.Now)
		}
	}
	return p.dressed(a, together(all...), slices.ContainsFunc(all, important), told(all...))
}

// together is the sound of a summary: of those sounds of its messages that can
// be heard the one that was nearest to a message, of several the first.
func together(all ...Sifted) string {
	sound, particular := settings.SoundNone, -1
	for _, s := range all {
		for _, n := range s.Now {
			if n.Sound != settings.SoundNone && n.particular > particular {
				sound, particular = n.Sound, n.particular
			}
		}
	}
	return sound
}

func important(s Sifted) bool {
	return slices.ContainsFunc(s.Now, func(n Notice) bool { return n.Important })
}
