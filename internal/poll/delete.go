package poll

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

// ErrAlike: several messages on the server share the UID of one to delete.
var ErrAlike = errors.New("several messages on the server have this UID")

// ErrUnconfirmed: the server did not say that it deleted what was marked. It
// may have done so.
var ErrUnconfirmed = errors.New("the server did not confirm the deletion")

// Delete deletes messages in one session and returns those that were there.
// Each is found by its UID in that session, never by a remembered number;
// where several have the same UID, none is deleted. Nothing is deleted unless
// the server confirms the end of the session (S10): with ErrUnconfirmed it may
// have done so. ErrGone: none of them was there.
func Delete(ctx context.Context, t Target, list []ledger.Deletable) (marked []ledger.Deleted, err error) {
	err = t.session(ctx, func(ctx context.Context, c *pop3.Client) error {
		numbers, err := find(ctx, c, list, t.Known.NoUIDL, &marked)
		if err != nil {
			return err
		}
		if len(marked) == 0 {
			return ErrGone
		}
		for _, n := range numbers {
			if err := c.Dele(ctx, n); err != nil {
				// Without a goodbye the server deletes nothing (RFC 1939, section 6).
				return errors.Join(err, c.Close())
			}
		}
		if err := c.Quit(ctx); err != nil {
			return errors.Join(ErrUnconfirmed, err)
		}
		return nil
	})
	return marked, err
}

// find finds messages by their UIDs. One that is gone already is passed over.
func find(ctx context.Context, c *pop3.Client, list []ledger.Deletable, noUIDL bool, found *[]ledger.Deleted) (numbers []int, err error) {
	for _, m := range list {
		n, err := findOne(ctx, c, m, noUIDL)
		if errors.Is(err, ErrGone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		octets, err := c.List(ctx, n)
		if pop3.IsFatal(err) {
			return nil, err
		} else if err != nil {
			octets = -1
		}
		numbers = append(numbers, n)
		*found = append(*found, ledger.Deleted{UID: m.UID, Octets: octets})
	}
	return numbers, nil
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
		return 0, ErrAlike
	}
	return n, err
}
