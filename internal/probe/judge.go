package probe

import (
	"slices"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/loopback"
	"github.com/traymail/traymail/internal/plaintext"
)

// soon is how long before its end a certificate is worth a word: most are
// renewed a month before.
const soon = 14 * 24 * time.Hour

// judge says what a probe has found, the worst first.
func judge(p api.Probe, o Options) []api.Finding {
	var all []api.Finding
	add := func(found bool, level, code string, number int) {
		if found {
			all = append(all, api.Finding{Level: level, Code: code, Number: number})
		}
	}
	silent := 0
	for _, a := range p.Addresses {
		if !a.Answered {
			silent++
		}
	}
	spoke := p.After != nil
	has := func(list []string, capability string) bool {
		return slices.ContainsFunc(list, func(line string) bool {
			name, _, _ := strings.Cut(line, " ")
			return name == capability
		})
	}
	add(p.Error != nil, api.LevelProblem, api.FindingError, 0)
	add(spoke && p.TLS == nil && !loopback.Is(p.Host), api.LevelProblem, "unencrypted", 0)
	if p.TLS != nil && !p.TLS.Expires.IsZero() {
		left := p.TLS.Expires.Sub(o.Now)
		add(left > 0 && left < soon, api.LevelWarning, "expires", max(1, int(left.Hours()/24)))
	}
	add(silent > 0 && silent < len(p.Addresses), api.LevelWarning, "silent", silent)
	add(p.TLS != nil && p.Security == "stls" && (has(p.Before, "USER") || has(p.Before, "SASL")), api.LevelWarning, "early_login", 0)
	add(spoke && len(p.After) == 0, api.LevelWarning, "no_capa", 0)
	offered := p.After
	if p.Login != nil {
		offered = p.Login
	}
	add(len(offered) > 0 && !has(offered, "UIDL"), api.LevelWarning, "no_uidl", 0)
	add(len(offered) > 0 && !has(offered, "TOP"), api.LevelWarning, "no_top", 0)
	add(p.Pipelining == api.PipeliningBroken, api.LevelWarning, "pipelining_broken", 0)
	if len(all) == 0 {
		add(true, api.LevelOK, "good", 0)
	}
	add(p.Pipelining == api.PipeliningWorks, api.LevelOK, "pipelining", 0)
	add(p.Pipelining == api.PipeliningUnsaid, api.LevelOK, "pipelining_unlisted", 0)
	add(p.Pipelining == api.PipeliningNone, api.LevelOK, "pipelining_none", 0)
	add(p.LoggedIn, api.LevelOK, "logged_in", 0)
	return all
}

// clean makes a server's line safe to show, and short.
func clean(line string) string {
	const most = 200
	return plaintext.Truncate(plaintext.Clean(plaintext.FromBytes([]byte(line))), most)
}
