package pop3

import (
	"errors"
	"slices"
	"strings"
)

// Kind says whose turn it is after an error.
type Kind string

// The kinds of errors.
const (
	KindNetwork   Kind = "network"   // no connection, or it broke: try again later
	KindTLS       Kind = "tls"       // the connection cannot be trusted
	KindAuth      Kind = "auth"      // the server refused the user; ask the user (P22)
	KindTemporary Kind = "temporary" // the server asks for patience (P21)
	KindPermanent Kind = "permanent" // the server will not serve this (P23)
	KindProtocol  Kind = "protocol"  // the server does not speak POP3
	KindConfig    Kind = "config"    // what was asked for is not allowed
)

// Code says more closely than Kind what went wrong. A server's response codes
// (RFC 2449, section 8) are in upper case and may be any, the codes of this
// package are in lower case. Empty means that there is none.
type Code string

// Response codes of servers. Compare them with Code.Within, for a server may
// refine them ("SYS/TEMP/DISK").
const (
	CodeInUse      Code = "IN-USE"      // another session holds the maildrop (RFC 2449)
	CodeLoginDelay Code = "LOGIN-DELAY" // the last login is too recent (RFC 2449)
	CodeSysTemp    Code = "SYS/TEMP"    // a failure that is likely to pass (RFC 3206)
	CodeSysPerm    Code = "SYS/PERM"    // a failure that needs somebody (RFC 3206)
	CodeAuth       Code = "AUTH"        // it is about the credentials (RFC 3206)
)

// registered is the part of a code that IANA has registered (POP3 Extended
// Response Codes): nobody's secret.
func (c Code) registered() Code {
	for _, code := range []Code{CodeInUse, CodeLoginDelay, CodeSysTemp, CodeSysPerm, CodeAuth, capUTF8} {
		if c.Within(code) {
			return code
		}
	}
	return ""
}

// Codes of KindNetwork.
const (
	CodeDNS         Code = "dns"         // the host name was not resolved
	CodeRefused     Code = "refused"     // nothing listens on the port
	CodeUnreachable Code = "unreachable" // there is no route
	CodeTimeout     Code = "timeout"     // no response in time, or the context's deadline
	CodeStalled     Code = "stalled"     // octets come, and hardly any
	CodeCanceled    Code = "canceled"    // the caller cancelled the context
	CodeEOF         Code = "eof"         // the server closed the connection
	CodeReset       Code = "reset"       // the connection broke, or was closed by us
	CodeProxy       Code = "proxy"       // the proxy failed; of KindConfig: its URL is not usable
)

// Codes of KindTLS.
const (
	CodeUnknownAuthority Code = "unknown-authority" // no trusted authority signed the certificate
	CodeHostname         Code = "hostname"          // the certificate is for another host
	CodeCommonName       Code = "common-name"       // the certificate names the host only where nobody looks any more
	CodeSHA1Certificate  Code = "sha1-certificate"  // the certificate is vouched for by a SHA-1 signature
	CodeExpired          Code = "expired"           // the certificate is not valid any more
	CodeNotYetValid      Code = "not-yet-valid"     // the certificate will be valid
	CodeCertificate      Code = "certificate"       // the certificate is invalid in another way
	CodePin              Code = "pin"               // the certificate is not the pinned one; wraps a PinError (S4)
	CodeNotTLS           Code = "not-tls"           // the port does not speak TLS
	CodeWantsTLS         Code = "wants-tls"         // the port speaks TLS, which was not asked for
	CodeOldTLS           Code = "old-tls"           // the server knows TLS 1.1 and before
	CodeNoCipher         Code = "no-cipher"         // no cipher suite in common, or so it seems
	CodeSHA1             Code = "sha1"              // the server signs the handshake with SHA-1
	CodeAlert            Code = "alert"             // the server ended the handshake by an alert, see Error.Text
	CodeHandshake        Code = "handshake"         // the handshake failed in another way
	CodeNoSTLS           Code = "no-stls"           // the server refused STLS (S1)
	CodeInjection        Code = "injection"         // data between STLS and TLS (S2)
	CodeWeakerLogin      Code = "weaker-login"      // the mechanism that worked before is gone (S6)
	// CodeLegacyTLS: the server knows no key exchange with forward secrecy. It is
	// for callers that have tried Config.LegacyTLS.
	CodeLegacyTLS Code = "legacy-tls"
	CodeUnproven  Code = "unproven" // the server did not prove that it knows the password (RFC 5802)
)

