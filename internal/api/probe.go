package api

// Probe is what one port of a POP3 server is like. Its keys are a promise of
// --json.
type Probe struct {
	Host string `json:"host"`
	Port int    `json:"port"`
	// Security is "tls" (from the first octet), "stls" (after the greeting) or
	// "none"; empty where the server was not reached.
	Security string `json:"security"`
	// Proxy: the connection goes through one, which alone knows the addresses.
	Proxy     bool           `json:"proxy"`
	Addresses []ProbeAddress `json:"addresses"`
	// Greeting is the server's first line, without its status.
	Greeting string     `json:"greeting"`
	TLS      *TLSHealth `json:"tls"`
	// Before are the capabilities before STLS; After those of the encrypted
	// session, or of one that never is; Login those after the login. Null where
	// they were not asked for.
	Before []string `json:"capabilities_before"`
	After  []string `json:"capabilities"`
	Login  []string `json:"capabilities_login"`
	// Mechanisms are the ways to log in, a SASL name, "USER" or "APOP".
	Mechanisms []string `json:"mechanisms"`
	// Pipelining is one of the constants.
	Pipelining Pipelining `json:"pipelining"`
	// RoundTrip is about how long an answer takes, in milliseconds; 0 if it was not
	// found out.
	RoundTrip float64 `json:"round_trip_ms"`
	// LoggedIn: a login was tried and has worked.
	LoggedIn bool `json:"logged_in"`
	// Error is what kept the probe from going on, or a certificate that is not
	// trusted, with which it went on all the same, but sent no password.
	Error *Problem `json:"error"`
	// Verdict is what that means, the worst first; never empty.
	Verdict []Finding `json:"verdict"`
}

// ProbeAddress is one address of a server's name.
type ProbeAddress struct {
	Address  string `json:"address"`
	Answered bool   `json:"answered"`
	// Milliseconds is how long the connection took.
	Milliseconds float64 `json:"ms"`
}

// Pipelining is whether a server answers commands that come in one write (RFC
// 2449, section 6.6).
type Pipelining string

// What was found out about it: what CAPA says, and what is so.
const (
	PipeliningUntried Pipelining = ""
	PipeliningWorks   Pipelining = "works"
	PipeliningBroken  Pipelining = "broken"
	PipeliningUnsaid  Pipelining = "works-unlisted"
	PipeliningNone    Pipelining = "none"
)

// Finding is one sentence of a verdict.
type Finding struct {
	// Level is "ok", "warning" or "problem".
	Level string `json:"level"`
	Code  string `json:"code"`
	// Number is what the sentence counts.
	Number int `json:"number,omitempty"`
	// Text is empty until explain.Probe fills it in, at the edge.
	Text string `json:"text"`
}

// Levels of findings, and the code of the one that Probe.Error explains.
const (
	LevelOK      = "ok"
	LevelWarning = "warning"
	LevelProblem = "problem"

	FindingError = "error"
)
