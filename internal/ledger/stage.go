package ledger

import (
	"errors"
	"time"

	bbolterrors "go.etcd.io/bbolt/errors"
)

// stageChunk is how many messages go into one transaction of a staging.
const stageChunk = 1000

// Staging takes the UIDs of a first poll into the ledger while they arrive,
// some thousand at a time, so that memory does not grow with the maildrop.
// Nothing counts until adopt; what a crash leaves behind is discarded by the
// next staging.
type Staging struct {
	ledger *Ledger
	name   string
	now    time.Time
	chunk  []string
}

// stagingName is the name of a bucket beside the accounts'; no ID looks like
// it.
func stagingName(account string) string { return account + "\x00staging" }

// Stage begins a staging for an account, and discards what an earlier one left.
func (l *Ledger) Stage(account string, now time.Time) (*Staging, error) {
	s := &Staging{ledger: l, name: stagingName(account), now: now}
	return s, l.remove(s.name)
}

// Add takes the next UID.
func (s *Staging) Add(uid string) error {
	s.chunk = append(s.chunk, uid)
	if len(s.chunk) < stageChunk {
		return nil
	}
	return s.Flush()
}

// Flush writes what Add has not written yet.
func (s *Staging) Flush() error {
	err := s.ledger.update(s.name, func(a *accountLedger) error {
		for _, uid := range s.chunk {
			if err := a.arrive(uid, Record{FirstSeen: s.now, Seen: true, Announced: true}); err != nil {
				return err
			}
		}
		return nil
	})
	s.chunk = s.chunk[:0]
	return err
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
