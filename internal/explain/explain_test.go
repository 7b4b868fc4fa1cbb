package explain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/app"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// Every cause has its kind, its code, and one sentence in each language that
// names what the user needs to know.
func TestExplain(t *testing.T) {
	server := func(kind pop3.Kind, code pop3.Code, text string) error {
		return fmt.Errorf("polling: %w", &pop3.Error{Kind: kind, Code: code, Command: "PASS", Text: text})
	}
	problem := func(kind api.Kind, code api.Code, args api.Args) error {
		return &api.ProblemError{Problem: api.Problem{Kind: kind, Code: code, Args: args}}
	}
	signIn := func(err error) error {
		return app.SignInError(err, settings.Account{ID: "home-k3fa", OAuth: settings.OAuth{Provider: "google"}})
	}
	for name, test := range map[string]struct {
		err     error
		host    string
		want    string // kind and code
		mention string // in every language
		english string
	}{
		"wrong password": {server("auth", "AUTH", "denied"), "pop.example.org", "auth AUTH", "denied", "correct it in the settings"},
		"withheld":       {&pop3.Error{Kind: "auth", Code: "AUTH", Command: "PASS", Withheld: true}, "h", "auth AUTH", "", "repeats what was sent to it"},
		"authority":      {server("tls", "unknown-authority", ""), "h", "tls unknown-authority", "h", "CA file"},
		"host name":      {server("tls", "hostname", ""), "pop.example.org", "tls hostname", "pop.example.org", "not for"},
		"expired":        {server("tls", "expired", ""), "pop.example.org", "tls expired", "pop.example.org", "expired"},
		"refused":        {server("network", "refused", ""), "pop.example.org", "network refused", "995", "refuses"},
		"timeout":        {server("network", "timeout", ""), "pop.example.org", "network timeout", "pop.example.org", "in time"},
		"dns":            {server("network", "dns", ""), "pop.example.org", "network dns", "pop.example.org", "not found"},
		"broken":         {server("network", "eof", ""), "pop.example.org", "network eof", "pop.example.org", "was lost"},
		"no STLS":        {server("tls", "no-stls", ""), "pop.example.org", "tls no-stls", "STLS", "nothing was sent"},
		"cleartext":      {server("config", "cleartext", ""), "h", "config cleartext", "TLS", "unencrypted"},
		"in use":         {server("temporary", "IN-USE", "locked"), "h", "temporary IN-USE", "traymail", "Another program"},
		"login delay":    {server("temporary", "LOGIN-DELAY", "wait"), "h", "temporary LOGIN-DELAY", "traymail", "less often"},
		"another wait":   {server("temporary", "SYS/TEMP", "maintenance"), "h", "temporary SYS/TEMP", "maintenance", "again later"},
		"never":          {server("permanent", "SYS/PERM", "no POP"), "h", "permanent SYS/PERM", "no POP", "provider"},
		"no POP3":        {server("protocol", "malformed", ""), "h.example", "protocol malformed", "h.example", "POP3"},
		"no UIDL":        {errors.Join(poll.ErrNoUIDL, server("permanent", "", "huh")), "h", "permanent no-uidl", "UIDL", "UIDL"},
		"no TOP":         {errors.Join(poll.ErrNoTOP, server("permanent", "", "huh")), "h", "permanent no-top", "TOP", "whole message"},
		"not deleted":    {errors.Join(poll.ErrNotDeleted, server("permanent", "", "read-only")), "h", "permanent not-deleted", "read-only", "does not delete"},
		"nor now":        {errors.Join(poll.ErrNotDeleted, server("temporary", "SYS/TEMP", "busy")), "h", "temporary not-deleted", "busy", "nothing was deleted: try"},
		"not sent":       {errors.Join(poll.ErrNotSent, server("temporary", "SYS/TEMP", "busy")), "h", "temporary not-sent", "busy", "just now: try"},
		"a proxy's URL":  {server("config", "proxy", ""), "h", "config proxy", "all_proxy", "unusable"},
		"locked keyring": {secret.ErrLocked, "h", "secret locked", "traymail", "unlock"},
		"a no to it":     {secret.ErrDismissed, "h", "secret dismissed", "", "asks again"},
		"no secret":      {secret.ErrNotFound, "h", "secret missing", "", "enter it"},
		"no keyring":     {secret.ErrUnavailable, "h", "secret unavailable", "KWallet", "install"},
		"keyring":        {problem(api.KindSecret, api.CodeSecretFailed, api.Args{api.ArgReason: "no such object"}), "h", "secret failed", "no such object", "could not be read"},
		"command":        {&secret.CommandError{Err: errors.New("exit status 3"), Said: "hunter2"}, "h", "secret command", "exit status 3", "Test the account"},
		"no files":       {&secret.CommandError{Err: &fs.PathError{Op: "open", Path: "/dev/null", Err: syscall.EMFILE}}, "h", "secret too-many-files", "", "could not be started"},
		"its words":      {problem(api.KindSecret, api.CodeCommand, api.Args{api.ArgReason: "exit status 3", api.ArgSaid: "no key"}), "h", "secret command", "no key", "It says"},
		"no words":       {problem(api.KindSecret, api.CodeCommand, api.Args{api.ArgReason: "exit status 3", api.ArgSaid: ""}), "h", "secret command", "exit status 3", "status 3."},
		"poll too long":  {context.DeadlineExceeded, "pop.example.org", "network timeout", "pop.example.org", "in time"},
		"disk full":      {fmt.Errorf("writing: %w", syscall.ENOSPC), "h", "config disk-full", "traymail", "disk is full"},
		"quota":          {fmt.Errorf("writing: %w", syscall.EDQUOT), "h", "config disk-full", "traymail", "disk is full"},
		"already told":   {fmt.Errorf("x: %w", &api.ProblemError{Problem: api.Problem{Kind: "tls", Code: "c", Text: "Said."}}), "h", "tls c", "Said.", "Said."},
		"whatever it is": {errors.New("odd"), "h", "config ", "odd", "odd"},
		"injection":      {server("tls", "injection", ""), "h.example", "tls injection", "h.example", "tampered"},
		"not TLS":        {server("tls", "not-tls", ""), "h.example", "tls not-tls", "110", "port 995"},
		"CA file":        {server("config", "ca-file", ""), "h", "config ca-file", "/ca.pem", "CA file"},
		"a handshake":    {server("tls", "handshake", ""), "h.example", "tls handshake", "h.example", "secure"},
		"a TLS alert":    {server("tls", "alert", "unrecognized name"), "h.example", "tls alert", "unrecognized name", "client certificate"},
		"legacy TLS":     {server("tls", "legacy-tls", ""), "h.example", "tls legacy-tls", "legacy_tls = true", "the password included"},
		"SHA-1":          {server("tls", "sha1", ""), "h.example", "tls sha1", "SHA-256", "forged"},
		"by SHA-1":       {server("tls", "sha1-certificate", ""), "h.example", "tls sha1-certificate", "SHA-1", "trust this one"},
		"a common name":  {server("tls", "common-name", ""), "h.example", "tls common-name", "h.example", "trust this one"},
		"old TLS":        {server("tls", "old-tls", ""), "h.example", "tls old-tls", "TLS 1.2", "no longer safe"},
		"no cipher":      {server("tls", "no-cipher", ""), "h.example", "tls no-cipher", "ECDHE", "nothing was sent"},
		"sign in":        {signIn(tokens.ErrSignIn), "h", "secret sign-in", "traymail account login home-k3fa", "with the browser"},
		"again":          {signIn(&oauth.Error{Reason: oauth.SignInAgain}), "h", "secret sign-in", "traymail account login home-k3fa", "sign in at oauth2.googleapis.com with the browser"},
		"approval":       {signIn(&oauth.Error{Reason: oauth.NeedsApproval}), "h", "secret sign-in-approval", "oauth2.googleapis.com", "administrator"},
		"no port":        {signIn(fmt.Errorf("%w: %w", &oauth.Error{Reason: oauth.NoPort}, syscall.EACCES)), "h", "secret sign-in-port", "home-k3fa", "its own address"},
		"denied":         {signIn(&oauth.Error{Reason: oauth.Denied}), "h", "secret sign-in-denied", "home-k3fa", "declined"},
		"nobody came":    {signIn(&oauth.Error{Reason: oauth.TimedOut}), "h", "secret sign-in-time", "home-k3fa", "while there was time"},
		"no such client": {signIn(&oauth.Error{Reason: oauth.BadClient}), "h", "secret sign-in-client", "oauth2.googleapis.com", "client ID"},
		"no client":      {signIn(&oauth.Error{Reason: oauth.NoClient}), "h", "secret sign-in-no-client", "--client-id", "app password, where"},
		"scope":          {signIn(&oauth.Error{Reason: oauth.BadScope}), "h", "secret sign-in-scope", "oauth2.googleapis.com", "ask for mail"},
		"no mail":        {signIn(&oauth.Error{Reason: oauth.NoMail}), "h", "secret sign-in-no-mail", "oauth2.googleapis.com", "does not include mail"},
		"busy":           {signIn(&oauth.Error{Reason: oauth.Unavailable}), "h", "temporary sign-in-unavailable", "oauth2.googleapis.com", "asks again later"},
		"a portal":       {signIn(&oauth.Error{Reason: oauth.BadAnswer}), "h", "temporary sign-in-answer", "oauth2.googleapis.com", "Wi-Fi"},
		"another issuer": {signIn(&oauth.Error{Reason: oauth.OtherServer}), "h", "temporary sign-in-issuer", "oauth2.googleapis.com", "another server"},
		"no such code":   {signIn(&oauth.Error{Reason: oauth.BadCode}), "h", "temporary sign-in-code", "oauth2.googleapis.com", "the code"},
		"no metadata":    {signIn(&oauth.Error{Reason: oauth.NoMetadata}), "h", "temporary sign-in-no-metadata", "oauth2.googleapis.com", "nowhere"},
		"not its own":    {signIn(&oauth.Error{Reason: oauth.OtherIssuer}), "h", "temporary sign-in-other-issuer", "oauth2.googleapis.com", "slash"},
		"bad metadata":   {signIn(&oauth.Error{Reason: oauth.BadMetadata}), "h", "temporary sign-in-metadata", "oauth2.googleapis.com", "PKCE"},
		"its name":       {signIn(&net.OpError{Op: "dial", Err: &net.DNSError{}}), "h", "network dns", "oauth2.googleapis.com", "not found"},
		"its port":       {signIn(&net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}), "h", "network refused", "443", "refuses"},
		"too slow":       {signIn(context.DeadlineExceeded), "h", "network timeout", "oauth2.googleapis.com", "in time"},
		"its keyring":    {signIn(&tokens.KeyringError{Err: secret.ErrLocked}), "h", "secret locked", "traymail", "unlock"},
		"a server drips": {server("network", "stalled", ""), "h.example", "network stalled", "h.example", "next to nothing"},
	} {
		a := settings.Account{Server: test.host, Port: 995, CAFile: "/ca.pem"}
		for _, language := range []string{"en", "zh-Hans"} {
			p := Say(app.Problem(test.err, a), locale.New(language))
			if got := string(p.Kind) + " " + string(p.Code); got != test.want {
				t.Errorf("%s: %q, want %q", name, got, test.want)
			}
			if strings.Contains(p.Text, "%") || strings.HasPrefix(p.Text, "problem.") || !strings.Contains(p.Text, test.mention) {
				t.Errorf("%s, %s: %s", name, language, p.Text)
			}
			if language == "en" && !strings.Contains(p.Text, test.english) {
				t.Errorf("%s: %s", name, p.Text)
			}
		}
	}
}

