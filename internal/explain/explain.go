// Package explain turns problems into sentences: what happened and what to do,
// in the reader's language. It is for the edge of the program, where somebody
// reads; whatever lies below knows no language.
package explain

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/plaintext"
	"github.com/traymail/traymail/internal/settings"
)

// Text is one sentence that says what happened and what to do. traymail tries
// again by itself, as it does with an account.
func Text(p *api.Problem, loc *locale.Catalogue) string { return text(p, loc, false) }

// Asked is Text for who has asked for something, and may ask again.
func Asked(p *api.Problem, loc *locale.Catalogue) string { return text(p, loc, true) }

// text is Text. asked: somebody has asked for something, and it is theirs to try
// again.
func text(p *api.Problem, loc *locale.Catalogue, asked bool) string {
	switch {
	case p.Text != "":
		return p.Text
	case signInKey(p.Code) != "":
		return signInText(p, loc, asked)
	case p.Kind == api.KindSecret && p.Code == api.CodeLocked && asked:
		return loc.T("problem.keyring_locked_asked")
	case p.Kind == api.KindSecret:
		return secretText(p, loc)
	case p.Code == api.CodeTooMuch:
		return loc.T("problem.too_much")
	case p.Kind == api.KindInternal, p.Code == "" && p.Kind == api.KindConfig:
		return loc.T("problem.other", p.Args[api.ArgReason])
	case p.Args[api.ArgMistake] != "" || p.Code == api.CodeFile || p.Code == api.CodeSettings || p.Code == api.CodeUnreadable:
		return settingsText(p, loc)
	}
	switch p.Code {
	case api.CodeNoUIDL, api.CodeNoTOP, api.CodeGone, api.CodeUnlisted, api.CodeAlike, api.CodeReplaced, api.CodeNothingSent, api.CodeNoSizes, api.CodeUnconfirmed, api.CodeDiskFull, api.CodeNewer:
		return loc.T("problem." + key(p.Code))
	case api.CodeNotStored:
		return loc.T("problem.not_stored", p.Args[api.ArgReason])
	case api.CodeLeaseChanged, api.CodeLeaseSilent, api.CodeLeaseOver:
		return loc.T("problem." + key(p.Code))
	case api.CodeHeld:
		since, _ := time.Parse(time.RFC3339, p.Args[api.ArgSince]) // ours
		return loc.T("problem.held", p.Args[api.ArgBy], loc.Moment(since.In(time.Local), time.Now()))
	case api.CodeDamaged:
		return loc.T("problem.ledger_damaged", p.Args[api.ArgFile])
	case api.CodeAddress:
		return loc.T("provider.bad_address", p.Args[api.ArgAddress])
	case api.CodeUnreachable:
		if p.Args[api.ArgServer] == "" {
			return loc.T("provider.unreachable")
		}
	}
	if p.Args[api.ArgWithheld] != "" {
		return said("", loc, serverText(p, loc, asked), loc.T("problem.withheld"))
	}
	return serverText(p, loc, asked)
}

// key is the part of a translation's key that stands for a code.
func key(c api.Code) string { return strings.ReplaceAll(string(c), "-", "_") }

// signInKey is the sentence for a code of a sign-in with the browser; empty for
// any other.
func signInKey(c api.Code) string {
	switch c {
	case api.CodeSignIn, api.CodeSignInDenied, api.CodeSignInApproval, api.CodeSignInTime, api.CodeSignInClient,
		api.CodeSignInNoClient, api.CodeSignInScope, api.CodeSignInNoMail, api.CodeSignInPort, api.CodeSignInNoRevoke, api.CodeSignInUnavailable, api.CodeSignInAnswer,
		api.CodeSignInCode, api.CodeSignInIssuer, api.CodeSignInNoMetadata, api.CodeSignInOtherIssuer, api.CodeSignInMetadata:
		return "problem." + key(c)
	}
	return ""
}

func signInText(p *api.Problem, loc *locale.Catalogue, asked bool) string {
	key := signInKey(p.Code)
	if asked && p.Code == api.CodeSignInUnavailable {
		key += "_asked"
	}
	return loc.T(key, p.Args[api.ArgServer])
}

func secretText(p *api.Problem, loc *locale.Catalogue) string {
	switch p.Code {
	case api.CodeLocked:
		return loc.T("problem.keyring_locked")
	case api.CodeDismissed:
		return loc.T("problem.keyring_dismissed")
	case api.CodeNoSecret:
		return loc.T("problem.secret_missing")
	case api.CodeNoKeyring:
		return loc.T("problem.keyring_unavailable")
	case api.CodeTooManyFiles:
		return loc.T("problem.too_many_files")
	}
	text := loc.T("problem.secret_failed", p.Args[api.ArgReason])
	if p.Code != api.CodeCommand {
		return text
	}
	switch words, told := p.Args[api.ArgSaid]; {
	case !told:
		return loc.T("problem.join", text, loc.T("problem.command_ask"))
	case words != "":
		return loc.T("problem.join", text, loc.T("problem.command_says", words))
	}
	return text
}

