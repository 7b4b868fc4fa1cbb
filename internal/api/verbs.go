package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/traymail/traymail/internal/settings"
)

// Engine is what a front end asks: the engine in the same process, or the one
// at the other end of the local socket. Each thing to ask is a Verb.
type Engine interface {
	// Ask is for Verb.Ask, which knows the types.
	Ask(ctx context.Context, verb string, request, answer any) error
}

// Verb is one thing that a front end may ask, with the types of request and
// answer. It is declared once, by its name on the local socket; both ends of
// that and the engine itself use the same. None stands for nothing to say.
type Verb[Request, Answer any] string

// None is the request or the answer of a verb that has none.
type None struct{}

// The verbs. Those whose answers belong to another package stand there:
// discover.Find, doctor.Ask and clipboard.Copy.
const (
	// Status is the latest snapshot.
	Status Verb[None, Snapshot] = "status"
	// Accounts are those in force.
	Accounts Verb[None, []settings.Account] = "accounts"
	// Settings are those in force; there is no secret among them.
	// Snapshot.SettingsRevision grows when they have changed.
	Settings Verb[None, settings.Settings] = "settings"
	// SavePreferences replaces the preferences and all rules. What is wrong
	// with them is a *ProblemError whose Problem.Code names the field.
	SavePreferences Verb[PreferencesRequest, None] = "preferences.save"
	// TryRule returns the messages that a rule would pick, newest first.
	TryRule Verb[settings.Rule, []Mail] = "rule.try"
	// TrySound shows a notification with a sound, as settings.Rule.Sound: so it
	// is heard as that of new mail will be, if at all.
	TrySound Verb[SoundRequest, None] = "sound.try"
	// SaveAccount adds an account, or changes the one with its ID. Its secret
	// is in the keyring by then.
	SaveAccount Verb[settings.Account, None] = "account.save"
	// RemoveAccount removes an account, its secret and its ledger.
	RemoveAccount Verb[AccountRequest, None] = "account.remove"
	// ImportAccounts adds accounts without their passwords; see settings.Merge.
	ImportAccounts Verb[[]settings.Account, settings.Merged] = "account.import"
	// TestAccount tries an account, saved or not. Its steps are told to the
	// context's WithProgress as they happen.
	TestAccount Verb[TestRequest, TestReport] = "account.test"
	// Unlock has the user asked to unlock the keyring, if it is locked and one
	// of these accounts has its password there. Only who acts for a person at
	// the screen asks for it, before what needs a password. Its error is that
	// the keyring stays locked; what else keeps passwords away is for the
	// account to say.
	Unlock Verb[CheckRequest, None] = "unlock"
	// Check polls accounts now.
	Check Verb[CheckRequest, CheckResult] = "check"
	// MarkSeen marks messages as seen.
	MarkSeen Verb[SeenRequest, None] = "seen"
	// Existing answers whether what was there at the first look counts as
	// unseen; see AccountStatus.Existing.
	Existing Verb[ExistingRequest, None] = "existing"
	// Delete deletes messages on the server and returns the UIDs of those that
	// were there.
	Delete Verb[DeleteRequest, []string] = "delete"
	// List returns messages, newest first. Headers that are missing are fetched
	// in the background.
	List Verb[ListRequest, []Mail] = "list"
	// Page returns messages of an account as the ledger knows them, newest
	// first, a page at a time. It asks no server.
	Page Verb[PageRequest, []Row] = "page"
	// Describe fetches the headers that the ledger lacks of messages, and
	// returns when they are known. What it got before it failed is kept.
	Describe Verb[DescribeRequest, None] = "describe"
	// Headers returns messages of an account as lists show them, and fetches the
	// headers that the ledger lacks. What it got before it failed is kept, but for
	// that of messages that were seen long ago: with many of these the ledger
	// would grow without end. Messages that have left are not in the answer.
	Headers Verb[DescribeRequest, Described] = "headers"
	// Sizes has the server list the sizes of all messages of an account, and the
	// ledger keep those that it lacks.
	Sizes Verb[AccountRequest, None] = "sizes"
	// Fetch gets a message for reading.
	Fetch Verb[FetchRequest, FullMessage] = "fetch"
	// Source gets a message as the server sends it.
	Source Verb[SourceRequest, MessageSource] = "source"
	// Explain explains an account's state.
	Explain Verb[AccountRequest, Health] = "health"
)

// AccountRequest names an account.
type AccountRequest struct {
	Account string `json:"account"`
}

// CheckRequest names accounts; none means all.
type CheckRequest struct {
	Accounts []string `json:"accounts,omitempty"`
}

// SeenRequest marks messages as seen: UIDs of Account; without UIDs all of
// Account, and without both all of every account.
type SeenRequest struct {
	Account string   `json:"account,omitempty"`
	UIDs    []string `json:"uids,omitempty"`
	// Unseen marks UIDs as unseen instead.
	Unseen bool `json:"unseen,omitempty"`
	// Present: it is an error (CodeGone, with the UIDs in ArgMissing) if some of
	// them are not on the server. The others are marked all the same.
	Present bool `json:"present,omitempty"`
}

// ExistingRequest has what was there at the first look counted, or left as it is.
type ExistingRequest struct {
	Account string `json:"account"`
	Count   bool   `json:"count,omitempty"`
}

// PreferencesRequest replaces the preferences and all rules.
type PreferencesRequest struct {
	Preferences settings.Preferences `json:"preferences"`
	Rules       []settings.Rule      `json:"rules"`
}

// SoundRequest names a sound, as settings.Rule.Sound; empty is the system's.
type SoundRequest struct {
	Sound string `json:"sound"`
}