// Whatever the client may say has a sentence, in every language, that has
// neither a raw key nor a gap in it.
func TestEveryCodeHasItsSentence(t *testing.T) {
	a := settings.Account{Server: "pop.example.org", Port: 995, User: "me", CAFile: "/ca.pem", ClientCert: "/me.pem", Pin: strings.Repeat("0", 64)}
	kinds := []pop3.Kind{
		pop3.KindNetwork, pop3.KindTLS, pop3.KindAuth, pop3.KindTemporary, pop3.KindPermanent, pop3.KindProtocol, pop3.KindConfig,
	}
	for _, code := range append(pop3.Codes(), "", "X-OTHER") {
		for _, kind := range kinds {
			for _, said := range []string{"", "what it says"} {
				p := poll.Problem(&pop3.Error{Kind: kind, Code: code, Command: "PASS", Text: said, Err: errors.New("cause")}, a)
				if p.Kind != api.Kind(kind) || p.Code != api.Code(code) {
					t.Errorf("%s %s became %+v", kind, code, p)
				}
				for language, loc := range catalogues() {
					text := Text(p, loc)
					if text == "" || strings.Contains(text, "%!") || rawKey.MatchString(text) || emptyQuotes.MatchString(text) {
						t.Errorf("%s %s, %s: %q", kind, code, language, text)
					}
				}
			}
		}
	}
}

