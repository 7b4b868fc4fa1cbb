package announce

import (
	"strings"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

// problemPrefix begins the key of what is wrong with an account, whose ID has
// no colon.
const problemPrefix = "problem:"

// ProblemKey names the notification of what is wrong with an account.
func ProblemKey(account string) string { return problemPrefix + account }

// ProblemAccount is the account of a ProblemKey.
func ProblemAccount(key string) (account string, ok bool) {
	return strings.CutPrefix(key, problemPrefix)
}

// Trouble is what is wrong with an account.
type Trouble struct {
	Account settings.Account
	Problem *api.Problem
	// GivenUp: the account is not polled again before the user acts.
	GivenUp bool
	// Refusals counts the logins that were refused in a row.
	Refusals int
	// Secretless is since when there is no password; zero if there is one.
	Secretless time.Time
}

// secretPatience is how long a keyring may be locked, or the password not to be
// had, before the user is told: at the start of a session both are usual.
const secretPatience = 15 * time.Minute

// Name names what is wrong where the user has to be told of it; empty: nothing
// is, or it may pass by itself. What was told is told again only under another
// name.
func (t Trouble) Name(now time.Time) string {
	p := t.Problem
	switch {
	case p == nil:
		return ""
	case t.GivenUp,
		p.Kind == api.KindAuth && t.Refusals > 1, // one alone passes more often than not
		p.Kind == api.KindSecret && !t.Secretless.IsZero() && now.Sub(t.Secretless) >= secretPatience,
		p.Code == api.CodeDiskFull:
		return string(p.Kind) + "/" + string(p.Code)
	}
	return ""
}

// Alert plans the notification of a trouble that has a name. Nothing is planned
// where the user wants none of the account, or where later says that it waits
// until quiet hours or the pause end.
func (p Policy) Alert(t Trouble) (plan []Planned, later bool) {
	switch {
	case t.Account.Silent:
		return nil, false
	case p.Paused, !p.quiet(t.Account).IsZero():
		return nil, true
	}
	sound, _ := p.sound(Message{Undescribed: true}, t.Account)
	if sound != settings.SoundNone {
		sound = "" // the user's own is that of new mail
	}
	return []Planned{p.dressed(api.Announcement{
		Key: ProblemKey(t.Account.ID), Kind: api.AccountProblem,
		Account: t.Account.ID, AccountName: t.Account.Name, Problem: t.Problem,
	}, sound, false, nil)}, false
}
