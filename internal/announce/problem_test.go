package announce

import (
	"fmt"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/settings"
)

// The user is told what only the user can mend, and what has not passed by
// itself; the rest is for the icon to say.
func TestWhatIsTroubleEnough(t *testing.T) {
	now := time.Now()
	problem := func(kind api.Kind, code api.Code) *api.Problem { return &api.Problem{Kind: kind, Code: code} }
	for name, test := range map[string]struct {
		Trouble
		want string
	}{
		"none":                      {Trouble{}, ""},
		"a network":                 {Trouble{Problem: problem(api.KindNetwork, api.CodeDNS)}, ""},
		"a server that wants time":  {Trouble{Problem: problem(api.KindTemporary, api.CodeInUse), Refusals: 2}, ""},
		"refused, and given up":     {Trouble{Problem: problem(api.KindAuth, "AUTH"), GivenUp: true, Refusals: 1}, "auth/AUTH"},
		"refused once":              {Trouble{Problem: problem(api.KindAuth, "AUTH"), Refusals: 1}, ""},
		"refused twice":             {Trouble{Problem: problem(api.KindAuth, "AUTH"), Refusals: 2}, "auth/AUTH"},
		"another certificate":       {Trouble{Problem: problem(api.KindTLS, api.CodePin), GivenUp: true}, "tls/pin"},
		"a full disk":               {Trouble{Problem: problem(api.KindConfig, api.CodeDiskFull)}, "config/disk-full"},
		"locked at the start":       {Trouble{Problem: problem(api.KindSecret, api.CodeLocked), Secretless: now.Add(-secretPatience + 1)}, ""},
		"locked for a while":        {Trouble{Problem: problem(api.KindSecret, api.CodeLocked), Secretless: now.Add(-secretPatience)}, "secret/locked"},
		"a password that is not in": {Trouble{Problem: problem(api.KindSecret, api.CodeNoSecret), Secretless: now.Add(-time.Hour)}, "secret/missing"},
	} {
		if got := test.Name(now); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
}

func TestAlert(t *testing.T) {
	noon := time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)
	quiet := settings.Preferences{QuietFrom: "11:00", QuietUntil: "13:00", QuietExceptImportant: true}
	trouble := func(silent bool) Trouble {
		return Trouble{
			Account: settings.Account{ID: "a", Name: "A", Silent: silent}, Problem: &api.Problem{Kind: api.KindAuth, Code: "AUTH"},
		}
	}
	for name, test := range map[string]struct {
		policy Policy
		silent bool
		want   string
	}{
		"usually":        {Policy{Preferences: settings.Preferences{Keep: true, Sound: "/new-mail.wav"}}, false, `problem:a A "" true false`},
		"without sounds": {Policy{Preferences: settings.Preferences{Sound: settings.SoundNone}}, false, `problem:a A "none" false false`},
		"paused":         {Policy{Paused: true}, false, "later"},
		"quiet hours":    {Policy{Preferences: quiet}, false, "later"},
		"silent account": {Policy{Paused: true}, true, "never"},
	} {
		test.policy.Now = noon
		plan, later := test.policy.Alert(trouble(test.silent))
		got := map[bool]string{true: "later", false: "never"}[later]
		if len(plan) == 1 {
			n := plan[0]
			got = fmt.Sprintf("%s %s %q %v %v", n.Key, n.AccountName, n.Sound, n.Keep, later)
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
