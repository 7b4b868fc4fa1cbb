package pop3

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"
)

// Client is a session with a POP3 server. It is not safe for concurrent use,
// except for Close.
type Client struct {
	cfg  Config
	conn net.Conn
	r    *bufio.Reader
	// redial opens another connection; nil where the caller brought its own.
	redial func(context.Context) (net.Conn, error)

	hints Hints
	caps  Capabilities
	// fault is what ended the session; every later call returns it.
	fault error
	// body is the multi-line response being read, if any.
	body *body
	// refused is what the server has said of a token.
	refused  refusedToken
	loggedIn bool
	// challenged: the next line of Exchange continues an AUTH.
	challenged bool
	// misspelt: the last status was +ERR.
	misspelt bool
	// bare: the last line of a status ended in LF alone (P1).
	bare bool
	// awaited are the responses to come after the one that is read.
	awaited int
	// patience is how long the next octets may take.
	patience time.Duration
	progress progress
	// private is what nothing that leaves may repeat, even if the server does (S8).
	private redactor
	metrics Metrics
	// timestamp of the greeting, for APOP; empty without a valid one.
	timestamp string

	mu     sync.Mutex // guards what follows against watch and Close
	raw    net.Conn   // the connection below TLS
	closed bool
}

// Metrics count what a session cost.
type Metrics struct {
	// RoundTrips are the writes after the greeting whose responses were
	// awaited; QUIT is not counted.
	RoundTrips int
	// Sent and Received are octets of POP3, before encryption.
	Sent     int64
	Received int64
}

// TLS returns the state of the encrypted connection, or nil.
func (c *Client) TLS() *tls.ConnectionState {
	if secured, ok := c.conn.(*tls.Conn); ok {
		state := secured.ConnectionState()
		return &state
	}
	return nil
}

// Anonymous says that the names in the server's certificate are not to be
// shown, for they repeat a secret (S8).
func (c *Client) Anonymous() bool {
	state := c.TLS()
	return state != nil && len(state.PeerCertificates) > 0 && c.private.certificate(state.PeerCertificates[0])
}

// Hints are what this session learned, for the next one.
func (c *Client) Hints() Hints {
	h := c.hints
	h.Capabilities = c.private.without(h.Capabilities)
	return h
}

// Capabilities are those of this session, or of the hints.
func (c *Client) Capabilities() Capabilities { return c.private.without(c.caps) }

// Metrics returns what the session has cost so far.
func (c *Client) Metrics() Metrics { return c.metrics }

// Close ends the session at once, without QUIT: nothing is deleted. It may be
// called at any time and more than once.
func (c *Client) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.raw == nil {
		return nil
	}
	c.closed = true
	// Not the TLS connection: it would wait to say goodbye.
	return c.raw.Close()
}

// poison ends the session after a fault.
func (c *Client) poison(err error) error {
	c.private.vet(err)
	if c.fault == nil {
		c.fault = err
		c.trace(TraceNote, "ended: "+err.Error())
	}
	_ = c.Close()
	return err
}

// settle poisons the session if err is a fault, and returns err.
func (c *Client) settle(err error) error {
	if IsFatal(err) {
		return c.poison(err)
	}
	return err
}

// trace tells the transcript and the hook of a line.
func (c *Client) trace(kind TraceKind, line string) { c.cfg.trace(&c.private, kind, line) }

// keep lets nothing out that repeats a secret, or the line that it ends.
func (c *Client) keep(line, secret string) {
	c.private.hidden(line, secret)
	c.cfg.Transcript.keep(func(r *redactor) { r.hidden(line, secret) })
}

// watch closes the connection as soon as ctx ends, until the function it
// returns is called.
func (c *Client) watch(ctx context.Context) (stop func()) {
	cancelled := context.AfterFunc(ctx, func() { _ = c.Close() })
	return func() { cancelled() }
}

// wire is the connection as the reader and writer see it: counted, and with a
// deadline on every single read and write (P3).
type wire Client

func (w *wire) Read(p []byte) (int, error) {
	begun := time.Now()
	if err := w.conn.SetReadDeadline(begun.Add(w.progress.left(w.patience))); err != nil {
		return 0, err
	}
	n, err := w.conn.Read(p)
	w.metrics.Received += int64(n)
	w.progress.took(time.Since(begun), n)
	if n == 0 && isTimeout(err) && w.progress.stalled() {
		err = errStalled
	}
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	if err := w.conn.SetWriteDeadline(time.Now().Add(w.cfg.CommandTimeout)); err != nil {
		return 0, err
	}
	n, err := w.conn.Write(p)
	w.metrics.Sent += int64(n)
	return n, err
}

// command is one line to be sent.
type command struct {
	line string
	// shown replaces line in the transcript when that holds a secret or the
	// user's name.
	shown string
	// secret is the end of line that must not be repeated, and proof what of
	// it, decoded, must not be either.
	secret, proof string
	// name is the keyword of the command that line continues.
	name string
}

func (c command) keyword() string {
	if c.name != "" {
		return c.name
	}
	if c.shown != "" {
		keyword, _, _ := strings.Cut(c.shown, " ")
		return keyword
	}
	keyword, _, _ := strings.Cut(c.line, " ")
	return keyword
}

