package doctor

import (
	"slices"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/loopback"
)

// clockSlack is how far clocks may differ without anybody's fault.
const clockSlack = time.Hour

// clock compares this computer's clock with what else tells the time: the
// program itself, what it has written down, and the certificates of servers.
func (j *judgement) clock() {
	const id = "clock"
	t := j.Locale.T
	now := j.Locale.FullTime(j.Now, j.Now)
	after := func(other time.Time) bool { return !other.IsZero() && other.After(j.Now.Add(clockSlack)) }
	of := func(f func(Account) bool) bool { return slices.ContainsFunc(j.State.Accounts, f) }
	switch {
	case after(j.Built):
		j.add(id, Computer, Problem, t("doctor.clock.built", now), t("doctor.clock.advice"))
	case of(func(a Account) bool { return after(a.Status.LastPoll) }):
		j.add(id, Computer, Problem, t("doctor.clock.back", now), t("doctor.clock.advice"))
	case of(func(a Account) bool { return a.Health.TLS != nil && after(a.Health.TLS.Begins) }):
		j.add(id, Computer, Problem, t("doctor.clock.begins", now), t("doctor.clock.advice"))
	case of(func(a Account) bool {
		return a.Status.Error != nil && (a.Status.Error.Code == api.CodeExpired || a.Status.Error.Code == api.CodeNotYetValid)
	}):
		j.add(id, Computer, Warning, t("doctor.clock.expired", now), t("doctor.clock.advice"))
	default:
		j.add(id, Computer, OK, t("doctor.clock.ok", now), "")
	}
}

func (j *judgement) network(p probed[facts.Network]) {
	const id = "network"
	t, n := j.Locale.T, p.value
	switch {
	case p.err != nil:
		j.failed(id, Computer, p.err)
	case n.Portal:
		j.add(id, Computer, Problem, t("doctor.network.portal"), t("doctor.network.portal_advice"))
	case n.Offline || !n.Routed:
		j.add(id, Computer, Warning, t("doctor.network.offline"), t("doctor.network.offline_advice"))
	case j.intercepted():
		j.add(id, Computer, Warning, t("doctor.network.intercepted"), t("doctor.network.portal_advice"))
	case n.Limited:
		j.add(id, Computer, Warning, t("doctor.network.limited"), t("doctor.network.offline_advice"))
	case n.Metered:
		j.add(id, Computer, OK, t("doctor.network.metered"), "")
	default:
		j.add(id, Computer, OK, t("doctor.network.ok"), "")
	}
}

// intercepted: not one of several servers shows a certificate that can be
// trusted, which is what a captive portal looks like.
func (j *judgement) intercepted() bool {
	servers := map[string]bool{}
	for _, a := range j.State.Accounts {
		if a.Status.State == "" || loopback.Is(a.Server) {
			continue
		}
		if a.Status.Error == nil || a.Status.Error.Kind != api.KindTLS || a.Status.Error.Code == api.CodePin {
			return false
		}
		servers[a.Server] = true
	}
	return len(servers) > 1
}
