package fetch

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"hash"
	"io"
	"os"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/mailfile"
)

// journal says which messages a run is about to put in their place: where it
// ends before the ledger knows, the next one looks which of them are there.
type journal struct {
	file  *os.File
	empty bool
}

type entry struct {
	api.FetchedMail
	// Mark is Draft.Commit's.
	Mark string `json:"mark"`
}

// openJournal returns what an earlier run has left, too.
func openJournal(path string) (*journal, []entry, error) {
	const private = 0o600
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, private) //nolint:gosec // G304: it is ours
	if err != nil {
		return nil, nil, err
	}
	var left []entry
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			return &journal{f, false}, left, nil // what has no end was not put in its place
		}
		if err != nil {
			return nil, nil, errors.Join(err, f.Close())
		}
		var e entry
		if json.Unmarshal(line, &e) == nil {
			left = append(left, e)
		}
	}
}

func (j *journal) add(e entry) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	j.empty = false
	_, err = j.file.Write(append(line, '\n'))
	return err
}

// clear forgets what the ledger knows.
func (j *journal) clear() error {
	if j.empty {
		return nil
	}
	j.empty = true
	return j.file.Truncate(0)
}

// close leaves no file behind that says nothing.
func (j *journal) close() error {
	err := j.file.Close()
	if j.empty {
		err = errors.Join(err, os.Remove(j.file.Name()))
	}
	return err
}

// maxHead is how much of a message's header counts.
const maxHead = 64 << 10

// head digests the header of a message as it is written, without what servers
// and other programs write into it afterwards.
type head struct {
	sum  hash.Hash
	line []byte
	size int
	skip bool // a field that does not count, and its other lines
	done bool
}

func (h *head) Write(p []byte) (int, error) {
	n := len(p)
	if h.sum == nil {
		h.sum = sha256.New()
	}
	for len(p) > 0 && !h.done {
		i := bytes.IndexByte(p, '\n')
		part := p[:i+1]
		if i < 0 {
			part = p
		}
		p = p[len(part):]
		if h.size += len(part); h.size > maxHead {
			h.done = true
			break
		}
		if h.line = append(h.line, part...); i >= 0 {
			h.take(bytes.TrimRight(h.line, "\r\n"))
			h.line = h.line[:0]
		}
	}
	return n, nil
}

func (h *head) take(line []byte) {
	if h.done = len(line) == 0; h.done {
		return
	}
	if h.skip = !mailfile.Counts(line, !h.skip); !h.skip {
		_, _ = h.sum.Write(append(line, '\n'))
	}
}

// readAll reads an answer to TOP.
func (h *head) readAll(r io.Reader) error {
	_, err := io.Copy(h, r)
	return err
}

// digest is short, and never empty.
func (h *head) digest() string {
	if h.sum == nil {
		return "none"
	}
	return hex.EncodeToString(h.sum.Sum(nil)[:12])
}
