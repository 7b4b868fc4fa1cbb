package api

// TestStep is one step of an account test, in the order it happened.
type TestStep struct {
	// Name is one of "secret", "name", "connect", "tls", "login", "stat", "uidl", "top".
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Found says what a step that succeeded found: its name, or FoundPin,
	// FoundEmpty, FoundNoUIDL or FoundNoTOP.
	Found Found `json:"found,omitempty"`
	// What there is to say of it.
	Server   string `json:"server,omitempty"`
	Port     int    `json:"port,omitempty"`
	User     string `json:"user,omitempty"`
	Messages int    `json:"messages,omitempty"`
	Subject  string `json:"subject,omitempty"`
	// Text says what worked, for the user ("1,204 messages"). It is empty until
	// explain.Report fills it in, at the edge.
	Text string `json:"text,omitempty"`
}

// Found is what a step of a test found.
type Found string

// What steps find that work otherwise than most do.
const (
	// FoundPin: the certificate that the user trusts.
	FoundPin Found = "tls_pin"
	// FoundEmpty: there is no message to try it on.
	FoundEmpty Found = "empty"
	// FoundNoUIDL and FoundNoTOP: it works without.
	FoundNoUIDL Found = "no_uidl"
	FoundNoTOP  Found = "no_top"
)

// TestReport is the outcome of testing an account: every step that was
// taken, and the problem at which it ended, if any.
type TestReport struct {
	OK       bool       `json:"ok"`
	Steps    []TestStep `json:"steps"`
	Error    *Problem   `json:"error"`
	Messages int        `json:"messages"`
	Octets   int64      `json:"octets"`
	// TLS is the encrypted connection, if there was one; with an error of kind
	// "tls", the certificate that was not trusted, where the server showed one.
	TLS *TLSHealth `json:"tls"`
	// Transcript is the session, without secrets.
	Transcript []string `json:"transcript"`
}
