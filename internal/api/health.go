package api

import "time"

// Health explains an account's state: what the last session with its
// server was like, and why the next one is when it is. It goes beyond
// AccountStatus, and is made only when somebody asks.
type Health struct {
	ID string `json:"id"`
	// LastTry is when the last session began, whatever came of it.
	LastTry time.Time `json:"last_try,omitzero"`
	// Why says what AccountStatus.NextPoll follows from: "interval",
	// "login-delay" (the server asks for it), "retry", "wake" (the machine or
	// the network came back), "now", "offline", "paused",
	// "held" (a command has a lease); or, where there is
	// none, "user" (who must change something) or "unlock" (of the keyring).
	Why Why `json:"why"`
	// Failures counts polls that failed, since the last that did not.
	Failures int `json:"failures"`
	// Session is what the last one cost, even if it failed.
	Session *PollStats `json:"session"`
	// TLS is nil without encryption, or where it was not reached.
	TLS *TLSHealth `json:"tls"`
	// Login is the mechanism that worked: a SASL name, "USER" or "APOP".
	Login          string   `json:"login"`
	Implementation string   `json:"implementation"`
	Capabilities   []string `json:"capabilities"`
	Pipelining     bool     `json:"pipelining"`
	// NoUIDL: messages are told apart by their headers, which is slower.
	NoUIDL bool `json:"no_uidl"`
	// SizesLie: the server's sizes do not add up, so that polls are full ones.
	SizesLie bool `json:"sizes_lie"`
	// Unlisted counts the messages that the server counts and does not list, or
	// that nothing tells apart from others: they are not known.
	Unlisted int `json:"unlisted,omitempty"`
	// Transcript is the last session, without secrets.
	Transcript []string `json:"transcript"`
	// Hooks are those that run for the account, as they have fared since the
	// process began.
	Hooks []HookHealth `json:"hooks,omitempty"`
}

// HookHealth is how a hook has fared.
type HookHealth struct {
	// On and Account are settings.Hook's, and Program the name of its program.
	On      string `json:"on"`
	Account string `json:"account,omitempty"`
	Program string `json:"program"`
	// Runs counts how often it ran, and Failures how often not well. Missed
	// counts what it should have run for while too much waited.
	Runs     int       `json:"runs"`
	Failures int       `json:"failures"`
	Missed   int       `json:"missed"`
	LastRun  time.Time `json:"last_run,omitzero"`
	// Error is how the last run failed, and Said the first line that it wrote to
	// stderr; both are empty if it did well.
	Error string `json:"error,omitempty"`
	Said  string `json:"said,omitempty"`
}

// TLSHealth is an encrypted connection and the server's certificate.
type TLSHealth struct {
	Version string    `json:"version"`
	Cipher  string    `json:"cipher"`
	Resumed bool      `json:"resumed"`
	Subject string    `json:"subject"`
	Issuer  string    `json:"issuer"`
	Names   []string  `json:"names"`
	Begins  time.Time `json:"begins"`
	Expires time.Time `json:"expires"`
	// SHA256 is the digest of the certificate, in hexadecimal.
	SHA256 string `json:"sha256"`
}

// Why is the reason for the time of the next poll.
type Why string

// Reasons as in Health.Why.
const (
	WhyInterval   Why = "interval"
	WhyLoginDelay Why = "login-delay"
	WhyRetry      Why = "retry"
	WhyWake       Why = "wake"
	WhyNow        Why = "now"
	WhyUser       Why = "user"
	WhyUnlock     Why = "unlock"
	WhyOffline    Why = "offline"
	WhyPaused     Why = "paused"
	WhyHeld       Why = "held"
)