// So has each way in which a sign-in may fail.
func TestSignInSentences(t *testing.T) {
	for _, code := range []api.Code{
		api.CodeSignIn, api.CodeSignInDenied, api.CodeSignInApproval, api.CodeSignInTime, api.CodeSignInClient,
		api.CodeSignInNoClient, api.CodeSignInScope, api.CodeSignInNoMail, api.CodeSignInPort, api.CodeSignInNoRevoke, api.CodeSignInUnavailable, api.CodeSignInAnswer,
		api.CodeSignInCode, api.CodeSignInIssuer, api.CodeSignInNoMetadata, api.CodeSignInOtherIssuer, api.CodeSignInMetadata,
	} {
		for language, loc := range catalogues() {
			text := Text(&api.Problem{Kind: api.KindSecret, Code: code, Args: api.Args{api.ArgServer: "login.example.org", api.ArgAccount: "home-k3fa"}}, loc)
			if strings.Contains(text, "%!") || rawKey.MatchString(text) || !strings.Contains(text, "login.example.org") && code != api.CodeSignInNoClient && code != api.CodeSignInPort {
				t.Errorf("%s, %s: %q", code, language, text)
			}
		}
	}
}

// A token that the mail server refuses is not corrected like a password.
func TestTokenRefused(t *testing.T) {
	a := settings.Account{ID: "home-k3fa", Server: "pop.example.org", OAuth: settings.OAuth{Provider: "google"}}
	for status, english := range map[string]string{"400": "access by POP may be switched off", "insufficient_scope": "ask for mail"} {
		p := poll.Problem(&pop3.Error{Kind: pop3.KindAuth, Code: "AUTH", Command: "AUTH", TokenStatus: status}, a)
		for language, loc := range catalogues() {
			text := Say(p, loc).Text
			if p.Kind != api.KindAuth || !strings.Contains(text, "pop.example.org") || !strings.Contains(text, "home-k3fa") || language == "en" && !strings.Contains(text, english) {
				t.Errorf("%s, %s: %s", status, language, text)
			}
		}
	}
}

