package api

import "errors"

// Problem is what went wrong, for every reader: the sentence is made at the
// edge, in the reader's language (package explain).
type Problem struct {
	Kind Kind `json:"kind"`
	Code Code `json:"code"`
	// Args are what the sentence names.
	Args Args `json:"args,omitempty"`
	// Text is one sentence for the user: what happened and what to do. It is
	// empty until explain.Say fills it in, at the edge.
	Text string `json:"text,omitempty"`
}

// Args are what a problem's sentence names. There is no secret among them.
type Args map[Arg]string

// Arg names one of Args.
type Arg string

// The names. What a server said has been cleaned.
const (
	ArgServer  Arg = "server"
	ArgPort    Arg = "port"
	ArgUser    Arg = "user"
	ArgAddress Arg = "address"
	ArgAccount Arg = "account" // its ID
	ArgSaid    Arg = "said"    // the server's own words, or a command's
	// ArgWithheld is not empty if its words are not shown, since they repeat
	// what was sent to it.
	ArgWithheld Arg = "withheld"
	ArgFile     Arg = "file"
	ArgLine     Arg = "line"
	ArgField    Arg = "field"   // of the settings
	ArgMistake  Arg = "mistake" // in the settings, a settings.Mistake
	ArgValue    Arg = "value"   // with 1, 2, ...: what the mistake's sentence names
	ArgReason   Arg = "reason"  // an error that has no sentence of its own
	ArgSince    Arg = "since"   // RFC 3339; of what is no longer likely to pass by itself
	ArgBy       Arg = "by"      // a command that has a lease
	ArgMissing  Arg = "missing" // UIDs with a blank between them
	// ArgUIDs are the messages because of which none of several was deleted, one
	// on a line.
	ArgUIDs Arg = "uids"
	// Of a certificate that is another than the one trusted: the digest of
	// that, and issuer, end (RFC 3339) and digest of the new one.
	ArgTrusted Arg = "trusted"
	ArgIssuer  Arg = "issuer"
	ArgExpires Arg = "expires"
	ArgSHA256  Arg = "sha256"
)

// SignIn says whether it takes somebody who signs in with the browser.
func (p *Problem) SignIn() bool {
	if p == nil {
		return false
	}
	switch p.Code {
	case CodeSignIn, CodeSignInDenied, CodeSignInApproval, CodeSignInTime, CodeSignInClient, CodeSignInNoClient, CodeSignInScope,
		CodeSignInNoMail, CodeSignInPort:
		return true
	}
	return p.Kind == KindAuth && p.Args[ArgAccount] != "" // the mail server has refused a token
}

// Kind says what sort of thing is wrong, as a promise of --json.
type Kind string

// Kinds of problems. Those of servers and networks are package pop3's.
const (
	KindNetwork   Kind = "network"
	KindTLS       Kind = "tls"
	KindAuth      Kind = "auth"
	KindTemporary Kind = "temporary"
	KindPermanent Kind = "permanent"
	KindProtocol  Kind = "protocol"
	// KindSecret: the password could not be had.
	KindSecret Kind = "secret"
	// KindConfig: something about the settings, the account or this computer.
	KindConfig Kind = "config"
	// KindInternal: an error of traymail itself.
	KindInternal Kind = "internal"
)

// Code refines Kind for programs: a response code of RFC 2449 or 3206 in upper
// case ("IN-USE", "SYS/TEMP", "AUTH"), one of package pop3's or of those here
// in lower case, or the name of a field of the settings. It may be empty.
type Code string

