package doctor

import (
	"errors"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/settings"
)

func (j *judgement) running() {
	t := j.Locale.T
	switch j.State.Running {
	case Yes:
		if until := j.State.PausedUntil; until.After(j.Now) {
			j.add("running", Program, OK, t("doctor.running.paused", j.Locale.Moment(until, j.Now)), "")
			return
		}
		j.add("running", Program, OK, t("doctor.running.yes"), "")
	case Stuck:
		if j.State.PID != 0 {
			text := t("doctor.running.stuck_process", j.State.PID, j.Locale.Moment(j.State.Since, j.Now))
			j.add("running", Program, Problem, text, t("doctor.running.restart"))
			return
		}
		j.add("running", Program, Problem, t("doctor.running.stuck"), t("doctor.running.restart"))
	case Other:
		j.add("running", Program, Problem, t("doctor.running.other"), t("doctor.running.restart"))
	default:
		text := t("doctor.running.no")
		if j.State.Command != "" {
			text = t("doctor.running.command", j.State.Command, j.State.PID, j.Locale.Moment(j.State.Since, j.Now))
		}
		j.add("running", Program, Warning, text, t("doctor.running.start"))
	}
}

func (j *judgement) settings() {
	t := j.Locale.T
	var broken *settings.FileError
	switch err := j.State.Settings; {
	case errors.As(err, &broken):
		j.addShared("settings", Program, Problem, t("doctor.settings.broken", explain.File(broken, j.Locale)),
			t("doctor.settings.broken_advice"), t("doctor.settings.broken", j.mistake(broken)))
		return
	case err != nil:
		j.failed("settings", Program, err)
		return
	}
	if len(j.State.Warnings) == 0 {
		j.add("settings", Program, OK, t("doctor.settings.ok"), "")
		return
	}
	const most = 5
	var named, shared []string
	for _, w := range j.State.Warnings[:min(len(j.State.Warnings), most)] {
		named = append(named, explain.File(w, j.Locale))
		shared = append(shared, j.mistake(w))
	}
	list := func(mistakes []string) string {
		return t("doctor.settings.unknown", strings.Join(mistakes, t("doctor.list")))
	}
	j.addShared("settings", Program, Warning, list(named), t("doctor.settings.unknown_advice"), list(shared))
}

// mistake is where one is, without the user's words: a key that traymail does
// not know may be anything.
func (j *judgement) mistake(e *settings.FileError) string {
	where := line(j.share.file(e.File), e.Line)
	var field settings.FieldError
	if errors.As(e.Err, &field) {
		where += " [" + string(field.Key) + "]"
	}
	return where
}

// crashNews is how long a crash is worth a line.
const crashNews = 30 * 24 * time.Hour

func (j *judgement) crash() {
	t, s := j.Locale.T, j.State
	if s.CrashReport == "" || j.Now.Sub(s.Crashed) > crashNews {
		return
	}
	when := j.Locale.Moment(s.Crashed, j.Now)
	j.addShared("crash", Program, Warning, t("doctor.crash", when, s.CrashReport), t("doctor.crash_advice"),
		t("doctor.crash", when, j.share.file(s.CrashReport)))
}

// storage says nothing where all is well.
func (j *judgement) storage() {
	t, failed := j.Locale.T, j.State.Storage
	if failed == nil {
		return
	}
	j.addShared("storage", Program, Problem, t("doctor.storage", failed.Path, failed.Err.Error()), t("doctor.storage_advice"),
		t("doctor.storage", j.share.file(failed.Path), failed.Err.Error()))
}

func (j *judgement) ledger() {
	t := j.Locale.T
	switch s := j.State; {
	case s.LedgerBusy: // nobody can tell
	case s.Ledger != nil:
		if text, ok := explain.Error(s.Ledger, j.Locale); ok {
			j.add("ledger", Program, Problem, text, "")
			return
		}
		// Why stands in the log: the error may name accounts.
		j.add("ledger", Program, Problem, t("doctor.ledger.broken"), t("doctor.ledger.broken_advice"))
	case s.SetAside != "":
		j.addShared("ledger", Program, Warning, t("problem.ledger_damaged", s.SetAside), "",
			t("problem.ledger_damaged", j.share.file(s.SetAside)))
	default:
		j.add("ledger", Program, OK, t("doctor.ledger.ok"), "")
	}
}

func (j *judgement) autostart(p probed[bool]) {
	t := j.Locale.T
	switch {
	case p.err != nil:
		j.failed("autostart", Program, p.err)
	case p.value:
		j.add("autostart", Program, OK, t("doctor.autostart.on"), "")
	case j.State.Autostart:
		j.add("autostart", Program, Warning, t("doctor.autostart.lost"), t("doctor.autostart.advice"))
	default:
		j.add("autostart", Program, OK, t("doctor.autostart.off"), "")
	}
}

// about tells what somebody who helps wants to know first.
func (j *judgement) about() {
	var shared []string
	for _, file := range j.Files {
		shared = append(shared, j.share.file(file))
	}
	list := func(files []string) string {
		return j.Locale.T("doctor.files", strings.Join(files, j.Locale.T("doctor.list")))
	}
	j.addShared("paths", Program, OK, list(j.Files), "", list(shared))
	j.add("version", Program, OK, "traymail "+j.Version, "")
}
