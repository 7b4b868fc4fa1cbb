package pop3

import (
	"bufio"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// scripted is a connection on which the server has said everything already.
type scripted struct {
	r io.Reader
}

func (s scripted) Read(p []byte) (int, error)       { return s.r.Read(p) }
func (s scripted) Write(p []byte) (int, error)      { return len(p), nil }
func (s scripted) Close() error                     { return nil }
func (s scripted) LocalAddr() net.Addr              { return nil }
func (s scripted) RemoteAddr() net.Addr             { return nil }
func (s scripted) SetDeadline(time.Time) error      { return nil }
func (s scripted) SetReadDeadline(time.Time) error  { return nil }
func (s scripted) SetWriteDeadline(time.Time) error { return nil }

// FuzzServer is a whole session with a server that says anything.
func FuzzServer(f *testing.F) {
	// The example session of RFC 1939, section 10, and odd ones.
	f.Add([]byte("+OK POP3 server ready\r\n-ERR\r\n+OK\r\n+OK\r\n+OK 2 320\r\n+OK\r\n1 whqtswO00WBw418f9t5JxYwZ\r\n2 QhdPYR:00WBw1Ph7x7\r\n.\r\n+OK 120 octets\r\n..x\r\n.\r\n+OK bye\r\n"))
	f.Add([]byte("+OK\n+OK\nSASL PLAIN\nPIPELINING\n.\n+ \n+OK\n+OK 1 -5\n+OK\n+OK 1  a b\n.\n-ERR\n+OK\n"))
	f.Add([]byte("-ERR [IN-USE] \xb5\xc7\xc2\xbc\r\n"))
	for _, d := range readDialogs(f) {
		for _, script := range d.scripts {
			var server strings.Builder
			for line := range strings.Lines(script) {
				if !strings.HasPrefix(line, "C: ") {
					server.WriteString(line)
				}
			}
			f.Add([]byte(server.String()))
		}
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		ctx := context.Background()
		c, err := New(ctx, scripted{strings.NewReader(string(script))}, Config{Host: "localhost", Security: Cleartext, MaxMessages: 1000, MaxBody: 1 << 20})
		if err != nil {
			return
		}
		b := c.NewBatch()
		stat := b.Stat()
		if err := c.Login(ctx, Credentials{User: "me", Password: "hunter2"}, b); err == nil {
			s, _ := stat.Value()
			if s.Messages < 0 || s.Messages > 1000 || s.Octets < -1 {
				t.Fatalf("%+v", s)
			}
			for row, err := range c.UIDLs(ctx) {
				if err == nil && (row.Number < 1 || row.UID == "" || len(row.UID) > 4*MaxUID+2) {
					t.Fatalf("%+v", row)
				}
			}
			if body, err := c.Top(ctx, 1, 0); err == nil {
				_, _ = io.Copy(io.Discard, body)
				_ = body.Close()
			}
		}
		_ = c.Quit(ctx)
	})
}

// FuzzCapabilities: whatever a server lists is bounded, in upper case and one
// line each; and a list that ends leaves what follows it alone.
func FuzzCapabilities(f *testing.F) {
	f.Add([]byte("TOP\r\nUSER\r\nSASL CRAM-MD5 KERBEROS_V4\r\nUIDL\r\nLOGIN-DELAY 900 USER\r\nEXPIRE 60 USER\r\nIMPLEMENTATION Shlemazle-Plotz-v302\r\n.\r\n+OK next\r\n")) // RFC 2449
	f.Add([]byte("sasl  plain\nlogin-delay -5\nexpire 0\nRESP_CODES\nEXPIRENEVER\n\n..\n.\n+OK next\n"))
	f.Add([]byte("LOGIN-DELAY 99999999999999999999\r\nEXPIRE never\r\nUTF8 USER\r\n.\r\n+OK next\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		ctx := context.Background()
		c := &Client{cfg: (&Config{}).withDefaults(), conn: scripted{}}
		c.r = bufio.NewReaderSize(strings.NewReader("+OK\r\n"+string(raw)), 16)
		if err := c.learn(ctx); err != nil {
			if !IsFatal(err) {
				t.Fatalf("%v is no fault", err)
			}
			return
		}
		if len(c.caps) > maxCapaRows {
			t.Fatalf("%d capabilities", len(c.caps))
		}
		for _, line := range c.caps {
			keyword, _, _ := strings.Cut(line, " ")
			if keyword == "" || keyword != strings.ToUpper(keyword) || strings.Contains(line, "\n") || len(line) > maxRow {
				t.Fatalf("%q", line)
			}
		}
		if d := c.caps.LoginDelay(); d < 0 || d > 24*time.Hour {
			t.Fatalf("a delay of %v", d)
		}
		if days, _, ok := c.caps.Expire(); ok && days < 0 {
			t.Fatalf("expires after %d days", days)
		}
		for _, m := range c.caps.Mechanisms() {
			if m == "" || strings.ContainsAny(m, " \t") {
				t.Fatalf("mechanism %q", m)
			}
		}
		if m := c.best(Credentials{User: "me", Password: "x"}); m.token || m.strength == bound {
			t.Fatalf("in clear and with a password it chooses %s", m.name)
		}
	})
}

