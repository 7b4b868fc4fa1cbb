package doctor

import (
	"strings"
	"time"

	"github.com/traymail/traymail/internal/locale"
)

// marks are how a level looks in text.
var marks = map[Level]string{OK: "✓", Warning: "!", Problem: "✗"}

// Text is the report for strangers: it has no secrets, addresses, account
// names, user names or hosts beyond the provider's domain, and no advice.
func Text(r Report, loc *locale.Catalogue) string {
	return "traymail doctor, " + r.Made.UTC().Format(time.RFC3339) + "\n" +
		write(r, loc, func(c Check) []string { return []string{c.Shared} })
}

// Full is the report for its owner, with what to do.
func Full(r Report, loc *locale.Catalogue) string {
	return write(r, loc, func(c Check) []string {
		if c.Advice == "" {
			return []string{c.Text}
		}
		return []string{c.Text, "→ " + c.Advice}
	})
}

func write(r Report, loc *locale.Catalogue, lines func(Check) []string) string {
	var b strings.Builder
	var group Group
	for _, c := range r.Checks {
		if c.Group != group {
			if group = c.Group; b.Len() > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(loc.T("doctor.group."+string(group)) + "\n")
		}
		for i, line := range lines(c) {
			if mark := marks[c.Level]; i == 0 {
				b.WriteString("  " + mark + " " + line + "\n")
			} else {
				b.WriteString("    " + line + "\n")
			}
		}
	}
	return b.String()
}
