package pop3_test

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// faulty is a connection on which something happens after so many octets
// from the server.
type faulty struct {
	net.Conn
	left    int
	what    string
	stalled context.CancelFunc
	garbage *rand.ChaCha8
	hit     bool
}

func (f *faulty) Read(p []byte) (int, error) {
	if f.left > 0 {
		n, err := f.Conn.Read(p[:min(len(p), f.left)])
		f.left -= n
		return n, err
	}
	f.hit = true
	switch f.what {
	case "cut":
		return 0, io.EOF
	case "stall":
		f.stalled() // as its deadline would, but without the wait
		_, err := io.Copy(io.Discard, f.Conn)
		if err == nil {
			err = io.EOF
		}
		return 0, err
	}
	return f.garbage.Read(p)
}

// session is one of everything: it returns what was confirmed before it ended.
func session(ctx context.Context, conn net.Conn, cfg pop3.Config) (deleting, deleted bool, err error) {
	c, err := pop3.New(ctx, conn, cfg)
	if err != nil {
		return false, false, err
	}
	defer func() { _ = c.Close() }()
	if err := c.Login(ctx, pop3.Credentials{User: "me", Password: "hunter2"}, nil); err != nil {
		return false, false, err
	}
	if _, err := c.Stat(ctx); err != nil {
		return false, false, err
	}
	for _, err := range c.UIDLs(ctx) {
		if err != nil {
			return false, false, err
		}
	}
	for _, open := range []func() (io.ReadCloser, error){
		func() (io.ReadCloser, error) { return c.Top(ctx, 1, 0) },
		func() (io.ReadCloser, error) { return c.Retr(ctx, 1) },
	} {
		r, err := open()
		if err != nil {
			return false, false, err
		}
		if _, err := io.Copy(io.Discard, r); err != nil {
			return false, false, err
		}
		if err := r.Close(); err != nil {
			return false, false, err
		}
	}
	if err := c.Dele(ctx, 1); err != nil {
		return false, false, err
	}
	err = c.Quit(ctx)
	return true, err == nil, err
}

// A full session is cut, stalled and answered with garbage after every single
// octet of the server. Each ends in a typed error at once, or well, and
// nothing is deleted that was not asked for to the end (S10).
func TestFaultAfterEveryOctet(t *testing.T) {
	identity, err := popserver.NewIdentity("localhost")
	if err != nil {
		t.Fatal(err)
	}
	for _, security := range []string{"cleartext", "tls"} {
		for _, what := range []string{"cut", "stall", "garbage"} {
			t.Run(security+", "+what, func(t *testing.T) {
				t.Parallel()
				var runs int
				for hit := true; hit; runs++ {
					hit = faultAfter(t, identity, security, what, runs)
					if t.Failed() {
						t.Fatalf("after octet %d", runs)
					}
				}
				if runs < 200 {
					t.Errorf("only %d octets", runs)
				}
			})
		}
	}
}