// settingsText names file, line and key; what is wrong is said in the reader's
// language where traymail found it, not the TOML parser.
func settingsText(p *api.Problem, loc *locale.Catalogue) string {
	what := mistakeText(p, loc)
	where := plaintext.Reveal(p.Args[api.ArgFile])
	if line := p.Args[api.ArgLine]; line != "" {
		where += ":" + line
	}
	if field := p.Args[api.ArgField]; field != "" {
		where += ": " + field
	}
	switch p.Code {
	case api.CodeFile:
		return where + ": " + what
	case api.CodeSettings:
		return loc.T("problem.settings", where+": "+what)
	case api.CodeUnreadable:
		return loc.T("problem.settings_unreadable", p.Args[api.ArgFile])
	}
	return loc.T("problem.field", p.Args[api.ArgField], what)
}

// mistakeText says what is wrong, without where.
func mistakeText(p *api.Problem, loc *locale.Catalogue) string {
	mistake := p.Args[api.ArgMistake]
	if mistake == "" {
		return p.Args[api.ArgReason]
	}
	var values []any
	for i := 1; ; i++ {
		v, ok := p.Args[api.ArgValue+api.Arg(strconv.Itoa(i))]
		if !ok {
			return loc.T(mistake, values...)
		}
		values = append(values, value(v))
	}
}

// Field says what is wrong with a field of the settings, without its name.
func Field(f settings.FieldError, loc *locale.Catalogue) string {
	return mistakeText(api.FieldProblem(f), loc)
}

// File says what is wrong with a file of settings, and where.
func File(e *settings.FileError, loc *locale.Catalogue) string {
	return settingsText(api.FileProblem(api.CodeFile, e), loc)
}

// value is printed as it is, whatever the verb: numbers have become text on
// their way.
type value string

// Format implements fmt.Formatter.
func (v value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, string(v)) }

// serverText has a sentence for each code that has its own, else for each kind.
func serverText(p *api.Problem, loc *locale.Catalogue, asked bool) string {
	server, words := p.Args[api.ArgServer], p.Args[api.ArgSaid]
	form := func(key string) string {
		if asked {
			return key + "_asked"
		}
		return key
	}
	if p.Kind == api.KindTemporary && p.Args[api.ArgSince] != "" {
		return said(words, loc, loc.T(form("problem.standing"), server))
	}
	switch p.Code {
	case api.CodeDNS, api.CodeRefused, api.CodeTimeout:
		return loc.T("problem."+string(p.Code), server, value(p.Args[api.ArgPort]))
	case api.CodeUnknownAuthority, api.CodeHostname, api.CodeCommonName, api.CodeSHA1Certificate, api.CodeExpired, api.CodeNotYetValid, api.CodeOldTLS, api.CodeNoCipher, api.CodeSHA1, api.CodeLegacyTLS, api.CodeNotTLS, api.CodeWantsTLS, api.CodeNoSTLS, api.CodeInjection, api.CodeUnproven, api.CodeWeakerLogin, api.CodeLocalNetwork:
		return loc.T("problem."+key(p.Code), server)
	case api.CodeStalled:
		return loc.T(form("problem.stalled"), server)
	case api.CodeNoMechanism, api.CodeNoAPOP:
		return said(words, loc, loc.T("problem.no_mechanism", server))
	case api.CodeNotDeleted:
		if p.Kind == api.KindTemporary {
			return said(words, loc, loc.T("problem.not_deleted_now"))
		}
		return said(words, loc, loc.T("problem.not_deleted"))
	case api.CodeNotSent:
		return said(words, loc, loc.T("problem.not_sent_now"))
	case api.CodeProxy:
		if p.Kind == api.KindConfig {
			return loc.T("problem.proxy_address")
		}
		return loc.T("problem.proxy")
	case api.CodeCleartext, api.CodeProxyAuth:
		return loc.T("problem." + key(p.Code))
	case api.CodeAlert:
		if words == "" {
			break
		}
		return loc.T("problem.alert", server, words)
	case api.CodePin:
		return pinText(p, loc)
	case api.CodeClientCert, api.CodeCAFile:
		return loc.T("problem."+key(p.Code), p.Args[api.ArgFile])
	case api.CodeInUse:
		return loc.T(form("problem.in_use"))
	case api.CodeLoginDelay:
		return loc.T(form("problem.login_delay"))
	}
	if text := answerText(p, loc, asked); text != "" {
		return text
	}
	switch p.Kind {
	case api.KindAuth:
		if p.SignIn() {
			return said(words, loc, loc.T("problem.token_refused", server))
		}
		return said(words, loc, loc.T("problem.auth"))
	case api.KindTemporary:
		return said(words, loc, loc.T(form("problem.temporary")))
	case api.KindPermanent:
		return said(words, loc, loc.T("problem.permanent"))
	case api.KindTLS:
		return loc.T("problem.tls", server)
	case api.KindProtocol:
		return loc.T("problem.protocol", server)
	case api.KindNetwork:
		return loc.T(form("problem.network"), server)
	}
	return loc.T("problem.other", p.Args[api.ArgReason])
}

