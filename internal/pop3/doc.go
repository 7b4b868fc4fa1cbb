// Package pop3 is a POP3 client for programs that look at a maildrop often:
// one round trip if nothing has changed, and no trust in what the server says.
//
//	c, err := pop3.Dial(ctx, pop3.Config{Host: "pop.example.org", Port: 995})
//	if err != nil { … }
//	batch := c.NewBatch()
//	stat, uid := batch.Stat(), batch.UIDL(lastKnown)
//	err = c.Login(ctx, pop3.Credentials{User: "me", Password: password}, batch)
//
// It implements RFC 1939 with capabilities and response codes (RFC 2449, RFC
// 3206), STLS (RFC 2595), AUTH (RFC 5034), UTF8 and LANG (RFC 6856), and works
// around what servers do in the field (see quirks.go). Config and Hints are
// about a server, Credentials about a user. Package popserver is a server for
// tests.
//
// It is no mail store and no parser: it keeps nothing between sessions (Hints
// are for the caller to keep), and messages are octets to it. It reads no file
// and asks nobody for a password.
//
// # Logging in
//
// Login takes the best mechanism on offer: SCRAM (bound to the TLS connection
// where that is version 1.3), PLAIN, LOGIN, else USER and PASS. Without TLS
// CRAM-MD5 comes before those that send the password. Once one has worked,
// none that reveals more is used. OAuth tokens go by OAUTHBEARER or XOAUTH2,
// client certificates by EXTERNAL. APOP is used only if it is asked for.
//
// # Errors
//
// Every error is an *Error, with a Kind that says whose turn it is and a Code
// that says what it was; see As, IsKind and CodeOf. An -ERR leaves the session
// usable, except to a login. A fault of the connection or the protocol is fatal
// (see Error.Fatal): the connection is closed and every later call returns the
// same error, because responses might have shifted by one.
//
// # What it must never do
//
// Guess the meaning of a line that does not look like a response; send a secret
// over a connection that the configuration does not allow; let one into an
// error, transcript or trace; retrieve or delete anything unasked. What it
// takes from the network is bounded (S9). The numbers P1 to P29 and S1 to S10
// name the rules in ARCHITECTURE.md.
package pop3
