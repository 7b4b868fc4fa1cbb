// Package ledger remembers what POP3 does not: every UID on the server in the
// server's order, and for each whether it was announced and seen, with sender,
// subject and date where they are known. It is the only importer of the
// database. Every method is one whole transaction on the file; none calls back
// while that is open, so that no network, no user and no other lock can hold
// the ledger up.
package ledger

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// Ledger is the file with all accounts. It is safe for concurrent use. One
// bucket per account holds
//
//	meta    one JSON document
//	uids    UID -> Record, also of messages that left the server
//	order   sequence -> UID of what is on the server, in server order
//	unseen  sequence -> UID of what is on the server and not seen
//	gone    time + UID of what left, for forgetting it in time
//
// and one that is no account's what is about the file. Every change is one
// transaction.
type Ledger struct {
	db *bbolt.DB
	// room is how many changes the disk takes; negative: any number. See Fill.
	room atomic.Int64
}

var (
	bucketUIDs   = []byte("uids")
	bucketOrder  = []byte("order")
	bucketUnseen = []byte("unseen")
	bucketGone   = []byte("gone")
	keyMeta      = []byte("meta")
)

// tombstone is how long a UID that left is remembered: when it comes back, it
// is not new.
const tombstone = 30 * 24 * time.Hour

// Meta is what the ledger knows of a maildrop as a whole. The zero value is
// that of an account without a poll.
type Meta struct {
	// Maildrop names server and user; for another one the ledger starts over.
	Maildrop string `json:"maildrop"`
	// Baseline is set by the first poll that succeeded.
	Baseline bool `json:"baseline"`
	// Count, Octets and LastUID are those of the last poll. Octets is -1
	// where the server's sums are of no use.
	Count   int    `json:"count"`
	Octets  int64  `json:"octets"`
	LastUID string `json:"last_uid,omitempty"`
	// Partial counts first polls whose UIDL was cut short: what was counted and
	// not listed is not new either.
	Partial int `json:"partial,omitempty"`
	// Lists counts full lists.
	Lists uint64 `json:"lists,omitempty"`
	// Misled counts polls in a row that failed until nothing was pipelined.
	Misled int `json:"misled,omitempty"`
	// Incremental polls may build on this: the last full UIDL was complete,
	// its numbers had no gaps, and nothing is left to be looked at at once.
	Incremental bool      `json:"incremental,omitempty"`
	LastFull    time.Time `json:"last_full,omitzero"`
	LastPoll    time.Time `json:"last_poll,omitzero"`
	// EmptyOnce: the last poll said that a maildrop with messages is empty (P17).
	EmptyOnce bool `json:"empty_once,omitempty"`
	// NoUIDL: the server has no UIDL; UIDs are digests of headers and size.
	NoUIDL bool `json:"no_uidl,omitempty"`
	// Shared: the last full UIDL had one for several messages.
	Shared bool `json:"shared,omitempty"`
	// Surplus is how many more messages are listed than Count, which is what the
	// server says; negative where there are fewer.
	Surplus int `json:"surplus,omitempty"`
	// SizesLie: LIST and STAT disagree on this server (P18).
	SizesLie bool `json:"sizes_lie,omitempty"`
	// Unchecked: the sum of the sizes has changed, and messages could not be
	// looked at for others under their UIDs. Measured is when all sizes were
	// last listed for that, or should have been.
	Unchecked bool      `json:"unchecked,omitempty"`
	Measured  time.Time `json:"measured,omitzero"`
	NextSeq   uint64    `json:"next_seq"`
	// Marks are some messages that the last full UIDL listed, the first among
	// them: as long as they are in their places, an old part that looks
	// unchanged most likely is.
	Marks []Row `json:"marks,omitempty"`
	// Unordered: the server has listed a new message before an old one.
	Unordered bool `json:"unordered,omitempty"`
	// Search is whether what left may be searched for. Unsized: the sum of the
	// sizes is without that of a message that left, whose size was not known;
	// the next full poll looks at the sizes.
	Search  Search `json:"search,omitempty"`
	Unsized bool   `json:"unsized,omitempty"`
	// Hints are what the client learned of the server, in its own form, and
	// Learned is when it last asked for what the server can do.
	Hints   json.RawMessage `json:"hints,omitempty"`
	Learned time.Time       `json:"learned,omitzero"`
	// Renewed: the user has changed the account since the last poll, so that it
	// proves nothing of the credentials.
	Renewed bool `json:"renewed,omitempty"`
	// Refused are the logins that were refused since the last that was not.
	Refused *Refusal `json:"refused,omitempty"`
	// Patience is since when the server has asked for some at every poll that
	// reached it; zero while it does not.
	Patience time.Time `json:"patience,omitzero"`
	// Told names what is wrong with the account, as the user was told; empty
	// since a poll succeeded.
	Told string `json:"told,omitempty"`
	// Senders are the last that wrote in another charset than UTF-8, the
	// latest at the end.
	Senders []Sender `json:"senders,omitempty"`
}

