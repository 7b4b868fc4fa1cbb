package ledger

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"go.etcd.io/bbolt"
	bbolterrors "go.etcd.io/bbolt/errors"
)

// version is that of the file's layout. It grows when an older program would
// misread what a newer one writes; a field more is no reason.
const version = 1

// ErrNewer: the file was written by a newer program, in a layout that this one
// does not know. Nothing is wrong with it.
var ErrNewer = errors.New("the ledger was written by a newer version")

// What is about the file stands in a bucket that no account's ID looks like.
var (
	bucketFile = []byte("\x00file")
	keyVersion = []byte("version")
	keyAside   = []byte("aside")
)

// damage is an error that says that the file is not what was written.
type damage struct{ err error }

func (d damage) Error() string { return "damaged: " + d.err.Error() }
func (d damage) Unwrap() error { return d.err }

func damaged(err error) bool {
	_, ok := errors.AsType[damage](err)
	return ok
}

// Open opens the file at path. A file that is damaged is set aside and its new
// name returned; the new ledger is empty, and remembers the name until
// Acknowledge. Whatever else keeps the file from being opened is an error and
// leaves it where it is: it may open the next time. ErrNewer is one of these.
func Open(path string, now time.Time) (l *Ledger, aside string, err error) {
	l, err = try(path)
	if damaged(err) {
		// What a disk does not give looks like damage to bbolt, which maps the
		// file or does not say why it could not read.
		if unreadable := readThrough(path); unreadable != nil {
			err = unreadable
		}
	}
	if damaged(err) {
		var renamed error
		if aside, renamed = setAside(path, now); renamed != nil {
			return nil, "", fmt.Errorf("setting the ledger aside: %w", errors.Join(err, renamed))
		}
		l, err = try(path)
	}
	if err == nil {
		// Without a label it is of the first version, and the disk may be full.
		if err = l.label(aside); err == nil || aside == "" {
			return l, aside, nil
		}
		err = errors.Join(err, l.Close(), os.Remove(path))
	}
	if aside != "" {
		// The next time, somebody is to be told.
		err = errors.Join(fmt.Errorf("making a new one in the place of a damaged one: %w", err), os.Rename(aside, path))
	}
	return nil, "", fmt.Errorf("opening the ledger: %w", err)
}

// setAside moves a damaged file to a name that nothing has yet: two may be set
// aside within a second. Whoever opens a ledger holds the lifetime lock, so
// nobody takes the name in between.
func setAside(path string, now time.Time) (aside string, err error) {
	first := path + ".damaged-" + now.UTC().Format("20060102T150405")
	aside = first
	for n := 2; ; n++ {
		if _, err := os.Lstat(aside); errors.Is(err, os.ErrNotExist) {
			return aside, os.Rename(path, aside)
		} else if err != nil {
			return "", err
		}
		aside = first + "-" + strconv.Itoa(n)
	}
}

// growBy is how much more room than it needs the file takes, in octets; bbolt's
// own 16 MB are more than most ledgers ever have.
const growBy = 1 << 20

// try opens the file and walks through it once.
func try(path string) (l *Ledger, err error) {
	const patience = 5 * time.Second
	missing, err := statFile(path, patience)
	if err != nil {
		return nil, err
	}
	db, err := openFile(path, bbolt.Options{Timeout: patience})
	if err != nil {
		// An empty file that is left behind would pass for one that lost its
		// content.
		if info, statErr := os.Stat(path); missing && statErr == nil && info.Size() == 0 {
			_ = os.Remove(path)
		}
		return nil, err
	}
	if err := inspect(db, func(*bbolt.Tx) error { return nil }); err != nil {
		_ = db.Close()
		return nil, err
	}
	db.AllocSize = growBy
	l = &Ledger{db: db}
	l.Fill(-1)
	return l, nil
}

// openFile is bbolt's, which panics on damage that it meets.
func openFile(path string, o bbolt.Options) (db *bbolt.DB, err error) {
	var file *os.File
	defer catchFaults()()
	defer func() {
		if p := recover(); p != nil {
			// It is still open, and Windows lets nobody rename an open file.
			err = damage{errors.Join(fmt.Errorf("%v", p), file.Close())}
		}
	}()
	o.OpenFile = func(name string, flag int, mode os.FileMode) (f *os.File, err error) {
		file, err = os.OpenFile(name, flag, mode) // #nosec G304 -- our own ledger
		return file, err
	}
	db, err = bbolt.Open(path, 0o600, &o)
	return db, judged(err)
}

