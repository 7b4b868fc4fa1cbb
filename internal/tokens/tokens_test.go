package tokens

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/oauth"
	"github.com/traymail/traymail/internal/secret"
	"github.com/traymail/traymail/internal/settings"
)

// authority hands out new refresh tokens for old ones.
type authority struct {
	*httptest.Server
	mu sync.Mutex
	// valid are the refresh tokens that are taken: the newest last.
	valid []string
	asked []string
	n     int
	// strict takes an old token no more once it was used; otherwise that ends
	// when the new one is used for the first time.
	strict bool
	// answer, if not nil, is given in place of what is due.
	answer func(http.ResponseWriter) bool
	// hold is received from before each answer, if it is not nil.
	hold chan struct{}
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{valid: []string{"r0"}}
	a.Server = httptest.NewServer(http.HandlerFunc(a.serve))
	t.Cleanup(a.Close)
	return a
}

func (a *authority) serve(w http.ResponseWriter, r *http.Request) {
	if a.hold != nil {
		<-a.hold
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	used := r.PostFormValue("refresh_token")
	a.asked = append(a.asked, used)
	w.Header().Set("Content-Type", "application/json")
	if a.answer != nil && a.answer(w) {
		return
	}
	at := slices.Index(a.valid, used)
	if at < 0 {
		w.WriteHeader(http.StatusBadRequest)
		_, _ = io.WriteString(w, `{"error":"invalid_grant"}`)
		return
	}
	a.n++
	a.valid = a.valid[at:]
	if a.strict {
		a.valid = a.valid[1:]
	}
	fresh := fmt.Sprintf("r%d", a.n)
	a.valid = append(a.valid, fresh)
	_, _ = fmt.Fprintf(w, `{"access_token":"a%d","token_type":"Bearer","expires_in":3600,"refresh_token":%q}`, a.n, fresh)
}

func (a *authority) requests() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.asked)
}

func (a *authority) newest() string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.valid[len(a.valid)-1]
}

// accountAt signs in at a server.
func accountAt(url string) settings.Account {
	return settings.Account{ID: "home", Address: "me@example.org", OAuth: settings.OAuth{
		Provider: settings.OAuthCustom, ClientID: "x", Scope: "mail", AuthorizeURL: url + "/a", TokenURL: url + "/t",
	}}
}

// store is a keyring that fails as it is told, and counts.
type store struct {
	secret.Store
	mu     sync.Mutex
	locked bool
	full   bool
	sets   int
}

func (s *store) Get(ctx context.Context, ref string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.locked {
		return "", secret.ErrLocked
	}
	return s.Store.Get(ctx, ref)
}

func (s *store) Set(ctx context.Context, ref, value string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sets++
	if s.full || s.locked {
		return errors.New("there is no room")
	}
	return s.Store.Set(ctx, ref, value)
}

func (s *store) become(locked, full bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.locked, s.full = locked, full
}

// clock is a time that only the test moves.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// bench is a keeper with all that it works with.
type bench struct {
	*Keeper
	t       *testing.T
	server  *authority
	secrets *store
	clock   *clock
	account settings.Account
}

func newBench(t *testing.T) *bench {
	t.Helper()
	server := newAuthority(t)
	b := &bench{t: t, server: server, secrets: &store{Store: secret.Memory(nil)}, clock: &clock{t: time.Now()}, account: accountAt(server.URL)}
	b.signIn("r0")
	b.restart()
	t.Cleanup(func() { b.Close() })
	return b
}

func web(settings.Account) *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
}

// restart begins anew, as after a crash.
func (b *bench) restart() {
	b.Keeper = New(b.secrets, web, b.clock.now, slog.New(slog.DiscardHandler))
}

func (b *bench) signIn(refresh string) {
	b.t.Helper()
	r, err := Request(b.t.Context(), nil, b.account, "")
	if err != nil {
		b.t.Fatal(err)
	}
	if err := Save(b.t.Context(), b.secrets, b.account, r, oauth.Tokens{Refresh: refresh}); err != nil {
		b.t.Fatal(err)
	}
}

// access wants a token, or an error that begins so.
func (b *bench) access(what, refused, want string) {
	b.t.Helper()
	got, err := b.Access(b.t.Context(), b.account, refused)
	if err != nil {
		got = err.Error()
	}
	if !strings.HasPrefix(got, want) {
		b.t.Errorf("%s: %q, want %q", what, got, want)
	}
}

