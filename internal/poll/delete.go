package poll

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/ledger"
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
