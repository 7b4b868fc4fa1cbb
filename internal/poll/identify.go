package poll

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"iter"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3"
)

// identity is the UID of one message, once its batch is done: what UIDL says,
// or on a server without it a digest of what tells messages apart.
type identity struct {
	uidl *pop3.Reply[string]

	size   *pop3.Reply[int64]
	top    *pop3.Reply[struct{}]
	digest string
}

// identify adds to a batch what tells message n apart.
func identify(batch *pop3.Batch, n int, noUIDL bool) *identity {
	if !noUIDL {
		return &identity{uidl: batch.UIDL(n)}
	}
	id := &identity{size: batch.List(n)}
	id.top = batch.Top(n, 0, func(r io.Reader) (err error) {
		var header message.Header
		header, err = message.ReadHeader(r, message.Hints{})
		if errors.Is(err, message.ErrHeaderTooLong) {
			// All messages are listed by this: the session has to go on.
			_, err = io.Copy(io.Discard, r)
		}
		id.digest = header.Digest
		return err
	})
	return id
}

// uid returns it.
func (id *identity) uid() (string, error) {
	if id.uidl != nil {
		return id.uidl.Value()
	}
	octets, err := id.size.Value()
	if pop3.IsKind(err, pop3.KindPermanent) && !pop3.IsFatal(err) {
		octets = -1 // no size tells it apart then (P33)
	} else if err != nil {
		return "", err
	}
	if err := id.top.Err(); err != nil {
		return "", err
	}
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d", id.digest, octets))
	return "digest-" + hex.EncodeToString(sum[:16]), nil
}

// identities lists all messages of a maildrop that has count of them, as they
// come. Without UIDL that takes the headers of every message.
func identities(ctx context.Context, c *pop3.Client, count int, noUIDL bool) iter.Seq2[ledger.Row, error] {
	if !noUIDL {
		return func(yield func(ledger.Row, error) bool) {
			for row, err := range c.UIDLs(ctx) {
				if !yield(ledger.Row(row), err) {
					return
				}
			}
		}
	}
	return func(yield func(ledger.Row, error) bool) {
		for first := 1; first <= count; first += batchSize {
			batch := c.NewBatch()
			ids := make([]*identity, min(batchSize, count-first+1))
			for i := range ids {
				ids[i] = identify(batch, first+i, true)
			}
			fault := batch.Do(ctx)
			for i, id := range ids {
				uid, err := id.uid()
				if err != nil && fault != nil {
					err = fault
				}
				if !yield(ledger.Row{Number: first + i, UID: uid}, err) || err != nil {
					return
				}
			}
		}
	}
}