// Search says whether what left a maildrop may be searched for instead of
// listing everything.
type Search int

const (
	// SearchUntried: nobody has compared both ways.
	SearchUntried Search = iota
	// SearchAgrees: both have found the same.
	SearchAgrees
	// SearchRelied: both have, and since the last full list a search was
	// relied upon.
	SearchRelied
	// SearchDiffers: they have not, at any time.
	SearchDiffers
)

// Sender is an address and the charset that it writes in.
type Sender struct {
	Address string `json:"a"`
	Charset string `json:"c"`
}

// maxSenders is how many senders are remembered: this is written with every poll.
const maxSenders = 64

// Charset is the one that an address has written in, or empty.
func (m Meta) Charset(address string) string {
	i := slices.IndexFunc(m.Senders, func(s Sender) bool { return strings.EqualFold(s.Address, address) })
	if i < 0 || address == "" {
		return ""
	}
	return m.Senders[i].Charset
}

// learn remembers the charset of a message's sender.
func (m *Meta) learn(h Header) {
	address := h.Address
	if address == "" {
		address = h.From
	}
	if h.Charset == "" || address == "" || len(address) > 100 {
		return
	}
	address = strings.ToLower(address)
	m.Senders = slices.DeleteFunc(m.Senders, func(s Sender) bool { return s.Address == address })
	m.Senders = append(m.Senders, Sender{address, h.Charset})
	m.Senders = m.Senders[max(0, len(m.Senders)-maxSenders):]
}

// Record is what the ledger knows of a message.
type Record struct {
	Seq       uint64    `json:"q"`
	FirstSeen time.Time `json:"t,omitzero"`
	Announced bool      `json:"a,omitempty"`
	Seen      bool      `json:"s,omitempty"`
	// Gone is when it left the server; zero while it is there.
	Gone time.Time `json:"g,omitzero"`
	// Missed is the last full list that lacked it while STAT counted more than
	// that listed; by Meta.Lists.
	Missed uint64 `json:"x,omitempty"`
	// The headers are known if Described is set.
	Described bool   `json:"h,omitempty"`
	From      string `json:"f,omitempty"`
	// Address is the sender's where From has the name; empty in older ledgers.
	Address   string    `json:"e,omitempty"`
	Subject   string    `json:"j,omitempty"`
	Date      time.Time `json:"d,omitzero"`
	MessageID string    `json:"m,omitempty"`
	Octets    int64     `json:"o,omitempty"`
	// Charset is the one that its undeclared octets were read in, or that it
	// declares; empty for UTF-8, and in older ledgers.
	Charset string `json:"c,omitempty"`
	// Moved: it left this UID for another.
	Moved bool `json:"v,omitempty"`
	// Unshown: it took the UID of another message, and nobody has been shown
	// under which UID it is. Who names that means the other one.
	Unshown bool `json:"u,omitempty"`
}

// Entry is a message on the server, or one that left.
type Entry struct {
	UID string
	Record
}

// Close closes the file. Every other call has returned by then.
func (l *Ledger) Close() error { return l.db.Close() }

// view and update run f on an account's bucket. Damage that bbolt finds only
// now becomes an error.
func (l *Ledger) view(account string, f func(*accountLedger) error) (err error) {
	defer catchFaults()()
	defer recoverDamage(&err)
	return l.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(account))
		if b == nil {
			return f(&accountLedger{})
		}
		return withAccount(b, f)
	})
}

func (l *Ledger) update(account string, f func(*accountLedger) error) (err error) {
	defer catchFaults()()
	defer recoverDamage(&err)
	return l.write(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(account))
		if err != nil {
			return err
		}
		for _, sub := range [][]byte{bucketUIDs, bucketOrder, bucketUnseen, bucketGone} {
			if _, err := b.CreateBucketIfNotExists(sub); err != nil {
				return err
			}
		}
		return withAccount(b, func(a *accountLedger) error {
			if err := f(a); err != nil {
				return err
			}
			return a.writeMeta()
		})
	})
}

