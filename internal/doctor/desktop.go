package doctor

import (
	"errors"
	"slices"
	"strings"

	"github.com/traymail/traymail/internal/doctor/facts"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/secret"
)

func (j *judgement) tray(p probed[facts.Tray]) {
	t := j.Locale.T
	desktop := name(p.value.Desktop)
	if desktop == "" {
		desktop = t("doctor.this_desktop")
	}
	switch tray := p.value; {
	case p.err != nil:
		j.failed("tray", Desktop, p.err)
	case !tray.Bus:
		j.add("tray", Desktop, Warning, t("doctor.tray.no_bus"), t("doctor.tray.no_bus_advice"))
	case tray.Watcher && tray.Host && j.State.IconOnlyUnseen:
		j.add("tray", Desktop, OK, t("doctor.tray.hides"), "")
	case tray.Watcher && tray.Host:
		j.add("tray", Desktop, OK, t("doctor.tray.ok"), "")
	case strings.Contains(strings.ToUpper(tray.Desktop), "GNOME"):
		j.add("tray", Desktop, Warning, t("doctor.tray.none", desktop), t("doctor.tray.gnome_advice"))
	default:
		j.add("tray", Desktop, Warning, t("doctor.tray.none", desktop), t("doctor.tray.advice"))
	}
}

// name is a name that some program gave itself.
func name(s string) string { return plaintext.Truncate(plaintext.Clean(s), 60) }

func (j *judgement) notifications(p probed[facts.Notifications]) {
	const id = "notifications"
	t, n := j.Locale.T, p.value
	can := func(capability string) bool { return slices.Contains(n.Capabilities, capability) }
	who := strings.TrimSpace(name(n.Name) + " " + name(n.Version))
	switch {
	case p.err != nil:
		j.failed(id, Desktop, p.err)
	case !n.Bus:
		j.add(id, Desktop, Problem, t("doctor.notifications.no_bus"), t("doctor.tray.no_bus_advice"))
	case n.Portal && !n.Running:
		j.add(id, Desktop, Problem, t("doctor.notifications.no_portal"), t("doctor.notifications.no_portal_advice"))
	case n.Portal:
		j.add(id, Desktop, OK, t("doctor.notifications.portal"), "")
	case !n.Running:
		j.add(id, Desktop, Problem, t("doctor.notifications.none"), t("doctor.notifications.none_advice"))
	case n.Off:
		j.add(id, Desktop, Warning, t("doctor.notifications.off", who), t("doctor.notifications.off_advice"))
	case n.NotAllowed:
		j.add(id, Desktop, Problem, t("doctor.notifications.not_allowed", who), t("doctor.notifications.not_allowed_advice"))
	case n.Held != "":
		j.add(id, Desktop, OK, t("doctor.notifications."+string(n.Held), who), t("doctor.notifications.held_advice"))
	case !can("body"):
		j.add(id, Desktop, Warning, t("doctor.notifications.no_body", who), t("doctor.notifications.other_advice"))
	case !can("actions"):
		j.add(id, Desktop, Warning, t("doctor.notifications.no_actions", who), t("doctor.notifications.other_advice"))
	case can("persistence"):
		j.add(id, Desktop, OK, t("doctor.notifications.kept", who), "")
	default:
		j.add(id, Desktop, OK, t("doctor.notifications.ok", who), "")
	}
}

func (j *judgement) keyring(err error) {
	const id = "keyring"
	t := j.Locale.T
	// Who keeps all passwords elsewhere needs none.
	bad := Warning
	if slices.ContainsFunc(j.State.Accounts, func(a Account) bool { return a.SecretCommand == "" }) {
		bad = Problem
	}
	switch {
	case err == nil:
		j.add(id, Desktop, OK, t("doctor.keyring.ok"), "")
	case errors.Is(err, secret.ErrEmpty):
		j.add(id, Desktop, Warning, t("doctor.keyring.empty"), t("doctor.keyring.empty_advice"))
	case errors.Is(err, secret.ErrLocked):
		j.add(id, Desktop, bad, t("doctor.keyring.locked"), t("doctor.keyring.locked_advice"))
	case errors.Is(err, secret.ErrUnavailable):
		j.add(id, Desktop, bad, t("doctor.keyring.none"), t("doctor.keyring.none_advice"))
	default:
		j.failed(id, Desktop, err)
	}
}

func (j *judgement) fonts(p probed[facts.Fonts]) {
	t := j.Locale.T
	if p.err != nil {
		j.failed("fonts", Desktop, p.err)
		return
	}
	if len(p.value.Missing) == 0 {
		j.add("fonts", Desktop, OK, t("doctor.fonts.ok"), "")
		return
	}
	var missing []string
	for _, script := range p.value.Missing {
		missing = append(missing, t("doctor.fonts."+string(script)))
	}
	level := Warning
	if slices.Contains(p.value.Missing, facts.ScriptOf(j.Locale.Tag())) {
		level = Problem
	}
	advice := t("doctor.fonts.advice")
	if p.value.Package != "" {
		advice = t("doctor.fonts.package", p.value.Package)
	}
	j.add("fonts", Desktop, level, t("doctor.fonts.missing", strings.Join(missing, t("doctor.list"))), advice)
}

func (j *judgement) windows(p probed[facts.Windows]) {
	const id = "windows"
	switch {
	case p.err != nil:
		j.failed(id, Desktop, p.err)
	case p.value.Drawn:
		j.add(id, Desktop, OK, j.Locale.T("doctor.windows.ok"), "")
	case p.value.NoDisplay: // nobody sits there who would open one
		text, advice := NoWindows(p.value, j.Locale)
		j.add(id, Desktop, Warning, text, advice)
	default:
		text, advice := NoWindows(p.value, j.Locale)
		j.add(id, Desktop, Problem, text, advice)
	}
}

// NoWindows says why none is drawn, and what to do.
func NoWindows(w facts.Windows, loc *locale.Catalogue) (text, advice string) {
	switch {
	case w.NoDisplay:
		return loc.T("doctor.windows.no_display"), loc.T("doctor.windows.no_display_advice")
	case w.Store:
		return loc.T("doctor.windows.no_opengl"), loc.T("doctor.windows.no_opengl_windows")
	}
	return loc.T("doctor.windows.no_opengl"), loc.T("doctor.windows.no_opengl_advice")
}
