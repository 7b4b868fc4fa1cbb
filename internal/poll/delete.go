package poll

import (
	"context"
	"errors"
	"io"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/message"
	"github.com/traymail/traymail/internal/pop3"
)

// ErrAlike: several messages on the server share the UID of one to delete.
var ErrAlike = errors.New("several messages on the server have this UID")

// ErrUnlisted: a message to delete is on the server, but the ledger does not
// have it there, so that nobody was shown what it is.
var ErrUnlisted = errors.New("the message is on the server, but was not listed")

// ErrUnconfirmed: the server did not say that it deleted what was marked. It
// may have done so.
var ErrUnconfirmed = errors.New("the server did not confirm the deletion")

// ErrNotDeleted: the server refused to delete a message.
var ErrNotDeleted = errors.New("the server refused the deletion")

// AboutError is why none of several messages was deleted, and because of which.
type AboutError struct {
	UIDs []string
	Err  error
}

// Error is for logs, which have no use for UIDs.
func (e *AboutError) Error() string { return e.Err.Error() }

// Unwrap returns the cause.
func (e *AboutError) Unwrap() error { return e.Err }

// about is err with the messages that it is about; nil stays nil.
func about(err error, uids ...string) error {
	if err == nil {
		return nil
	}
	return &AboutError{uids, err}
}

// ReplacedError: other messages than the user was shown have these UIDs now, or
// the same ones with another sender, subject or date.
type ReplacedError struct{ Found []ledger.Arrival }

// Error is for logs.
func (*ReplacedError) Error() string { return "another message has this UID now" }

func (e *ReplacedError) uids() (uids []string) {
	for _, n := range e.Found {
		uids = append(uids, n.UID)
	}
	return uids
}

// Delete deletes messages in one session and returns those that were there.
// Each is found by its UID in that session, never by a remembered number;
// where several have the same UID, where one is not the message that the user
// was shown (a ReplacedError), or where one of those that were not listed is
// there (ErrUnlisted), or where the server refuses one (ErrNotDeleted), none is
// deleted; an AboutError says because of which. Nothing is deleted unless the
// server confirms the end of the session (S10): with ErrUnconfirmed it may have
// done so. ErrGone: none of them was there.
func Delete(ctx context.Context, t Target, list []ledger.Deletable, unlisted ...string) (marked []ledger.Deleted, err error) {
	err = t.session(ctx, func(ctx context.Context, c *pop3.Client) error {
		if err := t.absent(ctx, c, unlisted); err != nil {
			return err
		}
		numbers, err := t.find(ctx, c, list, &marked)
		if err != nil {
			return err
		}
		if len(marked) == 0 {
			return ErrGone
		}
		if err := mark(ctx, c, numbers, marked); err != nil {
			// Without a goodbye the server deletes nothing (RFC 1939, section 6).
			// There are some that take any end for one.
			if !pop3.IsFatal(err) {
				_ = c.Rset(ctx)
			}
			return errors.Join(err, c.Close())
		}
		if err := c.Quit(ctx); err != nil {
			return errors.Join(ErrUnconfirmed, err)
		}
		return nil
	})
	return marked, err
}

// mark has the server mark messages as deleted. Where it refuses some, it is
// asked for all, to say which.
func mark(ctx context.Context, c *pop3.Client, numbers []int, list []ledger.Deleted) error {
	var uids []string
	var first error
	for i, n := range numbers {
		err := c.Dele(ctx, n)
		switch {
		case err == nil:
			continue
		case first == nil && !refused(err):
			return err
		case first == nil:
			first = err
		}
		if !refused(err) {
			break
		}
		uids = append(uids, list[i].UID)
	}
	if first == nil {
		return nil
	}
	return about(errors.Join(ErrNotDeleted, first), uids...)
}

// absent returns ErrUnlisted where one of these messages is on the server.
func (t Target) absent(ctx context.Context, c *pop3.Client, uids []string) error {
	if len(uids) == 0 {
		return nil
	}
	var stat pop3.Stat
	if t.Known.NoUIDL {
		var err error
		if stat, err = c.Stat(ctx); err != nil {
			return err
		}
	}
	wanted := map[string]bool{}
	for _, uid := range uids {
		wanted[uid] = true
	}
	var found []string
	others := watch(uids...)
	for row, err := range identities(ctx, c, stat.Messages, t.Known.NoUIDL, others.shared) {
		if err == nil {
			others.add(row)
		}
		switch {
		case isUnidentified(err):
		case err != nil:
			return err
		case wanted[row.UID]:
			found = append(found, row.UID) // breaking off costs the session
		}
	}
	if len(found) > 0 {
		return about(ErrUnlisted, found...)
	}
	return nil
}

// find finds messages by their UIDs. One that is gone already is passed over.
func (t Target) find(ctx context.Context, c *pop3.Client, list []ledger.Deletable, found *[]ledger.Deleted) (numbers []int, err error) {
	var replaced []ledger.Arrival
	for _, m := range list {
		n, err := findOne(ctx, c, m, t.Known.NoUIDL)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		at := ledger.Arrival{Row: ledger.Row{Number: n, UID: m.UID}, Octets: -1}
		if err := t.look(ctx, c, m, &at); err != nil {
			if !pop3.IsFatal(err) {
				err = about(err, m.UID)
			}
			return nil, err
		}
		if m.Shown.Another(at) || m.Shown.Rewritten(at) || m.Shown.Contradicts(at) {
			replaced = append(replaced, at)
		}
		numbers = append(numbers, n)
		*found = append(*found, ledger.Deleted{UID: m.UID, Octets: at.Octets})
	}
	if len(replaced) > 0 {
		return nil, &ReplacedError{replaced}
	}
	return numbers, nil
}

// look asks for the size of a message, and for its header if that can be
// compared with what the user was shown. A server without TOP leaves the
// size; one that has it and refuses it now costs the deletion. Without UIDL, the
// digest has compared the header.
func (t Target) look(ctx context.Context, c *pop3.Client, m ledger.Deletable, at *ledger.Arrival) error {
	batch := c.NewBatch()
	size := batch.List(at.Number)
	var top *pop3.Reply[struct{}]
	if m.Shown.Described && !t.Known.NoUIDL {
		top = batch.Top(at.Number, 0, func(r io.Reader) error {
			header, err := message.ReadHeader(r, t.hintsAgain(m.Shown.Charset))
			if errors.Is(err, message.ErrHeaderTooLong) {
				err = nil
			}
			if err != nil {
				return err
			}
			at.Header, at.Described = Header(header), true
			// A server may send everything (P19), and the session has to go on.
			_, err = io.Copy(io.Discard, r)
			return err
		})
	}
	if err := batch.Do(ctx); err != nil {
		return err
	}
	octets, err := size.Value()
	if err == nil {
		at.Octets = octets
	}
	if top != nil && !at.Described && c.Capabilities().Has("TOP") {
		// It can show what it has, and does not: nobody could tell.
		if _, err = top.Value(); refused(err) {
			err = errors.Join(ErrNotSent, err)
		}
		return err
	}
	return nil
}

// findOne returns the number of the only message with this UID.
func findOne(ctx context.Context, c *pop3.Client, m ledger.Deletable, noUIDL bool) (int, error) {
	if !m.Alike {
		if n, err := nearby(ctx, c, m.Row, noUIDL); n > 0 || err != nil {
			return n, err
		}
	}
	n, times, err := everywhere(ctx, c, m.UID, noUIDL)
	if times > 1 {
		return 0, about(ErrAlike, m.UID)
	}
	return n, err
}
