// Package schedule decides when accounts are polled. It is pure: what it needs
// to know it is told, the time included.
package schedule

import (
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
)

const (
	// slack is how long an account waits for another, so that both share a
	// wake-up; savingSlack is longer, where power or the network is dear. Neither
	// is more than a tenth of the account's interval.
	slack       = 30 * time.Second
	savingSlack = 5 * time.Minute
	// maxBackoff is the longest wait after failures.
	maxBackoff = 6 * time.Hour
	// firstRetry is the shortest wait after a failure of the network.
	firstRetry = 30 * time.Second
	// patience is the shortest wait after the server asked for some (P21), and
	// before a second look at what is not believed.
	patience = time.Minute
)

// refusals are the waits after each refusal in a row of credentials that have
// worked before; the last stands for all that follow. Servers refuse good
// passwords at times. Six tries in the first two days lock no account (P24).
var refusals = []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// Verdict is what a poll came to, as far as the next one depends on it.
type Verdict int

// The verdicts.
const (
	// Good: it succeeded.
	Good Verdict = iota
	// Unreached: the network, or the server, was not there.
	Unreached
	// Asked: the server asked for patience (P21).
	Asked
	// Locked: the keyring tells when it is unlocked.
	Locked
	// Unready: the password, or a file that the account names, is not there
	// yet. No server is asked, and nobody tells when it is.
	Unready
	// NoRoom: something about this computer that nobody tells the end of,
	// such as a full disk.
	NoRoom
	// Refused: the server refused the credentials (P24).
	Refused
	// User: only the user can mend it, and then tells.
	User
	// Broken: anything else; it may pass, and is not worth hurrying for.
	Broken
)

// Judge is the verdict on what went wrong; nil is nothing.
func Judge(p *api.Problem) Verdict {
	if p == nil {
		return Good
	}
	switch p.Kind {
	case api.KindAuth:
		return Refused
	case api.KindNetwork:
		return Unreached
	case api.KindTemporary:
		return Asked
	case api.KindSecret:
		switch {
		case p.Code == api.CodeLocked:
			return Locked
		case p.SignIn():
			return User
		}
		return Unready
	case api.KindConfig:
		switch p.Code {
		case "", api.CodeDiskFull:
			return NoRoom
		case api.CodeCAFile, api.CodeClientCert:
			return Unready
		}
		return User
	case api.KindTLS:
		if p.Code == api.CodePin {
			return User // who alone knows which certificate is right
		}
	}
	return Broken
}

// Poll is a poll that has ended.
type Poll struct {
	Now     time.Time
	Verdict Verdict
	// Interval is the account's.
	Interval time.Duration
	// Failures counts polls that failed since the last that did not, this one
	// included.
	Failures int
	// Refusals counts logins that were refused since the last that was not, this
	// one included; Proven says that their credentials had worked before.
	Refusals int
	Proven   bool
	// Doubtful: it succeeded, and what it found is not believed before another
	// finds the same (P17).
	Doubtful bool
	// LoginDelay is the least time between two polls that the server asks for.
	LoginDelay time.Duration
	// Jitter, from 0 to 1, keeps many users from asking at once.
	Jitter float64
}

// Next is when the account is polled next, and why then. The zero time means
// not before something changes.
func (p Poll) Next() (due time.Time, why api.Why) {
	wait, why := p.wait()
	if why == api.WhyUser {
		return time.Time{}, why
	}
	if polite := p.Verdict == Good || p.Verdict == Asked; polite && wait < p.LoginDelay {
		return p.Now.Add(p.LoginDelay), api.WhyLoginDelay
	}
	return p.Now.Add(wait), why
}

func (p Poll) wait() (time.Duration, api.Why) {
	switch p.Verdict {
	case Good:
		if p.Doubtful {
			return min(patience, p.Interval), api.WhyRetry
		}
		// Up to a twentieth later: what the user chose is the least.
		return p.Interval + time.Duration(p.Jitter*float64(p.Interval)/20), api.WhyInterval
	case Unreached:
		return min(p.grow(firstRetry), p.Interval), api.WhyRetry
	case Asked:
		return max(patience, min(p.grow(patience), max(p.Interval, 5*patience))), api.WhyRetry
	case Locked:
		return p.Interval, api.WhyUnlock // or when the keyring tells
	case Unready:
		return p.Interval, api.WhyRetry
	case Refused:
		if !p.Proven {
			return 0, api.WhyUser
		}
		wait := refusals[min(max(p.Refusals, 1), len(refusals))-1]
		return wait + time.Duration(p.Jitter*float64(wait)/10), api.WhyRetry
	case User:
		return 0, api.WhyUser
	}
	return p.grow(p.Interval), api.WhyRetry
}

// grow doubles a wait with each failure.
func (p Poll) grow(first time.Duration) time.Duration {
	wait := first << min(p.Failures-1, 16)
	if wait <= 0 || wait > maxBackoff {
		return maxBackoff
	}
	return wait
}

// Turn is when an account is due, and why then.
type Turn struct {
	ID  string
	Due time.Time
	Why api.Why
	// Interval is the account's.
	Interval time.Duration
}

// latest is until when an account waits for others. What a server asked for, a
// retry or a user does not wait.
func (t Turn) latest(saving bool) time.Time {
	if t.Why != api.WhyInterval {
		return t.Due
	}
	return t.Due.Add(min(longest(saving), t.Interval/10))
}

// longest is the longest wait for others.
func longest(saving bool) time.Duration {
	if saving {
		return savingSlack
	}
	return slack
}

// Pick returns the accounts to poll now and when to look again; the zero time
// is never. None is polled before it is due: one that is due waits a little for
// others that soon will be, and longer where saving says so.
func Pick(turns []Turn, now time.Time, saving bool) (ids []string, next time.Time) {
	wait := longest(saving)
	near := dueBy(turns, time.Time{}, now.Add(wait))
	for len(near) > 0 && !near[0].Due.After(now) {
		n, wake := share(near, saving)
		if wake.After(now) {
			return ids, wake
		}
		for _, t := range near[:n] {
			ids = append(ids, t.ID)
		}
		near = near[n:]
	}
	// Whatever is due by now has been picked.
	var first time.Time
	for i := range turns {
		if due := turns[i].Due; due.After(now) && (first.IsZero() || due.Before(first)) {
			first = due
		}
	}
	if first.IsZero() {
		return ids, first
	}
	_, next = share(dueBy(turns, now, first.Add(wait)), saving)
	return ids, next
}

// dueBy are the turns that are due after one time and up to another, in that
// order. To sort all of many, after each poll, would cost more than the polls.
func dueBy(turns []Turn, after, until time.Time) (list []Turn) {
	for i := range turns {
		if due := turns[i].Due; due.After(after) && !due.After(until) {
			list = append(list, turns[i])
		}
	}
	slices.SortStableFunc(list, func(a, b Turn) int { return a.Due.Compare(b.Due) })
	return list
}

// share says how many of the first turns, sorted by their times, share a
// wake-up, and when that is.
func share(turns []Turn, saving bool) (n int, wake time.Time) {
	latest := turns[0].latest(saving)
	for _, t := range turns {
		if t.Due.After(latest) {
			break
		}
		n, wake = n+1, t.Due
		if at := t.latest(saving); at.Before(latest) {
			latest = at
		}
	}
	return n, wake
}
