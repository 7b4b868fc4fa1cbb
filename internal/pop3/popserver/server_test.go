package popserver_test

import (
	"bufio"
	"io"
	"net"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// talk sends lines and returns all that the server said.
func talk(t *testing.T, s *popserver.Server, lines ...string) string {
	t.Helper()
	client, server := net.Pipe()
	done := make(chan struct{})
	go func() {
		s.ServeConn(server)
		close(done)
	}()
	said := make(chan string)
	go func() {
		all, _ := io.ReadAll(bufio.NewReader(client))
		said <- string(all)
	}()
	for _, line := range lines {
		if _, err := io.WriteString(client, line+"\r\n"); err != nil {
			t.Fatal(err)
		}
	}
	<-done
	return strings.ReplaceAll(<-said, "\r\n", "\n")
}

// The session of RFC 1939, section 10, and what is left of the maildrop.
func TestSession(t *testing.T) {
	s := popserver.New(popserver.Options{Users: map[string]string{"mrose": "secret"}, Pipelining: true, Capabilities: []string{"EXPIRE 0"}})
	drop := s.Maildrop("mrose")
	drop.DeliverUID("a", []byte("Subject: one\n\nbody\n.dot\n"))
	second := drop.Deliver([]byte("Subject: two\r\n\r\nmore"))
	got := talk(t, s, "STAT", "CAPA", "USER mrose", "PASS wrong", "USER mrose", "PASS secret", "STAT", "LIST", "UIDL 1", "TOP 1 1", "TOP 1 -1", "RETR 3", "DELE 1", "DELE 1", "STAT", "RSET", "DELE 1", "XYZZY", "QUIT")
	want := `+OK traymail test server ready
-ERR log in first
+OK
USER
RESP-CODES
SASL PLAIN
UIDL
TOP
PIPELINING
EXPIRE 0
.
+OK
-ERR [AUTH] wrong user name or password
+OK
+OK logged in
+OK 2 50
+OK
1 28
2 22
.
+OK 1 a
+OK
Subject: one

body
.
-ERR unknown command
-ERR no such message
+OK marked
-ERR no such message
+OK 1 22
+OK
+OK marked
-ERR unknown command
+OK bye
`
	if got != want {
		t.Errorf("it said\n%s\nwant\n%s", got, want)
	}
	if left := drop.Messages(); len(left) != 1 || left[0].UID != second || string(left[0].Raw) != "Subject: two\r\n\r\nmore\r\n" {
		t.Errorf("left is %+v", left)
	}
	if s.Logins() != 1 || s.FailedLogins() != 1 {
		t.Errorf("%d logins, %d failed", s.Logins(), s.FailedLogins())
	}
	for _, command := range s.Commands() {
		if strings.Contains(command, "secret") || strings.Contains(command, "wrong") {
			t.Errorf("it remembers %q", command)
		}
	}
}

// Who breaks off deletes nothing, and a maildrop has one session at a time.
func TestBreakingOff(t *testing.T) {
	s := popserver.New(popserver.Options{
		Users: map[string]string{"me": "x"},
		Mood: func(line string) *popserver.Override {
			if line == "NOOP" {
				return &popserver.Override{Raw: talk(t, newest, "USER me", "PASS x", "QUIT"), Close: true}
			}
			return nil
		},
	})
	newest = s
	s.Maildrop("me").Deliver([]byte("Subject: x\n\n"))
	got := talk(t, s, "USER me", "PASS x", "DELE 1", "NOOP")
	if !strings.Contains(got, "[IN-USE]") {
		t.Errorf("a second session: %s", got)
	}
	if n := len(s.Maildrop("me").Messages()); n != 1 {
		t.Errorf("%d messages", n)
	}
	if got := talk(t, s, "USER me", "PASS x", "QUIT"); !strings.Contains(got, "+OK logged in") {
		t.Errorf("afterwards: %s", got)
	}
}

// newest is the server that a mood talks to.
var newest *popserver.Server
