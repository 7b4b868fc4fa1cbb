package poll

import (
	"context"
	"errors"
	"io"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3"
)

// ErrNoTOP: the server cannot send the beginning of a message.
var ErrNoTOP = errors.New("the server does not support TOP")

// ErrNotSent: the server does not send a message for now.
var ErrNotSent = errors.New("the server does not send the message for now")

// ErrNothingSent: the server said that a message follows, and sent none of it.
var ErrNothingSent = errors.New("the server sent nothing of the message")

// sent is an error where nothing came of a message: without a single octet it
// has no sender, subject or text that anybody could know.
func sent(octets int64) error {
	if octets == 0 {
		return ErrNothingSent
	}
	return nil
}

// refused says whether a server refused just this, and the session goes on.
func refused(err error) bool {
	return (pop3.IsKind(err, pop3.KindPermanent) || pop3.IsKind(err, pop3.KindTemporary)) && !pop3.IsFatal(err)
}

// Message is one that was fetched for reading.
type Message struct {
	message.Message
	// Octets is the size by LIST; 0 if the server does not say.
	Octets int64
	// Complete is false when only the first lines were fetched (TOP).
	Complete bool
}

// Fetch gets a message for reading: its beginning by TOP, or all of it by
// RETR if whole is set, which some providers take for having been fetched
// (P20). charset is the one in which it was read before, or empty. into, if it is
// not nil, gets the octets as they come, and an error of its ends that. The error
// is ErrGone if the message is not there any more.
func Fetch(ctx context.Context, t Target, at ledger.Row, charset string, whole bool, into io.Writer) (m Message, err error) {
	m.Complete = whole
	err = t.reading(ctx, at, func(ctx context.Context, c *pop3.Client, n int, size int64) (err error) {
		var octets int64
		m.Message, octets, err = fetch(ctx, c, n, whole, size, t.hintsAgain(charset), into)
		m.Octets = size
		m.Complete = complete(whole, octets, size)
		if !m.Complete && len(m.Files) > 0 {
			// The message's end is in its last file, or behind it.
			m.Files[len(m.Files)-1].Octets = -1
		}
		return err
	})
	return m, err
}

// Source gets a message as the server sends it: its beginning by TOP, only the
// header of it if header is set, or all of it by RETR if whole is. Of more than
// limit octets it gets the first, and the rest is not waited for. The error is
// ErrGone if the message is not there any more.
func Source(ctx context.Context, t Target, at ledger.Row, header, whole bool, limit int64) (source api.MessageSource, err error) {
	err = t.reading(ctx, at, func(ctx context.Context, c *pop3.Client, n int, size int64) error {
		lines := previewLines
		if header {
			lines = 0
		}
		body, err := begin(ctx, c, n, whole, lines)
		if err != nil {
			return err
		}
		source.Octets, err = io.ReadAll(io.LimitReader(body, limit+1))
		if source.Cut = int64(len(source.Octets)) > limit; source.Cut {
			source.Octets = source.Octets[:limit]
		}
		source.Complete = !source.Cut && (whole || header || size > 0 && int64(len(source.Octets)) >= size)
		return errors.Join(err, body.Close(), sent(int64(len(source.Octets))))
	})
	return source, err
}

// reading is a session in which one message is read: f gets its number, and its
// size if the server says.
func (t Target) reading(ctx context.Context, at ledger.Row, f func(ctx context.Context, c *pop3.Client, n int, size int64) error) error {
	return t.session(ctx, func(ctx context.Context, c *pop3.Client) error {
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
		return f(ctx, c, n, size)
	})
}

// previewLines is what TOP asks for.
const previewLines = 200

// begin asks for a message, or for its header and some lines.
func begin(ctx context.Context, c *pop3.Client, n int, whole bool, lines int) (io.ReadCloser, error) {
	get := func() (io.ReadCloser, error) { return c.Top(ctx, n, lines) }
	if whole {
		get = func() (io.ReadCloser, error) { return c.Retr(ctx, n) }
	}
	body, err := get()
	switch {
	case !refused(err):
		return body, err
	case pop3.IsKind(err, pop3.KindTemporary):
		return nil, errors.Join(ErrNotSent, err)
	case !whole:
		return nil, errors.Join(ErrNoTOP, err) // P19, and no RETR instead (P20)
	}
	return nil, err
}

// complete says whether a message came whole. A short one does by TOP as well.
func complete(whole bool, octets, size int64) bool { return whole || size > 0 && octets >= size }

// fetch reads a message, and says how many octets of it came.
func fetch(ctx context.Context, c *pop3.Client, n int, whole bool, size int64, hints message.Hints, into io.Writer) (message.Message, int64, error) {
	body, err := begin(ctx, c, n, whole, previewLines)
	if err != nil {
		return message.Message{}, 0, err
	}
	counted := &counter{r: body}
	if into != nil {
		counted.r = io.TeeReader(body, into)
	}
	hints.Cut = func() bool { return !complete(whole, counted.n, size) }
	m, err := message.Read(counted, hints)
	if errors.Is(err, message.ErrHeaderTooLong) {
		err = nil // what is known is worth reading
	}
	if into != nil && err == nil {
		_, err = io.Copy(io.Discard, counted) // what nobody reads is written, too
	}
	return m, counted.n, errors.Join(err, body.Close(), sent(counted.n))
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
