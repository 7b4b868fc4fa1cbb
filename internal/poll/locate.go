package poll

import (
	"context"
	"errors"
	"maps"
	"slices"

	"github.com/traymail/traymail/internal/ledger"
	"github.com/traymail/traymail/internal/pop3"
)

// ErrGone: the message is no longer on the server.
var ErrGone = errors.New("the message is no longer on the server")

// locateNearby is how far from the expected place a message is looked for
// before the whole UIDL is listed.
const locateNearby = 3

// guessesAtOnce keeps the answers to a batch from filling both ends' buffers;
// those to UIDL are short.
const guessesAtOnce = 100

// locate finds the number of a message in this session: at or just before the
// place where it should be, else by listing everything.
func locate(ctx context.Context, c *pop3.Client, at ledger.Row, noUIDL bool) (int, error) {
	n, err := nearby(ctx, c, at, noUIDL)
	if n > 0 || err != nil {
		return n, err
	}
	n, _, err = everywhere(ctx, c, at.UID, noUIDL)
	return n, err
}

// nearby looks for a message at or just before a place, and returns 0 if it
// is not there.
func nearby(ctx context.Context, c *pop3.Client, at ledger.Row, noUIDL bool) (int, error) {
	for n := at.Number; n > 0 && n > at.Number-locateNearby; n-- {
		batch := c.NewBatch()
		id := identify(batch, n, noUIDL)
		if err := batch.Do(ctx); err != nil {
			return 0, err
		}
		got, err := id.uid()
		switch {
		case err == nil && got == at.UID:
			return n, nil
		case err != nil:
			if e, ok := pop3.As(err); !ok || e.Fatal() {
				return 0, err
			}
		}
	}
	return 0, nil
}

// everywhere looks for a message by listing everything, and says how many
// have this UID; there should be one (P15).
func everywhere(ctx context.Context, c *pop3.Client, uid string, noUIDL bool) (n, times int, err error) {
	var stat pop3.Stat
	if noUIDL {
		if stat, err = c.Stat(ctx); err != nil {
			return 0, 0, err
		}
	}
	var unclear error
	others := watch(uid)
	for row, err := range identities(ctx, c, stat.Messages, noUIDL, others.shared) {
		if isUnidentified(err) {
			unclear = err
			continue
		}
		if err != nil {
			return 0, 0, err
		}
		others.add(row)
		if row.UID == uid {
			n = row.Number
			times++
		}
	}
	switch {
	case times == 0 && unclear != nil && digested(uid):
		return 0, 0, unclear // it may be that one
	case times == 0:
		return 0, 0, ErrGone
	}
	return n, times, nil
}

// locateAll makes the numbers of messages true in this session. The ledger's
// place is a good guess and no more: with duplicate UIDs, or after something
// left, other messages have these numbers (P15). What is not there any more
// gets the number 0.
func locateAll(ctx context.Context, c *pop3.Client, wanted []ledger.Arrival, noUIDL bool) error {
	lost := map[string]*ledger.Arrival{}
	for part := range slices.Chunk(wanted, guessesAtOnce) {
		batch := c.NewBatch()
		guesses := make([]*identity, len(part))
		for i, n := range part {
			guesses[i] = identify(batch, max(1, n.Number), noUIDL)
		}
		if err := batch.Do(ctx); err != nil {
			return err
		}
		for i := range part {
			n := &part[i]
			if uid, err := guesses[i].uid(); err != nil || uid != n.UID || n.Number < 1 {
				n.Number = 0
				lost[n.UID] = n
			}
		}
	}
	if len(lost) == 0 {
		return nil
	}
	var stat pop3.Stat
	if noUIDL {
		var err error
		if stat, err = c.Stat(ctx); err != nil {
			return err
		}
	}
	others := watch(slices.Collect(maps.Keys(lost))...)
	for row, err := range identities(ctx, c, stat.Messages, noUIDL, others.shared) {
		if isUnidentified(err) {
			continue
		}
		if err != nil {
			return err
		}
		others.add(row)
		if n := lost[row.UID]; n != nil {
			n.Number = row.Number
		}
	}
	return nil
}