// catalogues are those of all languages.
var catalogues = sync.OnceValue(func() map[string]*locale.Catalogue {
	all := map[string]*locale.Catalogue{}
	for _, l := range locale.Languages() {
		all[l.Tag] = locale.New(l.Tag)
	}
	return all
})

// emptyQuotes are those around what nobody said.
var emptyQuotes = regexp.MustCompile(`“\s*”|„\s*“|«[\s\x{a0}\x{202f}]*»|「\s*」|""`)

// rawKey is a key that has no translation.
var rawKey = regexp.MustCompile(`(problem|provider|settings)\.[a-z_]+`)

// What is wrong with settings crosses the socket as it is, numbers included.
func TestMistakesInSettings(t *testing.T) {
	loc := locale.New("en")
	for name, test := range map[string]struct {
		err  error
		want string
	}{
		"a field": {settings.FieldError{Field: "summary_above", Key: "settings.summary_above", Args: []any{1, 50}}, "summary_above"},
		"a file": {
			&settings.FileError{File: "/s.toml", Line: 7, Key: "account.port", Err: settings.FieldError{Key: "settings.newer", Args: []any{9, 1}}},
			"/s.toml:7: account.port: 9 is from a newer traymail; this one knows 1",
		},
		"a parser": {&settings.FileError{File: "/s.toml", Line: 2, Err: errors.New("expected =")}, "/s.toml:2: expected ="},
	} {
		raw, err := json.Marshal(app.Problem(test.err, settings.Account{}))
		var p api.Problem
		if err := errors.Join(err, json.Unmarshal(raw, &p)); err != nil {
			t.Fatal(err)
		}
		if text := Text(&p, loc); !strings.Contains(text, test.want) || strings.Contains(text, "%!") || rawKey.MatchString(text) {
			t.Errorf("%s: %q", name, text)
		}
	}
}

