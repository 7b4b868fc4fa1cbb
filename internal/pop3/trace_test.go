package pop3

import (
	"net"
	"slices"
	"testing"
)

// The hook is told every line both ways, as it happens and without secrets,
// though the server echoes them (S8).
func TestTrace(t *testing.T) {
	for _, transcript := range []*Transcript{nil, {}} {
		var lines []string
		conn := serve(t, func(conn net.Conn) error {
			return play(conn, "+OK ready\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK hunter2 it is\n\tC: STAT\n\t+OK 1 \x1b[31m2\n\tC: TOP 1 0\n\t+OK\n\tSubject: private\n\t\n\t.\n\tC: DELE 1\n\t-ERR [SYS/TEMP] no", "\r\n")
		})
		c, err := New(t.Context(), conn, Config{
			Host: "localhost", Security: Cleartext, Hints: Hints{Known: true, Mechanism: "USER"}, Transcript: transcript,
			Trace: func(kind TraceKind, line string) { lines = append(lines, kind.String()+line) },
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := c.Login(t.Context(), me, nil); err != nil {
			t.Fatal(err)
		}
		if _, err := c.Stat(t.Context()); err != nil {
			t.Error(err)
		}
		top, err := c.Top(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := top.Close(); err != nil {
			t.Error(err)
		}
		wantError(t, c.Dele(t.Context(), 1), KindTemporary, CodeSysTemp, false)
		want := []string{
			"S: +OK ready", "C: USER ***", "S: +OK", "C: PASS ***", "S: (the server repeated what was sent to it)", "C: STAT", "S: +OK 1 2",
			"C: TOP 1 0", "S: +OK", "C: DELE 1", "S: -ERR [SYS/TEMP] no",
		}
		if !slices.Equal(lines, want) {
			t.Errorf("traced %q, want %q", lines, want)
		}
	}
}

func TestSecurityNames(t *testing.T) {
	for _, s := range []Security{ImplicitTLS, STLS, Cleartext} {
		if got, err := ParseSecurity(s.String()); got != s || err != nil {
			t.Errorf("%v: %v, %v", s, got, err)
		}
	}
	for _, name := range []string{"", "TLS", "starttls"} {
		_, err := ParseSecurity(name)
		wantError(t, err, KindConfig, CodeArgument, true)
	}
	if s := Security(7).String(); s != "Security(7)" {
		t.Error(s)
	}
}
