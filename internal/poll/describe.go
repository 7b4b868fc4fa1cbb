package poll

import (
	"context"
	"errors"
	"io"
	"slices"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3"
)

// Describe fetches sizes and headers of messages. What it got it returns, also
// when it fails half way. A header that is too long ends the session: what is
// behind it has another one, once.
func Describe(ctx context.Context, t Target, wanted []ledger.Placed) ([]ledger.Arrival, error) {
	list := make([]ledger.Arrival, len(wanted))
	for i, w := range wanted {
		list[i] = ledger.Arrival{Row: w.Row, Octets: w.Octets}
	}
	err := t.describeIn(ctx, list)
	if rest := undescribed(list); errors.Is(err, pop3.ErrAbandoned) && len(rest) > 0 {
		err = Again(ctx, func() error { return t.describeIn(ctx, rest) })
		for i := range list {
			if n := &list[i]; n.Number > 0 && !n.Described {
				*n, rest = rest[0], rest[1:]
			}
		}
	}
	if errors.Is(err, pop3.ErrAbandoned) && len(undescribed(list)) == 0 {
		err = nil
	}
	return list, err
}

// undescribed are those of messages on the server whose headers are not known.
func undescribed(list []ledger.Arrival) (rest []ledger.Arrival) {
	for _, n := range list {
		if n.Number > 0 && !n.Described {
			rest = append(rest, n)
		}
	}
	return rest
}

// describeIn is a session in which messages are described.
func (t Target) describeIn(ctx context.Context, list []ledger.Arrival) error {
	return t.session(ctx, func(ctx context.Context, c *pop3.Client) error {
		if err := locateAll(ctx, c, list, t.Known.NoUIDL); err != nil {
			return err
		}
		return t.describeAll(ctx, c, list)
	})
}

// describe adds the TOP that fills in a message's headers. A server without
// TOP leaves them unknown (P19).
//
// A header that is too long is known as far as it was read: stopping there
// costs the session, but would do so for ever if it were asked for again. An
// answer without a single octet is no header: an empty one ends in a blank line.
//
// Messages whose headers do not say what they are written in are added to unsure.
func (t Target) describe(batch *pop3.Batch, n *ledger.Arrival, unsure *[]*ledger.Arrival) *pop3.Reply[struct{}] {
	return batch.Top(n.Number, 0, func(r io.Reader) error {
		counted := &counter{r: r}
		header, err := message.ReadHeader(counted, t.mailHints())
		if errors.Is(err, message.ErrHeaderTooLong) {
			err = nil
		}
		if err == nil && counted.n > 0 {
			n.Header, n.Described = Header(header), true
			if header.Unsure {
				*unsure = append(*unsure, n)
			}
		}
		return err
	})
}

const (
	tellingLines = 40 // of a text say what its header is written in
	maxUnsure    = 20 // messages that are asked for these at a time
	// mostUnsure is how many octets they may have: lines may be of any length.
	mostUnsure = 2 << 20
)

// clarify asks for the beginning of messages whose headers do not say what they
// are written in, so that lists and notifications have the subject that a reader
// of the message has. A message that is refused stays as it is.
func (t Target) clarify(ctx context.Context, c *pop3.Client, unsure []*ledger.Arrival) error {
	unsure = slices.DeleteFunc(unsure, func(n *ledger.Arrival) bool { return n.Octets <= 0 || n.Octets > mostUnsure })
	if len(unsure) == 0 {
		return nil
	}
	batch := c.NewBatch()
	for _, n := range unsure[max(0, len(unsure)-maxUnsure):] {
		batch.Top(n.Number, tellingLines, func(r io.Reader) error {
			hints := t.mailHints()
			hints.Cut = func() bool { return true }
			m, err := message.Read(r, hints)
			if err == nil && m.Digest != "" && m.MessageID == n.MessageID && m.Date.Equal(n.Date) {
				n.Header = Header(m.Header)
			}
			return err
		})
	}
	return batch.Do(ctx)
}

// WithoutTOP says whether a server lists its capabilities, and TOP is not
// among them (RFC 2449, section 6.1; P19).
func WithoutTOP(m ledger.Meta) bool {
	can := pop3.Capabilities(Hints(m).Capabilities)
	return len(can) > 0 && !can.Has("TOP")
}

// Header is what the ledger keeps of a header.
func Header(h message.Header) ledger.Header {
	kept := ledger.Header{From: h.From, Subject: h.Subject, Date: h.Date, MessageID: h.MessageID, Read: h.Read, Charset: h.Charset}
	if h.FromAddress != h.From {
		kept.Address = h.FromAddress
	}
	return kept
}

// describeAll asks for the sizes and headers of messages.
func (t Target) describeAll(ctx context.Context, c *pop3.Client, list []ledger.Arrival) error {
	for part := range slices.Chunk(list, batchSize) {
		batch := c.NewBatch()
		before := slices.Clone(part)
		sizes := make([]*pop3.Reply[int64], len(part))
		var tops []*pop3.Reply[struct{}]
		var unsure []*ledger.Arrival
		for i := range part {
			if part[i].Number > 0 { // else it has left
				sizes[i] = batch.List(part[i].Number)
				tops = append(tops, t.describe(batch, &part[i], &unsure))
			}
		}
		fault := batch.Do(ctx)
		if fault == nil && !t.Known.NoUIDL && !inPlace(ctx, c, part, tops) {
			copy(part, before)
			continue
		}
		for i, size := range sizes {
			if size == nil {
				continue
			}
			if octets, err := size.Value(); err == nil && octets >= 0 {
				part[i].Octets = octets
			}
		}
		if fault == nil {
			fault = t.clarify(ctx, c, unsure)
		}
		if fault != nil {
			return fault
		}
	}
	return nil
}

// inPlace says whether messages still had their numbers when their headers came.
// A server that takes one away under a session, as none may (RFC 1939, section
// 8), has none under the last number then, and refuses it.
func inPlace(ctx context.Context, c *pop3.Client, list []ledger.Arrival, tops []*pop3.Reply[struct{}]) bool {
	refusal := func(top *pop3.Reply[struct{}]) bool { return refused(top.Err()) }
	if !slices.ContainsFunc(tops, refusal) || !slices.ContainsFunc(list, func(n ledger.Arrival) bool { return n.Described }) {
		return true
	}
	last := slices.MaxFunc(list, func(a, b ledger.Arrival) int { return a.Number - b.Number })
	if digested(last.UID) {
		return true
	}
	batch := c.NewBatch()
	id := identify(batch, last.Number, false)
	if batch.Do(ctx) != nil {
		return true // the session is over
	}
	uid, err := id.uid()
	return err == nil && uid == last.UID
}
