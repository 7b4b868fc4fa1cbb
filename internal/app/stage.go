package app

import (
	"context"
	"errors"
	"time"

	bbolterrors "go.etcd.io/bbolt/errors"

	"github.com/traymail/traymail/internal/pop3"
)

const (
	// stageFrom is the size of a maildrop, in messages, from which on a first
	// poll is staged.
	stageFrom = 2000
	// stageChunk is how many messages go into one transaction of that.
	stageChunk = 1000
)

// staging takes the UIDs of a first poll into the ledger while they arrive,
// some thousand at a time, so that memory does not grow with the maildrop.
// Nothing of it counts until adopt; what a crash leaves is thrown away by the
// next first poll.
type staging struct {
	ledger *ledger
	name   string
	now    time.Time
	chunk  []string
}

// stagingName is that of a bucket beside the accounts'; no ID is like it.
func stagingName(account string) string { return account + "\x00staging" }

func (l *ledger) stage(account string, now time.Time) (*staging, error) {
	s := &staging{ledger: l, name: stagingName(account), now: now}
	return s, l.forget(s.name)
}

func (s *staging) add(uid string) error {
	s.chunk = append(s.chunk, uid)
	if len(s.chunk) < stageChunk {
		return nil
	}
	return s.flush()
}

func (s *staging) flush() error {
	err := s.ledger.update(s.name, func(a *accountLedger) error {
		for _, uid := range s.chunk {
			if err := a.arrive(uid, record{FirstSeen: s.now, Seen: true, Announced: true}); err != nil {
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
func (a *accountLedger) describeStaged(list []newcomer) error {
	for _, n := range list {
		_, err := a.change(n.uid, func(r *record) {
			r.Described, r.From, r.Subject = n.described, n.header.From, n.header.Subject
			r.Address = addressOf(n.header)
			r.Date, r.MessageID, r.Octets = n.header.Date, n.header.MessageID, n.octets
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// pollFirst is pollFull for the baseline of a large maildrop.
func (s *Service) pollFirst(ctx context.Context, c *pop3.Client, account string, o *outcome) error {
	stage, err := s.ledger.stage(account, s.now())
	if err != nil {
		return err
	}
	rows := 0
	var last pop3.Listing
	var newest []newcomer
	for row, err := range identities(ctx, c, o.stat.Messages, false) {
		if err != nil {
			return err
		}
		if err := stage.add(row.UID); err != nil {
			return err
		}
		rows++
		if row.Number > last.Number {
			last = row
		}
		if newest = append(newest, newcomer{number: row.Number, uid: row.UID}); len(newest) > 10*describedBaseline {
			newest = append(newest[:0], newest[len(newest)-describedBaseline:]...)
		}
	}
	if err := stage.flush(); err != nil {
		return err
	}
	o.mode, o.staged = modeFull, true
	o.complete, o.numbered, o.lastUID = rows == o.stat.Messages, last.Number == rows, last.UID
	o.fresh = newest[max(0, len(newest)-describedBaseline):]
	o.cut = s.describeAll(ctx, c, o.fresh)
	return nil
}
