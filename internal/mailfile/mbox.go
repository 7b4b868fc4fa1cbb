package mailfile

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

type mbox struct {
	path string
	// pending: what we have appended may not be on the disk yet. It stands from from
	// to to, with nothing of others among it; where both are the same, it is of an
	// earlier process.
	pending  bool
	from, to int64
}

// prefix begins the names of our other files beside it.
func (m *mbox) prefix() string { return "." + filepath.Base(m.path) + "." }

func openMbox(path string) (Store, error) {
	if err := folder(filepath.Dir(path)); err != nil {
		return nil, err
	}
	m := &mbox{path: path, pending: true}
	sweepParts(filepath.Dir(path), m.prefix())
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return m, nil
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", path)
	}
	f, err := os.Open(path) //nolint:gosec // G304: the user names it
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // it was read
	head := make([]byte, len(from))
	if n, _ := io.ReadFull(f, head); n > 0 && string(head[:n]) != from {
		return nil, fmt.Errorf("%s is no mbox file", path)
	}
	return m, nil
}

// Begin writes to a file beside the mbox, which others need not wait for.
func (m *mbox) Begin(id string) (*Draft, error) {
	part := filepath.Join(filepath.Dir(m.path), partName(m.prefix(), id))
	_ = os.Remove(part) // of one that has neither been committed nor aborted
	d, err := newDraft(part, newQuoted, m.append)
	if err == nil {
		d.own, d.nameless = false, true // other programs rewrite the file
	}
	return d, err
}

// envelope is the line that begins a message (RFC 4155, appendix A).
func envelope(h *header) string {
	at := h.time()
	if at.IsZero() {
		at = time.Now()
	}
	return from + h.sender() + " " + at.UTC().Format(time.ANSIC) + "\n"
}

// append copies the draft to the end of the mbox.
func (m *mbox) append(d *Draft, about func(string) error) (err error) {
	defer func() {
		_ = d.file.Close()
		_ = os.Remove(d.file.Name())
	}()
	f, unlock, err := lock(m.path)
	if err != nil {
		return err
	}
	defer func() {
		if unlocked := unlock(); err == nil {
			err = unlocked
		}
	}()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if m.from < m.to && end != m.to { // others have been there
		if err := f.Sync(); err != nil {
			return err
		}
		m.pending, m.from, m.to = false, 0, 0
	}
	gap, err := gapAt(f, end)
	if err != nil {
		return err
	}
	begin := gap + envelope(&d.head)
	sum := crc32.NewIEEE()
	_, _ = io.WriteString(sum, begin)
	if _, err := d.file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(sum, d.file); err != nil {
		return err
	}
	size := int64(len(begin)) + d.size
	if err := about(fmt.Sprintf("%d+%d+%08x+%x", end, size, sum.Sum32(), begin)); err != nil {
		return err
	}
	if err := copyAt(f, d.file, begin); err != nil {
		// As it was: a message is there whole or not at all.
		return errors.Join(err, f.Truncate(end))
	}
	if m.from == m.to {
		m.from = end
	}
	m.pending, m.to = true, end+size
	return nil
}

func copyAt(f, draft *os.File, begin string) error {
	if _, err := draft.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if _, err := f.WriteString(begin); err != nil {
		return err
	}
	_, err := io.Copy(f, draft)
	return err
}

// gapAt is what is missing at the end of an mbox to the empty line after which
// another message may begin.
func gapAt(f *os.File, end int64) (string, error) {
	tail := make([]byte, min(end, 2))
	if _, err := f.ReadAt(tail, end-int64(len(tail))); err != nil && !errors.Is(err, io.EOF) {
		return "", err
	}
	switch {
	case len(tail) == 0, string(tail) == "\n\n":
		return "", nil
	case bytes.HasSuffix(tail, []byte("\n")):
		return "\n", nil
	}
	return "\n\n", nil
}

// Sync syncs the file once for all messages since the last time. Those that do
// not get to the disk are taken away again.
func (m *mbox) Sync() error {
	if m.pending {
		if err := m.sync(); err != nil {
			return err
		}
		m.pending, m.from, m.to = false, 0, 0
	}
	return syncFolder(filepath.Dir(m.path))
}

func (m *mbox) sync() error {
	f, err := os.OpenFile(m.path, os.O_RDWR, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil // nothing was appended
	}
	if err != nil {
		return err
	}
	err = f.Sync()
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil || m.from == m.to {
		return err
	}
	f, unlock, locked := lock(m.path)
	if locked != nil {
		return errors.Join(err, locked)
	}
	if end, seek := f.Seek(0, io.SeekEnd); seek == nil && end == m.to {
		err = errors.Join(err, f.Truncate(m.from))
	}
	return errors.Join(err, unlock())
}

// Has compares what is in the place of the mark with what was to be there. A
// beginning of that at the end of the file is cut off.
func (m *mbox) Has(mark string) (has bool, err error) {
	parts := strings.Split(mark, "+")
	if len(parts) != 4 {
		return false, fmt.Errorf("%q is no place in an mbox", mark)
	}
	at, atErr := strconv.ParseInt(parts[0], 10, 64)
	size, sizeErr := strconv.ParseInt(parts[1], 10, 64)
	begin, beginErr := hex.DecodeString(parts[3])
	if err := errors.Join(atErr, sizeErr, beginErr); err != nil {
		return false, err
	}
	if _, err := os.Stat(m.path); errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	f, unlock, err := lock(m.path)
	if err != nil {
		return false, err
	}
	defer func() {
		if unlocked := unlock(); err == nil {
			err = unlocked
		}
	}()
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || end <= at {
		return false, err
	}
	if end-at >= size {
		sum := crc32.NewIEEE()
		_, err := io.Copy(sum, io.NewSectionReader(f, at, size))
		return fmt.Sprintf("%08x", sum.Sum32()) == parts[2], err
	}
	ours, err := beginning(io.NewSectionReader(f, at, end-at), begin)
	if err != nil || !ours {
		return false, err
	}
	return false, errors.Join(f.Truncate(at), f.Sync())
}

// beginning says whether what is in r can be the beginning of the message that
// begins so, and nothing else: what others have written since must stay.
func beginning(r io.Reader, begin []byte) (bool, error) {
	lines := bufio.NewReader(r)
	head := make([]byte, len(begin))
	n, err := io.ReadFull(lines, head)
	if !bytes.HasPrefix(begin, head[:n]) || err != nil {
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			err = nil
		}
		return bytes.HasPrefix(begin, head[:n]), err
	}
	for whole := true; ; {
		line, err := lines.ReadSlice('\n')
		if whole && bytes.HasPrefix(line, []byte(from)) {
			return false, nil
		}
		whole = err == nil
		switch {
		case errors.Is(err, io.EOF):
			return true, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return false, err
		}
	}
}

func (m *mbox) Close() error { return nil }
