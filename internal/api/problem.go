package api

import "errors"

// Problem says why an account is not OK.
type Problem struct {
	Kind Kind `json:"kind"`
	Code Code `json:"code"`
	// Text is one sentence for the user: what happened and what to do.
	Text string `json:"text"`
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

// Codes of problems that no server is the cause of.
const (
	// CodeLocked and CodeNoSecret: the keyring is locked, or has no password
	// for the account. CodeNoKeyring: there is none. CodeSecretFailed: the
	// command that tells the password failed.
	CodeLocked       Code = "locked"
	CodeNoSecret     Code = "missing"
	CodeNoKeyring    Code = "unavailable"
	CodeSecretFailed Code = "failed"
	// CodeNoUIDL and CodeNoTOP: the server lacks what a poll, or reading, needs.
	CodeNoUIDL Code = "no-uidl"
	CodeNoTOP  Code = "no-top"
	// CodeGone: the message left the server. CodeAlike: several have its UID.
	CodeGone  Code = "gone"
	CodeAlike Code = "alike"
	// CodeUnconfirmed: the deletion may have happened, or not.
	CodeUnconfirmed Code = "unconfirmed"
	CodeDiskFull    Code = "disk-full"
	// CodeCAFile and CodeClientCert: a file that the account names is not usable.
	CodeCAFile     Code = "ca-file"
	CodeClientCert Code = "client-cert"
	// CodePin: the server shows another certificate than the one trusted.
	CodePin Code = "pin"
	// CodeFile: the settings file cannot be used.
	CodeFile      Code = "file"
	CodeNoAccount Code = "no-account"
	// CodeAddress and CodeUnreachable end the search for a server.
	CodeAddress     Code = "address"
	CodeUnreachable Code = "unreachable"
)

// ErrNoAccount: no account has that ID.
var ErrNoAccount = errors.New("there is no account with this ID")

// ProblemError is an error that the user can read.
type ProblemError struct {
	Problem Problem
	// Err is the cause; nil where it did not cross a process boundary.
	Err error
}

// Error returns the sentence.
func (e *ProblemError) Error() string { return e.Problem.Text }

// Unwrap returns the cause.
func (e *ProblemError) Unwrap() error { return e.Err }
