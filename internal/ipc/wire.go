package ipc

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/api"
)

const (
	maxMessage   = 8 << 20 // octets of one message
	maxInFlight  = 16      // requests of one connection at a time
	maxConns     = 64      // connections at a time
	maxWindows   = 16      // windows among them: two on each display
	helloTimeout = 5 * time.Second
	writeTimeout = 10 * time.Second
	// messageTimeout is link.within of what clients send.
	messageTimeout = 10 * time.Second
	// Accepting is tried again after pauses that grow between these.
	minAcceptPause = 10 * time.Millisecond
	maxAcceptPause = time.Second
	floodPause     = time.Minute      // between two lines of the log about too many connections
	pendingOpen    = 20 * time.Second // how long a window that was started may take to ask for its request
	comeUp         = 20 * time.Second // how long it may then take to be on the screen
)

// Errors of Dial and of broken connections.
var (
	// ErrNotRunning: nobody listens.
	ErrNotRunning = errors.New("traymail is not running")
	// ErrNoAnswer: somebody listens and says nothing.
	ErrNoAnswer = errors.New("the running traymail does not answer")
	// ErrVersion: the other end is another version of traymail.
	ErrVersion = errors.New("another version of traymail is running; quit it and start it again")
	// ErrClosed: the connection ended before the answer came.
	ErrClosed = errors.New("the running traymail has ended")
)

// hello is the first message, both ways.
type hello struct {
	Traymail int    `json:"traymail"`
	Version  string `json:"version"`
}

type request struct {
	ID     uint64          `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params,omitempty"`
}

// reply is an answer to a request, or, without ID, an event.
type reply struct {
	ID     uint64          `json:"id,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  *api.Problem    `json:"error,omitempty"`
	Event  *Event          `json:"event,omitempty"`
}

// becomeReply answers "become".
type becomeReply struct {
	Became bool        `json:"became"`
	Open   OpenRequest `json:"open"`
}

// link is a connection that carries messages, one line each.
type link struct {
	conn net.Conn
	r    *bufio.Reader
	mu   sync.Mutex // serialises writers

	// within is how long the rest of a message may take that has begun and is
	// longer than the buffer; 0: for ever. Before one begins, a connection may
	// rest in any case.
	within time.Duration
	// room is for messages that are longer than the buffer; nil is any amount.
	room    *room
	reading sync.Mutex // protects ended, and the deadline of reads
	ended   bool
	theirs  string // the version of the program at the other end, if it says so
}

func newLink(conn net.Conn) *link { return &link{conn: conn, r: bufio.NewReader(conn)} }

// room bounds what all connections of a server have read of messages that are
// not complete yet: each may be long, but not all at once.
type room struct {
	mu   sync.Mutex
	left int
}

func newRoom() *room { return &room{left: maxMessage} }

// take takes n octets, or gives back -n, and says whether there were as many.
func (r *room) take(n int) bool {
	if r == nil {
		return true
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if n > r.left {
		return false
	}
	r.left -= n
	return true
}

// errTooLarge: a message has more than maxMessage octets. None of it was
// written, and the connection goes on.
var errTooLarge = errors.New("a message is too large for the local socket")

// encode is json.Marshal without the escapes that HTML needs, which would make
// the text of mail several times as long.
func encode(v any) (json.RawMessage, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

func (l *link) write(v any) error {
	raw, err := encode(v)
	if err != nil {
		return err
	}
	if len(raw) >= maxMessage {
		return fmt.Errorf("%w: %d octets", errTooLarge, len(raw))
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := l.conn.SetWriteDeadline(time.Now().Add(writeTimeout)); err != nil {
		return err
	}
	_, err = l.conn.Write(append(raw, '\n'))
	return err
}

// read reads one message into v.
func (l *link) read(v any) error {
	var line []byte
	taken := 0
	defer func() { l.room.take(-taken) }()
	for part := false; ; part = true {
		piece, err := l.r.ReadSlice('\n')
		if len(line)+len(piece) > maxMessage {
			return errTooLarge
		}
		if part || errors.Is(err, bufio.ErrBufferFull) {
			if !l.room.take(len(piece)) {
				return errTooLarge
			}
			taken += len(piece)
		}
		line = append(line, piece...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			if part && err == nil {
				err = l.readBy(time.Time{})
			}
			if err != nil {
				return err
			}
			return json.Unmarshal(line, v)
		}
		if !part && l.within > 0 {
			if err := l.readBy(time.Now().Add(l.within)); err != nil {
				return err
			}
		}
	}
}

// readBy sets the deadline of reads, unless they have been ended.
func (l *link) readBy(deadline time.Time) error {
	l.reading.Lock()
	defer l.reading.Unlock()
	if l.ended {
		return net.ErrClosed
	}
	return l.conn.SetReadDeadline(deadline)
}

// endReads ends the read under way and all later ones.
func (l *link) endReads() {
	l.reading.Lock()
	defer l.reading.Unlock()
	l.ended = true
	_ = l.conn.SetReadDeadline(time.Now())
}

// greet exchanges versions.
func (l *link) greet(version string) error {
	if err := l.readBy(time.Now().Add(helloTimeout)); err != nil {
		return err
	}
	if err := l.write(hello{Version, version}); err != nil {
		return err
	}
	var theirs hello
	if err := l.read(&theirs); err != nil {
		return fmt.Errorf("greeting: %w", err)
	}
	if theirs.Traymail != Version {
		return &VersionError{theirs.Traymail}
	}
	l.theirs = theirs.Version
	return l.readBy(time.Time{})
}

// VersionError is an ErrVersion.
type VersionError struct {
	Protocol int // the other end's Version
}

func (e *VersionError) Error() string { return ErrVersion.Error() }

// Is implements errors.Is.
func (e *VersionError) Is(target error) bool { return target == ErrVersion }

// problem turns an error into what crosses the wire.
func problem(err error) *api.Problem {
	var known *api.ProblemError
	if errors.As(err, &known) {
		return &known.Problem
	}
	if errors.Is(err, api.ErrNoAccount) {
		return &api.Problem{Kind: api.KindConfig, Code: api.CodeNoAccount, Text: err.Error()}
	}
	if errors.Is(err, errTooLarge) {
		return tooMuch()
	}
	return &api.Problem{Kind: api.KindInternal, Text: err.Error()}
}

// tooMuch is what the user can do about errTooLarge: ask for less.
func tooMuch() *api.Problem { return &api.Problem{Kind: api.KindInternal, Code: api.CodeTooMuch} }

// asError is its inverse.
func asError(p *api.Problem) error {
	if p.Code == api.CodeNoAccount {
		return api.ErrNoAccount
	}
	return &api.ProblemError{Problem: *p}
}
