package pop3

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
)

// ErrAbandoned is the fault of a session in which a long response was not read
// to its end.
var ErrAbandoned = errors.New("session closed in the middle of a long response")

// body reads a multi-line response up to its terminator and no further,
// unstuffing dots (RFC 1939, section 3). Lines may be of any length (P6).
type body struct {
	c       *Client
	ctx     context.Context // a reader's calls carry no context
	name    string
	stop    func()
	limit   int64 // of octets
	pending []byte
	partial bool // the last piece did not end its line
	// strict: it is a message, and the server ends its own lines by CRLF. If it
	// ends lines of this one so, a lone LF is the message's, and no dot after it
	// is the server's (P4). Some send the files they have, with LF throughout.
	strict bool
	// crlf: some line has ended in CRLF. lone: the last one did not.
	crlf, lone bool
	last       byte
	read       int64
	err        error // io.EOF after the terminator
}

// openBody begins a multi-line response; until its end no command is sent.
func (c *Client) openBody(ctx context.Context, name string) *body {
	b := &body{c: c, ctx: ctx, name: name, limit: c.cfg.MaxBody, stop: c.watch(ctx)}
	b.strict = !c.bare && (name == "RETR" || name == "TOP")
	c.body = b
	c.expect(name)
	return b
}

// piece returns the next line, or a part of one that is longer than the
// buffer, with its line end. It is valid until the next call.
func (b *body) piece() ([]byte, error) {
	if b.err != nil {
		return nil, b.err
	}
	line, err := b.c.r.ReadSlice('\n')
	switch {
	case errors.Is(err, bufio.ErrBufferFull):
	case err != nil:
		return nil, b.end(ioFault(b.ctx, b.name, err))
	}
	if b.read += int64(len(line)); b.read > b.limit {
		return nil, b.end(fault(KindProtocol, CodeTooLarge, b.name, fmt.Errorf("response exceeds %d octets", b.limit)))
	}
	strict := b.strict && b.crlf
	start := !b.partial && (!strict || !b.lone)
	b.partial = err != nil
	crlf := bytes.HasSuffix(line, []byte("\r\n")) || b.last == '\r' && line[0] == '\n'
	if start && line[0] == '.' {
		if !b.partial && len(bytes.TrimRight(line, "\r\n")) == 1 && (crlf || !strict) { // P4
			return nil, b.end(b.surplus())
		}
		line = line[1:]
	}
	if b.last = line[len(line)-1]; !b.partial {
		b.lone, b.crlf = !crlf, b.crlf || crlf
	}
	return line, nil
}

// surplus is io.EOF, or a fault where more has come behind a message than was
// asked for: then its end is not to be believed (P4).
func (b *body) surplus() error {
	if b.name == "RETR" && b.c.awaited == 0 && b.c.unread() {
		return fault(KindProtocol, CodeMalformed, b.name, errors.New("more than the response"))
	}
	return io.EOF
}

// end finishes the response, well (io.EOF) or with a fault.
func (b *body) end(err error) error {
	b.err = err
	b.stop()
	b.c.body = nil
	if err != io.EOF { //nolint:errorlint // a fault that wraps io.EOF is not the end
		return b.c.poison(err)
	}
	return err
}

// Read implements io.Reader.
func (b *body) Read(p []byte) (int, error) {
	for len(b.pending) == 0 {
		piece, err := b.piece()
		if err != nil {
			return 0, err
		}
		b.pending = piece
	}
	n := copy(p, b.pending)
	b.pending = b.pending[n:]
	return n, nil
}

// Close abandons the response. A short rest is drained and the session goes
// on; a long one ends the session. Neither is an error of Close.
func (b *body) Close() error {
	b.pending = nil
	for limit := b.read + maxDrain; b.err == nil; {
		if b.read > limit {
			_ = b.end(fault(KindNetwork, CodeReset, b.name, ErrAbandoned))
			return nil
		}
		_, _ = b.piece()
	}
	if b.err != io.EOF { //nolint:errorlint // as above
		return b.err
	}
	return nil
}
