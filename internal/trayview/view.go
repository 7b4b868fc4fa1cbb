package trayview

import (
	"cmp"
	"slices"
	"strings"
	"time"
	"unicode/utf16"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/settings"
)

const (
	menuLabel   = 60 // characters of a message's entry
	statusLabel = 90 // characters of the status line
	// maxMenuAccounts is how many accounts the menu has room for.
	maxMenuAccounts = 20
	// maxSignIns is how many of them it offers to sign in for.
	maxSignIns   = 5
	tooltipUnits = 127 // UTF-16 units that Windows shows
)

// Of computes all that the tray shows. It is a pure function.
func Of(s api.Snapshot, p settings.Preferences, now time.Time, loc *locale.Catalogue) View {
	status := statusLine(s, now, loc)
	v := View{Icon: icon(s, p, now), Tooltip: tooltip(s, now, loc)}
	v.Hidden = p.IconOnlyUnseen && !needed(s, now)
	if s.Unseen > 0 && p.Badge == "" {
		v.Title = loc.Count(s.Unseen)
	}
	v.Menu = []MenuItem{
		{ID: "status", Label: plaintext.Truncate(status, statusLabel), Disabled: true},
		{ID: "mailbox", Label: loc.T("tray.open_mailbox"), Action: Action{Kind: ActOpenMailbox}},
	}
	if s.NotAllowed {
		v.Menu = slices.Insert(v.Menu, 1, MenuItem{ID: "allow", Label: loc.T("tray.not_allowed"), Action: Action{Kind: ActAllow}})
	}
	v.Menu = slices.Insert(v.Menu, 1, signIns(s, loc)...)
	if len(s.Newest) > 0 {
		v.Menu = append(v.Menu, MenuItem{ID: "newest", Separator: true})
	}
	for _, m := range s.Newest {
		v.Menu = append(v.Menu, MenuItem{
			ID: "mail/" + m.Account + "/" + m.UID, Label: messageLabel(m, loc),
			Action: Action{Kind: ActOpenMailbox, Account: m.Account, UID: m.UID},
		})
	}
	if len(s.Accounts) > 0 {
		v.Menu = append(v.Menu, MenuItem{ID: "accounts", Separator: true})
	}
	for _, a := range menuAccounts(s.Accounts) {
		v.Menu = append(v.Menu, MenuItem{
			ID: "account/" + a.ID, Label: plaintext.Truncate(accountLine(a, loc), menuLabel),
			Action: Action{Kind: ActCheck, Account: a.ID},
		})
	}
	none := len(s.Accounts) == 0
	return withCommands(v, s, now, none, loc)
}

// signIns lead to where somebody signs in with the browser for accounts that
// wait for that.
func signIns(s api.Snapshot, loc *locale.Catalogue) (items []MenuItem) {
	for _, a := range s.Accounts {
		if a.State == api.Failed && a.Error.SignIn() && len(items) < maxSignIns {
			items = append(items, MenuItem{
				ID: "sign-in/" + a.ID, Label: plaintext.Truncate(loc.T("tray.sign_in", a.Name), menuLabel),
				Action: Action{Kind: ActSettings, Account: a.ID},
			})
		}
	}
	return items
}

// menuAccounts are those that have an entry of their own: all of them, or of
// very many first those with a problem, then those with new mail.
func menuAccounts(all []api.AccountStatus) []api.AccountStatus {
	if len(all) <= maxMenuAccounts {
		return all
	}
	rank := func(a api.AccountStatus) int {
		switch {
		case a.Error != nil:
			return 0
		case a.Unseen > 0:
			return 1
		}
		return 2
	}
	chosen := slices.Clone(all)
	slices.SortStableFunc(chosen, func(a, b api.AccountStatus) int { return cmp.Compare(rank(a), rank(b)) })
	return chosen[:maxMenuAccounts]
}

