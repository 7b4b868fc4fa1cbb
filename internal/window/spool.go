//go:build cgo && !nowindow

package window

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/attach"
	"github.com/traymail/traymail/internal/message"
)

// spool has the message that is read whole, in a file, once something needs
// that: the tray role writes it there as it comes, and what is saved or opened is
// read out of it, some kilobytes at a time.
type spool struct {
	bridge *bridge
	client api.Engine
	folder string
	// progress is told how far the message has come, and of the end; came is
	// called when it is there, before who waits for it.
	progress func(octets int64, busy bool)
	came     func(api.FullMessage)

	key    mailKey
	has    *spooled
	cancel context.CancelFunc
	// then is what waits for the message.
	then []func(*spooled, error)
}

// spooled is a whole message on the disk.
type spooled struct {
	path  string
	full  api.FullMessage
	files []message.Attachment
}

// errNoSpool: this window has no folder for mail.
var errNoSpool = errors.New("there is no folder for the message")

// about drops what there is, and is about another message.
func (s *spool) about(key mailKey) {
	if s.cancel != nil {
		s.cancel()
	}
	if s.has != nil {
		s.has.remove()
	}
	s.key, s.has, s.then, s.cancel = key, nil, nil, nil
	s.progress(0, false)
}

// stop ends what is coming.
func (s *spool) stop() {
	if s.cancel != nil {
		s.cancel()
	}
}

// need calls then once the message is there, or not to be had. It is fetched
// once for all who need it.
func (s *spool) need(then func(*spooled, error)) {
	if s.has != nil {
		then(s.has, nil)
		return
	}
	s.then = append(s.then, then)
	if len(s.then) > 1 {
		return
	}
	key := s.key
	s.progress(0, true)
	s.cancel = goRun(s.bridge, func(ctx context.Context) (*spooled, error) { return s.fetch(ctx, key) }, func(got *spooled, err error) {
		if s.key != key {
			if got != nil {
				got.remove()
			}
			return
		}
		waiting := s.then
		s.has, s.then, s.cancel = got, nil, nil
		s.progress(0, false)
		if err == nil {
			s.came(got.full)
		}
		for _, then := range waiting {
			then(got, err)
		}
	})
}

func (s *spool) fetch(ctx context.Context, key mailKey) (_ *spooled, err error) {
	if s.folder == "" {
		return nil, errNoSpool
	}
	if err := os.MkdirAll(s.folder, 0o700); err != nil {
		return nil, err
	}
	// A name that nobody has, for the tray role takes no file that is there.
	dir, err := os.MkdirTemp(s.folder, "mail-")
	if err != nil {
		return nil, err
	}
	got := &spooled{path: filepath.Join(dir, "message.eml")}
	defer func() {
		if err != nil {
			_ = os.RemoveAll(dir)
		}
	}()
	got.full, err = api.Fetch.Ask(ctx, s.client, api.FetchRequest{Account: key.account, UID: key.uid, Whole: true, MarkSeen: true, Into: got.path})
	if err != nil {
		return nil, err
	}
	f, err := os.Open(got.path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	got.files, err = message.Attachments(f, message.Hints{})
	return got, err
}

// remove removes the file, and the folder that it is alone in.
func (s *spooled) remove() { _ = os.RemoveAll(filepath.Dir(s.path)) }

// received is news of what is coming.
func (s *spool) received(r api.Received) {
	if len(s.then) > 0 && s.key == (mailKey{r.Account, r.UID}) {
		s.progress(r.Octets, true)
	}
}

// file finds the attachment that a row is about: of that place, name and type,
// or else the only one of that name.
func (s *spooled) file(i int, f message.File) (message.Attachment, error) {
	if i < len(s.files) && s.files[i].Name == f.Name && s.files[i].Type == f.Type {
		return s.files[i], nil
	}
	for _, a := range s.files {
		if a.Name == f.Name && a.Type == f.Type {
			return a, nil
		}
	}
	return message.Attachment{}, message.ErrNotApart
}

// write writes an attachment to w, or all of the message.
func (s *spooled) write(w io.Writer, a *message.Attachment) error {
	f, err := os.Open(s.path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	if a == nil {
		_, err = io.Copy(w, f)
		return err
	}
	return a.Write(w, f)
}

// into writes an attachment into a folder, under a name that is free there.
func (s *spooled) into(folder string, a message.Attachment) (path string, err error) {
	f, err := attach.Create(folder, a.Name, "attachment")
	if err != nil {
		return "", err
	}
	return attach.Write(f, func(w io.Writer) error { return s.write(w, &a) })
}

// head is how an attachment begins, as far as that tells what it is.
func (s *spooled) head(a message.Attachment) []byte {
	w := &firstOctets{room: 64}
	_ = s.write(w, &a) // which w ends
	return w.head
}

// firstOctets takes the beginning of what is written to it, and ends that.
type firstOctets struct {
	head []byte
	room int
}

func (w *firstOctets) Write(p []byte) (int, error) {
	n := min(len(p), w.room-len(w.head))
	if w.head = append(w.head, p[:n]...); n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}