// ready says whether a command may be sent now.
func (c *Client) ready(ctx context.Context, name string) error {
	switch {
	case c.fault != nil:
		return c.fault
	case ctx.Err() != nil:
		return c.poison(ioFault(ctx, name, ctx.Err()))
	case c.body != nil:
		return &Error{Kind: KindConfig, Code: CodeArgument, Command: name, Err: errors.New("previous response not read to its end")}
	case c.unread():
		// It would be taken for the response to this command (P4, P5).
		return c.poison(fault(KindProtocol, CodeMalformed, name, errors.New("unsolicited response")))
	}
	return nil
}

// unread says whether the server sent more than was asked for. Line ends after
// a response are tolerated (P5).
func (c *Client) unread() bool {
	ahead, _ := c.r.Peek(c.r.Buffered())
	blank := len(ahead) - len(bytes.TrimLeft(ahead, "\r\n"))
	_, _ = c.r.Discard(blank)
	return blank < len(ahead)
}

// send writes all commands at once (P28), after refusing any that would
// become two (S7).
func (c *Client) send(ctx context.Context, commands ...command) error {
	var b bytes.Buffer
	for _, cmd := range commands {
		if strings.ContainsAny(cmd.line, "\r\n\x00") {
			return &Error{Kind: KindConfig, Code: CodeArgument, Command: cmd.keyword(), Err: errors.New("CR, LF or NUL in an argument")}
		}
		b.WriteString(cmd.line)
		b.WriteString("\r\n")
	}
	for _, cmd := range commands { // first: the answer to any of them may repeat another
		c.keep(strings.TrimSuffix(cmd.line, cmd.secret), cmd.secret)
		c.keep("", cmd.proof)
	}
	for _, cmd := range commands {
		shown := cmd.line
		if cmd.shown != "" {
			shown = cmd.shown
		}
		c.trace(TraceSent, shown)
	}
	if _, err := (*wire)(c).Write(b.Bytes()); err != nil {
		return ioFault(ctx, commands[0].keyword(), err)
	}
	c.metrics.RoundTrips++
	return nil
}

// exchange sends one command and reads its status line.
func (c *Client) exchange(ctx context.Context, cmd command) (ok bool, text string, err error) {
	if err := c.send(ctx, cmd); err != nil {
		return false, "", err
	}
	return c.readStatus(ctx, cmd.keyword())
}

// do is a whole single-line command: an -ERR is an error.
func (c *Client) do(ctx context.Context, line string) (string, error) {
	cmd := command{line: line}
	if err := c.ready(ctx, cmd.keyword()); err != nil {
		return "", err
	}
	defer c.watch(ctx)()
	ok, text, err := c.exchange(ctx, cmd)
	if err == nil && !ok {
		err = c.refusal(cmd.keyword(), text, false)
	}
	return text, c.settle(err)
}

// expect sets how long the server may be silent in its response to a command
// (P3, P36).
func (c *Client) expect(name string) {
	c.patience, c.progress.answering = c.cfg.CommandTimeout, false
	switch name {
	case StepGreeting: // bounded like the dial
		c.patience = c.cfg.DialTimeout
	case "USER", "PASS", "APOP", "AUTH":
		c.patience *= loginPatience
	case "STAT", "UIDL", "LIST":
		c.patience *= indexPatience
	}
}

// readLine reads one line and strips its CRLF or LF (P1). The slice is valid
// until the next read.
func (c *Client) readLine(ctx context.Context, name string, limit int) ([]byte, error) {
	line, err := c.r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		long := bytes.Clone(line)
		for errors.Is(err, bufio.ErrBufferFull) && len(long) <= limit {
			line, err = c.r.ReadSlice('\n')
			long = append(long, line...)
		}
		line = long
	}
	if len(line) > limit {
		return nil, fault(KindProtocol, CodeTooLong, name, fmt.Errorf("line exceeds %d octets", limit))
	}
	if err != nil {
		return nil, ioFault(ctx, name, err)
	}
	text, crlf := bytes.CutSuffix(line[:len(line)-1], []byte("\r"))
	c.bare = !crlf
	return text, nil
}

// readStatus reads "+OK text" or "-ERR text" (RFC 1939, section 3). A "+"
// continuation is a fault that wraps errContinue. The text is as the server
// sent it.
func (c *Client) readStatus(ctx context.Context, name string) (ok bool, text string, err error) {
	c.expect(name)
	for blank := 0; ; blank++ {
		line, err := c.readLine(ctx, name, maxStatus)
		if err != nil {
			return false, "", err
		}
		if len(line) == 0 && blank < maxBlank {
			continue
		}
		c.trace(TraceReceived, string(line))
		head, rest, _ := bytes.Cut(line, []byte(" "))
		status := strings.ToUpper(string(head))
		c.misspelt = status == "+ERR"
		switch status {
		case "+OK":
			return true, strings.TrimSpace(string(rest)), nil
		case "-ERR", "+ERR": // hMailServer puts it so where it cannot read the mailbox
			return false, strings.TrimSpace(string(rest)), nil
		case "+":
			return false, string(rest), fault(KindProtocol, CodeMalformed, name, errContinue)
		}
		return false, "", fault(KindProtocol, CodeMalformed, name, errors.New("not a POP3 status line"))
	}
}

// errContinue is a "+" (RFC 5034, section 4). Only AUTH may have one.
var errContinue = errors.New("unexpected continuation request")
