package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// The keys of --json are a promise, and what is not known is null.
func TestListJSON(t *testing.T) {
	s, server, address := world(t, popserver.Options{Pipelining: true})
	drop := server.Maildrop("me")
	old := drop.Deliver(mail("=?utf-8?b?5Lya6K6u?="))
	bare := drop.Deliver([]byte("From: ann@example.org\n\nno date, no subject\n"))
	id := s.add(address, "--security", "none")
	row := func(number int, uid, date, from, address, subject string, unseen bool) string {
		octets := 0
		for _, m := range drop.Messages() {
			if m.UID == uid {
				octets = len(m.Raw)
			}
		}
		return fmt.Sprintf(`{"account":%q,"uid":%q,"number":%d,"date":%s,"from":%q,"address":%q,"subject":%q,"octets":%d,"unseen":%v}`,
			id, uid, number, date, from, address, subject, octets, unseen)
	}
	const date = `"2026-11-24T10:00:00+08:00"`
	list := func(args ...string) string {
		var compact bytes.Buffer
		if err := json.Compact(&compact, []byte(s.must(append([]string{"list", id, "--json"}, args...)...))); err != nil {
			t.Fatal(err)
		}
		return compact.String()
	}
	// An account that was never polled is, and the headers of what was there are fetched.
	want := "[" + row(2, bare, "null", "ann@example.org", "ann@example.org", "", false) + "," +
		row(1, old, date, "张伟", "zw@example.cn", "会议", false) + "]"
	if got := list(); got != want {
		t.Errorf("all:\n%s, want\n%s", got, want)
	}
	server.ResetCommands()
	if got := list("--unseen"); got != "[]" {
		t.Errorf("none is unseen: %s", got)
	}
	if got := list("--limit", "1"); got != "["+row(2, bare, "null", "ann@example.org", "ann@example.org", "", false)+"]" {
		t.Errorf("one: %s", got)
	}
	if asked := server.Commands(); len(asked) != 0 {
		t.Errorf("although all was known, the server was asked %q", asked)
	}
	fresh := drop.Deliver(mail("new"))
	s.must("check")
	if got := list("--unseen"); got != "["+row(3, fresh, date, "张伟", "zw@example.cn", "new", true)+"]" {
		t.Errorf("unseen: %s", got)
	}
}

// What cannot be had is said, and what is known is printed.
func TestListWithoutServer(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	for range 20 { // more than a first poll reads the headers of
		drop.Deliver(mail("old"))
	}
	oldest := drop.Messages()[0].UID
	id := s.add(address, "--security", "none")
	s.must("check")
	s.must("show", id, drop.Messages()[1].UID) // which tells its header and size
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := s.run("list", id)
	lines := strings.Split(stdout, "\n")
	if code != exitFailed || len(lines) != 21 || !strings.HasPrefix(lines[0], "   20  ") || !strings.HasSuffix(lines[0], "  old") ||
		!strings.HasPrefix(lines[19], "    1  "+oldest+"  ") || !strings.HasSuffix(lines[19], "  …") ||
		!strings.Contains(stderr, "refuses connections") || strings.Count(stderr, "\n") != 1 {
		t.Errorf("exit code %d, %q, %q", code, stdout, stderr)
	}
	code, stdout, _ = s.run("list", id, "--json")
	var rows []map[string]any
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil || code != exitFailed || len(rows) != 20 {
		t.Fatalf("exit code %d, %s, %v", code, stdout, err)
	}
	for _, key := range []string{"date", "from", "address", "subject", "octets"} {
		if v, ok := rows[19][key]; !ok || v != nil || rows[18][key] == nil {
			t.Errorf("%s is %v, and of one that was read %v", key, v, rows[18][key])
		}
	}
	if code, stdout, stderr := s.run("list", id, "--limit", "3"); code != exitDone || strings.Count(stdout, "\n") != 3 || stderr != "" {
		t.Errorf("where all is known: exit code %d, %q, %q", code, stdout, stderr)
	}
}

// Headers are waited for in vain once, and no longer than for a time.
func TestListWithSlowServer(t *testing.T) {
	rows := []api.Row{{UID: "b", Described: true}, {UID: "a"}}
	asked := 0
	h := api.Handlers{}
	api.Page.Handle(h, func(_ context.Context, r api.PageRequest) ([]api.Row, error) {
		if r.Before == "" {
			return slices.Repeat(rows, r.Limit/2), nil
		}
		return rows, nil
	})
	api.Describe.Handle(h, func(ctx context.Context, r api.DescribeRequest) (none api.None, err error) {
		asked++
		<-ctx.Done()
		return none, ctx.Err()
	})
	l := lister{e: &env{loc: locale.New("en")}, engine: h, patience: time.Millisecond}
	list, err := l.list(t.Context(), 0)
	if err != nil || len(list) != api.MaxPage+2 || asked != 1 || l.failed == nil || !strings.HasPrefix(l.failed.Error(), "Not all headers") {
		t.Errorf("%d rows, %v; asked %d times, %v", len(list), err, asked, l.failed)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l = lister{e: l.e, engine: h, patience: time.Hour}
	if _, err := l.list(ctx, 0); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// Neither TOP nor a server that tells messages apart is needed.
func TestListOfOddServers(t *testing.T) {
	s, server, address := world(t, popserver.Options{NoTOP: true})
	server.Maildrop("me").Deliver(mail("old"))
	id := s.add(address, "--security", "none")
	if out := s.must("list", id); !strings.HasSuffix(out, "  …\n") {
		t.Errorf("without TOP: %q", out)
	}
	s, server, address = world(t, popserver.Options{})
	drop := server.Maildrop("me")
	drop.DeliverUID("same", mail("one"))
	drop.DeliverUID("same", mail("two"))
	id = s.add(address, "--security", "none")
	if out := s.must("list", id, "--json"); strings.Count(out, `"uid": "same"`) != 1 || strings.Count(out, `"uid": "digest-`) != 1 || !strings.Contains(out, `"subject": "two"`) {
		t.Errorf("where two have a UID: %s", out)
	}
}

func TestListIsEmpty(t *testing.T) {
	s, _, address := world(t, popserver.Options{})
	id := s.add(address, "--security", "none")
	for want, args := range map[string][]string{
		"There are no messages.\n":        {"list", id},
		"There are no unseen messages.\n": {"list", id, "--unseen"},
		"[]\n":                            {"list", id, "--json"},
	} {
		if out := s.must(args...); out != want {
			t.Errorf("%v: %q", args, out)
		}
	}
}
