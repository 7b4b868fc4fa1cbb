package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// verify walks through the whole file. bbolt meets damage only where it
// reads, and an account whose records cannot be read would fail at every poll
// from then on. Of a newer file it judges nothing but the version.
func verify(tx *bbolt.Tx) error {
	if n, err := versionOf(tx); err != nil {
		return err
	} else if n > version {
		return ErrNewer
	}
	err := tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
		if bytes.Equal(name, bucketFile) {
			return nil
		}
		if err := verifyAccount(b); err != nil {
			return damage{fmt.Errorf("account %s: %w", name, err)}
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
			err = damage{found}
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

// Inspection is what Inspect found.
type Inspection struct {
	// Polled says when each account was last polled.
	Polled map[string]time.Time
	// SetAside is where a damaged ledger was moved to, if nobody has been told.
	SetAside string
}

// Inspect walks through the ledger at path without changing it, whatever it
// finds. A missing file is not an error.
func Inspect(path string) (found Inspection, err error) {
	const patience = 2 * time.Second
	missing, err := statFile(path, patience)
	if missing {
		return found, nil
	}
	var db *bbolt.DB
	if err == nil {
		db, err = openFile(path, bbolt.Options{ReadOnly: true, PreLoadFreelist: true, Timeout: patience})
	}
	if errors.Is(err, bbolterrors.ErrTimeout) {
		return found, ErrBusy
	}
	if err != nil {
		return found, err
	}
	found.Polled = map[string]time.Time{}
	err = inspect(db, func(tx *bbolt.Tx) error {
		found.SetAside = asideOf(tx)
		return tx.ForEach(func(name []byte, b *bbolt.Bucket) error {
			if bytes.Equal(name, bucketFile) {
				return nil
			}
			m, err := readMeta(b)
			found.Polled[string(name)] = m.LastPoll
			return err
		})
	})
	return found, errors.Join(err, db.Close())
}