// FuzzSASL is a login by each mechanism with a server that asks anything. The
// password is never in the error, and only an +OK is a success.
func FuzzSASL(f *testing.F) {
	for i := range allMechanism {
		f.Add(i, "+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n+OK\r\n")
		f.Add(i, "+\r\n+ \r\n-ERR [AUTH] no\r\n")
		f.Add(i, "+ cj1meWtvLHM9UVNYQ1IrUTZzZWs4YmY5MixpPTQwOTY=\r\n+ dj1ybUY5cHFWOFM3c3VBb1pXamE0ZEpSa0ZzS1E9\r\n+OK\r\n")
		f.Add(i, "+ eyJzdGF0dXMiOiI0MDAifQ==\r\n-ERR\r\n")
	}
	f.Fuzz(func(t *testing.T, which int, answers string) {
		m := allMechanism[uint(which)%uint(len(allMechanism))] // #nosec G115 -- any will do
		who := Credentials{User: "me", Password: "hunter2hunter2", Mechanism: m.name}
		if m.token {
			who.Token = who.Password
		}
		ctx := context.Background()
		c, err := New(ctx, scripted{iotest.OneByteReader(strings.NewReader("+OK <1@example.org>\r\n" + answers))},
			Config{Host: "localhost", Security: Cleartext, Hints: Hints{Known: true}})
		if err != nil {
			t.Fatal(err)
		}
		err = c.Login(ctx, who, nil)
		if err == nil && !strings.Contains(strings.ToUpper(answers), "+OK") {
			t.Error("logged in without an answer")
		}
		if err != nil && strings.Contains(err.Error(), who.Password) {
			t.Errorf("the error shows the secret: %v", err)
		}
		if err == nil && m.strength > revealing && m.name != apop.name && m.name != cramMD5.name && m.name != external.name {
			t.Error("a server that knows nothing proved itself")
		}
		_ = c.Close()
	})
}

// FuzzBody: what is stuffed comes back, and the reader ends at its terminator.
func FuzzBody(f *testing.F) {
	f.Add("Subject: x\n\n.dot\n..\nend\n", 3)
	f.Fuzz(func(t *testing.T, text string, size int) {
		text = strings.ReplaceAll(text, "\r", "") + "\n"
		stuffed := strings.ReplaceAll("\n"+text, "\n.", "\n..")[1:]
		c := &Client{cfg: (&Config{}).withDefaults()}
		c.conn = scripted{strings.NewReader("")}
		c.r = bufio.NewReaderSize(strings.NewReader(stuffed+".\n+OK next\n"), 16)
		body := c.openBody(context.Background(), "TOP")
		var got strings.Builder
		_, err := io.CopyBuffer(struct{ io.Writer }{&got}, struct{ io.Reader }{body}, make([]byte, 1+size&0xff))
		if err != nil || got.String() != text {
			t.Fatalf("%q, %v; want %q", got.String(), err, text)
		}
		if next, _ := c.r.ReadString('\n'); next != "+OK next\n" {
			t.Fatalf("what follows is %q", next)
		}
	})
}

func BenchmarkUIDLRow(b *testing.B) {
	c := &Client{cfg: (&Config{MaxMessages: 1 << 40, MaxBody: 1 << 60}).withDefaults()}
	c.conn = scripted{strings.NewReader("")}
	c.r = bufio.NewReaderSize(io.MultiReader(strings.NewReader("+OK\r\n"), &endless{row: "1024 0000012a5f8e3c11\r\n", n: b.N}, strings.NewReader(".\r\n")), 4096)
	b.ReportAllocs()
	b.ResetTimer()
	rows := 0
	for _, err := range c.UIDLs(context.Background()) {
		if err != nil {
			b.Fatal(err)
		}
		rows++
	}
	if rows < b.N {
		b.Fatalf("%d rows of %d", rows, b.N)
	}
}

// endless repeats a row n times.
type endless struct {
	row  string
	n    int
	rest string
}

func (e *endless) Read(p []byte) (int, error) {
	if e.rest == "" {
		if e.n == 0 {
			return 0, io.EOF
		}
		e.n--
		e.rest = e.row
	}
	n := copy(p, e.rest)
	e.rest = e.rest[n:]
	return n, nil
}
