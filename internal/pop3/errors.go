package pop3

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/traymail/traymail/internal/plaintext"
)

// Error is any error of this package. It holds no secret.
type Error struct {
	Kind Kind
	// Code is one of the constants, or what a server made up.
	Code Code
	// Command is the keyword that failed ("PASS"), or one of the steps, such as
	// StepConnect.
	Command string
	// Text is the server's, decoded and cleaned (P8); it may be empty.
	Text string
	// Withheld: the server said more, or its certificate does, and repeated
	// what was sent to it (S8). A code of the server is a registered one then.
	Withheld bool
	// TokenStatus and TokenScope are what a server says of an access token that
	// it refuses (RFC 7628, section 3.2.2), such as "invalid_token" and the scope
	// that is wanted; empty if it does not say, or not so.
	TokenStatus, TokenScope string
	// Err is the cause, if there is one.
	Err error

	fatal   bool // see Fatal
	unknown bool // see IsUnsupported
	inUse   bool // by what is withheld, see IsInUse
}

// Error implements error.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("pop3: " + e.Command + ": ")
	switch {
	case e.Text != "":
		b.WriteString("server says: " + e.Text)
	case e.Withheld:
		b.WriteString(withheld)
	case e.Err != nil:
		b.WriteString(e.Err.Error())
	default:
		b.WriteString(string(e.Kind) + " error")
	}
	if e.Code != "" {
		b.WriteString(" (" + string(e.Code) + ")")
	}
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Fatal says whether the error ended the session. Its connection is closed
// then, every later call returns the first such error, and messages marked by
// Dele stay (if Quit failed, they may or may not be gone). Fatal are all faults
// of the connection or the protocol, since responses might have shifted by
// one, and a refused login, so that nothing else is tried with its password
// (P24).
//
// An error that is not fatal is an -ERR to another command, or a call that was
// not allowed. The session goes on as if the command had not been given.
func (e *Error) Fatal() bool { return e.fatal }

// fault makes a fatal error, for anything that is not an -ERR.
func fault(kind Kind, code Code, command string, err error) *Error {
	return &Error{Kind: kind, Code: code, Command: command, Err: err, fatal: true}
}