// kept wants these refresh tokens in the keyring.
func (b *bench) kept(what string, want ...string) {
	b.t.Helper()
	stored, err := b.secrets.Store.Get(b.t.Context(), b.account.ID)
	if err != nil {
		b.t.Fatal(err)
	}
	if g, err := read(stored, b.account); err != nil || !slices.Equal(g.Refresh, want) {
		b.t.Errorf("%s: the keyring has %q, %v", what, g.Refresh, err)
	}
}

func TestMain(m *testing.M) {
	if child() {
		return
	}
	goleak.VerifyTestMain(m)
}

// A token is got when it is needed, and what comes in place of the refresh
// token is written down with the one before.
func TestRenewal(t *testing.T) {
	b := newBench(t)
	b.access("the first", "", "a1")
	b.kept("with the one before", "r1", "r0")
	b.access("from memory", "", "a1")
	b.clock.advance(54 * time.Minute)
	b.access("six minutes before its end", "", "a1")
	b.clock.advance(2 * time.Minute)
	b.access("four minutes before its end", "", "a2")
	b.kept("r1 has worked", "r2", "r1")
	b.access("refused while it is new", "a2", "a2")
	b.clock.advance(2 * time.Minute)
	b.access("refused", "a2", "a3")
	b.access("another than was refused", "a2", "a3")
	if got := b.server.requests(); !slices.Equal(got, []string{"r0", "r1", "r2"}) {
		t.Errorf("asked with %q", got)
	}
	b.clock.advance(2 * time.Minute)
	if got, err := b.Fresh(t.Context(), b.account); got != "a4" || err != nil {
		t.Errorf("fresh: %s, %v", got, err)
	}
	b.Forget(b.account.ID)
	b.access("after a change", "", "a5")
}

