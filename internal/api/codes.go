package api

import "slices"

// Codes of the POP3 client, which package poll makes of those of package pop3;
// whatever else is in upper case is a server's own (RFC 2449, section 8).
const (
	CodeInUse      Code = "IN-USE"      // another session holds the maildrop (RFC 2449)
	CodeLoginDelay Code = "LOGIN-DELAY" // the last login is too recent (RFC 2449)
	CodeSysTemp    Code = "SYS/TEMP"    // a failure that is likely to pass (RFC 3206)
	CodeSysPerm    Code = "SYS/PERM"    // a failure that needs somebody (RFC 3206)
	CodeAuth       Code = "AUTH"        // it is about the credentials (RFC 3206)

	CodeDNS         Code = "dns"         // the host name was not resolved
	CodeRefused     Code = "refused"     // nothing listens on the port
	CodeUnreachable Code = "unreachable" // there is no route
	CodeTimeout     Code = "timeout"     // no response in time, or the context's deadline
	CodeStalled     Code = "stalled"     // octets come, and hardly any
	CodeCanceled    Code = "canceled"    // the caller cancelled the context
	CodeEOF         Code = "eof"         // the server closed the connection
	CodeReset       Code = "reset"       // the connection broke, or was closed by us
	CodeProxy       Code = "proxy"       // the proxy failed; of KindConfig: its URL is not usable

	CodeUnknownAuthority Code = "unknown-authority" // no trusted authority signed the certificate
	CodeHostname         Code = "hostname"          // the certificate is for another host
	CodeCommonName       Code = "common-name"       // the certificate names the host only where nobody looks any more
	CodeSHA1Certificate  Code = "sha1-certificate"  // the certificate is vouched for by a SHA-1 signature
	CodeExpired          Code = "expired"           // the certificate is not valid any more
	CodeNotYetValid      Code = "not-yet-valid"     // the certificate will be valid
	CodeCertificate      Code = "certificate"       // the certificate is invalid in another way
	CodePin              Code = "pin"               // the certificate is not the pinned one (S4)
	CodeNotTLS           Code = "not-tls"           // the port does not speak TLS
	CodeWantsTLS         Code = "wants-tls"         // the port speaks TLS, which was not asked for
	CodeOldTLS           Code = "old-tls"           // the server knows TLS 1.1 and before
	CodeNoCipher         Code = "no-cipher"         // no cipher suite in common, or so it seems
	CodeSHA1             Code = "sha1"              // the server signs the handshake with SHA-1
	CodeAlert            Code = "alert"             // the server ended the handshake by an alert, which is ArgSaid
	CodeLegacyTLS        Code = "legacy-tls"        // the server has no forward secrecy; see settings.Account.LegacyTLS
	CodeHandshake        Code = "handshake"         // the handshake failed in another way
	CodeNoSTLS           Code = "no-stls"           // the server refused STLS (S1)
	CodeInjection        Code = "injection"         // data between STLS and TLS (S2)
	CodeWeakerLogin      Code = "weaker-login"      // the mechanism that worked before is gone (S6)
	CodeUnproven         Code = "unproven"          // the server did not prove that it knows the password (RFC 5802)

	CodeMalformed Code = "malformed" // not POP3 (P4)
	CodeTooLong   Code = "too-long"  // a line above the cap (S9)
	CodeTooMany   Code = "too-many"  // messages or rows above the cap (S9)
	CodeTooLarge  Code = "too-large" // a multi-line response above the cap (S9)
	CodeSilent    Code = "silent"    // no response to what was pipelined with the login
	CodeChallenge Code = "challenge" // a SASL challenge that the mechanism does not allow

	CodeArgument    Code = "argument"     // the call or its argument is not allowed (S7)
	CodeCleartext   Code = "cleartext"    // the password would be sent without encryption (S5)
	CodeProxyAuth   Code = "proxy-auth"   // the proxy wants other credentials
	CodeNoMechanism Code = "no-mechanism" // the server lacks the mechanism that was asked for
	CodeCAFile      Code = "ca-file"      // the file with the authorities is not usable
	CodeClientCert  Code = "client-cert"  // the client's certificate or key is not usable

	CodeNoAPOP Code = "no-apop" // the greeting has no valid timestamp
)

// ClientCodes returns the codes above.
func ClientCodes() []Code { return slices.Clone(clientCodes) }

var clientCodes = []Code{
	CodeInUse,
	CodeLoginDelay,
	CodeSysTemp,
	CodeSysPerm,
	CodeAuth,
	CodeDNS,
	CodeRefused,
	CodeUnreachable,
	CodeTimeout,
	CodeStalled,
	CodeCanceled,
	CodeEOF,
	CodeReset,
	CodeProxy,
	CodeUnknownAuthority,
	CodeHostname,
	CodeCommonName,
	CodeSHA1Certificate,
	CodeExpired,
	CodeNotYetValid,
	CodeCertificate,
	CodePin,
	CodeNotTLS,
	CodeWantsTLS,
	CodeOldTLS,
	CodeNoCipher,
	CodeSHA1,
	CodeAlert,
	CodeLegacyTLS,
	CodeHandshake,
	CodeNoSTLS,
	CodeInjection,
	CodeWeakerLogin,
	CodeUnproven,
	CodeMalformed,
	CodeTooLong,
	CodeTooMany,
	CodeTooLarge,
	CodeSilent,
	CodeChallenge,
	CodeArgument,
	CodeCleartext,
	CodeProxyAuth,
	CodeNoMechanism,
	CodeCAFile,
	CodeClientCert,
	CodeNoAPOP,
}