// ioFault classifies the error of a read, write, dial or handshake.
func ioFault(ctx context.Context, command string, err error) *Error {
	if cause := ctx.Err(); cause != nil {
		code := CodeCanceled
		if errors.Is(cause, context.DeadlineExceeded) {
			code = CodeTimeout
		}
		return fault(KindNetwork, code, command, cause)
	}
	if already, ok := As(err); ok {
		return already
	}
	if code, ok := tlsCode(err); ok {
		e := fault(KindTLS, code, command, err)
		if code == CodeAlert {
			e.Text = alertText(err)
		}
		return e
	}
	var dns *net.DNSError
	var code Code
	switch {
	case errors.As(err, &dns):
		code = CodeDNS
	case errors.Is(err, errStalled):
		code = CodeStalled
	case errors.Is(err, os.ErrDeadlineExceeded), isTimeout(err):
		code = CodeTimeout
	case isAny(err, errnoRefused):
		code = CodeRefused
	case isAny(err, errnoUnreachable):
		code = CodeUnreachable
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		code = CodeEOF
	case isAny(err, errnoReset), errors.Is(err, net.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		code = CodeReset
	}
	return fault(KindNetwork, code, command, err)
}

func isAny(err error, errnos []syscall.Errno) bool {
	return slices.ContainsFunc(errnos, func(e syscall.Errno) bool { return errors.Is(err, e) })
}

func isTimeout(err error) bool {
	var timeout net.Error
	return errors.As(err, &timeout) && timeout.Timeout()
}

// tlsCode recognises what only a TLS handshake or record can return.
func tlsCode(err error) (Code, bool) {
	if err == nil {
		return "", false
	}
	var (
		unknown x509.UnknownAuthorityError
		host    x509.HostnameError
		invalid x509.CertificateInvalidError
		roots   x509.SystemRootsError
		verify  *tls.CertificateVerificationError
		record  tls.RecordHeaderError
		alert   *net.OpError
		pin     *PinError
	)
	switch {
	case errors.As(err, &pin):
		return CodePin, true
	case errors.As(err, &unknown):
		if strings.Contains(err.Error(), "insecure algorithm") && strings.Contains(err.Error(), "SHA1") { // it has no other trace
			return CodeSHA1Certificate, true
		}
		return CodeUnknownAuthority, true
	case errors.As(err, &host):
		if namedByCommonName(host) {
			return CodeCommonName, true
		}
		return CodeHostname, true
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		if time.Now().Before(invalid.Cert.NotBefore) {
			return CodeNotYetValid, true
		}
		return CodeExpired, true
	case errors.As(err, &invalid), errors.As(err, &roots), errors.As(err, &verify):
		return CodeCertificate, true
	case errors.As(err, &record):
		return CodeNotTLS, true
	}
	// crypto/tls has no types for the alerts it gets, nor for most of the
	// failures it finds itself.
	var number tls.AlertError
	text := err.Error()
	switch {
	case errors.As(err, &number) && number == alertProtocolVersion, strings.Contains(text, "protocol version not supported"),
		strings.Contains(text, "unsupported protocol version"):
		return CodeOldTLS, true
	case errors.As(err, &alert) && alert.Op == "remote error" && (strings.Contains(text, "handshake failure") || strings.Contains(text, "insufficient security")), strings.Contains(text, "unconfigured cipher suite"):
		return CodeNoCipher, true
	case strings.Contains(text, "invalid signature algorithm"):
		return CodeSHA1, true // all others that a server may use have been offered
	case errors.As(err, &alert) && alert.Op == "remote error":
		return CodeAlert, true
	case errors.As(err, &alert) && alert.Op == "local error":
		return CodeHandshake, true
	}
	return CodeHandshake, strings.HasPrefix(text, "tls: ")
}

// Untrusted is the certificate that an error is about, or nil.
func Untrusted(err error) *x509.Certificate {
	var pin *PinError
	var verify *tls.CertificateVerificationError
	switch {
	case errors.As(err, &pin):
		return pin.Certificate
	case errors.As(err, &verify) && len(verify.UnverifiedCertificates) > 0:
		return verify.UnverifiedCertificates[0]
	}
	return nil
}

// alertText is the alert that the server sent; empty if it sent none.
func alertText(err error) string {
	alert, ok := errors.AsType[*net.OpError](err)
	if !ok || alert.Op != "remote error" {
		return ""
	}
	return strings.TrimPrefix(alert.Err.Error(), "tls: ")
}

// namedByCommonName says whether a certificate would be for the host if its
// subject still counted (RFC 9525, section 1.4), as it did in old ones.
func namedByCommonName(e x509.HostnameError) bool {
	c := e.Certificate
	if len(c.DNSNames)+len(c.IPAddresses) > 0 {
		return false
	}
	if ip := net.ParseIP(e.Host); ip != nil {
		return ip.Equal(net.ParseIP(c.Subject.CommonName))
	}
	named := x509.Certificate{DNSNames: []string{c.Subject.CommonName}}
	return named.VerifyHostname(e.Host) == nil
}

// alertProtocolVersion is the alert protocol_version (RFC 8446, section 6.2).
const alertProtocolVersion tls.AlertError = 70

// refusal makes the error for an -ERR. login says whether it is the response to
// a command that carries credentials.
func (c *Client) refusal(command, text string, login bool) *Error {
	code, rest := responseCode(text)
	// Classified as it came: what is withheld must not change the outcome.
	plain := plaintext.Clean(plaintext.FromBytes([]byte(rest)))
	shown := c.private.unnamed(plain)
	e := &Error{
		Kind:    classify(code, plain, login),
		Code:    code,
		Command: command,
		Text:    plaintext.Truncate(shown, maxText),
	}
	if _, spilled := c.private.text(text); spilled {
		e.Text, e.Code, e.Withheld = "", code.registered(), true
		e.inUse = code == "" && saysInUse(shown)
	}
	if !login && e.Kind != KindTemporary && code != CodeAuth {
		// Where nothing is said, what CAPA lists decides (P12).
		e.unknown = lacksCommand(plain) || plain == "" && code == "" && !c.caps.Has(command)
	}
	if e.unknown {
		e.Kind = KindPermanent
	}
	return e
}

// responseCode splits "[SYS/TEMP] text" (RFC 2449, section 8).
func responseCode(text string) (code Code, rest string) {
	if strings.HasPrefix(text, "[") {
		if inner, rest, ok := strings.Cut(text[1:], "]"); ok && len(inner) <= maxCode && !strings.ContainsAny(inner, " \t[") {
			return Code(strings.ToUpper(plaintext.Clean(inner))), strings.TrimSpace(rest)
		}
	}
	return "", text
}
