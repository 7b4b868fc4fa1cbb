package mailfile

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// added are the header fields that servers and mail programs write into a
// message that is there already, in lower case.
var added = []string{"status", "x-status", "x-uid", "x-uidl", "x-keywords", "x-imap", "x-imapbase", "x-mozilla-status", "x-mozilla-status2", "x-mozilla-keys", "content-length"}

// Counts says whether a line of a header, without its end, is of a message as it
// was sent. before is what it returned for the line before.
func Counts(line []byte, before bool) bool {
	if len(line) > 0 && (line[0] == ' ' || line[0] == '\t') {
		return before
	}
	name, _, _ := bytes.Cut(line, []byte(":"))
	return !slices.Contains(added, strings.ToLower(string(bytes.TrimSpace(name))))
}

// Sum tells whether two messages are the same, header and text, however a server
// or a mail program ends their lines, and whatever it has added to the header.
// The zero value has read nothing.
type Sum struct {
	hash    hash.Hash
	line    []byte // of the header, so far
	text    bool   // the header has ended
	begun   bool   // some of the text has come
	skipped bool   // the last line of the header does not count
	blank   int    // line ends of the text that nothing has followed yet
}

// Write implements io.Writer.
func (s *Sum) Write(p []byte) (int, error) {
	if s.hash == nil {
		s.hash = sha256.New()
	}
	n := len(p)
	for len(p) > 0 {
		part, rest, ended := bytes.Cut(p, []byte("\n"))
		if bytes.IndexByte(part, '\r') >= 0 {
			part = bytes.ReplaceAll(part, []byte("\r"), nil)
		}
		s.part(part)
		if ended {
			s.end()
		}
		p = rest
	}
	return n, nil
}

// part takes a part of a line, without CRs.
func (s *Sum) part(p []byte) {
	switch {
	case s.text:
		s.add(p)
	case len(s.line)+len(p) <= maxHeader:
		s.line = append(s.line, p...)
	default: // no field is that long
		s.line, p = nil, append(s.line, p...)
		s.text = true
		s.add(p)
	}
}

// end takes the end of a line.
func (s *Sum) end() {
	switch {
	case s.text:
		s.blank++
		return
	case len(s.line) == 0:
		s.text = true
		return
	}
	if s.skipped = !Counts(s.line, !s.skipped); !s.skipped {
		_, _ = s.hash.Write(append(s.line, '\n'))
	}
	s.line = s.line[:0]
}

var lineEnds = bytes.Repeat([]byte("\n"), 4096)

func (s *Sum) add(p []byte) {
	if len(p) == 0 {
		return
	}
	if !s.begun {
		s.begun = true
		_, _ = s.hash.Write([]byte{0}) // no header has one, and so the text begins at one place
	}
	for s.blank > 0 {
		n := min(s.blank, len(lineEnds))
		_, _ = s.hash.Write(lineEnds[:n])
		s.blank -= n
	}
	_, _ = s.hash.Write(p)
}

// String is the sum of what was written, which ends the message. It is short and
// has no blanks.
func (s *Sum) String() string {
	_, _ = s.Write(nil)
	if len(s.line) > 0 {
		s.end()
	}
	return hex.EncodeToString(s.hash.Sum(nil)[:16])
}

// Seen says which of these copies are in a store, as Draft.Copy has named them,
// whole: it reads them. A place that is not there has none, and is not made.
func Seen(kind Kind, path string, copies []string) ([]bool, error) {
	seen := make([]bool, len(copies))
	if len(copies) == 0 {
		return seen, nil
	}
	if kind == Mbox {
		sums, err := sumsOf(path)
		for i, c := range copies {
			seen[i] = sums[c]
		}
		return seen, err
	}
	files := map[string]string{}
	folders := []string{path}
	if kind == Maildir {
		folders = []string{filepath.Join(path, "cur"), filepath.Join(path, "new")}
	}
	for _, folder := range folders {
		names, err := os.ReadDir(folder)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return nil, err
		}
		for _, n := range names {
			mark := n.Name()
			if i := strings.IndexAny(mark, ":;!,"); kind == Maildir && i >= 0 {
				mark = mark[:i] // what follows are the flags
			}
			files[mark] = filepath.Join(folder, n.Name())
		}
	}
	for i, c := range copies {
		sum, mark, _ := strings.Cut(c, " ")
		if file, is := files[mark]; is {
			seen[i] = sumOf(file) == sum
		}
	}
	return seen, nil
}

// sumOf is empty for what cannot be read.
func sumOf(file string) string {
	f, err := os.Open(file) //nolint:gosec // G304: in the folder that the user names
	if err != nil {
		return ""
	}
	defer f.Close() //nolint:errcheck // it was read
	var s Sum
	if _, err := io.Copy(&s, f); err != nil {
		return ""
	}
	return s.String()
}

// sumsOf are the sums of all messages of an mbox.
func sumsOf(path string) (sums map[string]bool, err error) {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil, nil //nolint:nilnil // one that is not there has none
	}
	f, unlock, err := lock(path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if unlocked := unlock(); err == nil {
			err = unlocked
		}
	}()
	sums = map[string]bool{}
	var s *Sum
	lines := bufio.NewReaderSize(f, maxHeader)
	rest := false // of the line that marks a beginning
	for whole := true; ; {
		line, err := lines.ReadSlice('\n')
		switch {
		case whole && bytes.HasPrefix(line, []byte(from)):
			if s != nil {
				sums[s.String()] = true
			}
			s, rest = &Sum{}, true
		case s == nil || rest && !whole:
		default:
			if whole && bytes.HasPrefix(bytes.TrimLeft(line, ">"), []byte(from)) {
				line = line[1:] // mboxrd; it begins with ">", or it would mark a beginning
			}
			_, _ = s.Write(line)
			rest = false
		}
		whole = err == nil
		switch {
		case errors.Is(err, io.EOF):
			if s != nil {
				sums[s.String()] = true
			}
			return sums, nil
		case err != nil && !errors.Is(err, bufio.ErrBufferFull):
			return nil, err
		}
	}
}
