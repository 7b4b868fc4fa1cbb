package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

func TestFetch(t *testing.T) {
	s, server, address := world(t, popserver.Options{Pipelining: true})
	drop := server.Maildrop("me")
	id := s.add(address, "--security", "none")
	place := filepath.Join(t.TempDir(), "Mail")
	if out := s.must("fetch", id, "--maildir", place); !strings.Contains(out, "no messages") {
		t.Errorf("of nothing: %s", out)
	}
	first := drop.Deliver(mail("one"))
	drop.Deliver(mail("two"))
	if out := s.must("fetch", id, "--maildir", place, "--dry-run", "--delete", "end"); !strings.Contains(out, "2 messages would be fetched") || !strings.Contains(out, first+": ") {
		t.Errorf("dry: %s", out)
	}
	if out := s.must("fetch", id, "--maildir", place, first); !strings.Contains(out, "1 message fetched") {
		t.Errorf("one: %s", out)
	}
	out := s.must("fetch", id, "--maildir", place, "--json")
	events := map[string]int{}
	for line := range strings.Lines(out) {
		var event struct{ Event string }
		if err := json.Unmarshal([]byte(line), &event); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		events[event.Event]++
	}
	if events["begin"] != 1 || events["fetched"] != 1 || events["done"] != 1 || !strings.Contains(out, `"complete":true`) {
		t.Errorf("events: %s", out)
	}
	if out := s.must("fetch", id, "--maildir", place); !strings.Contains(out, "Nothing new: 2 messages") {
		t.Errorf("again: %s", out)
	}
	if files, err := os.ReadDir(filepath.Join(place, "new")); err != nil || len(files) != 2 {
		t.Errorf("%v, %v", files, err)
	}
	if out := s.must("fetch", id, "--maildir", place, "--delete", "each"); !strings.Contains(out, "2 messages deleted") || len(drop.Messages()) != 0 {
		t.Errorf("deleted: %s", out)
	}
	if code, _, stderr := s.run("fetch", id, "--eml", place, "none"); code != exitFailed || !strings.HasPrefix(stderr, "none: ") {
		t.Errorf("missing: %d, %s", code, stderr)
	}
	if code, _, stderr := s.run("fetch", id, "--mbox", place); code != exitFailed || !strings.Contains(stderr, place) {
		t.Errorf("no place: %d, %s", code, stderr)
	}
	for _, wrong := range [][]string{
		{id},
		{id, "--eml", place, "--mbox", place},
		{id, "--eml", place, "--all", "--new"},
		{id, "--eml", place, "--all", first},
		{id, "--eml", place, "--delete", "now"},
		{"none", "--eml", place},
		{"--eml", place},
	} {
		if code, _, stderr := s.run(append([]string{"fetch"}, wrong...)...); code != exitUsage {
			t.Errorf("%q: exit code %d, %s", wrong, code, stderr)
		}
	}
}

// fullDisk is a stdout that has no room.
type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, syscall.ENOSPC }

// What keeps mail back, on the server or here, has its sentence.
func TestFetchSentences(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	id := s.add(address, "--security", "none")
	dir := t.TempDir()
	place := filepath.Join(dir, "disk", "Mail")
	link := filepath.Join(dir, "link")
	if err := os.Symlink("disk", link); err != nil {
		t.Fatal(err)
	}
	if out := s.must("fetch", id, "--maildir", place, "--json"); !strings.Contains(out, `{"event":"begin","messages":0,"octets":0,"skipped":0}`) {
		t.Errorf("nothing: %s", out)
	}
	drop.Deliver(mail("one"))
	drop.Deliver(mail("two"))
	s.must("fetch", id, "--maildir", place)
	if out := s.must("fetch", id, "--maildir", filepath.Join(link, "Mail")); !strings.Contains(out, "Nothing new: 2 messages") {
		t.Errorf("by a link: %s", out)
	}
	if out := s.must("fetch", id, "--maildir", place, "--delete", "end", "--dry-run"); !strings.Contains(out, "2 messages would be deleted") {
		t.Errorf("dry: %s", out)
	}
	if err := os.RemoveAll(filepath.Dir(place)); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{place, filepath.Join(link, "Mail")} {
		code, out, stderr := s.run("fetch", id, "--maildir", path, "--delete", "end")
		if code != exitFailed || out != "" || !strings.Contains(stderr, "is a disk missing?") || strings.Contains(stderr, "goes on") {
			t.Errorf("gone: %d, %s%s", code, out, stderr)
		}
	}
	if out := s.must("fetch", id, "--maildir", place, "--all"); !strings.Contains(out, "2 messages fetched") {
		t.Errorf("all: %s", out)
	}
	names, err := filepath.Glob(filepath.Join(place, "new", "*"))
	if err != nil || len(names) != 2 || os.Remove(names[0]) != nil {
		t.Fatal(names, err)
	}
	if out := s.must("fetch", id, "--maildir", place, "--delete", "end"); !strings.Contains(out, "1 message that was fetched before is no longer in") || !strings.Contains(out, "1 message deleted") {
		t.Errorf("one removed: %s", out)
	}
	third := drop.Deliver(mail("three"))
	server.SetMood(func(line string) *popserver.Override {
		switch line {
		case "RETR 2":
			return &popserver.Override{Raw: "-ERR [SYS/TEMP] storage down\r\n"}
		case "QUIT":
			return &popserver.Override{Raw: "-ERR not all were removed\r\n"}
		}
		return nil
	})
	if code, _, stderr := s.run("fetch", id, "--maildir", place); code != exitFailed || !strings.HasPrefix(stderr, third+": ") || !strings.Contains(stderr, "storage down") {
		t.Errorf("refused: %d, %s", code, stderr)
	}
	if code, out, stderr := s.run("fetch", id, "--eml", dir, "--delete", "each"); code != exitFailed || !strings.Contains(out, "1 message fetched") || !strings.Contains(stderr, "messages may still be there") {
		t.Errorf("QUIT: %d, %s%s", code, out, stderr)
	}
	server.SetMood(func(line string) *popserver.Override {
		if line == "UIDL" {
			return &popserver.Override{Raw: "+OK\r\n1 a\r\n2 a\r\n.\r\n"}
		}
		return nil
	})
	if code, out, stderr := s.run("fetch", id, "--eml", dir); code != exitFailed || out != "" || !strings.Contains(stderr, "2 messages were left out") {
		t.Errorf("alike: %d, %s%s", code, out, stderr)
	}
	server.SetMood(nil)
	for _, more := range [][]string{{}, {"--json"}} {
		var stderr strings.Builder
		args := append([]string{"--home", s.home, "fetch", id, "--maildir", place}, more...)
		if code := run(t.Context(), args, strings.NewReader(""), fullDisk{}, &stderr); code != exitFailed || !strings.Contains(stderr.String(), "output could not be written") || strings.Contains(stderr.String(), "goes on") {
			t.Errorf("%v: %d, %s", more, code, stderr.String())
		}
	}
}
