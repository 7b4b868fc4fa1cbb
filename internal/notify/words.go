package notify

import (
	"strings"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/explain"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/settings"
)

// Words are title and body of an announcement, as plain text; whoever shows
// them bounds and escapes them as needed.
func Words(a api.Announcement, loc *locale.Catalogue) (title, body string) {
	switch a.Kind {
	case api.AccountProblem:
		return loc.T("tray.account_failed", a.AccountName), explain.Text(a.Problem, loc)
	case api.SoundSample:
		return loc.T("notify.sample"), loc.T("notify.sample_text")
	case api.OneAccount:
		return loc.N("notify.summary", a.Count, a.AccountName), strings.Join(accountLines(a, loc), "\n")
	case api.SeveralAccounts:
		var lines []string
		for _, account := range a.Accounts {
			lines = append(lines, loc.N("notify.summary", account.Count, account.Name))
		}
		return loc.N("notify.several", a.Count), strings.Join(more(lines, a, loc), "\n")
	}
	if len(a.Messages) == 0 {
		return loc.N("notify.summary", 1, a.AccountName), loc.T("problem.undescribed")
	}
	m := a.Messages[0]
	body = explain.Subject(m.Subject, loc)
	if a.Show == settings.ShowSender {
		body = loc.N("notify.summary", 1, a.AccountName)
	}
	title = explain.Sender(m.From, loc)
	if a.Code != "" {
		title = loc.T("notify.code", a.Code, plaintext.Truncate(title, 60))
	}
	return title, body
}

// accountLines name messages of one account.
func accountLines(a api.Announcement, loc *locale.Catalogue) (lines []string) {
	for _, m := range a.Messages {
		line := plaintext.Truncate(explain.Sender(m.From, loc), 30)
		if a.Show == "" {
			line = loc.T("notify.line", line, plaintext.Truncate(explain.Subject(m.Subject, loc), 60))
		}
		lines = append(lines, line)
	}
	if a.Unseen > a.Count {
		lines = append(lines, loc.N("tray.unseen", a.Unseen, loc.Count(a.Unseen)))
	}
	return more(lines, a, loc)
}

// more says how many messages are not named.
func more(lines []string, a api.Announcement, loc *locale.Catalogue) []string {
	if a.More > 0 {
		lines = append(lines, loc.N("notify.more", a.More))
	}
	return lines
}
