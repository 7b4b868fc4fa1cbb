package poll

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"iter"
	"slices"
	"strings"

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

// digestPrefix begins what stands for a UID.
const digestPrefix = "digest-"

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
	return digestPrefix + hex.EncodeToString(sum[:16]), nil
}

// identities lists all messages of a maildrop that has count of them, as they
// come. Without UIDL that takes the headers of every message. Where only some
// rows of UIDL have no UID (P34), or that of another message, it takes the
// headers of those, which come last; one that cannot be told apart has an empty
// UID, and an error that does not end the list. Which have that of another,
// shared says of the rows so far; nil stands for none.
func identities(ctx context.Context, c *pop3.Client, count int, noUIDL bool, shared func() ([]int, error)) iter.Seq2[ledger.Row, error] {
	if noUIDL {
		return func(yield func(ledger.Row, error) bool) {
			for first := 1; first <= count; first += batchSize {
				numbers := make([]int, min(batchSize, count-first+1))
				for i := range numbers {
					numbers[i] = first + i
				}
				for row, err := range digests(ctx, c, numbers) {
					if !yield(row, err) || err != nil {
						return
					}
				}
			}
		}
	}
	return func(yield func(ledger.Row, error) bool) {
		var bare []int
		for row, err := range c.UIDLs(ctx) {
			switch {
			case err == nil && row.UID == "":
				if len(bare) <= maxBare {
					bare = append(bare, row.Number)
				}
			case !yield(ledger.Row(row), err) || err != nil:
				return
			}
		}
		if shared != nil {
			others, err := shared()
			if err != nil {
				yield(ledger.Row{}, err)
				return
			}
			bare = append(bare, others...)
		}
		if len(bare) > maxBare {
			yield(ledger.Row{}, errBare)
			return
		}
		for numbers := range slices.Chunk(bare, batchSize) {
			for row, err := range digests(ctx, c, numbers) {
				if err != nil && refused(err) {
					row.UID, err = "", unidentified{err}
				}
				if !yield(row, err) || err != nil && !isUnidentified(err) {
					return
				}
			}
		}
	}
}

// digests tells some messages apart by what is in them.
func digests(ctx context.Context, c *pop3.Client, numbers []int) iter.Seq2[ledger.Row, error] {
	return func(yield func(ledger.Row, error) bool) {
		batch := c.NewBatch()
		ids := make([]*identity, len(numbers))
		for i, n := range numbers {
			ids[i] = identify(batch, n, true)
		}
		fault := batch.Do(ctx)
		for i, id := range ids {
			uid, err := id.uid()
			if err != nil && fault != nil {
				err = fault
			}
			if !yield(ledger.Row{Number: numbers[i], UID: uid}, err) {
				return
			}
		}
	}
}

// maxBare is how many rows of a list may lack a UID of their own among others
// that have one. Where more do, the list is none.
const maxBare = 1000

var errBare = fmt.Errorf("more than %d messages have no UID of their own", maxBare)

// digested says whether any of these stands for a UID.
func digested(uids ...string) bool {
	return slices.ContainsFunc(uids, func(uid string) bool { return strings.HasPrefix(uid, digestPrefix) })
}

// confirmed says whether the server says one by one, too, which messages have
// these UIDs, all of which a list had before. It may have been a slip.
func confirmed(ctx context.Context, c *pop3.Client, again []ledger.Row) bool {
	if len(again) == 0 || len(again) > maxBare {
		return len(again) > 0
	}
	firsts := map[string]int{}
	for _, row := range again {
		firsts[row.UID] = 0
	}
	for row, err := range c.UIDLs(ctx) {
		if n, wanted := firsts[row.UID]; wanted && n == 0 {
			firsts[row.UID] = row.Number
		}
		if err != nil {
			return false
		}
	}
	rows := slices.Clone(again)
	for uid, n := range firsts {
		rows = append(rows, ledger.Row{Number: n, UID: uid})
	}
	for part := range slices.Chunk(rows, guessesAtOnce) {
		batch := c.NewBatch()
		uids := make([]*pop3.Reply[string], len(part))
		for i, row := range part {
			uids[i] = batch.UIDL(max(1, row.Number))
		}
		if batch.Do(ctx) != nil {
			return false
		}
		for i, row := range part {
			if uid, err := uids[i].Value(); err != nil || uid != row.UID {
				return false
			}
		}
	}
	return true
}

func numbers(rows []ledger.Row) (list []int) {
	for _, row := range rows {
		list = append(list, row.Number)
	}
	return list
}

// sharers finds the messages of a list that have the UID of one before them.
type sharers struct {
	seed    maphash.Seed
	seen    map[uint64]struct{}
	numbers []int
	last    int
}

// maxWatched is how many rows are remembered for that (S9).
const maxWatched = 1 << 19

// watch is for a list in which these UIDs are looked for: who shares one only
// matters for digests.
func watch(uids ...string) *sharers {
	if !digested(uids...) {
		return &sharers{}
	}
	return &sharers{seed: maphash.MakeSeed(), seen: map[uint64]struct{}{}}
}

func (s *sharers) add(row ledger.Row) {
	if s.seen == nil || len(s.seen) > maxWatched || len(s.numbers) > maxBare {
		return
	}
	uid := maphash.String(s.seed, row.UID)
	if _, seen := s.seen[uid]; seen && row.Number > s.last {
		s.numbers = append(s.numbers, row.Number)
	}
	s.seen[uid], s.last = struct{}{}, max(s.last, row.Number)
}

func (s *sharers) shared() ([]int, error) { return s.numbers, nil }

// unidentified is why one message cannot be told apart from others; the list
// goes on.
type unidentified struct{ error }

func (e unidentified) Unwrap() error { return e.error }

func isUnidentified(err error) bool {
	_, ok := errors.AsType[unidentified](err)
	return ok
}
