package oauth

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"golang.org/x/oauth2"

	"github.com/traymail/traymail/internal/loopback"
)

// SignIn is a sign-in that is under way in a browser.
type SignIn struct {
	request  Request
	config   *oauth2.Config
	redirect *url.URL
	state    string
	verifier string
	page     func(error) string

	listeners []net.Listener
	server    *http.Server

	// answer takes the one answer there is.
	once   sync.Once
	answer chan answer
	// done is closed once outcome, which the browser is shown, is known.
	ending  sync.Once
	done    chan struct{}
	outcome error
}

// answer is what the browser brought back: a code, or an error.
type answer struct {
	code string
	err  error
}

// Begin listens on this computer for the browser, which is to be sent to URL.
// page makes the HTML that it shows at the end, for a sign-in that has brought
// tokens (nil), with which the caller has yet to do something, or failed; it is
// shown as it is. The caller ends by Wait or Close.
func Begin(r Request, page func(error) string) (*SignIn, error) {
	if r.Server.Authorize == "" {
		return nil, fmt.Errorf("%w: no authorization endpoint", errServer)
	}
	redirect, err := url.Parse(r.Server.Redirect)
	if err != nil || redirect.Scheme != "http" || !loopback.Is(redirect.Hostname()) || redirect.Port() != "" {
		return nil, fmt.Errorf("%w: a redirection that is not to this computer", errServer)
	}
	s := &SignIn{request: r, redirect: redirect, state: rand.Text(), verifier: oauth2.GenerateVerifier(), page: page, answer: make(chan answer, 1), done: make(chan struct{})}
	if err := s.listen(); err != nil {
		return nil, err
	}
	if s.config, err = r.config(redirect.String()); err != nil {
		s.Close()
		return nil, err
	}
	s.server = &http.Server{Handler: s, ReadTimeout: 10 * time.Second, WriteTimeout: answerTime + 10*time.Second, MaxHeaderBytes: 64 << 10}
	for _, l := range s.listeners {
		go func() { _ = s.server.Serve(l) }()
	}
	return s, nil
}

// listen takes one port on both addresses of this computer: a browser may take
// either for "localhost", and nobody else must be there.
func (s *SignIn) listen() error {
	var config net.ListenConfig
	config.Control = exclusive
	const tries = 20
	for range tries {
		four, err := config.Listen(context.Background(), "tcp4", "127.0.0.1:0")
		if err != nil {
			return fmt.Errorf("%w: %w", &Error{Reason: NoPort}, err)
		}
		port := four.Addr().(*net.TCPAddr).Port
		six, err := config.Listen(context.Background(), "tcp6", net.JoinHostPort("::1", strconv.Itoa(port)))
		if err != nil && taken(err) {
			_ = four.Close()
			continue
		}
		s.listeners = []net.Listener{four}
		if err == nil { // else this computer has no IPv6
			s.listeners = append(s.listeners, six)
		}
		s.redirect.Host = net.JoinHostPort(s.redirect.Hostname(), strconv.Itoa(port))
		return nil
	}
	return &Error{Reason: NoPort}
}

// URL is where the browser has to go. It has no secret in it.
func (s *SignIn) URL() string {
	options := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(s.verifier)}
	if s.request.Address != "" {
		options = append(options, oauth2.SetAuthURLParam("login_hint", s.request.Address))
	}
	for name, value := range s.request.Server.Params {
		options = append(options, oauth2.SetAuthURLParam(name, value))
	}
	return s.config.AuthCodeURL(s.state, options...)
}

// Wait waits for the browser and turns its code into tokens. It returns after
// Timeout at the latest, and ends the sign-in.
func (s *SignIn) Wait(ctx context.Context) (Tokens, error) {
	t, err := s.wait(ctx)
	s.end(err)
	s.Close() //nolint:contextcheck // the page is written even if ctx has ended
	return t, err
}

