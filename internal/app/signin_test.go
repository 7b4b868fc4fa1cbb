package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/poll"
	"github.com/traymail/traymail/internal/pop3/popserver"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
	"github.com/traymail/traymail/internal/tokens"
)

// door is where an account signs in: it gives tokens for the refresh token that
// is valid, and knows which access tokens are.
type door struct {
	*httptest.Server
	mu      sync.Mutex
	refresh string
	open    map[string]bool
	n       int
	// rotate: each refresh token is taken once, and another is given for it.
	rotate bool
	// asked is told of each request before it is answered.
	asked chan struct{}
}

// set changes what is valid.
func (d *door) set(refresh string, open ...string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.refresh, d.open = refresh, map[string]bool{}
	for _, token := range open {
		d.open[token] = true
	}
}

func (d *door) knows(_, token string) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.open[token]
}

func (d *door) given() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.n
}

// newSignedIn is a world whose account signs in with the browser, and has.
func newSignedIn(t *testing.T, o popserver.Options) (*world, *door) {
	t.Helper()
	d := &door{asked: make(chan struct{}, 100)}
	d.set("r")
	d.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		d.asked <- struct{}{}
		d.mu.Lock()
		defer d.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		if r.PostFormValue("refresh_token") != d.refresh {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
			return
		}
		d.n++
		token := fmt.Sprintf("token-%d", d.n)
		if d.open != nil {
			d.open[token] = true
		}
		if d.rotate {
			d.refresh = fmt.Sprintf("r%d", d.n)
		}
		_, _ = fmt.Fprintf(w, `{"access_token":%q,"token_type":"Bearer","expires_in":3600,"refresh_token":%q}`, token, d.refresh)
	}))
	t.Cleanup(d.Close)
	o.NoPlain, o.Token = true, d.knows
	w := newWorld(t, o)
	w.account.OAuth = settings.OAuth{Provider: settings.OAuthCustom, ClientID: "x", Scope: "mail", AuthorizeURL: d.URL, TokenURL: d.URL}
	w.signIn("r")
	return w, d
}

// signIn does what a sign-in ends with.
func (w *world) signIn(refresh string) {
	w.t.Helper()
	r, err := tokens.Request(w.t.Context(), nil, w.account, "")
	if err == nil {
		err = tokens.Save(w.t.Context(), w.secrets, w.account, r, oauth.Tokens{Refresh: refresh})
	}
	if err == nil {
		err = w.SaveAccount(w.t.Context(), w.account)
	}
	if err != nil {
		w.t.Fatal(err)
	}
}

// code is what is wrong with the account.
func (w *world) code() string {
	w.t.Helper()
	result := w.pollAny()
	if result.Error == nil {
		return string(result.State)
	}
	return string(result.Error.Kind) + "/" + string(result.Error.Code)
}

// An access token is got once, used from memory, and got anew where the mail
// server refuses it: once.
func TestAccessToken(t *testing.T) {
	for _, pipelining := range []bool{false, true} {
		t.Run(fmt.Sprintf("pipelining=%v", pipelining), func(t *testing.T) { testAccessToken(t, pipelining) })
	}
}

func testAccessToken(t *testing.T, pipelining bool) {
	w, d := newSignedIn(t, popserver.Options{Pipelining: pipelining})
	w.expect("the first poll", w.code(), "ok")
	w.expect("the second", w.code(), "ok")
	w.expect("renewals", d.given(), 1)

	w.clock.advance(2 * time.Minute)
	d.set("r") // what there was is of no use any more
	w.expect("a new token", w.code(), "ok")
	w.expect("renewals", d.given(), 2)
	w.expect("refused logins", w.server.FailedLogins(), 1)

	w.clock.advance(2 * time.Minute)
	d.mu.Lock()
	d.open = nil
	d.mu.Unlock()
	w.expect("whatever the token", w.code(), "auth/AUTH")
	w.expect("renewals", d.given(), 3)
	w.expect("refused logins", w.server.FailedLogins(), 3)

	w.restart()
	d.set("r", "token-3")
	report := w.Test(t.Context(), w.account, "", nil)
	w.expect("a test", report.OK, true)
	w.expect("renewals for a test", d.given(), 4)
}

// An access token that was got just now and is refused all the same is not got
// again: that is no matter of its age, and its sentence is another.
func TestFreshTokenRefused(t *testing.T) {
	w, d := newSignedIn(t, popserver.Options{})
	d.mu.Lock()
	d.open = nil
	d.mu.Unlock()
	for range 3 { // the user tries again, and again
		w.expect("whatever the token", w.code(), "auth/AUTH")
	}
	w.expect("renewals", d.given(), 1)
	w.expect("refused logins", w.server.FailedLogins() <= 3, true)
	w.expect("it takes a sign-in", w.mailboxes["a"].problem.SignIn(), true)
}

