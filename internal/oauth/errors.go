package oauth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"regexp"
	"strings"

	"golang.org/x/oauth2"
)

// Reason is why a sign-in or a renewal failed.
type Reason string

// Reasons; what to do about each is for whoever shows it.
const (
	// Denied: the user, or the server for them, said no.
	Denied Reason = "denied"
	// NeedsApproval: an administrator has to allow this program first.
	NeedsApproval Reason = "approval"
	// SignInAgain: the refresh token is of no use any more.
	SignInAgain Reason = "sign-in"
	// TimedOut: nobody signed in while there was time.
	TimedOut Reason = "time"
	// BadClient: the server does not know the program, or not its secret or its
	// redirection.
	BadClient Reason = "client"
	// NoClient: no client ID is known for this server.
	NoClient Reason = "no-client"
	// BadScope: the server does not let this program ask for mail.
	BadScope Reason = "scope"
	// NoMail: what the user, or the server for them, has allowed has no mail in it.
	NoMail Reason = "no-mail"
	// Unavailable: the server could not answer now.
	Unavailable Reason = "unavailable"
	// OtherServer: the answer was not from the server that was asked (RFC 9207).
	OtherServer Reason = "issuer"
	// BadCode: the server does not take the code that the browser has brought.
	BadCode Reason = "code"
	// BadAnswer: what came was no answer.
	BadAnswer Reason = "answer"
	// NoMetadata: the issuer says nowhere how to sign in.
	NoMetadata Reason = "no-metadata"
	// OtherIssuer: what is published where the issuer's is names another one.
	OtherIssuer Reason = "other-issuer"
	// BadMetadata: what the issuer publishes is not enough to sign in safely.
	BadMetadata Reason = "metadata"
	// NoPort: no port of this computer is to be had for the browser's answer.
	NoPort Reason = "port"
	// NoRevoke: the server has no way to revoke.
	NoRevoke Reason = "no-revoke"
)

// Error is a failure that the server, the user or the program's registration
// is the cause of. Faults of the network are errors of package net.
type Error struct {
	Reason Reason
	// Code is the server's own error code, if it is one that RFC 6749, RFC 8628
	// or OpenID Connect registers, and an HTTP status otherwise.
	Code string
}

func (e *Error) Error() string {
	text := "signing in: " + string(e.Reason)
	if e.Code != "" {
		text += " (" + e.Code + ")"
	}
	return text
}

// reasons has the registered codes. Others are the server's own words, and not
// repeated.
var reasons = map[string]Reason{
	"access_denied":              Denied,
	"account_selection_required": SignInAgain,
	"consent_required":           NeedsApproval,
	"authorization_declined":     Denied, // Microsoft's access_denied of a device code
	"authorization_pending":      TimedOut,
	"expired_token":              TimedOut,
	"interaction_required":       SignInAgain,
	"invalid_client":             BadClient,
	"invalid_grant":              SignInAgain,
	"invalid_request":            BadClient,
	"invalid_scope":              BadScope,
	"invalid_target":             BadScope,
	"login_required":             SignInAgain,
	"server_error":               Unavailable,
	"slow_down":                  Unavailable,
	"temporarily_unavailable":    Unavailable,
	"unauthorized_client":        BadClient,
	"unsupported_grant_type":     BadClient,
	"unsupported_response_type":  BadClient,
}

// microsoft has the numbers by which Microsoft tells apart what one code
// covers: https://learn.microsoft.com/entra/identity-platform/reference-error-codes.
var microsoft = map[string]Reason{
	"65001":   NeedsApproval, // the user or administrator has not consented
	"65004":   Denied,        // the user declined to consent
	"90008":   NeedsApproval, // the program has to ask for the profile, too
	"90093":   NeedsApproval, // the user cannot grant what only an administrator can
	"90094":   NeedsApproval,
	"90095":   NeedsApproval, // the user asked an administrator
	"50011":   BadClient,     // the redirection is not registered
	"700016":  BadClient,     // no such program in this tenant
	"7000218": BadClient,     // it wants a secret
	"7000215": BadClient,     // the secret is wrong
	"7000222": BadClient,     // the secret has expired
	"70011":   BadScope,
	"90033":   Unavailable,
}

var microsoftNumber = regexp.MustCompile(`\bAADSTS(\d{5,8})\b`)

// refusal is the error for a server's error code (RFC 6749, sections 4.1.2.1
// and 5.2). The description decides where it can, and goes no further: a server
// may repeat in it what it was sent.
func refusal(code, description string) *Error {
	e := &Error{Reason: BadAnswer}
	if reason, ok := reasons[code]; ok {
		*e = Error{reason, code}
	}
	if number := microsoftNumber.FindStringSubmatch(description); number != nil {
		if reason, ok := microsoft[number[1]]; ok {
			e.Reason = reason
		}
	}
	return e
}

// status is the error for an answer of HTTP that says nothing of OAuth.
func status(code int) *Error {
	e := &Error{BadAnswer, http.StatusText(code)}
	if code >= http.StatusInternalServerError || code == http.StatusTooManyRequests {
		e.Reason = Unavailable
	}
	return e
}

// fault turns an error of the library into one without the server's words.
func fault(ctx context.Context, err error) error {
	var retrieved *oauth2.RetrieveError
	var asked *url.Error
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &retrieved):
		if strings.Trim(retrieved.ErrorCode, " ") != "" {
			return refusal(retrieved.ErrorCode, retrieved.ErrorDescription)
		}
		return status(retrieved.Response.StatusCode)
	case errors.As(err, &asked):
		return asked.Err // without the address
	case brokenOff(ctx) != nil:
		return brokenOff(ctx)
	}
	return &Error{Reason: BadAnswer}
}