// A refresh token that does not change is written once.
func TestNoRotation(t *testing.T) {
	b := newBench(t)
	b.server.answer = func(w http.ResponseWriter) bool {
		_, _ = io.WriteString(w, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`)
		return true
	}
	for range 3 {
		b.access("the same", "", "a")
		b.clock.advance(time.Hour)
	}
	if b.kept("the same", "r0"); b.secrets.sets != 1 {
		t.Errorf("%d writes", b.secrets.sets)
	}
}

// However many ask, one renewal goes to the server; who waits no longer does
// not end it.
func TestOneRenewalAtATime(t *testing.T) {
	b := newBench(t)
	b.server.hold = make(chan struct{})
	var group sync.WaitGroup
	for range 20 {
		group.Go(func() { b.access("together", "", "a1") })
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := b.Access(ctx, b.account, ""); !errors.Is(err, context.Canceled) {
		t.Errorf("who waits no longer: %v", err)
	}
	b.server.hold <- struct{}{}
	group.Wait()
	if got := b.server.requests(); len(got) != 1 {
		t.Errorf("asked with %q", got)
	}
}

// Before another process renews the sign-in of an account, what is under way here
// ends, and is in the keyring: a server may take each refresh token once.
func TestRestBeforeAnother(t *testing.T) {
	b := newBench(t)
	b.server.strict, b.server.hold = true, make(chan struct{})
	var group sync.WaitGroup
	group.Go(func() { b.access("under way", "", "a1") })
	b.server.hold <- struct{}{}
	if err := b.Rest(t.Context(), b.account.ID); err != nil {
		t.Error(err)
	}
	b.kept("under way", "r1", "r0")
	group.Wait()
	b.server.hold = nil

	b.clock.advance(time.Hour)
	b.secrets.become(false, true)
	b.access("with a full keyring", "", "a2")
	if _, ok := errors.AsType[*KeyringError](b.Rest(t.Context(), b.account.ID)); !ok {
		t.Error("who comes next has a token that is of no use")
	}
	b.secrets.become(false, false)
	if err := b.Rest(t.Context(), b.account.ID); err != nil {
		t.Error(err)
	}
	b.kept("with room again", "r2", "r1")
}

// The secret of a client of the user's own lies in the keyring, outlives
// renewals, and goes to the server where the account signs in.
func TestSecretOfAClient(t *testing.T) {
	b := newBench(t)
	const own = "s3cret of a client"
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if id, password, _ := r.BasicAuth(); id != "x" || password != url.QueryEscape(own) {
			t.Errorf("the client is %q, %q", id, password)
		}
		b.server.serve(w, r)
	}))
	t.Cleanup(server.Close)
	b.account = accountAt(server.URL)
	r, err := Request(t.Context(), nil, b.account, own)
	if err == nil {
		err = Save(t.Context(), b.secrets, b.account, r, oauth.Tokens{Refresh: "r0"})
	}
	if err != nil {
		t.Fatal(err)
	}
	b.restart()
	for _, want := range []string{"a1", "a2"} {
		b.access("renewed", "", want)
		b.clock.advance(time.Hour)
		if got := ClientSecret(t.Context(), b.secrets, b.account); got != own {
			t.Errorf("the keyring has %q", got)
		}
	}
	other := b.account
	other.OAuth.TokenURL = "https://evil.example/t"
	if got := ClientSecret(t.Context(), b.secrets, other); got != "" {
		t.Errorf("another server's client has the secret %q", got)
	}
}

// invalid_grant is final: the server is not asked again, until somebody has
// signed in.
func TestSignInAgain(t *testing.T) {
	b := newBench(t)
	b.server.valid = nil
	for range 3 {
		b.access("withdrawn", "", "signing in: sign-in")
	}
	if got := b.server.requests(); len(got) != 1 {
		t.Errorf("asked with %q", got)
	}
	b.server.mu.Lock()
	b.server.valid = []string{"new"}
	b.server.mu.Unlock()
	b.signIn("new")
	b.Forget(b.account.ID)
	b.access("signed in", "", "a1")
}

// The one before is tried where the newest is taken for none.
func TestTheOneBefore(t *testing.T) {
	b := newBench(t)
	b.access("the first", "", "a1")
	b.server.mu.Lock()
	b.server.valid = []string{"r0"}
	b.server.mu.Unlock()
	b.clock.advance(time.Hour)
	b.access("the one before", "", "a2")
	b.kept("what has worked", "r2", "r0")
}

// A server that does not answer, or not now, ends no sign-in.
func TestFaults(t *testing.T) {
	b := newBench(t)
	b.server.answer = func(w http.ResponseWriter) bool { w.WriteHeader(http.StatusServiceUnavailable); return true }
	b.access("busy", "", "signing in: unavailable")
	b.server.answer = nil
	b.access("no longer", "", "a1")
	b.clock.advance(time.Hour)
	b.server.Close()
	_, err := b.Access(t.Context(), b.account, "")
	if network := net.Error(nil); !errors.As(err, &network) {
		t.Errorf("gone: %v", err)
	}
	b.kept("still", "r1", "r0")
}

// A keyring that is locked or full when something has to be written loses
// nothing, as long as the process lives; and where it is locked, nothing is
// written, which would ask the user.
func TestKeyringFails(t *testing.T) {
	for name, locked := range map[string]bool{"locked": true, "full": false} {
		t.Run(name, func(t *testing.T) {
			b := newBench(t)
			b.server.strict = true
			b.server.answer = func(http.ResponseWriter) bool { b.secrets.become(locked, !locked); return false }
			sets := b.secrets.sets
			b.access("meanwhile", "", "a1")
			b.kept("meanwhile", "r0")
			b.clock.advance(time.Hour)
			b.access("still", "", "a2")
			b.kept("still", "r0")
			if locked && b.secrets.sets != sets {
				t.Error("a locked keyring was written to")
			}
			b.secrets.become(false, false)
			b.Settle(t.Context())
			b.kept("settled", "r2", "r1")
			b.clock.advance(time.Hour)
			b.access("meanwhile again", "", "a3")
			b.secrets.become(false, false)
			b.Close()
			b.kept("at the end", "r3", "r2")
		})
	}
	b := newBench(t)
	b.secrets.become(true, false)
	b.access("locked from the start", "", "the sign-in in the keyring: "+secret.ErrLocked.Error())
	b.secrets.become(false, false)
	b.access("unlocked", "", "a1")
}

// Who signs in while a renewal is under way is not overwritten by it, and what
// was removed does not come back.
func TestReplacedMeanwhile(t *testing.T) {
	b := newBench(t)
	var once sync.Once
	b.server.answer = func(http.ResponseWriter) bool {
		once.Do(func() {
			b.server.valid = append(b.server.valid, "new")
			b.signIn("new")
			b.Forget(b.account.ID)
		})
		return false
	}
	b.access("signed in meanwhile", "", "a2")
	b.kept("that of the new sign-in", "r2", "new")
	b.clock.advance(time.Hour)
	b.server.answer = func(http.ResponseWriter) bool { _ = b.secrets.Delete(t.Context(), b.account.ID); return false }
	b.access("removed meanwhile", "", ErrSignIn.Error())
	b.Settle(t.Context())
	if _, err := b.secrets.Get(t.Context(), b.account.ID); !errors.Is(err, secret.ErrNotFound) {
		t.Errorf("it came back: %v", err)
	}
}

// A grant is for one server and one program: no settings send it elsewhere.
func TestGrantGoesNowhereElse(t *testing.T) {
	b := newBench(t)
	evil := newAuthority(t)
	for name, change := range map[string]func(*settings.OAuth){
		"another endpoint": func(o *settings.OAuth) { o.TokenURL = evil.URL },
		"an issuer":        func(o *settings.OAuth) { o.Issuer = evil.URL },
		"another client":   func(o *settings.OAuth) { o.ClientID = "y" },
		"a provider":       func(o *settings.OAuth) { *o = settings.OAuth{Provider: "microsoft", ClientID: "x"} },
	} {
		a := b.account
		change(&a.OAuth)
		if _, err := b.Access(t.Context(), a, ""); !errors.Is(err, ErrSignIn) {
			t.Errorf("%s: %v", name, err)
		}
	}
	_ = b.secrets.Set(t.Context(), b.account.ID, "a password of old")
	b.access("a password", "", ErrSignIn.Error())
	_ = b.secrets.Delete(t.Context(), b.account.ID)
	b.access("nothing", "", ErrSignIn.Error())
	if got := append(evil.requests(), b.server.requests()...); len(got) != 0 {
		t.Errorf("asked with %q", got)
	}
	if IsGrant("a password of old") || !IsGrant(grant{}.String()) {
		t.Error("a grant cannot be told from a password")
	}
}

// However a server says how long a token lasts: one that has ended is not handed
// out, one that lasts for seconds costs no renewal each, and one that is refused
// right away costs one.
func TestOddLifetimes(t *testing.T) {
	for said, test := range map[string]struct {
		after time.Duration
		want  int // renewals, the first included
	}{
		`,"expires_in":0`:              {48 * time.Hour, 1}, // the mail server will tell
		`,"expires_in":-5`:             {48 * time.Hour, 1},
		`,"expires_in":"soon"`:         {48 * time.Hour, 1},
		``:                             {48 * time.Hour, 1},
		`,"expires_in":1e300`:          {48 * time.Hour, 1},
		`,"expires_in":"3600"`:         {time.Hour, 2},
		`,"expires_in":3600.5`:         {50 * time.Minute, 1},
		`,"expires_in":30`:             {20 * time.Second, 1},
		`,"expires_in":"30.5"`:         {31 * time.Second, 2},
		`,"expires_in":60,"x":"later"`: {59 * time.Second, 1},
	} {
		b := newBench(t)
		n := 0
		b.server.answer = func(w http.ResponseWriter) bool {
			n++
			_, _ = fmt.Fprintf(w, `{"access_token":"a%d","token_type":"Bearer"%s}`, n, said)
			return true
		}
		b.access(said, "", "a1")
		b.access(said+", refused at once", "a1", "a1")
		b.clock.advance(test.after)
		b.access(said+", later", "", fmt.Sprint("a", test.want))
		if got := len(b.server.requests()); got != test.want {
			t.Errorf("%s: %d renewals, want %d", said, got, test.want)
		}
	}
}

// A clock that is set forwards costs a renewal, and one that is set back none.
func TestClockIsSet(t *testing.T) {
	b := newBench(t)
	b.access("the first", "", "a1")
	b.clock.advance(time.Hour)
	b.access("an hour ahead", "", "a2")
	b.clock.advance(-2 * time.Hour)
	b.access("an hour behind", "", "a2")
	if !b.lasts(time.Time{}) {
		t.Error("a token whose end is not known")
	}
}

// All that the keyring has is revoked, and nothing where nobody has signed in.
func TestRevoke(t *testing.T) {
	var revoked []string
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		revoked = append(revoked, r.PostFormValue("token"))
	}))
	defer server.Close()
	a := settings.Account{ID: "a", OAuth: settings.OAuth{Provider: settings.OAuthCustom, ClientID: "c", TokenURL: server.URL, RevokeURL: server.URL}}
	secrets := secret.Memory(nil)
	if err := Revoke(t.Context(), nil, secrets, a); err != nil || len(revoked) != 0 {
		t.Errorf("nobody has signed in: %v, %q", err, revoked)
	}
	g := grant{Server: ServerOf(a), Client: "c", Refresh: []string{"new", "old"}}
	if err := secrets.Set(t.Context(), a.ID, g.String()); err != nil {
		t.Fatal(err)
	}
	if err := Revoke(t.Context(), nil, secrets, a); err != nil || !slices.Equal(revoked, []string{"new", "old"}) {
		t.Errorf("%v, %q", err, revoked)
	}
	if !Revokes(a) || Revokes(settings.Account{OAuth: settings.OAuth{Provider: "microsoft"}}) || !Revokes(settings.Account{OAuth: settings.OAuth{Provider: "google"}}) {
		t.Error("who revokes is another")
	}
	// A file that was imported, or edited by somebody, may name another server.
	revoked = nil
	var stolen []string
	evil := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		stolen = append(stolen, r.PostFormValue("token"))
	}))
	defer evil.Close()
	for name, save := range map[string]func() error{
		"signed in at endpoints": func() error {
			return Save(t.Context(), secrets, a, oauth.Request{Server: oauth.Server{Token: a.OAuth.TokenURL, Revoke: a.OAuth.RevokeURL}, Client: oauth.Client{ID: "c"}}, oauth.Tokens{Refresh: "new"})
		},
		"no endpoints are known": func() error { return secrets.Set(t.Context(), a.ID, g.String()) },
	} {
		other := a
		other.OAuth.RevokeURL = evil.URL
		if err := save(); err != nil {
			t.Fatal(err)
		}
		if refused, ok := errors.AsType[*oauth.Error](Revoke(t.Context(), nil, secrets, other)); !ok || refused.Reason != oauth.OtherServer || len(stolen) != 0 {
			t.Errorf("%s: revoked elsewhere: %v, %q", name, refused, stolen)
		}
		if err := Revoke(t.Context(), nil, secrets, a); err != nil || len(revoked) == 0 || revoked[0] != "new" {
			t.Errorf("%s: %v, %q", name, err, revoked)
		}
		revoked = nil
	}
	a.OAuth.RevokeURL = ""
	if refused, ok := errors.AsType[*oauth.Error](Revoke(t.Context(), nil, secrets, a)); !ok || refused.Reason != oauth.NoRevoke {
		t.Errorf("a server that cannot: %v", refused)
	}
}

// What an issuer publishes later sends the tokens nowhere else.
func TestIssuerMovesItsEndpoint(t *testing.T) {
	evil := newAuthority(t)
	issuer := httptest.NewServer(nil)
	defer issuer.Close()
	token, asked := issuer.URL+"/t", 0
	issuer.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		if r.URL.Path == "/t" {
			asked++
			_, _ = w.Write([]byte(`{"access_token":"a","token_type":"Bearer"}`))
			return
		}
		_, _ = fmt.Fprintf(w, `{"issuer":%[1]q,"authorization_endpoint":"%[1]s/a","token_endpoint":%[2]q,"revocation_endpoint":%[2]q}`, issuer.URL, token)
	})
	b := newBench(t)
	a := b.account
	a.OAuth = settings.OAuth{Provider: settings.OAuthCustom, Issuer: issuer.URL, ClientID: "x", Scope: "mail"}
	r, err := Request(t.Context(), nil, a, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := Save(t.Context(), b.secrets, a, r, oauth.Tokens{Refresh: "r"}); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Fresh(t.Context(), a); err != nil || asked != 1 {
		t.Errorf("where it was: %v", err)
	}
	token = evil.URL + "/t"
	b.clock.advance(time.Hour)
	if _, err := b.Fresh(t.Context(), a); !errors.Is(err, ErrSignIn) {
		t.Errorf("elsewhere: %v", err)
	}
	if err := Revoke(t.Context(), http.DefaultClient, b.secrets, a); err == nil {
		t.Error("it is revoked elsewhere")
	}
	if got := evil.requests(); len(got) != 0 {
		t.Errorf("asked with %q", got)
	}
}