// Codes of KindProtocol.
const (
	CodeMalformed Code = "malformed" // not POP3 (P4)
	CodeTooLong   Code = "too-long"  // a line above the cap (S9)
	CodeTooMany   Code = "too-many"  // messages or rows above the cap (S9)
	CodeTooLarge  Code = "too-large" // a multi-line response above the cap (S9)
	CodeSilent    Code = "silent"    // no response to what was pipelined with the login
	CodeChallenge Code = "challenge" // a SASL challenge that the mechanism does not allow
)

// Codes of KindConfig.
const (
	CodeArgument  Code = "argument"   // the call or its argument is not allowed (S7)
	CodeCleartext Code = "cleartext"  // the password would be sent without encryption (S5)
	CodeProxyAuth Code = "proxy-auth" // the proxy wants other credentials
	// CodeNoMechanism: the server lacks the mechanism that was asked for.
	CodeNoMechanism Code = "no-mechanism"
	// Nothing here reads files; these are for callers that load them for
	// Config.RootCAs and Config.Certificates.
	CodeCAFile     Code = "ca-file"     // the file with the authorities is not usable
	CodeClientCert Code = "client-cert" // the client's certificate or key is not usable
)

// Codes of KindPermanent.
const (
	CodeNoAPOP Code = "no-apop" // the greeting has no valid timestamp
)

// Codes returns all codes that are declared here. Other codes are a server's.
func Codes() []Code { return slices.Clone(codes) }

var codes = []Code{
	CodeInUse, CodeLoginDelay, CodeSysTemp, CodeSysPerm, CodeAuth,
	CodeDNS, CodeRefused, CodeUnreachable, CodeTimeout, CodeStalled, CodeCanceled, CodeEOF, CodeReset, CodeProxy,
	CodeUnknownAuthority, CodeHostname, CodeCommonName, CodeSHA1Certificate, CodeExpired, CodeNotYetValid, CodeCertificate, CodePin, CodeNotTLS, CodeWantsTLS,
	CodeOldTLS, CodeNoCipher, CodeSHA1, CodeAlert, CodeLegacyTLS, CodeHandshake,
	CodeNoSTLS, CodeInjection, CodeWeakerLogin, CodeUnproven,
	CodeMalformed, CodeTooLong, CodeTooMany, CodeTooLarge, CodeSilent, CodeChallenge,
	CodeArgument, CodeCleartext, CodeProxyAuth, CodeNoMechanism, CodeCAFile, CodeClientCert,
	CodeNoAPOP,
}

// Within says whether c is parent or a refinement of it: "SYS/TEMP/DISK" is
// within "SYS/TEMP" (RFC 2449, section 8).
func (c Code) Within(parent Code) bool {
	rest, ok := strings.CutPrefix(string(c), string(parent))
	return ok && (rest == "" || rest[0] == '/')
}

// What Error.Command is where no command failed.
const (
	StepConnect  = "connect"  // the connection, by way of a proxy or not
	StepTLS      = "tls"      // the handshake
	StepGreeting = "greeting" // the server's first line
	StepLogin    = "login"    // what Login checks before it sends anything
)

// As returns the *Error in err's chain, if there is one.
func As(err error) (*Error, bool) { return errors.AsType[*Error](err) }

// CodeOf returns the code of an error of this package, else "".
func CodeOf(err error) Code {
	if e, ok := As(err); ok {
		return e.Code
	}
	return ""
}

// IsKind says whether err is an error of this package and of one of these kinds.
func IsKind(err error, kinds ...Kind) bool {
	e, ok := As(err)
	return ok && slices.Contains(kinds, e.Kind)
}

// IsFatal says whether err is an error of this package that ended its session.
func IsFatal(err error) bool {
	e, ok := As(err)
	return ok && e.fatal
}

// IsUnsupported says whether err means that the server does not know the
// command, or knows it and has no answer: a row of UIDL without a UID.
func IsUnsupported(err error) bool {
	e, ok := As(err)
	return ok && e.unknown
}

// IsInUse says whether err means that another session holds the maildrop, by
// its code (RFC 2449, section 8.1.2) or for want of one by its text (P30).
func IsInUse(err error) bool {
	e, ok := As(err)
	if !ok || e.Kind != KindTemporary || e.Code != "" {
		return ok && e.Code.Within(CodeInUse)
	}
	return e.inUse || saysInUse(e.Text)
}

func saysInUse(text string) bool {
	t := words(text)
	return inUse.in(t) && !aboutAccount.in(t)
}