// pinText says what changed about a certificate that was trusted by its
// fingerprint.
func pinText(p *api.Problem, loc *locale.Catalogue) string {
	const shown = 16 // digits of a fingerprint
	head := func(s string) string { return s[:min(len(s), shown)] }
	expires, _ := time.Parse(time.RFC3339, p.Args[api.ArgExpires]) // else it is not known
	return loc.T("problem.pin", p.Args[api.ArgServer], head(p.Args[api.ArgTrusted]), p.Args[api.ArgIssuer],
		loc.FullTime(expires, time.Now()), head(p.Args[api.ArgSHA256]))
}

// Error is what the user reads about an error of something asked for, if it has a
// problem or is about a file of settings. ok is false for any other.
func Error(err error, loc *locale.Catalogue) (sentence string, ok bool) {
	if known, is := errors.AsType[*api.ProblemError](err); is {
		return text(&known.Problem, loc, true), true
	}
	if file, is := errors.AsType[*settings.FileError](err); is {
		return File(file, loc), true
	}
	if errors.Is(err, api.ErrNoAccount) {
		return loc.T("problem.no_account"), true
	}
	return "", false
}

// AtTerminal is the sentence that Text or Error has made of a problem, for who
// reads it at a terminal, where no button leads to a sign-in with the browser.
func AtTerminal(sentence string, p *api.Problem, loc *locale.Catalogue) string {
	if p.Code == api.CodeSignInNoClient {
		return loc.T("problem.join", sentence, loc.T("problem.sign_in_client_id", SignInPage(loc)))
	}
	if account := p.Args[api.ArgAccount]; p.SignIn() && account != "" {
		return loc.T("problem.join", sentence, loc.T("problem.sign_in_run", account))
	}
	return sentence
}

// Say is a problem with its sentence, for a program or a terminal; nil is nil.
func Say(p *api.Problem, loc *locale.Catalogue) *api.Problem { return say(p, loc, false) }

func say(p *api.Problem, loc *locale.Catalogue, asked bool) *api.Problem {
	if p == nil {
		return nil
	}
	return &api.Problem{Kind: p.Kind, Code: p.Code, Text: AtTerminal(text(p, loc, asked), p, loc)}
}

// Snapshot is a snapshot with all its sentences.
func Snapshot(s api.Snapshot, loc *locale.Catalogue) api.Snapshot {
	if s.Problem != nil {
		s.SettingsError, s.Problem = Text(s.Problem, loc), nil
	}
	said := make([]api.AccountStatus, len(s.Accounts))
	for i, a := range s.Accounts {
		a.Error = Say(a.Error, loc)
		said[i] = a
	}
	s.Accounts = said
	return s
}

// Check is the result of a check with all its sentences. again: whoever made it
// checks again by itself.
func Check(r api.CheckResult, loc *locale.Catalogue, again bool) api.CheckResult {
	said := make([]api.AccountCheck, len(r.Accounts))
	for i, a := range r.Accounts {
		a.Error = say(a.Error, loc, !again)
		said[i] = a
	}
	r.Accounts, r.Problem = said, Say(r.Problem, loc)
	return r
}

// Report is the report on a test with all its sentences.
func Report(r api.TestReport, loc *locale.Catalogue) api.TestReport {
	r.Error = say(r.Error, loc, true)
	said := make([]api.TestStep, len(r.Steps))
	for i, step := range r.Steps {
		said[i] = api.TestStep{Name: step.Name, OK: step.OK, Text: Step(step, loc)}
	}
	r.Steps = said
	return r
}

// Step says what a step of a test found, or what it is where it failed.
func Step(s api.TestStep, loc *locale.Catalogue) string {
	switch {
	case s.Text != "":
		return s.Text
	case !s.OK:
		return loc.T("problem.step_" + s.Name)
	}
	name := "problem.test_" + string(s.Found)
	switch s.Found {
	case "stat":
		return loc.N(name, s.Messages, loc.Count(s.Messages))
	case "top":
		return loc.T(name, Subject(s.Subject, loc))
	case "login":
		return loc.T(name, s.User)
	case "name":
		return loc.T(name, s.Server)
	case "connect":
		return loc.T(name, s.Server, s.Port)
	}
	return loc.T(name)
}

// Sender is who a message is from, or that it does not say.
func Sender(from string, loc *locale.Catalogue) string {
	if from == "" {
		return loc.T("problem.no_sender")
	}
	return from
}

// Listed is what a list says of a message: sender and subject, or that they are
// still to come.
func Listed(m api.Mail, loc *locale.Catalogue) (from, subject string) {
	return Named(m.From, m.Subject, m.Undescribed, loc)
}

// Named is Listed for what is known of a message.
func Named(from, subject string, undescribed bool, loc *locale.Catalogue) (sender, title string) {
	if undescribed {
		return "…", loc.T("problem.undescribed")
	}
	return Sender(from, loc), Subject(subject, loc)
}

// Subject is a message's subject, or that it has none.
func Subject(subject string, loc *locale.Catalogue) string {
	if subject == "" {
		return loc.T("problem.no_subject")
	}
	return subject
}
