package mailfile

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const letter = "Return-Path: <ann@example.org>\r\nReceived: from x by y;\r\n\tSun, 22 Nov 2026 14:02:11 +0100\r\nSubject: one\r\nDate: Mon, 2 Jan 2006 15:04:05 -0700\r\n\r\nFrom here\r\n>From there\r\n.dot\r\nFromage\r\nlast\r\n"

// put writes a message, some octets at a time, and returns its mark.
func put(t *testing.T, s Store, id, text string, step int) (mark string) {
	t.Helper()
	d, err := s.Begin(id)
	if err != nil {
		t.Fatal(err)
	}
	for text := []byte(text); len(text) > 0; {
		n := min(step, len(text))
		if _, err := d.Write(text[:n]); err != nil {
			t.Fatal(err)
		}
		text = text[n:]
	}
	err = d.Commit(func(m string) error {
		mark = m
		return nil
	})
	if err := errors.Join(err, s.Sync()); err != nil {
		t.Fatal(err)
	}
	return mark
}

func open(t *testing.T, kind Kind, path string) Store {
	t.Helper()
	s, err := Open(kind, path)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// files are the names below a folder, without folders.
func files(t *testing.T, path string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(path, func(name string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			rel, _ := filepath.Rel(path, name)
			names = append(names, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

func TestMaildir(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a", "Mail")
	s := open(t, Maildir, path)
	marks := map[string]bool{}
	for step := 1; step < 5; step++ {
		marks[put(t, s, "uid", letter, step)] = true
	}
	if len(marks) != 4 {
		t.Errorf("names: %v", marks)
	}
	for mark := range marks {
		file := filepath.Join(path, "new", mark)
		if got := read(t, file); got != strings.ReplaceAll(letter, "\r", "") {
			t.Errorf("%q", got)
		}
		if strings.ContainsAny(mark, `:/<>"|?*`) {
			t.Errorf("%q is no name for every system", mark)
		}
		if info, err := os.Stat(file); err != nil || !info.ModTime().Equal(time.Date(2026, 11, 22, 13, 2, 11, 0, time.UTC)) {
			t.Errorf("time: %v, %v", info.ModTime(), err)
		}
		if err := os.Rename(file, filepath.Join(path, "cur", mark+":2,S")); err != nil {
			t.Fatal(err)
		}
		if has, err := s.Has(mark); !has || err != nil {
			t.Errorf("moved: %v, %v", has, err)
		}
	}
	if has, err := s.Has("another"); has || err != nil {
		t.Errorf("%v, %v", has, err)
	}
}

func TestAbort(t *testing.T) {
	for _, kind := range []Kind{Maildir, Mbox, EML} {
		dir := t.TempDir()
		s := open(t, kind, filepath.Join(dir, "x"))
		d, err := s.Begin("uid")
		if err != nil {
			t.Fatal(err)
		}
		_, _ = d.Write([]byte("Subject: x\r\n"))
		d.Abort()
		if left := files(t, dir); len(left) != 0 {
			t.Errorf("%s: %v is left", kind, left)
		}
		refused := errors.New("no")
		d, err = s.Begin("uid")
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Commit(func(string) error { return refused }); !errors.Is(err, refused) {
			t.Errorf("%s: %v", kind, err)
		}
		d.Abort()
		for _, name := range files(t, dir) {
			if info, _ := os.Stat(filepath.Join(dir, name)); info.Size() > 0 {
				t.Errorf("%s: %s is left", kind, name)
			}
		}
	}
}

func TestEML(t *testing.T) {
	path := filepath.Join(t.TempDir(), "out")
	s := open(t, EML, path)
	first, second := put(t, s, "uid", letter, 3), put(t, s, "uid", letter, 7)
	for _, mark := range []string{first, second} {
		if got := read(t, filepath.Join(path, mark)); got != letter {
			t.Errorf("%q", got)
		}
	}
	if first == second || !strings.HasPrefix(first, "2026-11-22_130211_") {
		t.Errorf("%s, %s", first, second)
	}
}

func TestMbox(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box")
	const envelope = "From ann@example.org Sun Nov 22 13:02:11 2026\n"
	body := strings.NewReplacer("\r", "", "\nFrom here", "\n>From here", "\n>From there", "\n>>From there").Replace(letter)
	want := ""
	for step := 1; step < 9; step++ {
		put(t, open(t, Mbox, path), fmt.Sprint(step), letter, step)
		want += envelope + body + "\n"
	}
	if got := read(t, path); got != want {
		t.Errorf("%q", got)
	}
	if left := files(t, filepath.Dir(path)); len(left) != 1 {
		t.Errorf("left: %v", left)
	}
	for text, want := range map[string]string{
		"":                       "\n",
		"From x":                 ">From x\n\n",
		"From":                   "From\n\n",
		">>From x\r\n\r\n":       ">>>From x\n\n\n",
		"a\rb\r\r\nFromFrom \r":  "a\rb\r\nFromFrom \r\n\n",
		"Fro\r\n>Fro\r\nFroFrom": "Fro\n>Fro\nFroFrom\n\n",
		"FFrom x\r\n>F":          "FFrom x\n>F\n\n",
	} {
		if text == "" {
			want = "\n\n"
		}
		file := filepath.Join(t.TempDir(), "m")
		put(t, open(t, Mbox, file), "x", text, 1)
		_, got, _ := strings.Cut(read(t, file), "\n")
		if got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Another message begins after an empty line, whoever wrote the last one.
func TestMboxOfOthers(t *testing.T) {
	for _, before := range []string{"From x Sun Nov 22 13:02:11 2026\n\nhi", "From x Sun Nov 22 13:02:11 2026\n\nhi\n", "From x Sun Nov 22 13:02:11 2026\n\nhi\n\n"} {
		path := filepath.Join(t.TempDir(), "box")
		if err := os.WriteFile(path, []byte(before), 0o600); err != nil {
			t.Fatal(err)
		}
		put(t, open(t, Mbox, path), "x", letter, 100)
		if got := read(t, path); !strings.HasPrefix(got, strings.TrimRight(before, "\n")+"\n\nFrom ann") {
			t.Errorf("%q", got)
		}
	}
}

// What a crash has cut off goes; what others have written since stays.
func TestMboxCutOff(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box")
	s := open(t, Mbox, path)
	put(t, s, "first", letter, 100)
	first := read(t, path)
	mark := put(t, s, "second", letter, 100)
	both := read(t, path)
	for n := len(first); n <= len(both); n++ {
		for _, later := range []string{"", "\nFrom other Sun Nov 22 13:02:11 2026\n\nx\n\n"} {
			if err := os.WriteFile(path, []byte(both[:n]+later), 0o600); err != nil {
				t.Fatal(err)
			}
			has, err := s.Has(mark)
			if err != nil || has != strings.HasPrefix(both[:n]+later, both) {
				t.Fatalf("%d of %d: %v, %v", n, len(both), has, err)
			}
			got := read(t, path)
			switch {
			case later != "" && !strings.HasSuffix(got, later):
				t.Fatalf("%d of %d: another message is gone", n, len(both))
			case later == "" && !has && got != first:
				t.Fatalf("%d of %d: %q", n, len(both), got[len(first):])
			}
		}
	}
}

func TestLock(t *testing.T) {
	path := filepath.Join(t.TempDir(), "box")
	if err := os.WriteFile(path+".lock", []byte("999999999\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if dead(path + ".lock") { // where that can be told
		put(t, open(t, Mbox, path), "x", letter, 100)
	}
	undot, err := lockFile(path+".lock2", time.Now())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lockFile(path+".lock2", time.Now()); !errors.Is(err, ErrLocked) {
		t.Errorf("locked twice: %v", err)
	}
	undot()
	undot, err = lockFile(path+".lock2", time.Now())
	if err != nil {
		t.Error(err)
	}
	undot()
}

func TestNotAPlace(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte("text"), 0o600); err != nil {
		t.Fatal(err)
	}
	for kind, path := range map[Kind]string{Mbox: file, EML: file, Maildir: dir, "x": dir} {
		if _, err := Open(kind, path); err == nil {
			t.Errorf("%s at %s", kind, path)
		}
	}
	if got := read(t, file); got != "text" || len(files(t, dir)) != 1 {
		t.Errorf("%q, %v", got, files(t, dir))
	}
}

// Python's mailbox module judges: it finds each message, with its text as it
// was sent.
func TestPython(t *testing.T) {
	python, err := exec.LookPath("python3")
	if err != nil {
		t.Fatal("the tests need python3")
	}
	dir := t.TempDir()
	for kind, name := range map[Kind]string{Maildir: "maildir", Mbox: "mbox"} {
		s := open(t, kind, filepath.Join(dir, name))
		for i := range 20 {
			put(t, s, fmt.Sprint(i), strings.Replace(letter, "one", fmt.Sprint("number ", i), 1), 100)
		}
	}
	const judge = `
import mailbox, re, sys
for box in mailbox.Maildir(sys.argv[1] + "/maildir", create=False), mailbox.mbox(sys.argv[1] + "/mbox", create=False):
    box.lock()
    found = sorted((m["Subject"], re.sub("(?m)^>(>*From )", r"\1", m.get_payload()) if isinstance(m, mailbox.mboxMessage) else m.get_payload()) for m in box)
    assert [s for s, _ in found] == sorted("number %d" % i for i in range(20)), found
    for _, text in found:
        assert text.rstrip("\n") == "From here\n>From there\n.dot\nFromage\nlast", repr(text)
    for m in box:
        if isinstance(m, mailbox.mboxMessage):
            assert m.get_from() == "ann@example.org Sun Nov 22 13:02:11 2026", m.get_from()
    box.unlock()
`
	if out, err := exec.CommandContext(t.Context(), python, "-c", judge, dir).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