func withCommands(v View, s api.Snapshot, now time.Time, none bool, loc *locale.Catalogue) View {
	pause := MenuItem{ID: "pause", Label: loc.T("tray.pause"), Disabled: none, Children: []MenuItem{
		{ID: "pause/30", Label: loc.T("tray.pause_30_minutes"), Action: Action{Kind: ActPause, For: 30 * time.Minute}},
		{ID: "pause/60", Label: loc.T("tray.pause_1_hour"), Action: Action{Kind: ActPause, For: time.Hour}},
		{ID: "pause/tomorrow", Label: loc.T("tray.pause_until_tomorrow"), Action: Action{Kind: ActPause, Tomorrow: true}},
	}}
	if paused(s, now) {
		pause = MenuItem{ID: "resume", Label: loc.T("tray.resume"), Action: Action{Kind: ActPause}}
	}
	v.Menu = append(v.Menu,
		MenuItem{ID: "commands", Separator: true},
		MenuItem{ID: "check", Label: loc.T("tray.check_now"), Disabled: none || s.Checking, Action: Action{Kind: ActCheck}},
		MenuItem{ID: "seen", Label: loc.T("tray.mark_all_seen"), Disabled: s.Unseen == 0, Action: Action{Kind: ActSeen}},
		pause,
		MenuItem{ID: "end", Separator: true},
		MenuItem{ID: "settings", Label: loc.T("tray.settings"), Action: Action{Kind: ActSettings}},
		MenuItem{ID: "quit", Label: loc.T("tray.quit"), Action: Action{Kind: ActQuit}},
	)
	return v
}

// needed says whether there is anything that the icon is to be seen for: mail,
// what the user has to see to, and a pause, which would be forgotten.
func needed(s api.Snapshot, now time.Time) bool {
	_, failed := firstProblem(s)
	_, waits := waitingProblem(s)
	return s.Unseen > 0 || failed || waits || s.Problem != nil || s.SettingsError != "" || len(s.Accounts) == 0 || paused(s, now)
}

func paused(s api.Snapshot, now time.Time) bool { return s.PausedUntil.After(now) }

// firstProblem is what the status line is about, if anything is wrong.
func firstProblem(s api.Snapshot) (api.AccountStatus, bool) {
	for _, a := range s.Accounts {
		if a.State == api.Failed && a.Error != nil {
			return a, true
		}
	}
	return api.AccountStatus{}, false
}

// waitingProblem is what is being waited for, such as the keyring.
func waitingProblem(s api.Snapshot) (api.AccountStatus, bool) {
	for _, a := range s.Accounts {
		if a.State == api.Waiting && a.Error != nil {
			return a, true
		}
	}
	return api.AccountStatus{}, false
}

// Tapped is what a click on the icon itself does, where that does not open the
// menu.
func Tapped(p settings.Preferences) Action {
	switch p.LeftClick {
	case settings.ClickCheck:
		return Action{Kind: ActCheck}
	case settings.ClickSettings:
		return Action{Kind: ActSettings}
	}
	return Action{Kind: ActOpenMailbox}
}

// icon picks the shape; what the user should act on wins.
func icon(s api.Snapshot, p settings.Preferences, now time.Time) Icon {
	i := Icon{Shape: ShapeNone, Badge: min(s.Unseen, 10)}
	switch {
	case p.Badge == settings.BadgeNone:
		i.Badge = 0
	case p.Badge == settings.BadgeDot && s.Unseen > 0:
		i.Badge = BadgeDot
	}
	_, failed := firstProblem(s)
	_, waits := waitingProblem(s)
	switch {
	case failed || s.Problem != nil || s.SettingsError != "":
		i.Shape = ShapeError
	case s.Offline || waits:
		i.Shape = ShapeOffline
	case paused(s, now):
		i.Shape = ShapePaused
	case s.Checking:
		i.Shape = ShapeChecking
	case i.Badge != 0:
		i.Shape = ShapeUnseen
	}
	return i
}

func statusLine(s api.Snapshot, now time.Time, loc *locale.Catalogue) string {
	failed, is := firstProblem(s)
	waits, waiting := waitingProblem(s)
	switch {
	case s.SettingsError != "": // by explain.Snapshot
		return s.SettingsError
	case s.Problem != nil:
		return explain.Text(s.Problem, loc)
	case len(s.Accounts) == 0:
		return loc.T("tray.no_account")
	case is:
		return problemLine(s, failed, loc)
	case waiting:
		return problemLine(s, waits, loc)
	case s.Offline:
		return loc.T("tray.offline", counts(s, loc))
	case paused(s, now):
		return loc.T("tray.paused_until", loc.Moment(s.PausedUntil, now), counts(s, loc))
	case s.Checking && len(s.Accounts) == 1 && s.Accounts[0].Listing != nil:
		l := s.Accounts[0].Listing
		return loc.T("tray.listing", loc.Count(l.Listed), loc.Count(l.Messages))
	case s.Checking:
		return loc.T("tray.checking", counts(s, loc))
	}
	return counts(s, loc)
}

