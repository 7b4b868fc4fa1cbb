// Package pop3 is a POP3 client (RFC 1939) that survives every server we know
// of: capabilities (RFC 2449), STLS (RFC 2595), response codes (RFC 2449,
// RFC 3206), AUTH (RFC 5034), UTF8 and LANG (RFC 6856), and pipelining.
//
// Login takes the best mechanism on offer: SCRAM (bound to the TLS connection
// where that is version 1.3), PLAIN, LOGIN, else USER and PASS. Without TLS
// CRAM-MD5 comes before those that send the password. Once one has worked,
// none that reveals more is used. OAuth tokens go by OAUTHBEARER or XOAUTH2,
// client certificates by EXTERNAL. APOP is used only where it is asked for.
//
// Errors come in two families. An -ERR answer leaves the session usable. A
// fault (Error.Fatal) poisons it: the connection is closed and every later
// call returns the same fault, because answers might have shifted by one.
//
// The package must never guess the meaning of a line that does not look like
// an answer, never send a secret over a connection that the configuration
// does not allow, never let one into an error or transcript, and never
// retrieve or delete anything unasked. What it takes from the network is
// bounded; it is not interpreted beyond the protocol.
package pop3
