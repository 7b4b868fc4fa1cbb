package mailfile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// digest is a short name for what identifies a message.
func digest(id string) string {
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:8])
}

type maildir struct {
	path, host string
	began      int // messages
}

func openMaildir(path string) (Store, error) {
	if info, err := os.Stat(filepath.Join(path, "cur")); err != nil || !info.IsDir() {
		if err := unused(path); err != nil {
			return nil, err
		}
	}
	for _, name := range []string{"", "tmp", "new", "cur"} {
		if err := folder(filepath.Join(path, name)); err != nil {
			return nil, err
		}
	}
	host, err := os.Hostname()
	if err != nil || host == "" {
		host = "localhost"
	}
	m := &maildir{path: path, host: strings.NewReplacer("/", `\057`, ":", `\072`).Replace(host)}
	sweep(filepath.Join(path, "tmp"), m.process)
	return m, nil
}

var maildirName = regexp.MustCompile(`^[0-9]+\.P([0-9]{1,10})Q[0-9]+R[0-9a-f]{16}$`)

// process is that which Begin has named a file in.
func (m *maildir) process(name string) (pid string) {
	name, ours := strings.CutSuffix(name, "."+m.host)
	if found := maildirName.FindStringSubmatch(name); ours && found != nil {
		return found[1]
	}
	return ""
}

// unused returns an error if something else is where a maildir is to be.
func unused(path string) error {
	names, err := os.ReadDir(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, n := range names {
		if !n.IsDir() && !strings.HasPrefix(n.Name(), ".") {
			return fmt.Errorf("%s has files and is no maildir", path)
		}
	}
	return nil
}

// Begin writes to tmp, under a name that nobody else has: time, process, count
// and message, and the host.
func (m *maildir) Begin(id string) (*Draft, error) {
	m.began++
	name := fmt.Sprintf("%d.P%dQ%dR%s.%s", time.Now().Unix(), os.Getpid(), m.began, digest(id), m.host)
	lines := func(w io.Writer) io.Writer { return &plain{w: w} }
	return newDraft(filepath.Join(m.path, "tmp", name), lines, func(d *Draft, about func(string) error) error {
		if err := d.close(); err != nil {
			return err
		}
		if err := about(name); err != nil {
			return err
		}
		return os.Rename(d.file.Name(), filepath.Join(m.path, "new", name))
	})
}

func (m *maildir) Sync() error { return syncFolder(filepath.Join(m.path, "new")) }

// Has finds the message where it was put, or where a mail program has moved it.
func (m *maildir) Has(mark string) (bool, error) {
	if mark != filepath.Base(mark) {
		return false, fmt.Errorf("%q is no name of a message", mark)
	}
	_ = os.Remove(filepath.Join(m.path, "tmp", mark))
	if _, err := os.Stat(filepath.Join(m.path, "new", mark)); err == nil {
		return true, nil
	}
	names, err := os.ReadDir(filepath.Join(m.path, "cur"))
	for _, n := range names {
		if rest, ok := strings.CutPrefix(n.Name(), mark); ok && (rest == "" || strings.ContainsAny(rest[:1], ":;!,")) {
			return true, nil
		}
	}
	return false, err
}

func (m *maildir) Close() error { return nil }

type emlFolder struct{ path string }

func openEML(path string) (Store, error) {
	if err := folder(path); err != nil {
		return nil, err
	}
	sweepParts(path, ".")
	return &emlFolder{path}, nil
}

// Begin writes to a file whose name no mail program looks at.
func (e *emlFolder) Begin(id string) (*Draft, error) {
	part := filepath.Join(e.path, partName(".", id))
	_ = os.Remove(part) // of one that has neither been committed nor aborted
	same := func(w io.Writer) io.Writer { return w }
	return newDraft(part, same, func(d *Draft, about func(string) error) error {
		if err := d.close(); err != nil {
			return err
		}
		at := d.head.time()
		if at.IsZero() {
			at = time.Now()
		}
		// All of this is a name for Windows as well.
		name := at.UTC().Format("2006-01-02_150405") + "_" + digest(id)
		for n := 1; ; n++ {
			mark := name + ".eml"
			if n > 1 {
				mark = fmt.Sprintf("%s_%d.eml", name, n)
			}
			if _, err := os.Lstat(filepath.Join(e.path, mark)); err == nil {
				continue
			}
			if err := about(mark); err != nil {
				return err
			}
			return os.Rename(part, filepath.Join(e.path, mark))
		}
	})
}

func (e *emlFolder) Sync() error { return syncFolder(e.path) }

func (e *emlFolder) Has(mark string) (bool, error) {
	if mark != filepath.Base(mark) {
		return false, fmt.Errorf("%q is no name of a message", mark)
	}
	_, err := os.Stat(filepath.Join(e.path, mark))
	if errors.Is(err, os.ErrNotExist) {
		return false, nil
	}
	return err == nil, err
}

func (e *emlFolder) Close() error { return nil }
