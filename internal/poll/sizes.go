package poll

import (
	"context"
	"errors"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

// maxSizes bounds what a server can have held of a list of sizes (S9).
const maxSizes = 1_000_000

// ErrNoSizes: the server does not say which message has which size.
var ErrNoSizes = errors.New("the server lists no sizes")

// Sizes lists the sizes of all messages of a maildrop, and hands them to f with
// their UIDs, some at a time. Numbers that a poll has found prove nothing here:
// both lists are of one session.
func Sizes(ctx context.Context, t Target, f func([]ledger.Arrival) error) error {
	if t.Known.NoUIDL || t.Known.Shared || t.Known.SizesLie {
		return ErrNoSizes
	}
	return t.session(ctx, func(ctx context.Context, c *pop3.Client) error {
		var sizes []int64 // by number
		for size, err := range c.Lists(ctx) {
			if pop3.IsFatal(err) {
				return err
			}
			if err != nil {
				return errors.Join(ErrNoSizes, err)
			}
			if size.Number < 1 || size.Number > maxSizes {
				continue
			}
			for len(sizes) <= size.Number {
				sizes = append(sizes, 0)
			}
			sizes[size.Number] = size.Octets
		}
		const some = 2000
		list := make([]ledger.Arrival, 0, some)
		for row, err := range c.UIDLs(ctx) {
			if pop3.IsFatal(err) {
				return err
			}
			if err != nil || row.Number >= len(sizes) || row.Number < 1 || sizes[row.Number] <= 0 {
				continue
			}
			list = append(list, ledger.Arrival{Row: ledger.Row{Number: row.Number, UID: row.UID}, Octets: sizes[row.Number]})
			if len(list) == some {
				if err := f(list); err != nil {
					return err
				}
				list = list[:0]
			}
		}
		return f(list)
	})
}
