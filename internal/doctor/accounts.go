package doctor

import (
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
)

func (j *judgement) accounts() {
	if len(j.State.Accounts) == 0 && j.State.Settings == nil {
		j.add("accounts", Accounts, Warning, j.Locale.T("doctor.account.none"), j.Locale.T("doctor.account.none_advice"))
	}
	for i, a := range j.State.Accounts {
		level, sentence, advice := j.account(a)
		if n := a.Health.Unlisted; n > 0 && level == OK {
			level, advice = Warning, j.Locale.T("problem.unlisted_count", j.Locale.Count(n))
		}
		stranger := j.Locale.T("doctor.account.shared", i+1, j.share.host(a.Server), a.Port, string(a.Security))
		shared := sentence(stranger)
		if said := j.share.problem(a.Status.Error); said != "" {
			shared += " [" + said + "]"
		}
		j.addShared("account."+a.ID, Accounts, level, sentence(a.Name), advice, shared)
	}
}

// account judges one; the sentence takes the account's name.
func (j *judgement) account(a Account) (l Level, sentence func(name string) string, advice string) {
	t, status := j.Locale.T, a.Status
	last := t("doctor.account.never")
	if !status.LastPoll.IsZero() {
		last = j.Locale.Moment(status.LastPoll, j.Now)
	}
	say := func(key string, args ...any) func(string) string {
		return func(name string) string { return t(key, append([]any{name}, args...)...) }
	}
	next := j.next(a)
	switch {
	case j.State.Running != Yes:
		return OK, say("doctor.account.unpolled", last), ""
	case status.Error == nil && status.State == api.Waiting && a.Health.Why == api.WhyOffline:
		return Warning, say("doctor.account.waiting", last, next), ""
	case status.Error == nil:
		return OK, say("doctor.account.ok", last, next), ""
	case passes(status.Error) || a.Health.Why == api.WhyUnlock:
		l = Warning
	default:
		l = Problem
	}
	if a.Health.LastTry.IsZero() || status.Error.Code == api.CodeHeld { // the server was not asked
		return l, say("doctor.account.waiting", last, next), explain.Text(status.Error, j.Locale)
	}
	return l, say("doctor.account.failed", j.Locale.Moment(a.Health.LastTry, j.Now), last, next), explain.Text(status.Error, j.Locale)
}

// passes says whether a problem is likely to go away without the user.
func passes(p *api.Problem) bool {
	return p.Code == api.CodeHeld || p.Kind == api.KindNetwork || p.Kind == api.KindTemporary && p.Args[api.ArgSince] == ""
}

// next says when the account is polled next, and why then.
func (j *judgement) next(a Account) string {
	switch a.Health.Why {
	case api.WhyPaused:
		return j.Locale.T("doctor.next.paused", j.Locale.Moment(j.State.PausedUntil, j.Now))
	case api.WhyUser, api.WhyUnlock, api.WhyOffline, api.WhyHeld:
		return j.Locale.T("doctor.next." + string(a.Health.Why))
	}
	if a.Status.Checking || a.Health.Why == "" || a.Status.NextPoll.Before(j.Now.Add(time.Second)) {
		return j.Locale.T("doctor.next.now")
	}
	return j.Locale.T("doctor.next."+strings.ReplaceAll(string(a.Health.Why), "-", "_"), j.Locale.Moment(a.Status.NextPoll, j.Now))
}

// line is a position in a file, for people.
func line(file string, n int) string {
	if n > 0 {
		return file + ":" + strconv.Itoa(n)
	}
	return file
}
