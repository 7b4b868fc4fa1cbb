package ledger

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// verify walks through the whole file. bbolt meets damage only where it
// reads, and an account whose records cannot be read would fail at every poll
// from then on.
func verify(path string, tx *bbolt.Tx) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.Size() < tx.Size():
		return fmt.Errorf("%w: the file is cut short", errDamaged)
	}
	err = tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		if err := verifyAccount(b); err != nil {
			return fmt.Errorf("%w: account %s: %w", errDamaged, name, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	// What is free must be free: bbolt would write over what is not.
	for found := range tx.Check() {
		// A page that nobody uses harms nobody.
		if err == nil && !strings.HasSuffix(found.Error(), "unreachable unfreed") {
			err = fmt.Errorf("%w: %w", errDamaged, found)
		}
	}
	return err
}

func verifyAccount(b *bbolt.Bucket) error {
	if b == nil {
		return errors.New("not a bucket")
	}
	if _, err := readMeta(b); err != nil {
		return err
	}
	for _, sub := range [][]byte{bucketUIDs, bucketOrder, bucketUnseen, bucketGone} {
		if b.Bucket(sub) == nil {
			return fmt.Errorf("bucket %s is missing", sub)
		}
	}
	uids := b.Bucket(bucketUIDs)
	err := uids.ForEach(func(uid, raw []byte) error {
		// Valid JSON is not enough: whatever reads this record later would fail.
		if err := json.Unmarshal(raw, new(Record)); err != nil {
			return fmt.Errorf("record of %q: %w", uid, err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, index := range [][]byte{bucketOrder, bucketUnseen} {
		err := b.Bucket(index).ForEach(func(seq, uid []byte) error {
			if len(seq) != 8 || uids.Get(uid) == nil {
				return fmt.Errorf("%s refers to %q, which has no record", index, uid)
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	return b.Bucket(bucketGone).ForEach(func(key, _ []byte) error {
		if len(key) <= 8 || uids.Get(key[8:]) == nil {
			return fmt.Errorf("%s refers to %q, which has no record", bucketGone, key)
		}
		return nil
	})
}

// ErrBusy: another process has the ledger open.
var ErrBusy = errors.New("the ledger is in use")

// Inspect walks through the ledger at path without changing it, whatever it
// finds, and returns when each account was last polled. A missing file is not
// an error.
func Inspect(path string) (polled map[string]time.Time, err error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	defer catchFaults()()
	var db *bbolt.DB
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", errDamaged, p)
		}
		if db != nil {
			err = errors.Join(err, db.Close())
		}
	}()
	db, err = bbolt.Open(path, 0o600, &bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: 2 * time.Second})
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return nil, ErrBusy
	}
	if err != nil {
		return nil, err
	}
	polled = map[string]time.Time{}
	return polled, db.View(func(tx *bbolt.Tx) error {
		if err := verify(path, tx); err != nil {
			return err
		}
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			m, err := readMeta(b)
			polled[string(name)] = m.LastPoll
			return err
		})
	})
}