// Without a sign-in nobody is asked for anything until there is one, and the
// user is told once.
func TestSignInAgain(t *testing.T) {
	w, d := newSignedIn(t, popserver.Options{})
	w.expect("at first", w.code(), "ok")
	d.set("another")
	w.clock.advance(time.Hour)
	w.expect("withdrawn", w.code(), "secret/sign-in")
	w.expect("the next poll", w.mailboxes["a"].due.IsZero(), true)
	w.expect("still", w.code(), "secret/sign-in")
	var told []string
	w.announcer.mu.Lock()
	for _, a := range w.announcer.shown {
		if a.Kind == api.AccountProblem {
			told = append(told, string(a.Problem.Code))
		}
	}
	w.announcer.mu.Unlock()
	if !slices.Equal(told, []string{"sign-in"}) {
		t.Errorf("the user is told %q", told)
	}
	w.expect("no login was tried", w.server.FailedLogins(), 0)
	w.signIn("another")
	w.expect("signed in", w.code(), "ok")
}

// Where the account signs in may be out of reach, or busy; that is no verdict on
// the sign-in.
func TestSignInIsOutOfReach(t *testing.T) {
	w, d := newSignedIn(t, popserver.Options{})
	d.Close()
	w.expect("nobody there", w.code(), "network/refused")
	if p := w.Snapshot().Accounts[0].Error; p == nil || p.Args[api.ArgServer] != "127.0.0.1" || !strings.HasSuffix(d.URL, ":"+p.Args[api.ArgPort]) {
		t.Errorf("it names %+v", p)
	}
	w.expect("it is tried again", w.mailboxes["a"].due.IsZero(), false)
	w.secrets.lock(true)
	w.expect("a locked keyring", w.pollAny().State, api.Waiting)
}

// What a sign-in has left in the keyring is no password, and a password is no
// sign-in.
func TestGrantIsNoPassword(t *testing.T) {
	w, d := newSignedIn(t, popserver.Options{})
	a := w.account
	a.OAuth = settings.OAuth{}
	if err := w.SaveAccount(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	w.expect("a password account", w.code(), "secret/missing")
	if err := w.secrets.Set(t.Context(), "a", password); err != nil {
		t.Fatal(err)
	}
	if err := w.SaveAccount(t.Context(), w.account); err != nil {
		t.Fatal(err)
	}
	w.expect("an account that signs in", w.code(), "secret/sign-in")
	w.expect("logins", w.server.FailedLogins(), 0)
	w.expect("renewals", d.given(), 0)
}

// full is a keyring that takes nothing more.
type full struct{ secret.Store }

func (full) Set(context.Context, string, string) error { return errors.New("no room") }

// A command that has the mailbox renews the sign-in by itself: it gets no lease
// while what the engine has got in place of the old token is not in the keyring.
func TestLeaseAwaitsTheSignIn(t *testing.T) {
	w, d := newSignedIn(t, popserver.Options{})
	d.mu.Lock()
	d.rotate = true
	d.mu.Unlock()
	store := w.secrets.Store
	w.secrets.Store = full{store}
	w.expect("a poll", w.code(), "ok")
	_, err := api.Hold(t.Context(), w.Verbs(), api.LeaseRequest{Account: "a", By: "fetch"})
	if _, ok := errors.AsType[*api.ProblemError](err); !ok {
		t.Errorf("a lease with the old token: %v", err)
	}
	w.secrets.Store = store
	held, _ := w.hold("fetch")
	err = Visit(t.Context(), held, w.secrets, w.log, func(_ context.Context, target poll.Target) error {
		w.expect("the command's token", target.Credentials.Token, "token-2")
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// An account is removed while a command waits for its lease, and its sign-in for
// a server that does not answer.
func TestRemovedWhileALeaseWaits(t *testing.T) {
	w, d := newSignedIn(t, popserver.Options{})
	d.mu.Lock() // it answers nothing
	answers := sync.OnceFunc(d.mu.Unlock)
	defer answers()
	polled := make(chan struct{})
	go func() {
		_, _ = w.Check(t.Context())
		close(polled)
	}()
	<-d.asked
	leased := make(chan error, 1)
	go func() {
		_, err := api.Hold(t.Context(), w.Verbs(), api.LeaseRequest{Account: "a", By: "fetch"})
		leased <- err
	}()
	w.awaitStatus("lent", func(a api.AccountStatus) bool { return a.Error != nil && a.Error.Code == api.CodeHeld })
	if err := w.RemoveAccount(t.Context(), "a"); err != nil {
		t.Error(err)
	}
	if err := <-leased; !errors.Is(err, api.ErrNoAccount) {
		t.Errorf("the lease: %v", err)
	}
	answers()
	<-polled
}
