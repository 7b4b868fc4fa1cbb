package ledger

import (
	"crypto/sha256"
	"encoding/json"
	"time"

	"go.etcd.io/bbolt"
)

// bucketFetched is within an account's: place + UID -> fetchedRecord. It is not
// among those that begin anew with another maildrop, which its keys name, nor
// among those that every account has.
var (
	bucketFetched = []byte("fetched")
	// keySwept is when it was last swept; no place begins so.
	keySwept = []byte("swept")
)

// placeLength is that of the digest of maildrop and target that begins a key.
const placeLength = 16

func fetchedTo(maildrop, target string) []byte {
	sum := sha256.Sum256([]byte(maildrop + "\x00" + target))
	return sum[:placeLength]
}

// Fetched is a message that was fetched to a place. Octets, Header and
// Copy are the caller's, to know it again.
type Fetched struct {
	UID    string
	Octets int64
	Header string
	Copy   string
}

type fetchedRecord struct {
	At     time.Time `json:"t"`
	Octets int64     `json:"o,omitempty"`
	Header string    `json:"h,omitempty"`
	Copy   string    `json:"c,omitempty"`
}

// fetchedAfter is how long it is remembered that a message was fetched, at least;
// those that the ledger knows to be on the server are never forgotten.
const fetchedAfter = 180 * 24 * time.Hour

// Fetched remembers that messages of a maildrop were fetched to target.
func (l *Ledger) Fetched(account, maildrop, target string, list []Fetched, now time.Time) error {
	return l.update(account, func(a *accountLedger) error {
		b, err := a.bucket.CreateBucketIfNotExists(bucketFetched)
		if err != nil {
			return err
		}
		at := fetchedTo(maildrop, target)
		for _, m := range list {
			raw, err := json.Marshal(fetchedRecord{now.UTC().Truncate(time.Second), m.Octets, m.Header, m.Copy})
			if err != nil {
				return err
			}
			if err := b.Put(append(at[:placeLength:placeLength], m.UID...), raw); err != nil {
				return err
			}
		}
		return a.sweepFetched(b, now)
	})
}

// sweepFetched forgets, once a day, what was fetched long ago and is not known
// to be on the server.
func (a *accountLedger) sweepFetched(b *bbolt.Bucket, now time.Time) error {
	var swept time.Time
	if raw := b.Get(keySwept); raw != nil {
		_ = swept.UnmarshalText(raw) // what cannot be read is swept anew
	}
	if now.Sub(swept).Abs() < 24*time.Hour {
		return nil
	}
	c := b.Cursor()
	for k, raw := c.First(); k != nil; k, raw = c.Next() {
		if len(k) <= placeLength {
			continue
		}
		var r fetchedRecord
		if err := json.Unmarshal(raw, &r); err != nil {
			return err
		}
		if now.Sub(r.At) < fetchedAfter {
			continue
		}
		known, ok, err := a.get(string(k[placeLength:]))
		if err != nil {
			return err
		}
		if ok && known.Gone.IsZero() {
			continue
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	raw, err := now.UTC().MarshalText()
	if err != nil {
		return err
	}
	return b.Put(keySwept, raw)
}

// FetchedBefore returns those of these messages that were fetched to target.
func (l *Ledger) FetchedBefore(account, maildrop, target string, uids ...string) (list []Fetched, err error) {
	err = l.view(account, func(a *accountLedger) error {
		list = nil
		if a.bucket == nil {
			return nil
		}
		b := a.bucket.Bucket(bucketFetched)
		if b == nil {
			return nil
		}
		at := fetchedTo(maildrop, target)
		for _, uid := range uids {
			raw := b.Get(append(at[:placeLength:placeLength], uid...))
			if raw == nil {
				continue
			}
			var r fetchedRecord
			if err := json.Unmarshal(raw, &r); err != nil {
				return err
			}
			list = append(list, Fetched{uid, r.Octets, r.Header, r.Copy})
		}
		return nil
	})
	return list, err
}
