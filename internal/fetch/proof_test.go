package fetch

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/mailfile"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// What the ledger says was fetched is not deleted where the place is gone, as
// with a disk that is not mounted. What came since is neither.
func TestPlaceGone(t *testing.T) {
	for _, kind := range kinds {
		for _, order := range []Order{Each, End} {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver(1, 2)
			w.must(options(w.dir, kind, Never))
			o := options(w.dir, kind, order)
			if err := os.RemoveAll(o.Path); err != nil {
				t.Fatal(err)
			}
			w.deliver(3, 3)
			for range 2 {
				_, err := w.fetch(o)
				if gone, is := errors.AsType[*ElsewhereError](err); !is || gone.Messages != 2 {
					t.Errorf("%s, %s: %v", kind, order, err)
				}
				w.left(fmt.Sprint(kind, order), 3)
			}
			if _, err := os.Stat(o.Path); !errors.Is(err, os.ErrNotExist) {
				t.Errorf("%s: the place: %v", kind, err)
			}
			o.All = true
			w.must(o)
			w.once(fmt.Sprint(kind, order), 3)
			w.left(fmt.Sprint(kind, order), 0)
		}
	}
}

// Copies that are not in the place any more are no copies: their messages stay on
// the server, and what came since goes its way.
func TestPlaceEmptied(t *testing.T) {
	for _, kind := range kinds {
		for how, empty := range map[string]func(string) error{
			"removed": os.Remove, "cut": func(file string) error { return os.Truncate(file, 0) },
			"cut short": func(file string) error { return os.Truncate(file, 60) },
		} {
			w := newWorld(t, popserver.Options{Pipelining: true})
			w.deliver(1, 2)
			w.must(options(w.dir, kind, Never))
			o := options(w.dir, kind, Each)
			if kind == mailfile.Mbox && how == "removed" {
				continue // which is the place
			}
			err := filepath.WalkDir(o.Path, func(name string, d os.DirEntry, err error) error {
				if err == nil && !d.IsDir() {
					err = empty(name)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
			w.deliver(3, 3)
			if r := w.must(o); r.Deleted != 1 || r.Fetched != 1 || len(r.Unseen) != 2 {
				t.Errorf("%s, %s: %+v", kind, how, r)
			}
			w.left(fmt.Sprint(kind, how), 2)
		}
	}
}

// What mail programs do to a message does not make it another one.
func TestPlaceInUse(t *testing.T) {
	for _, kind := range []mailfile.Kind{mailfile.Maildir, mailfile.Mbox} {
		w := newWorld(t, popserver.Options{Pipelining: true})
		w.deliver(1, 3)
		w.must(options(w.dir, kind, Never))
		o := options(w.dir, kind, End)
		if kind == mailfile.Maildir {
			names, err := filepath.Glob(filepath.Join(o.Path, "new", "*"))
			if err != nil || len(names) != 3 {
				t.Fatal(names, err)
			}
			for _, name := range names[1:] {
				if err := os.Rename(name, filepath.Join(o.Path, "cur", filepath.Base(name)+":2,S")); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Remove(names[0]); err != nil {
				t.Fatal(err)
			}
		} else {
			raw, err := os.ReadFile(o.Path)
			if err != nil {
				t.Fatal(err)
			}
			messages := strings.Split(string(raw), "\n\nFrom MAILER")
			text := "From MAILER" + strings.ReplaceAll(strings.Join(messages[1:], "\n\nFrom MAILER"), "Subject:", "Status: RO\nSubject:")
			if err := os.WriteFile(o.Path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if r := w.must(o); r.Deleted != 2 || len(r.Unseen) != 1 || r.Fetched != 0 {
			t.Errorf("%s: %+v", kind, r)
		}
		w.left(string(kind), 1)
	}
}

// Another message under the UID and of the size of one that was fetched is not
// deleted unseen where the server has no TOP, or refuses it.
func TestReusedWithoutTOP(t *testing.T) {
	for _, o := range []popserver.Options{{NoTOP: true}, {NoTOP: true, Pipelining: true}, {}} {
		w := newWorld(t, o)
		w.deliver(1, 2)
		w.must(options(w.dir, mailfile.Mbox, Never))
		if !o.NoTOP {
			w.server.SetMood(func(line string) *popserver.Override {
				if strings.HasPrefix(line, "TOP") {
					return &popserver.Override{Raw: "-ERR not now\r\n"}
				}
				return nil
			})
		}
		w.drop.Rewrite(w.drop.Messages()[1].UID, []byte(letter(3)))
		dry := options(w.dir, mailfile.Mbox, Each)
		dry.DryRun = true
		w.server.ResetCommands()
		w.must(dry)
		if retrieved := w.transcript(); len(retrieved) != 1 {
			t.Errorf("a dry run: %q", retrieved)
		}
		if r := w.must(options(w.dir, mailfile.Mbox, Each)); r.Fetched != 1 || r.Deleted != 2 {
			t.Errorf("%+v", r)
		}
		w.once("reused", 3)
		w.left("reused", 0)
	}
}

// A message of far fewer octets than LIST said, or far more, is none: it is not
// kept, not noted and not deleted.
func TestSize(t *testing.T) {
	for what, retr := range map[string]popserver.Override{
		"short": {Raw: "+OK\r\nSubject: number 1\r\n\r\nx\r\n.\r\n"},
		"long":  {Raw: "+OK\r\n", Endless: strings.Repeat("x", 78) + "\r\n"},
	} {
		for _, order := range []Order{Never, Each, End} {
			for _, kind := range kinds {
				w := newWorld(t, popserver.Options{Pipelining: true})
				w.rest = strings.Repeat("y\r\n", 4000)
				w.drop.Deliver([]byte(letter(1) + w.rest))
				w.server.SetMood(func(line string) *popserver.Override {
					if line == "RETR 1" {
						return &retr
					}
					return nil
				})
				r, err := w.fetch(options(w.dir, kind, order))
				if wrong, is := errors.AsType[*SizeError](err); !is || wrong.Listed < 12_000 {
					t.Fatalf("%s: %v", what, err)
				}
				if len(w.got()) != 0 || r.Fetched != 0 {
					t.Errorf("%s: %+v, %v", what, r, w.got())
				}
				w.left(what, 1)
				w.server.SetMood(nil)
				w.must(options(w.dir, kind, order))
				w.once(what, 1)
			}
		}
	}
}

// An end inside a message, from a server that stuffs dots after CRLF alone, is
// none, whatever its sender has written after it.
func TestForgedEnd(t *testing.T) {
	for _, order := range []Order{Each, End} {
		w := newWorld(t, popserver.Options{Pipelining: true})
		w.deliver(1, 2)
		w.server.SetMood(func(line string) *popserver.Override {
			if line != "RETR 1" {
				return nil
			}
			return &popserver.Override{Raw: "+OK\r\nSubject: evil\r\n\r\none\n.\n+OK\r\nSubject: in place of number 2\r\n\r\npay\r\n.\r\n"}
		})
		if r := w.must(options(w.dir, mailfile.EML, order)); r.Fetched != 2 || r.Deleted != 2 {
			t.Errorf("%+v", r)
		}
		names, err := filepath.Glob(filepath.Join(w.dir, "place", "*.eml"))
		if err != nil || len(names) != 2 {
			t.Fatal(names, err)
		}
		whole := 0
		for _, name := range names {
			raw, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			if text := string(raw); text == letter(2) || strings.HasSuffix(text, "pay\r\n") && strings.HasPrefix(text, "Subject: evil\r\n") {
				whole++
			}
		}
		if whole != 2 {
			t.Errorf("%d of 2 are whole", whole)
		}
	}
}

// Messages without a UID that can be read, or with that of another one, are left
// out, and the rest is fetched.
func TestLeftOut(t *testing.T) {
	for what, uidl := range map[string]string{
		"long":    "1 " + strings.Repeat("u", 4000) + "\r\n2 b\r\n",
		"none":    "2 b\r\n",
		"alike":   "1 a\r\n2 b\r\n3 a\r\n",
		"nothing": "",
	} {
		w := newWorld(t, popserver.Options{Pipelining: true})
		w.deliver(1, 3)
		w.server.SetMood(func(line string) *popserver.Override {
			if line == "UIDL" {
				return &popserver.Override{Raw: "+OK\r\n" + uidl + ".\r\n"}
			}
			return nil
		})
		o := options(w.dir, mailfile.EML, Each)
		o.UIDs = []string{"a", "b", "c"}
		missing := 1 // c
		switch what {
		case "long", "none":
			missing = 2
		case "nothing":
			missing = 3
		}
		r := w.must(o)
		if r.Found != 3 || r.LeftOut != 3-r.Fetched || len(r.Missing) != missing || r.Deleted != r.Fetched || r.Fetched != strings.Count(uidl, "2 b") {
			t.Errorf("%s: %+v", what, r)
		}
	}
}

// A dry run names what would be deleted, and looks whether its copy is there.
func TestDryDeletion(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver(1, 2)
	w.must(options(w.dir, mailfile.EML, Never))
	names, err := filepath.Glob(filepath.Join(w.dir, "place", "*.eml"))
	if err != nil || len(names) != 2 {
		t.Fatal(names, err)
	}
	if err := os.Remove(names[0]); err != nil {
		t.Fatal(err)
	}
	w.deliver(3, 3)
	o := options(w.dir, mailfile.EML, End)
	o.DryRun = true
	events := map[string]int{}
	o.Tell = func(e Event) { events[e.Event]++ }
	if r := w.must(o); r.WouldDelete != 2 || r.Wanted != 1 || len(r.Unseen) != 1 || events[WouldDelete] != 2 || events[Unseen] != 1 {
		t.Errorf("%+v, %v", r, events)
	}
	w.left("dry", 3)
}

// What is wrong with the journal is not said of the place of the mail, and no
// mail is there that it does not know of.
func TestJournal(t *testing.T) {
	w := newWorld(t, popserver.Options{})
	w.deliver(1, 1)
	o := options(w.dir, mailfile.EML, Each)
	o.Journal = filepath.Join(w.dir, "none", "journal")
	_, err := w.fetch(o)
	if place, is := errors.AsType[*PlaceError](err); !is || place.Journal != o.Journal {
		t.Errorf("%v", err)
	}
	if got := w.got(); len(got) != 0 {
		t.Errorf("%v", got)
	}
	w.left("without a journal", 1)
}