func (l *Ledger) write(f func(*bbolt.Tx) error) error {
	return l.db.Update(func(tx *bbolt.Tx) error {
		if err := f(tx); err != nil {
			return err
		}
		switch room := l.room.Load(); {
		case room == 0:
			return fmt.Errorf("writing the ledger: %w", syscall.ENOSPC)
		case room > 0:
			l.room.Add(-1)
		}
		return nil
	})
}

// catchFaults makes a panic of reading a map beyond the end of its file, which
// is how a truncated file shows. It returns what undoes that.
func catchFaults() func() {
	before := debug.SetPanicOnFault(true)
	return func() { debug.SetPanicOnFault(before) }
}

func recoverDamage(err *error) {
	if p := recover(); p != nil {
		*err = fmt.Errorf("the ledger is damaged: %v", p)
	}
}

// Forget removes all that is known of an account.
func (l *Ledger) Forget(account string) error { return l.remove(account, stagingName(account)) }

func (l *Ledger) remove(buckets ...string) (err error) {
	defer catchFaults()()
	defer recoverDamage(&err)
	return l.write(func(tx *bbolt.Tx) error {
		for _, name := range buckets {
			if err := tx.DeleteBucket([]byte(name)); err != nil && !errors.Is(err, bbolterrors.ErrBucketNotFound) {
				return err
			}
		}
		return nil
	})
}

// accountLedger is one account's part within a transaction. Its buckets are
// nil for an account that is not known yet.
type accountLedger struct {
	Meta
	bucket, uids, order, unseen, gone *bbolt.Bucket
}

func withAccount(b *bbolt.Bucket, f func(*accountLedger) error) error {
	m, err := readMeta(b)
	if err != nil {
		return err
	}
	return f(&accountLedger{
		Meta: m, bucket: b, uids: b.Bucket(bucketUIDs), order: b.Bucket(bucketOrder),
		unseen: b.Bucket(bucketUnseen), gone: b.Bucket(bucketGone),
	})
}

func readMeta(b *bbolt.Bucket) (m Meta, err error) {
	if raw := b.Get(keyMeta); raw != nil {
		err = json.Unmarshal(raw, &m)
	}
	return m, err
}

func (a *accountLedger) writeMeta() error {
	raw, err := json.Marshal(a.Meta)
	if err != nil {
		return err
	}
	return a.bucket.Put(keyMeta, raw)
}

// reset forgets everything, as for a new account.
func (a *accountLedger) reset() error {
	for _, sub := range [][]byte{bucketUIDs, bucketOrder, bucketUnseen, bucketGone} {
		if err := a.bucket.DeleteBucket(sub); err != nil {
			return err
		}
		if _, err := a.bucket.CreateBucket(sub); err != nil {
			return err
		}
	}
	a.Meta = Meta{}
	a.uids, a.order = a.bucket.Bucket(bucketUIDs), a.bucket.Bucket(bucketOrder)
	a.unseen, a.gone = a.bucket.Bucket(bucketUnseen), a.bucket.Bucket(bucketGone)
	return nil
}

func (a *accountLedger) known() bool { return a.bucket != nil }

func (a *accountLedger) get(uid string) (r Record, ok bool, err error) {
	if !a.known() {
		return r, false, nil
	}
	raw := a.uids.Get([]byte(uid))
	if raw == nil {
		return r, false, nil
	}
	return r, true, json.Unmarshal(raw, &r)
}

func (a *accountLedger) put(uid string, r Record) error {
	raw, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return a.uids.Put([]byte(uid), raw)
}

func seqKey(seq uint64) []byte { return binary.BigEndian.AppendUint64(nil, seq) }

func goneKey(t time.Time, uid string) []byte {
	return append(binary.BigEndian.AppendUint64(nil, uint64(max(0, t.Unix()))), uid...)
}

// arrive puts a message at the end of the server's order. One that was gone
// comes back as it was.
func (a *accountLedger) arrive(uid string, r Record) error {
	if uid == "" {
		return errors.New("empty UID")
	}
	before, ok, err := a.get(uid)
	if err != nil {
		return err
	}
	if ok {
		if before.Gone.IsZero() {
			return nil // a duplicate UID (P15)
		}
		if err := a.gone.Delete(goneKey(before.Gone, uid)); err != nil {
			return err
		}
		r = before
		r.Gone, r.Moved = time.Time{}, false
	}
	return a.last(uid, r)
}