// inspect verifies a file and lets f read it.
func inspect(db *bbolt.DB, f func(*bbolt.Tx) error) error {
	return view(db, func(tx *bbolt.Tx) error {
		if err := verify(tx); err != nil {
			return err
		}
		return f(tx)
	})
}

// view is bbolt's, for which what it cannot read is an error.
func view(db *bbolt.DB, f func(*bbolt.Tx) error) (err error) {
	defer catchFaults()()
	defer func() {
		if p := recover(); p != nil {
			err = damage{fmt.Errorf("%v", p)}
		}
	}()
	return db.View(f)
}

// statFile says whether there is no file yet. bbolt takes an empty one for
// new, and panics over less than two pages or names no error that could be
// told from others. Nor may it open for writing what is cut short: it panics
// where its list of free pages is missing and leaves the file mapped, which
// Windows then lets nobody delete, and there it makes the file longer first.
func statFile(path string, patience time.Duration) (missing bool, err error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return true, nil
	case err != nil:
		return false, err
	case !info.Mode().IsRegular():
		return false, nil
	case info.Size() < int64(2*os.Getpagesize()):
		return false, damage{fmt.Errorf("the file has %d octets", info.Size())}
	}
	db, err := openFile(path, bbolt.Options{ReadOnly: true, Timeout: patience})
	if err != nil {
		return false, err
	}
	err = view(db, func(tx *bbolt.Tx) error {
		if info.Size() < tx.Size() {
			return damage{errors.New("the file is cut short")}
		}
		return nil
	})
	return false, errors.Join(err, db.Close())
}

// judged marks as damage what bbolt says of the content of a file; all other
// errors are about the system, and may pass.
func judged(err error) error {
	for _, is := range []error{bbolterrors.ErrInvalid, bbolterrors.ErrVersionMismatch, bbolterrors.ErrChecksum} {
		if errors.Is(err, is) {
			return damage{err}
		}
	}
	return err
}

// readThrough reads the whole file, and says what keeps it from that.
func readThrough(path string) error {
	f, err := os.Open(path) // #nosec G304 -- our own ledger
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, f)
	return errors.Join(err, f.Close())
}

// label notes the file's version, and where the one before it was set aside.
func (l *Ledger) label(aside string) (err error) {
	defer catchFaults()()
	defer recoverDamage(&err)
	if aside == "" {
		labelled := false
		if err := l.db.View(func(tx *bbolt.Tx) error {
			labelled = tx.Bucket(bucketFile) != nil
			return nil
		}); err != nil || labelled {
			return err
		}
	}
	return l.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists(bucketFile)
		if err != nil {
			return err
		}
		if err := b.Put(keyVersion, strconv.AppendInt(nil, version, 10)); err != nil || aside == "" {
			return err
		}
		return b.Put(keyAside, []byte(aside))
	})
}

// versionOf is the version of a file; those that have no label are of the first.
func versionOf(tx *bbolt.Tx) (int, error) {
	b := tx.Bucket(bucketFile)
	if b == nil {
		return 1, nil
	}
	n, err := strconv.Atoi(string(b.Get(keyVersion)))
	if err != nil || n < 1 {
		return 0, damage{fmt.Errorf("version %q", b.Get(keyVersion))}
	}
	return n, nil
}

// SetAside is where a damaged ledger was moved to, by whichever process found
// it so; empty if none was, or since Acknowledge.
func (l *Ledger) SetAside() (aside string, err error) {
	defer catchFaults()()
	defer recoverDamage(&err)
	return aside, l.db.View(func(tx *bbolt.Tx) error {
		aside = asideOf(tx)
		return nil
	})
}

func asideOf(tx *bbolt.Tx) string {
	if b := tx.Bucket(bucketFile); b != nil {
		return string(b.Get(keyAside))
	}
	return ""
}

// Acknowledge ends SetAside: somebody says it who is heard.
func (l *Ledger) Acknowledge() (err error) {
	defer catchFaults()()
	defer recoverDamage(&err)
	return l.db.Update(func(tx *bbolt.Tx) error {
		if b := tx.Bucket(bucketFile); b != nil {
			return b.Delete(keyAside)
		}
		return nil
	})
}
