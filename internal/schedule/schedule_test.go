package schedule

import (
	"fmt"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
)

func TestNextAfterFailures(t *testing.T) {
	const interval = 10 * time.Minute
	for _, test := range []struct {
		kind     api.Kind
		code     api.Code
		failures int
		want     time.Duration // negative: not by itself
	}{
		{"config", "cleartext", 1, -1},
		{"config", api.CodeCAFile, 9, interval},
		{"config", api.CodeClientCert, 1, interval},
		{"config", api.CodeDiskFull, 1, interval},
		{"config", "", 2, 2 * interval},
		{"network", "dns", 1, 30 * time.Second},
		{"network", "dns", 2, time.Minute},
		{"network", "dns", 50, interval}, // never less often than usual
		{"temporary", "IN-USE", 1, time.Minute},
		{"temporary", "IN-USE", 3, 4 * time.Minute},
		{"temporary", "IN-USE", 50, interval},
		{"secret", "locked", 9, interval},
		{"tls", "hostname", 1, interval},
		{"tls", "hostname", 4, 8 * interval},
		{"permanent", "", 99, maxBackoff},
		{"protocol", "malformed", 1, interval},
		{"secret", "sign-in", 1, -1},
		{"secret", "sign-in-approval", 1, -1},
		{"temporary", "sign-in-unavailable", 1, time.Minute},
	} {
		now := time.Now()
		verdict := Judge(&api.Problem{Kind: test.kind, Code: test.code})
		got, _ := Poll{Now: now, Verdict: verdict, Interval: interval, Failures: test.failures}.Next()
		if test.want < 0 && got.IsZero() {
			continue
		}
		if got.Sub(now) != test.want {
			t.Errorf("%s %s, %d failures: in %v, want %v", test.kind, test.code, test.failures, got.Sub(now), test.want)
		}
	}
}

// P24: a login that was refused is tried again only where it has worked before,
// and then so seldom that no server locks the account.
func TestNextAfterRefusals(t *testing.T) {
	now := time.Now()
	verdict := Judge(&api.Problem{Kind: api.KindAuth, Code: "AUTH"})
	for i, want := range []time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour, 24 * time.Hour} {
		for _, jitter := range []float64{0, 1} {
			due, why := Poll{
				Now: now, Verdict: verdict, Interval: time.Minute, Failures: 9, Refusals: i + 1, Proven: true, Jitter: jitter,
			}.Next()
			if got := due.Sub(now); got < want || got > want*11/10 || why != api.WhyRetry {
				t.Errorf("refusal %d: in %v, %s; want %v", i+1, got, why, want)
			}
		}
		due, why := Poll{Now: now, Verdict: verdict, Interval: time.Minute, Failures: 1, Refusals: i + 1}.Next()
		if !due.IsZero() || why != api.WhyUser {
			t.Errorf("credentials that never worked: %v, %s", due, why)
		}
	}
}

func TestNextAfterSuccess(t *testing.T) {
	now := time.Now()
	for _, test := range []struct {
		verdict  Verdict
		doubtful bool
		jitter   float64
		delay    time.Duration
		want     string
	}{
		{Good, false, 0, 0, "10m0s interval"},
		{Good, false, 1, 0, "10m30s interval"},
		{Good, false, 1, time.Hour, "1h0m0s login-delay"},
		{Good, true, 1, 0, "1m0s retry"}, // P17
		{Good, true, 1, 5 * time.Minute, "5m0s login-delay"},
		{Asked, true, 1, 0, "1m0s retry"},
		{Refused, true, 1, 0, "0s user"},
		{Asked, false, 1, time.Hour, "1h0m0s login-delay"}, // P21
		{Unreached, false, 1, time.Hour, "30s retry"},      // it was not asked
		{Locked, false, 1, 0, "10m0s unlock"},
	} {
		due, why := Poll{
			Now: now, Verdict: test.verdict, Interval: 10 * time.Minute, Failures: 1, LoginDelay: test.delay, Jitter: test.jitter, Doubtful: test.doubtful,
		}.Next()
		if due.IsZero() {
			due = now
		}
		if got := fmt.Sprint(due.Sub(now), " ", why); got != test.want {
			t.Errorf("%+v: %s, want %s", test, got, test.want)
		}
	}
	if due, why := (Poll{Now: now, Verdict: User, Interval: time.Hour, Failures: 1}).Next(); !due.IsZero() || why != api.WhyUser {
		t.Errorf("only the user can mend it: %v %s", due, why)
	}
}

// Accounts that are due at about the same time share a wake-up, and none is
// polled before its time.
func TestPick(t *testing.T) {
	now := time.Now()
	turn := func(id string, in time.Duration) Turn { return Turn{id, now.Add(in), api.WhyInterval, 10 * time.Hour} }
	because := func(t Turn, why api.Why) Turn {
		t.Why = why
		return t
	}
	every := func(t Turn, interval time.Duration) Turn {
		t.Interval = interval
		return t
	}
	for name, test := range map[string]struct {
		turns  []Turn
		saving bool
		want   string
	}{
		"none":                 {nil, false, "[] never"},
		"none is due":          {[]Turn{turn("a", time.Minute), turn("b", time.Second)}, false, "[] 1s"},
		"one alone":            {[]Turn{turn("a", 0), turn("b", slack+1)}, false, "[a] 30.000000001s"},
		"waits for another":    {[]Turn{turn("a", slack), turn("b", 0), turn("c", slack+1)}, false, "[] 30s"},
		"which is there":       {[]Turn{turn("a", 0), turn("b", -slack), turn("c", 1)}, false, "[b a] 1ns"},
		"late ones":            {[]Turn{turn("a", -time.Hour), turn("b", -time.Minute)}, false, "[a b] never"},
		"dear power":           {[]Turn{turn("a", savingSlack), turn("b", 0)}, true, "[] 5m0s"},
		"dear power, all":      {[]Turn{turn("a", 0), turn("b", -savingSlack)}, true, "[b a] never"},
		"a tenth at most":      {[]Turn{turn("a", 7*time.Second), every(turn("b", 0), time.Minute)}, true, "[b] 7s"},
		"a tenth":              {[]Turn{turn("a", 6*time.Second), every(turn("b", 0), time.Minute)}, true, "[] 6s"},
		"LOGIN-DELAY":          {[]Turn{because(turn("a", 5*time.Second), api.WhyLoginDelay), because(turn("b", 0), api.WhyNow)}, true, "[b] 5s"},
		"a temporary refusal":  {[]Turn{because(turn("a", time.Second), api.WhyRetry), because(turn("b", 0), api.WhyRetry)}, true, "[b] 1s"},
		"one that cannot wait": {[]Turn{turn("a", 20*time.Second), turn("b", 0), because(turn("c", 10*time.Second), api.WhyRetry)}, false, "[] 10s"},
	} {
		ids, next := Pick(test.turns, now, test.saving)
		in := "never"
		if !next.IsZero() {
			in = next.Sub(now).String()
		}
		if got := fmt.Sprint(ids, " ", in); got != test.want {
			t.Errorf("%s: %s, want %s", name, got, test.want)
		}
	}
}
