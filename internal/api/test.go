package api

// TestStep is one step of an account test, in the order it happened.
type TestStep struct {
	// Name is one of "secret", "name", "connect", "tls", "login", "stat", "uidl", "top".
	Name string `json:"name"`
	OK   bool   `json:"ok"`
	// Text says what worked, for the user ("1,204 messages").
	Text string `json:"text"`
}

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