// DeleteRequest deletes messages of an account on the server.
type DeleteRequest struct {
	Account string   `json:"account"`
	UIDs    []string `json:"uids"`
	// Shown is what the user was shown of these messages, where the caller knows
	// it: another one that has a UID by now is not deleted.
	Shown []Mail `json:"shown,omitempty"`
}

// TestRequest tests an account that need not be saved. SecretRef says where
// the keyring has the password; empty means the account's own.
type TestRequest struct {
	Account   settings.Account `json:"account"`
	SecretRef string           `json:"secret_ref,omitempty"`
}

// ListRequest asks for the messages of one account, or of all.
type ListRequest struct {
	Account string `json:"account,omitempty"`
	// Before is the UID of a message of Account that those in the answer are
	// older than; empty begins with the newest.
	Before string `json:"before,omitempty"`
	// Limit bounds the answer; zero means 1,000.
	Limit int `json:"limit,omitempty"`
}

// PageRequest asks for up to Limit messages of an account (MaxPage if Limit is
// zero or more than that): those that are older than the message with the UID
// Before, or, if that is empty, the newest; with Unseen, only unseen ones.
type PageRequest struct {
	Account string `json:"account"`
	Before  string `json:"before,omitempty"`
	Unseen  bool   `json:"unseen,omitempty"`
	Limit   int    `json:"limit,omitempty"`
}

// DescribeRequest names messages of an account.
type DescribeRequest struct {
	Account string   `json:"account"`
	UIDs    []string `json:"uids"`
}

// Described is what Headers answers.
type Described struct {
	Mails []Mail `json:"mails"`
	// Received is how many octets came from the server.
	Received int64 `json:"received,omitempty"`
}

// SourceRequest asks for a message as it is: by TOP its header and, unless
// Header is set, its first lines; by RETR all of it if Whole is set.
type SourceRequest struct {
	Account string `json:"account"`
	UID     string `json:"uid"`
	Header  bool   `json:"header,omitempty"`
	Whole   bool   `json:"whole,omitempty"`
}

// FetchRequest asks for a message to read. Whole says RETR instead of TOP.
type FetchRequest struct {
	Account  string `json:"account"`
	UID      string `json:"uid"`
	Whole    bool   `json:"whole,omitempty"`
	MarkSeen bool   `json:"mark_seen,omitempty"`
	// Into is the absolute path of a file that does not exist yet, in a folder
	// of the caller's own: the message is written there as the server sends it,
	// while it comes. That needs Whole, and is told to the context's
	// WithReceived. There is no file if it fails.
	Into string `json:"into,omitempty"`
}

// Received says how far a message has come that is being fetched.
type Received struct {
	Account string `json:"account"`
	UID     string `json:"uid"`
	Octets  int64  `json:"octets"`
}

// Ask asks an engine. What the user can read about an error is in a
// *ProblemError; it may also be ErrNoAccount or the context's.
func (v Verb[Request, Answer]) Ask(ctx context.Context, e Engine, r Request) (a Answer, err error) {
	return a, e.Ask(ctx, string(v), r, &a)
}

// Handlers answer verbs. They are an Engine, for the same process.
type Handlers map[string]Handler

// Handler answers one verb, whether the request comes from this process or, in
// JSON, from another.
type Handler struct {
	decode func(params json.RawMessage) (request any, err error)
	do     func(ctx context.Context, request any) (answer any, err error)
	assign func(to, answer any)
}

// Handle has h answer a verb by f.
func (v Verb[Request, Answer]) Handle(h Handlers, f func(context.Context, Request) (Answer, error)) {
	h[string(v)] = Handler{
		decode: func(params json.RawMessage) (any, error) {
			var r Request
			if _, none := any(r).(None); none {
				return r, nil
			}
			if err := json.Unmarshal(params, &r); err != nil {
				return nil, fmt.Errorf("parameters of %s: %w", v, err)
			}
			return r, nil
		},
		do:     func(ctx context.Context, r any) (any, error) { return f(ctx, r.(Request)) },
		assign: func(to, answer any) { *to.(*Answer) = answer.(Answer) },
	}
}

// ErrUnknownVerb: nobody answers this verb.
var ErrUnknownVerb = errors.New("unknown verb")

// Ask implements Engine.
func (h Handlers) Ask(ctx context.Context, verb string, request, answer any) error {
	handler, ok := h[verb]
	if !ok {
		return fmt.Errorf("%w %q", ErrUnknownVerb, verb)
	}
	a, err := handler.do(ctx, request)
	handler.assign(answer, a)
	return err
}

// Serve answers a request that came from another process.
func (h Handlers) Serve(ctx context.Context, verb string, params json.RawMessage) (answer any, err error) {
	handler, ok := h[verb]
	if !ok {
		return nil, fmt.Errorf("%w %q", ErrUnknownVerb, verb)
	}
	request, err := handler.decode(params)
	if err != nil {
		return nil, err
	}
	return handler.do(ctx, request)
}

type receivedKey struct{}

// WithReceived has f told now and then how far a message has come.
func WithReceived(ctx context.Context, f func(Received)) context.Context {
	return context.WithValue(ctx, receivedKey{}, f)
}

// ReceivedOf returns what WithReceived has set, or a function that does nothing.
func ReceivedOf(ctx context.Context) func(Received) {
	if f, ok := ctx.Value(receivedKey{}).(func(Received)); ok {
		return f
	}
	return func(Received) {}
}

type progressKey struct{}

// WithProgress has the steps of a TestAccount told to f as they happen.
func WithProgress(ctx context.Context, f func(TestStep)) context.Context {
	return context.WithValue(ctx, progressKey{}, f)
}

// Progress returns what WithProgress has set, or a function that does nothing.
func Progress(ctx context.Context) func(TestStep) {
	if f, ok := ctx.Value(progressKey{}).(func(TestStep)); ok {
		return f
	}
	return func(TestStep) {}
}