// Codes of problems that the POP3 client is not the source of.
const (
	// CodeLocked and CodeNoSecret: the keyring is locked, or has no password
	// for the account. CodeDismissed: it is locked, and the user was asked and
	// has not unlocked it. CodeNoKeyring: there is none. CodeSecretFailed: it
	// could not be read. CodeCommand: the command that tells the password
	// failed; what it said, in ArgSaid, is for who tries the account, and is
	// nowhere else, for it may hold a secret.
	CodeLocked       Code = "locked"
	CodeDismissed    Code = "dismissed"
	CodeNoSecret     Code = "missing"
	CodeNoKeyring    Code = "unavailable"
	CodeSecretFailed Code = "failed"
	CodeCommand      Code = "command"
	// CodeTooManyFiles: it could not even be started, for no more files can be
	// opened.
	CodeTooManyFiles Code = "too-many-files"
	// CodeSignIn: somebody has to sign in with the browser, again or for the first
	// time. CodeSignInDenied: the user, or the server for them, said no.
	// CodeSignInApproval: an administrator has to allow it. CodeSignInTime: nobody
	// signed in while there was time. CodeSignInClient: the server does not know
	// the client. CodeSignInNoClient: there is none. CodeSignInScope: the server
	// does not let it ask for mail. CodeSignInNoMail: mail is not among what the
	// user has allowed. CodeSignInPort: the browser's answer cannot
	// be received.
	CodeSignIn         Code = "sign-in"
	CodeSignInDenied   Code = "sign-in-denied"
	CodeSignInApproval Code = "sign-in-approval"
	CodeSignInTime     Code = "sign-in-time"
	CodeSignInClient   Code = "sign-in-client"
	CodeSignInNoClient Code = "sign-in-no-client"
	CodeSignInScope    Code = "sign-in-scope"
	CodeSignInNoMail   Code = "sign-in-no-mail"
	CodeSignInPort     Code = "sign-in-port"
	// CodeSignInNoRevoke: the server where the account signs in has no way to end
	// that.
	CodeSignInNoRevoke Code = "sign-in-no-revoke"
	// CodeSignInUnavailable and CodeSignInAnswer, of KindTemporary: the server
	// where the account signs in cannot answer now, or has given no valid answer.
	CodeSignInUnavailable Code = "sign-in-unavailable"
	CodeSignInAnswer      Code = "sign-in-answer"
	// CodeSignInCode, likewise: it does not take the code that the browser has
	// brought. CodeSignInIssuer: the browser's answer was another server's.
	CodeSignInCode   Code = "sign-in-code"
	CodeSignInIssuer Code = "sign-in-issuer"
	// Of an issuer, likewise: CodeSignInNoMetadata: it says nowhere how to sign in.
	// CodeSignInOtherIssuer: what is said there is another issuer's.
	// CodeSignInMetadata: it is not enough to sign in safely.
	CodeSignInNoMetadata  Code = "sign-in-no-metadata"
	CodeSignInOtherIssuer Code = "sign-in-other-issuer"
	CodeSignInMetadata    Code = "sign-in-metadata"
	// CodeNoUIDL and CodeNoTOP: the server lacks what a poll, or reading, needs.
	CodeNoUIDL Code = "no-uidl"
	CodeNoTOP  Code = "no-top"
	// CodeGone: the message left the server. CodeAlike: several have its UID.
	// CodeReplaced: another one has it now. CodeUnlisted: it is there, and nobody
	// was shown that it has that UID. CodeNothingSent: no octet of it came.
	CodeGone        Code = "gone"
	CodeUnlisted    Code = "unlisted"
	CodeAlike       Code = "alike"
	CodeReplaced    Code = "replaced"
	CodeNothingSent Code = "nothing-sent"
	// CodeUnconfirmed: the deletion may have happened, or not.
	CodeUnconfirmed Code = "unconfirmed"
	// CodeNotDeleted and CodeNotSent: the server refused a message that the
	// user wants deleted or read; of KindTemporary, only for now.
	CodeNotDeleted Code = "not-deleted"
	CodeNotSent    Code = "not-sent"
	// CodeNoSizes: the server does not say how large each message is.
	CodeNoSizes  Code = "no-sizes"
	CodeDiskFull Code = "disk-full"
	// CodeNotStored: a message could not be written to the disk, for ArgReason.
	CodeNotStored Code = "not-stored"
	// CodeFile: a file of settings cannot be used. CodeSettings: that of this
	// user, so that the last good settings are in force; CodeUnreadable: for it
	// cannot be read.
	CodeFile       Code = "file"
	CodeSettings   Code = "settings"
	CodeUnreadable Code = "settings-unreadable"
	// CodeDamaged: the ledger was damaged, and begins anew.
	CodeDamaged Code = "ledger-damaged"
	// CodeNewer: a newer traymail has written the ledger.
	CodeNewer     Code = "ledger-newer"
	CodeNoAccount Code = "no-account"
	// CodeHeld: a command has a lease of the mailbox, which ArgBy names, since
	// ArgSince. CodeLeaseChanged: a lease has ended with a change to the account;
	// CodeLeaseSilent: after LeaseSilence; CodeLeaseOver: it is over, or never was.
	CodeHeld         Code = "held"
	CodeLeaseChanged Code = "lease-changed"
	CodeLeaseSilent  Code = "lease-silent"
	CodeLeaseOver    Code = "lease-over"
	// CodeTooMuch: the request or the answer is larger than what crosses the
	// local socket.
	CodeTooMuch Code = "too-much"
	// CodeAddress ends the search for a server, as CodeUnreachable does.
	CodeAddress Code = "address"
	// CodeLocalNetwork: there is no route to a server that is near, which may be
	// what macOS says in place of that the user has not allowed it.
	CodeLocalNetwork Code = "local-network"
)

// ErrNoAccount: no account has that ID.
var ErrNoAccount = errors.New("there is no account with this ID")

// ProblemError is an error that the user can be told.
type ProblemError struct {
	Problem Problem
	// Err is the cause; nil where it did not cross a process boundary.
	Err error
}

// Error is for logs.
func (e *ProblemError) Error() string {
	name := string(e.Problem.Kind) + "/" + string(e.Problem.Code)
	if e.Err == nil {
		return name
	}
	return name + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *ProblemError) Unwrap() error { return e.Err }