func (s *SignIn) wait(ctx context.Context) (Tokens, error) {
	deadline, cancel := context.WithTimeoutCause(ctx, Timeout, &Error{Reason: TimedOut})
	defer cancel()
	var a answer
	select {
	case a = <-s.answer:
	case <-deadline.Done():
		return Tokens{}, context.Cause(deadline)
	}
	if a.err != nil {
		return Tokens{}, a.err
	}
	ctx = s.request.with(ctx)
	token, err := s.config.Exchange(ctx, a.code, oauth2.VerifierOption(s.verifier))
	if err != nil {
		err = fault(ctx, err)
		// A code that is refused was never good for a sign-in.
		if e := (*Error)(nil); errors.As(err, &e) && e.Code == "invalid_grant" {
			e.Reason = BadCode
		}
		return Tokens{}, err
	}
	return s.request.signedIn(token)
}

// Close ends the sign-in. Who waits gets context.Canceled.
func (s *SignIn) Close() {
	s.take(answer{err: context.Canceled})
	s.end(context.Canceled)
	if s.server != nil {
		// The browser gets its page first.
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if s.server.Shutdown(ctx) == nil {
			return
		}
		_ = s.server.Close()
	}
	for _, l := range s.listeners {
		_ = l.Close()
	}
}

// take takes the one answer there is, and says whether this was it.
func (s *SignIn) take(a answer) (first bool) {
	s.once.Do(func() {
		s.answer <- a
		first = true
	})
	return first
}

// end says how the sign-in has ended, unless that is known.
func (s *SignIn) end(outcome error) {
	s.ending.Do(func() {
		s.outcome = outcome
		close(s.done)
	})
}

// errForeign is an answer to another question, or none at all.
var errForeign = errors.New("this is not the answer to this sign-in")

// Paste takes the address to which the browser was sent back, where that runs
// on another computer and so found nobody there.
func (s *SignIn) Paste(address string) error {
	u, err := url.Parse(address)
	if err != nil || len(address) > maxAnswer || u.Scheme != s.redirect.Scheme || u.Host != s.redirect.Host || cmp.Or(u.Path, "/") != cmp.Or(s.redirect.Path, "/") {
		return errForeign
	}
	if q := u.Query(); !q.Has("code") && !q.Has("error") {
		return errForeign // a part of it was lost
	}
	a, err := s.read(u.RawQuery)
	if err != nil {
		return err
	}
	s.take(a)
	return nil
}

// read reads the parameters of a redirection (RFC 6749, section 4.1.2; RFC
// 9207). The error is errForeign if they are of no use; then the sign-in waits on.
func (s *SignIn) read(query string) (answer, error) {
	values, err := url.ParseQuery(query)
	if err != nil {
		return answer{}, errForeign
	}
	for _, v := range values {
		if len(v) != 1 { // RFC 6749, section 3.1
			return answer{}, errForeign
		}
	}
	if subtle.ConstantTimeCompare([]byte(values.Get("state")), []byte(s.state)) != 1 {
		return answer{}, errForeign
	}
	server := s.request.Server
	issuer, named := values.Get("iss"), values.Has("iss")
	code := values.Get("code")
	switch {
	case server.NamesIssuer && !named, named && server.Issuer != "" && issuer != server.Issuer:
		return answer{err: &Error{Reason: OtherServer}}, nil
	case values.Has("error"):
		return answer{err: refusal(values.Get("error"), values.Get("error_description"))}, nil
	case code == "" || !printable(code):
		return answer{err: &Error{Reason: BadAnswer}}, nil
	}
	return answer{code: code}, nil
}

// ServeHTTP takes the browser's answer, once.
func (s *SignIn) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Cache-Control", "no-store")
	header.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'")
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("X-Content-Type-Options", "nosniff")
	// A page on the web can have the browser ask here, but not under this name
	// (DNS rebinding), and not with the state.
	switch {
	case r.Host != s.redirect.Host:
		w.WriteHeader(http.StatusMisdirectedRequest)
		return
	case r.URL.Path != cmp.Or(s.redirect.Path, "/"):
		w.WriteHeader(http.StatusNotFound)
		return
	case r.Method != http.MethodGet:
		w.WriteHeader(http.StatusMethodNotAllowed)
		return
	}
	a, err := s.read(r.URL.RawQuery)
	if err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	if !s.take(a) {
		w.WriteHeader(http.StatusGone)
		return
	}
	if a.err == nil { // a code that may be worth nothing
		select {
		case <-s.done:
			a.err = s.outcome
		case <-r.Context().Done():
			return
		}
	}
	_, _ = io.WriteString(w, s.page(a.err))
}
