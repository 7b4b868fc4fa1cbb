// Package mailfile writes messages where mail programs read them: into a maildir,
// an mbox file, or a folder of .eml files. A message is there whole or not at
// all, and on the disk, not only on its way there, once Sync has returned after
// Commit. It knows no network, and never changes what it finds
// there, but for the rest of a message of its own that a crash has cut off.
package mailfile

import (
	"bufio"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"time"
)

// Kind is a form of mail storage.
type Kind string

// The kinds.
const (
	// Maildir is a folder with tmp, new and cur; messages go to new, with LF
	// (https://cr.yp.to/proto/maildir.html).
	Maildir Kind = "maildir"
	// Mbox is one file, in the form of RFC 4155 with lines that begin with
	// "From " quoted as in mboxrd, with LF.
	Mbox Kind = "mbox"
	// EML is a folder with a file for each message, as the server sent it.
	EML Kind = "eml"
)

// Store is where messages go. It is not safe for concurrent use.
type Store interface {
	// Begin begins a message. id tells it from all others of its mailbox, and
	// takes part in its name.
	Begin(id string) (*Draft, error)
	// Sync has all that was committed on the disk, with the names of its files.
	Sync() error
	// Has says whether the message that Draft.Commit has named by this mark is
	// there, and takes away what a crash has left of one that is not.
	Has(mark string) (bool, error)
	Close() error
}

// Real is the absolute path of a place without symbolic links, so that one place
// has one name. What is not there yet, or any more, has one as well.
func Real(path string) (string, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	const most = 40 // links
	for range most {
		real, err := filepath.EvalSymlinks(path)
		if err == nil {
			return real, nil
		}
		to, err := os.Readlink(path)
		if err != nil {
			dir := filepath.Dir(path)
			if dir == path {
				return path, nil
			}
			dir, err = Real(dir)
			return filepath.Join(dir, filepath.Base(path)), err
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path, nil
}

// Open opens a store, and makes its folders where there are none yet. It takes
// away what earlier processes on this computer have begun there and not ended.
func Open(kind Kind, path string) (Store, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	switch kind {
	case Maildir:
		return openMaildir(path)
	case Mbox:
		return openMbox(path)
	case EML:
		return openEML(path)
	}
	return nil, fmt.Errorf("unknown kind of mail storage %q", kind)
}

// Draft is a message that is not there yet. Whoever has begun it ends it by
// Commit or Abort.
type Draft struct {
	file  *os.File
	out   *bufio.Writer
	lines io.Writer // changes line ends, and more, on the way to out
	head  header
	sum   hash.Hash32
	size  int64
	whole Sum
	ended bool
	// sealed: nothing is written any more. synced has the outcome of having the
	// file on the disk, where that has begun.
	sealed bool
	synced chan error
	// own: it stays a file of its own.
	own bool
	// nameless: in its place, it is known by its Sum alone.
	nameless bool
	// commit puts the file, which is complete, in its place.
	commit func(d *Draft, about func(mark string) error) error
}

// newDraft begins a file that must not be there yet.
func newDraft(path string, lines func(io.Writer) io.Writer, commit func(*Draft, func(string) error) error) (*Draft, error) {
	const private = 0o600
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, private) //nolint:gosec // G304: the user names the folder
	if err != nil {
		return nil, err
	}
	d := &Draft{file: f, own: true, sum: crc32.NewIEEE(), commit: commit}
	d.out = bufio.NewWriter(counted{d})
	d.lines = lines(d.out)
	return d, nil
}

// counted is the file of a draft, whose size and sum it keeps.
type counted struct{ d *Draft }

func (c counted) Write(p []byte) (int, error) {
	n, err := c.d.file.Write(p)
	c.d.size += int64(n)
	_, _ = c.d.sum.Write(p[:n])
	return n, err
}

// Write takes a part of the message as the server sends it, without the dots of
// POP3.
func (d *Draft) Write(p []byte) (int, error) {
	d.head.read(p)
	_, _ = d.whole.Write(p)
	return d.lines.Write(p)
}

// Seal ends the writing, and has a message that stays a file of its own go to the
// disk meanwhile: to wait for several at a time costs hardly more than for one.
// After a failure there is nothing.
func (d *Draft) Seal() error {
	if d.sealed {
		return nil
	}
	d.sealed = true
	if f, ok := d.lines.(interface{ finish() error }); ok {
		if err := f.finish(); err != nil {
			return d.failed(err)
		}
	}
	if err := d.out.Flush(); err != nil {
		return d.failed(err)
	}
	if d.own {
		d.synced = make(chan error, 1)
		go func() { d.synced <- d.file.Sync() }() // Commit and Abort wait for it
	}
	return nil
}

// Commit has the message there. Right before, about is told a mark for Has; its
// error keeps the message from being there. After a failure there is nothing.
func (d *Draft) Commit(about func(mark string) error) error {
	if err := d.Seal(); err != nil {
		return err
	}
	err := d.failed(d.commit(d, about))
	d.ended = true
	return err
}

// Copy names what is there once it is committed under a mark, for Seen. Nothing
// is written after it.
func (d *Draft) Copy(mark string) string {
	if d.nameless {
		return d.whole.String()
	}
	return d.whole.String() + " " + mark
}

// failed takes the draft away where there is an error.
func (d *Draft) failed(err error) error {
	if err != nil {
		d.Abort()
	}
	return err
}

// Abort leaves nothing of the message. After Commit it does nothing.
func (d *Draft) Abort() {
	if d.ended {
		return
	}
	d.ended, d.sealed = true, true
	_ = d.await()
	_ = d.file.Close()
	_ = os.Remove(d.file.Name()) // what stays is no message
}

// await waits for the file to be on the disk.
func (d *Draft) await() error {
	if d.synced == nil {
		return nil
	}
	err := <-d.synced
	d.synced = nil
	return err
}

// close closes the file once it is on the disk, and gives it the time of the
// message.
func (d *Draft) close() error {
	err := d.await()
	if closed := d.file.Close(); err == nil {
		err = closed
	}
	if at := d.head.time(); err == nil && !at.IsZero() {
		_ = os.Chtimes(d.file.Name(), time.Time{}, believable(at, time.Now())) // programs take that for when it came
	}
	return err
}

// believable is a time at which a message can have come: programs that delete
// what is old go by it, and its sender may have written it.
func believable(at, now time.Time) time.Time {
	first := time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)
	switch {
	case at.After(now):
		return now
	case at.Before(first):
		return first
	}
	return at
}

// folder makes folders, and syncs those that they are in.
func folder(path string) error {
	const private = 0o700
	if info, err := os.Stat(path); err == nil {
		if !info.IsDir() {
			return fmt.Errorf("%s is a file and no folder", path)
		}
		return nil
	}
	if err := folder(filepath.Dir(path)); err != nil {
		return err
	}
	if err := os.Mkdir(path, private); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return syncFolder(filepath.Dir(path))
}