// Nothing that somebody asked for is tried again by itself.
func TestAskedIsNotTriedAgain(t *testing.T) {
	loc := locale.New("en")
	for _, p := range []api.Problem{
		{Kind: api.KindNetwork, Args: api.Args{api.ArgServer: "h"}},
		{Kind: api.KindNetwork, Code: api.CodeStalled, Args: api.Args{api.ArgServer: "h"}},
		{Kind: api.KindTemporary, Code: api.CodeInUse, Args: api.Args{api.ArgWithheld: "yes"}},
		{Kind: api.KindTemporary, Args: api.Args{api.ArgSaid: "busy"}},
		{Kind: api.KindTemporary, Code: api.CodeLoginDelay},
		{Kind: api.KindAuth, Code: api.CodeAuth, Args: api.Args{api.ArgServer: "h", api.ArgSaid: "Account exceeded command or bandwidth limits."}},
		{Kind: api.KindTemporary, Code: api.CodeLoginDelay, Args: api.Args{api.ArgServer: "h", api.ArgSaid: "login allowed only every 15 minutes"}},
		{Kind: api.KindTemporary, Args: api.Args{api.ArgServer: "h", api.ArgSince: "2026-11-28T00:00:00Z"}},
	} {
		promise := regexp.MustCompile("tries again|traymail waits|keeps trying")
		if patient := Text(&p, loc); !promise.MatchString(patient) {
			t.Errorf("of an account: %s", patient)
		}
		alone := Check(api.CheckResult{Accounts: []api.AccountCheck{{Error: &p}}}, loc, false).Accounts[0].Error.Text
		tested := Report(api.TestReport{Error: &p}, loc).Error.Text
		asked, _ := Error(&api.ProblemError{Problem: p}, loc)
		for _, text := range []string{asked, alone, tested} {
			if promise.MatchString(text) || p.Args[api.ArgSince] == "" && !strings.Contains(text, ": try again") {
				t.Errorf("asked for: %s", text)
			}
		}
		if with := Check(api.CheckResult{Accounts: []api.AccountCheck{{Error: &p}}}, loc, true).Accounts[0].Error.Text; with != Text(&p, loc) {
			t.Errorf("of the tray: %s", with)
		}
	}
}

// Who has asked is not told that traymail goes on by itself: a command ends.
func TestAskedTriesAgainItself(t *testing.T) {
	a := settings.Account{ID: "home-k3fa", OAuth: settings.OAuth{Provider: "google"}}
	for name, err := range map[string]error{
		"busy":   app.SignInError(&oauth.Error{Reason: oauth.Unavailable}, a),
		"locked": app.SignInError(&tokens.KeyringError{Err: secret.ErrLocked}, a),
	} {
		text, ok := Error(err, locale.New("en"))
		known, _ := errors.AsType[*api.ProblemError](err)
		if !ok || !strings.HasSuffix(text, "try again.") && !strings.HasSuffix(text, "try again later.") || Text(&known.Problem, locale.New("en")) == text {
			t.Errorf("%s: %s", name, text)
		}
		for language, loc := range catalogues() {
			if text, _ := Error(err, loc); rawKey.MatchString(text) || strings.Contains(text, "%!") {
				t.Errorf("%s, %s: %s", name, language, text)
			}
		}
	}
}