// problemLine names the account only where there are several.
func problemLine(s api.Snapshot, a api.AccountStatus, loc *locale.Catalogue) string {
	if len(s.Accounts) == 1 {
		return explain.Text(a.Error, loc)
	}
	return loc.T("tray.account_problem", a.Name, explain.Text(a.Error, loc))
}

func counts(s api.Snapshot, loc *locale.Catalogue) string {
	if s.Unseen == 0 {
		return loc.T("tray.none_unseen")
	}
	return loc.N("tray.unseen", s.Unseen, loc.Count(s.Unseen))
}

func messageLabel(m api.Mail, loc *locale.Catalogue) string {
	from, subject := explain.Listed(m, loc)
	return plaintext.Truncate(loc.T("tray.message", plaintext.Truncate(from, menuLabel/3), subject), menuLabel)
}

func accountLine(a api.AccountStatus, loc *locale.Catalogue) string {
	switch {
	case a.Error != nil && a.State == api.Failed:
		return loc.T("tray.account_failed", a.Name)
	case a.State == api.Waiting:
		return loc.T("tray.account_waiting", a.Name)
	case a.Listing != nil:
		return loc.T("tray.account_listing", a.Name, loc.Count(a.Listing.Listed), loc.Count(a.Listing.Messages))
	}
	return loc.T("tray.account", a.Name, loc.Count(a.Unseen), loc.Count(a.Messages))
}

// tooltip gives the exact number, then what is wrong, then each account, and
// when the next check is.
func tooltip(s api.Snapshot, now time.Time, loc *locale.Catalogue) string {
	lines := []string{statusLine(s, now, loc)}
	if _, is := firstProblem(s); is && s.Unseen > 0 {
		lines = append(lines, counts(s, loc))
	}
	if len(s.Accounts) > 1 {
		for _, a := range s.Accounts {
			lines = append(lines, accountLine(a, loc))
		}
	}
	return cutUnits(strings.Join(append(lines, nextCheck(s, now, loc)...), "\n"), tooltipUnits)
}

// Lines are what the tooltip would say if it had the room.
func Lines(s api.Snapshot, now time.Time, loc *locale.Catalogue) []string {
	return append(States(s, now, loc), nextCheck(s, now, loc)...)
}

// States are the lines without when the next check is: of several accounts,
// each that has a problem says which.
func States(s api.Snapshot, now time.Time, loc *locale.Catalogue) []string {
	lines := []string{statusLine(s, now, loc)}
	if len(s.Accounts) > 1 {
		if _, is := firstProblem(s); is && s.Problem == nil {
			lines[0] = counts(s, loc) // its account says it
		}
		for _, a := range s.Accounts {
			if a.Error != nil {
				lines = append(lines, loc.T("tray.account_problem", a.Name, explain.Text(a.Error, loc)))
			} else {
				lines = append(lines, accountLine(a, loc))
			}
		}
	}
	return lines
}

func nextCheck(s api.Snapshot, now time.Time, loc *locale.Catalogue) []string {
	if next := nextPoll(s); next.After(now) && !s.Offline && !paused(s, now) {
		return []string{loc.T("tray.next_check", loc.Moment(next, now))}
	}
	return nil
}

// nextPoll is when the first account is due; zero if none is.
func nextPoll(s api.Snapshot) (next time.Time) {
	for _, a := range s.Accounts {
		if !a.NextPoll.IsZero() && (next.IsZero() || a.NextPoll.Before(next)) {
			next = a.NextPoll
		}
	}
	return next
}

// cutUnits shortens s to at most n UTF-16 units, at the end of a line if that
// leaves anything.
func cutUnits(s string, n int) string {
	if len(utf16.Encode([]rune(s))) <= n {
		return s
	}
	units := 0
	for i, r := range s {
		if units++; r > 0xffff {
			units++
		}
		if units > n-1 { // one is for the ellipsis
			cut := s[:i]
			if end := strings.LastIndexByte(cut, '\n'); end > 0 {
				return cut[:end]
			}
			return cut + "…"
		}
	}
	return s
}