// move puts a message at the end of the server's order, where it is listed now.
func (a *accountLedger) move(uid string) error {
	r, ok, err := a.get(uid)
	if err != nil || !ok || !r.Gone.IsZero() {
		return err
	}
	if err := errors.Join(a.order.Delete(seqKey(r.Seq)), a.unseen.Delete(seqKey(r.Seq))); err != nil {
		return err
	}
	return a.last(uid, r)
}

// last writes a message that stands at the end of the server's order.
func (a *accountLedger) last(uid string, r Record) error {
	r.Seq = a.NextSeq
	a.NextSeq++
	if err := a.order.Put(seqKey(r.Seq), []byte(uid)); err != nil {
		return err
	}
	if !r.Seen {
		if err := a.unseen.Put(seqKey(r.Seq), []byte(uid)); err != nil {
			return err
		}
	}
	return a.put(uid, r)
}

// leave records that a message is no longer on the server.
func (a *accountLedger) leave(uid string, now time.Time) error {
	r, ok, err := a.get(uid)
	if err != nil || !ok || !r.Gone.IsZero() {
		return err
	}
	r.Gone = now
	return errors.Join(
		a.order.Delete(seqKey(r.Seq)), a.unseen.Delete(seqKey(r.Seq)),
		a.gone.Put(goneKey(now, uid), nil), a.put(uid, r),
	)
}

// minTombstones is how many UIDs that left are remembered in any case.
const minTombstones = 500

// sweepWithin is how long ago, by the clock, the last full list may be for what
// left to be swept by its time: a clock that is wrong for once, or was, makes
// everything look old.
const sweepWithin = 7 * 24 * time.Hour

// sweep forgets what left long ago (aged), and the first of more than a maildrop
// with count messages can be expected to get back. While the server counts more
// than it lists, what left may be what it does not list: only the number counts
// then.
func (a *accountLedger) sweep(now time.Time, count int, aged bool) error {
	limit := goneKey(now.Add(-tombstone), "")
	if !aged {
		limit = nil
	}
	tooMany := a.gone.Stats().KeyN - max(minTombstones, 2*count)
	c := a.gone.Cursor()
	for k, _ := c.First(); k != nil && (tooMany > 0 || string(k) < string(limit)); k, _ = c.Next() {
		tooMany--
		if err := a.uids.Delete(k[8:]); err != nil {
			return err
		}
		if err := c.Delete(); err != nil {
			return err
		}
	}
	return nil
}

// change reads, changes and writes a record that exists.
func (a *accountLedger) change(uid string, f func(*Record)) (existed bool, err error) {
	r, ok, err := a.get(uid)
	if err != nil || !ok {
		return false, err
	}
	was := r.Seen
	f(&r)
	switch {
	case r.Seen:
		err = a.unseen.Delete(seqKey(r.Seq))
	case was && r.Gone.IsZero():
		err = a.unseen.Put(seqKey(r.Seq), []byte(uid))
	}
	if err != nil {
		return true, err
	}
	return true, a.put(uid, r)
}

// newest calls f for what is in an index (order or unseen), newest first,
// until it returns false.
func (a *accountLedger) newest(index *bbolt.Bucket, f func(uid string, r Record) bool) error {
	if index == nil {
		return nil
	}
	c := index.Cursor()
	for k, uid := c.Last(); k != nil; k, uid = c.Prev() {
		r, ok, err := a.get(string(uid))
		if err != nil {
			return err
		}
		if ok && !f(string(uid), r) {
			return nil
		}
	}
	return nil
}

// unseenCount counts what is unseen, in time proportional to that.
func (a *accountLedger) unseenCount() int {
	if a.unseen == nil {
		return 0
	}
	return count(a.unseen)
}

// count counts what is in an index, with what this transaction has changed in it.
func count(index *bbolt.Bucket) (n int) {
	c := index.Cursor()
	for k, _ := c.First(); k != nil; k, _ = c.Next() {
		n++
	}
	return n
}

// NoSync leaves it to the system when the file is written, for tests in which
// the machine does not crash.
func (l *Ledger) NoSync() { l.db.NoSync = true }

// Fill lets so many more changes succeed and then fails each, as a full disk
// does, for tests. A negative number frees the disk again.
func (l *Ledger) Fill(room int) { l.room.Store(int64(room)) }
