package poll

import (
	"context"
	"errors"
	"io"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3"
)

// ErrNoTOP: the server cannot send the beginning of a message.
var ErrNoTOP = errors.New("the server does not support TOP")

// Message is one that was fetched for reading.
type Message struct {
	message.Message
	// Complete is false when only the first lines were fetched (TOP).
	Complete bool
}

// Fetch gets a message for reading: its beginning by TOP, or all of it by
// RETR if whole is set, which some providers take for having been fetched
// (P20). The error is ErrGone if it is not there any more.
func Fetch(ctx context.Context, t Target, at ledger.Row, whole bool) (m Message, err error) {
	m.Complete = whole
	err = t.session(ctx, func(ctx context.Context, c *pop3.Client) error {
		// EXPIRE 0: at the end of the session this server may delete what was
		// retrieved. It must not without a goodbye (RFC 1939, section 6).
		if days, never, ok := c.Capabilities().Expire(); ok && !never && days == 0 {
			defer func() { _ = c.Close() }()
		}
		n, err := locate(ctx, c, at, t.Known.NoUIDL)
		if err != nil {
			return err
		}
		size, err := c.List(ctx, n)
		if pop3.IsFatal(err) {
			return err
		}
		var octets int64
		m.Message, octets, err = fetch(ctx, c, n, whole)
		// A short message arrives whole by TOP as well.
		m.Complete = m.Complete || size > 0 && octets >= size
		return err
	})
	return m, err
}

// previewLines is what TOP asks for.
const previewLines = 200

// fetch reads a message, and says how many octets of it came.
func fetch(ctx context.Context, c *pop3.Client, n int, whole bool) (message.Message, int64, error) {
	var body io.ReadCloser
	var err error
	if whole {
		body, err = c.Retr(ctx, n)
	} else {
		body, err = c.Top(ctx, n, previewLines)
		if pop3.IsKind(err, pop3.KindPermanent) && !pop3.IsFatal(err) {
			err = errors.Join(ErrNoTOP, err) // P19, and no RETR instead (P20)
		}
	}
	if err != nil {
		return message.Message{}, 0, err
	}
	counted := &counter{r: body}
	m, err := message.Read(counted)
	return m, counted.n, errors.Join(err, body.Close())
}

// counter counts what is read through it.
type counter struct {
	r io.Reader
	n int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}
