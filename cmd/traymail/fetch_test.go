package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
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
