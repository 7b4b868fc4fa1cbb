package doctor

import (
	"errors"
	"slices"
)

// judge makes a report of what is known. It is pure.
func judge(o Options, f found) Report {
	j := &judgement{Options: o, report: Report{Made: o.Now, Level: OK, Checks: []Check{}}, share: newShare(o)}
	supported(f.tray, func() { j.tray(f.tray) })
	supported(f.notifications, func() { j.notifications(f.notifications) })
	supported(f.keyring, func() { j.keyring(f.keyring.err) })
	supported(f.fonts, func() { j.fonts(f.fonts) })
	supported(f.windows, func() { j.windows(f.windows) })
	j.clock()
	supported(f.network, func() { j.network(f.network) })
	j.accounts()
	j.running()
	j.settings()
	j.crash()
	j.storage()
	j.ledger()
	supported(f.autostart, func() { j.autostart(f.autostart) })
	j.about()
	return j.report
}

func supported[T any](p probed[T], check func()) {
	if !errors.Is(p.err, errors.ErrUnsupported) {
		check()
	}
}

// judgement is a report in the making.
type judgement struct {
	Options
	report Report
	share  share
}

// add adds a check that says nothing of the user's.
func (j *judgement) add(id string, g Group, l Level, text, advice string) {
	j.addShared(id, g, l, text, advice, text)
}

func (j *judgement) addShared(id string, g Group, l Level, text, advice, shared string) {
	j.report.Checks = append(j.report.Checks, Check{id, g, l, text, advice, shared})
	order := []Level{OK, Warning, Problem}
	if slices.Index(order, l) > slices.Index(order, j.report.Level) {
		j.report.Level = l
	}
}

// failed adds a check whose probe found nothing out.
func (j *judgement) failed(id string, g Group, err error) {
	what := j.Locale.T("doctor.group." + string(g))
	if id != "" {
		what = j.Locale.T("doctor.probe." + id)
	}
	j.addShared(id, g, Warning, j.Locale.T("doctor.unknown", what, err.Error()), "", j.Locale.T("doctor.unknown_shared", what))
}
