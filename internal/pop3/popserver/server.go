// Package popserver is a POP3 server in memory, for the demo, for tests, and
// for faults that no real server would show on demand. It serves maildrops
// that it is handed; it must never touch a file or listen beyond loopback.
package popserver

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"sync"
	"time"
)

// Options say what the server is like. The zero value is a modern server
// without TLS that does not pipeline.
type Options struct {
	// Users maps user names to passwords.
	Users map[string]string
	// Token, if it is not nil, says which access tokens are a user's: then
	// XOAUTH2 is offered.
	Token func(user, token string) bool
	// TLS is used from the first byte if Implicit, else after STLS; nil is none.
	TLS      *tls.Config
	Implicit bool
	// Pipelining is offered in CAPA.
	Pipelining bool
	// NoCAPA, NoUIDL, NoTOP and NoPlain leave commands out.
	NoCAPA, NoUIDL, NoTOP, NoPlain bool
	// Capabilities are further lines of CAPA.
	Capabilities []string
	// Mood may be nil, which is a good mood.
	Mood Mood
}

// Override is what a mood answers instead of the truth.
type Override struct {
	// Raw is sent as it is, line ends included.
	Raw string
	// Close ends the connection after Raw.
	Close bool
	// Stall says nothing more until the client or the server closes.
	Stall bool
	// Endless is sent after Raw again and again, until the connection ends.
	Endless string
	// Drip is the pause before each octet of Raw.
	Drip time.Duration
}

// Server holds maildrops and serves them. It is safe for concurrent use.
type Server struct {
	options Options

	mu        sync.Mutex
	mood      Mood
	greeting  string
	drops     map[string]*Maildrop
	listeners map[net.Listener]bool
	conns     map[net.Conn]bool
	closed    bool
	commands  []string
	logins    int
	failed    int
	changed   chan struct{} // closed and replaced at every change of the above
	group     sync.WaitGroup
}

// New returns a server with an empty maildrop for every user.
func New(o Options) *Server {
	s := &Server{
		options: o, mood: o.Mood, greeting: "+OK traymail test server ready", drops: map[string]*Maildrop{},
		listeners: map[net.Listener]bool{}, conns: map[net.Conn]bool{}, changed: make(chan struct{}),
	}
	for user := range o.Users {
		s.drops[user] = newMaildrop()
	}
	return s
}

// Maildrop returns the maildrop of a user of Options.Users.
func (s *Server) Maildrop(user string) *Maildrop { return s.drops[user] }

// SetMood replaces Options.Mood; nil is a good mood.
func (s *Server) SetMood(mood Mood) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.mood = mood
}

// SetGreeting replaces the line that sessions begin with.
func (s *Server) SetGreeting(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.greeting = line
}

// SetPassword changes a user's password.
func (s *Server) SetPassword(user, password string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.options.Users[user] = password
}

// ListenAndServeLoopback serves on a free port of 127.0.0.1, which it
// returns as HOST:PORT, until Close.
func (s *Server) ListenAndServeLoopback() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	s.group.Go(func() { _ = s.Serve(l) })
	return l.Addr().String(), nil
}

// ErrClosed is what Serve returns after Close.
var ErrClosed = errors.New("popserver: closed")

// Serve accepts connections on l until Close.
func (s *Server) Serve(l net.Listener) error {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = l.Close()
		return ErrClosed
	}
	s.listeners[l] = true
	s.mu.Unlock()
	for {
		conn, err := l.Accept()
		if err != nil {
			s.mu.Lock()
			defer s.mu.Unlock()
			delete(s.listeners, l)
			if s.closed {
				return ErrClosed
			}
			return err
		}
		s.group.Go(func() { s.ServeConn(conn) })
	}
}

// ServeConn serves one connection until it ends.
func (s *Server) ServeConn(conn net.Conn) {
	s.mu.Lock()
	if s.closed {
		s.mu.Unlock()
		_ = conn.Close()
		return
	}
	s.conns[conn] = true
	s.mu.Unlock()
	defer func() {
		_ = conn.Close()
		s.mu.Lock()
		delete(s.conns, conn)
		s.mu.Unlock()
	}()
	newSession(s, conn).serve()
}

// Close ends all listeners and sessions, and returns when they have ended.
func (s *Server) Close() error {
	s.mu.Lock()
	s.closed = true
	var errs []error
	for l := range s.listeners {
		errs = append(errs, l.Close())
	}
	for conn := range s.conns {
		_ = conn.Close()
	}
	s.mu.Unlock()
	s.group.Wait()
	return errors.Join(errs...)
}

// note keeps a command line without what follows PASS and AUTH.
func (s *Server) note(line string) {
	keyword, _, secret := strings.Cut(line, " ")
	if secret && (keyword == "PASS" || keyword == "AUTH") {
		line = keyword + " ***"
	}
	s.update(func() { s.commands = append(s.commands, line) })
}

func (s *Server) update(f func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	f()
	close(s.changed)
	s.changed = make(chan struct{})
}

// Commands are all command lines so far, of every session.
func (s *Server) Commands() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.commands...)
}

// ResetCommands forgets the commands so far.
func (s *Server) ResetCommands() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.commands = nil
}

// Logins and FailedLogins count what came of credentials.
func (s *Server) Logins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.logins
}

// FailedLogins counts the credentials that were refused.
func (s *Server) FailedLogins() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.failed
}

// WaitLogins returns when at least n logins have succeeded, or ctx has ended.
func (s *Server) WaitLogins(ctx context.Context, n int) error {
	for {
		s.mu.Lock()
		logins, changed := s.logins, s.changed
		s.mu.Unlock()
		if logins >= n {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
		}
	}
}