func faultAfter(t *testing.T, identity *popserver.Identity, security, what string, octets int) (hit bool) {
	options := popserver.Options{Users: map[string]string{"me": "hunter2"}, Pipelining: true}
	cfg := pop3.Config{
		Host: "localhost", Security: pop3.Cleartext, CommandTimeout: time.Minute,
		MaxMessages: 100, MaxBody: 64 << 10,
	}
	if security == "tls" {
		options.TLS, options.Implicit = identity.ServerTLS(), true
		cfg.Security, cfg.RootCAs = pop3.ImplicitTLS, identity.Roots
	}
	server := popserver.New(options)
	server.Maildrop("me").Deliver([]byte("Subject: one\n\n.dot\nend\n"))
	server.Maildrop("me").Deliver([]byte("Subject: two\n\nhello\n"))

	client, theirs := connection(t)
	served := make(chan struct{})
	go func() {
		server.ServeConn(theirs)
		close(served)
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var seed [32]byte
	copy(seed[:], strconv.Itoa(octets))
	conn := &faulty{Conn: client, left: octets, what: what, stalled: cancel, garbage: rand.NewChaCha8(seed)}
	deleting, deleted, err := session(ctx, conn, cfg)
	_ = client.Close()
	<-served
	_ = server.Close()

	var e *pop3.Error
	switch {
	case err == nil && !deleted:
		t.Error("no error, and not done")
	case err != nil && !errors.As(err, &e):
		t.Errorf("an error without a type: %v", err)
	case err != nil && !e.Fatal() && what != "garbage": // garbage may look like an -ERR
		t.Errorf("not a fault: %v", err)
	case err != nil && strings.Contains(err.Error(), "hunter2"):
		t.Errorf("the error shows the password: %v", err)
	case err != nil && e.Code == pop3.CodeTimeout:
		t.Errorf("it took until the deadline: %v", err)
	}
	switch left := len(server.Maildrop("me").Messages()); {
	case left == 2 && deleted:
		t.Error("a deletion was confirmed that did not happen")
	case left < 2 && !deleting:
		t.Error("a deletion happened that was not asked for to the end")
	case left < 1:
		t.Error("more was deleted than was asked for")
	}
	return conn.hit
}

// connection is a pair of connected sockets.
func connection(t *testing.T) (ours, theirs net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	if ours, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if theirs, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	return ours, theirs
}

// What a hostile server sends without end costs a bounded amount of memory (S9).
func TestEndlessAnswersAreBounded(t *testing.T) {
	const most = 16 << 20
	for name, test := range map[string]struct {
		first, endless string
	}{
		"greeting":        {"", "+OK "},
		"capabilities":    {"+OK\r\n+OK\r\n", "X-ENDLESS\r\n"},
		"one capability":  {"+OK\r\n+OK\r\n", "X"},
		"rows":            {"+OK\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 1000000 1\r\n+OK\r\n", "1 abcdefghijklmnop\r\n"},
		"a row":           {"+OK\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 1 1\r\n+OK\r\n", "1"},
		"dots":            {"+OK\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 1 1\r\n+OK\r\n", ".."},
		"blank lines":     {"+OK\r\n", "\r\n"},
		"ANSI and NUL":    {"+OK\r\n", "-ERR \x1b[2J\x00\u202e"},
		"a header of TOP": {"+OK\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 1 1\r\n+OK\r\n1 a\r\n.\r\n+OK\r\n", "Subject: x\r\n "},
	} {
		t.Run(name, func(t *testing.T) {
			var peak atomic.Uint64
			base := heap()
			conn := &endless{first: []byte(test.first), rest: []byte(strings.Repeat(test.endless, 4096)), watch: func() {
				if now := heap(); now > base && now-base > peak.Load() {
					peak.Store(now - base)
				}
			}}
			_, _, err := session(t.Context(), conn, pop3.Config{Host: "localhost", Security: pop3.Cleartext})
			if !pop3.IsFatal(err) {
				t.Errorf("got %v", err)
			}
			if peak.Load() > most {
				t.Errorf("%d MB", peak.Load()>>20)
			}
		})
	}
}

func heap() uint64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// endless is a server that listens to nothing and never stops.
type endless struct {
	net.Conn
	first, rest []byte
	reads       int
	watch       func()
}

func (e *endless) Read(p []byte) (int, error) {
	if e.reads++; e.reads%4096 == 0 {
		e.watch()
	}
	if len(e.first) > 0 {
		// A line at a time: an answer before its question would be refused.
		n := copy(p, e.first[:strings.IndexByte(string(e.first), '\n')+1])
		e.first = e.first[n:]
		return n, nil
	}
	return copy(p, e.rest), nil
}

func (e *endless) Write(p []byte) (int, error)      { return len(p), nil }
func (e *endless) Close() error                     { return nil }
func (e *endless) SetDeadline(time.Time) error      { return nil }
func (e *endless) SetReadDeadline(time.Time) error  { return nil }
func (e *endless) SetWriteDeadline(time.Time) error { return nil }
