package main

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Whether a tray role runs or not, the commands say the same of a mailbox that
// has more messages than one answer.
func TestReadingWithAndWithoutTray(t *testing.T) {
	for _, tray := range []bool{false, true} {
		t.Run(fmt.Sprint(tray), func(t *testing.T) {
			s, server, address := world(t, popserver.Options{Pipelining: true})
			drop := server.Maildrop("me")
			const n = 2*api.MaxPage + 10
			var uids []string
			for i := range n {
				uids = append(uids, drop.Deliver(mail(fmt.Sprint("subject ", i))))
			}
			id := s.add(address, "--security", "none")
			if tray {
				role(t, s.home).works(t)
			}
			var rows []struct {
				UID, Subject string
				Number       int
			}
			if err := json.Unmarshal([]byte(s.must("list", id, "--limit", "0", "--json")), &rows); err != nil || len(rows) != n {
				t.Fatalf("%d rows, %v", len(rows), err)
			}
			for i, r := range rows {
				if at := n - 1 - i; r.UID != uids[at] || r.Number != at+1 || r.Subject != fmt.Sprint("subject ", at) {
					t.Fatalf("row %d is %+v", i, r)
				}
			}
			if out := s.must("show", id, uids[7]); !strings.Contains(out, "\nSubject: subject 7\n\nhello\n") {
				t.Errorf("it prints %q", out)
			}
			if out := s.must("show", id, uids[7], "--source"); out != strings.ReplaceAll(string(mail("subject 7")), "\n", "\r\n") {
				t.Errorf("the source is %q", out)
			}
			big := drop.Deliver(append(mail("big"), strings.Repeat("<&>\x01\xff\u2028\n", api.MaxSource>>3)...))
			code, stdout, stderr := s.run("show", id, big, "--source", "--whole")
			if code != exitFailed || len(stdout) != api.MaxSource || strings.Count(stderr, "\n") != 1 {
				t.Errorf("a big one: exit code %d, %d octets, %q", code, len(stdout), stderr)
			}
			drop.Remove(uids[8])
			for _, args := range [][]string{{"show", id, uids[8]}, {"show", id, uids[8], "--headers"}} {
				if code, _, stderr := s.run(args...); code != exitFailed || !strings.Contains(stderr, "no longer on the server") {
					t.Errorf("%v: exit code %d, %q", args, code, stderr)
				}
			}
			if code, _, stderr := s.run("list", "nobody-1234"); code != exitUsage || !strings.Contains(stderr, "no account with this ID") {
				t.Errorf("exit code %d, %q", code, stderr)
			}
		})
	}
}
