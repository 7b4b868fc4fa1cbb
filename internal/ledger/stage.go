package ledger

import (
	"errors"
	"time"

	bbolterrors "go.etcd.io/bbolt/errors"
)

// stageChunk is how many messages go into one transaction of a staging.
const stageChunk = 1000

// stagedFill is how full the pages of a staging are, most of which are never
// written again.
const stagedFill = 0.9

// Staging takes the UIDs of a first poll, or of one that found other UIDs
// throughout, into the ledger while they arrive, some thousand at a time, so
// that memory does not grow with the maildrop. Nothing counts until adopt; what
// a crash leaves behind is discarded by the next staging.
type Staging struct {
	ledger        *Ledger
	account, name string
	now           time.Time
	chunk         []Row
	// rows counts the messages, and known those whose UIDs the account has.
	rows, known int
	// shared are the numbers of messages that have the UID of one before them,
	// and last is the highest number.
	shared []int
	last   int
}

// stagingName is the name of a bucket beside the accounts'; no ID looks like
// it.
func stagingName(account string) string { return account + "\x00staging" }

// Stage begins a staging for an account, and discards what an earlier one left.
func (l *Ledger) Stage(account string, now time.Time) (*Staging, error) {
	s := &Staging{ledger: l, account: account, name: stagingName(account), now: now.UTC().Truncate(time.Second)}
	return s, l.remove(s.name)
}

// Add takes the next row of the server's list.
func (s *Staging) Add(row Row) error {
	s.chunk = append(s.chunk, row)
	if len(s.chunk) < stageChunk {
		return nil
	}
	return s.Flush()
}

// Shared is Comparison.Shared.
func (s *Staging) Shared() ([]int, error) {
	err := s.Flush()
	return s.shared, err
}

// Rows counts the messages so far, once each.
func (s *Staging) Rows() int { return s.rows }

// Flush writes what Add has not written yet.
func (s *Staging) Flush() error {
	err := s.update(func(a, account *accountLedger) error {
		for _, row := range s.chunk {
			uid := row.UID
			_, repeated, err := a.get(uid)
			if err != nil {
				return err
			}
			before := s.last
			s.last = max(s.last, row.Number)
			if repeated {
				if row.Number > before {
					s.shared = append(s.shared, row.Number)
				}
				continue
			}
			known, ok, err := account.get(uid)
			if err != nil {
				return err
			}
			s.rows++
			if ok && known.Gone.IsZero() {
				s.known++
			}
			if err := a.arrive(uid, Record{FirstSeen: s.now, Seen: true, Announced: true}); err != nil {
				return err
			}
		}
		return nil
	})
	s.chunk = s.chunk[:0]
	return err
}

// update changes what is staged, beside what the account has.
func (s *Staging) update(f func(staged, account *accountLedger) error) error {
	return s.ledger.update(s.name, func(a *accountLedger) error {
		a.uids.FillPercent, a.order.FillPercent = stagedFill, stagedFill
		b := a.bucket.Tx().Bucket([]byte(s.account))
		if b == nil {
			return f(a, &accountLedger{})
		}
		return withAccount(b, func(account *accountLedger) error { return f(a, account) })
	})
}

// adopt makes what was staged the account's own, in place of what it had.
func (a *accountLedger) adopt(account string) error {
	tx := a.bucket.Tx()
	from := tx.Bucket([]byte(stagingName(account)))
	if from == nil {
		return errors.New("nothing was staged")
	}
	staged, err := readMeta(from)
	if err != nil {
		return err
	}
	for _, sub := range [][]byte{bucketUIDs, bucketOrder, bucketUnseen, bucketGone} {
		if err := a.bucket.DeleteBucket(sub); err != nil && !errors.Is(err, bbolterrors.ErrBucketNotFound) {
			return err
		}
		if err := from.MoveBucket(sub, a.bucket); err != nil {
			return err
		}
	}
	a.uids, a.order = a.bucket.Bucket(bucketUIDs), a.bucket.Bucket(bucketOrder)
	a.unseen, a.gone = a.bucket.Bucket(bucketUnseen), a.bucket.Bucket(bucketGone)
	a.NextSeq = staged.NextSeq
	return tx.DeleteBucket([]byte(stagingName(account)))
}

// describeStaged adds the headers of the few that have them.
func (a *accountLedger) describeStaged(list []Arrival) error {
	for _, n := range list {
		a.learn(n.Header)
		_, err := a.change(n.UID, func(r *Record) { r.describe(n) })
		if err != nil {
			return err
		}
	}
	return nil
}
