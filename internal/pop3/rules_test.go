package pop3

import (
	"net"
	"strings"
	"testing"
	"time"
)

const toPassword = `+OK
	C: CAPA
	+OK
	PIPELINING
	.
	C: USER me
	+OK
	C: PASS hunter2
	`

// P12, P14: 163 answers PASS and LIST with counts, which mean nothing; UIDL
// and TOP work though nobody listed them, and nothing else is tried.
func TestCoremail(t *testing.T) {
	dialog{
		script: strings.Replace(toPassword, "+OK", "+OK Welcome to coremail Mail Pop3 Server (163coms[10774b260cc7a37d26d71b52404dcf5cs])", 1) +
			`+OK 1798 message(s) [430209247 byte(s)]
	C: CAPA
	+OK
	PIPELINING
	.
	C: STAT
	C: UIDL 2
	+OK 2 3018
	+OK 2 1tbiCRXtkVet7nXH2wAAsv
	C: LIST
	+OK 1798 430209247
	1 1018
	2 2000
	.
	C: TOP 1 0
	+OK 1018 octets
	Subject: x

	.`,
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			b := c.NewBatch()
			stat, uid := b.Stat(), b.UIDL(2)
			if err := c.Login(t.Context(), me, b); err != nil {
				t.Fatal(err)
			}
			if s, err := stat.Value(); err != nil || s != (Stat{2, 3018}) {
				t.Errorf("%+v, %v", s, err)
			}
			if uid, err := uid.Value(); err != nil || uid != "1tbiCRXtkVet7nXH2wAAsv" {
				t.Errorf("%q, %v", uid, err)
			}
			var sum int64
			for row, err := range c.Lists(t.Context()) {
				if sum += row.Octets; err != nil {
					t.Error(err)
				}
			}
			if sum != 3018 {
				t.Errorf("%d octets", sum)
			}
			r, err := c.Top(t.Context(), 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		},
	}.test(t)
}

// P21, P22, P23: whose turn it is after a refused login, as servers put it.
func TestRefusals(t *testing.T) {
	for text, want := range map[string]Kind{
		"[AUTH] Web login required: https://support.google.com/mail/answer/78754": KindAuth, // P22: Gmail
		"[AUTH] Username and password not accepted.":                              KindAuth,
		"Unable to log on": KindAuth, // P22: 163
		"Login fail. A secure connection is required":                  KindAuth, // P22: QQ
		"Login fail. Service is not open or password error":            KindAuth,
		"[AUTH] Email address or bandwidth limits exceeded. Try later": KindTemporary, // P21: Gmail
		"[IN-USE] Do you have another POP session running?":            KindTemporary,
		"[LOGIN-DELAY] minimum time between mail checks violation":     KindTemporary,
		"[SYS/TEMP] Server error - Please try again later":             KindTemporary, // Yahoo
		"duplicate login!": KindTemporary,
		"[SYS/PERM] Your account is not enabled for POP access. Visit Settings": KindPermanent, // P23
		"Your account is not enabled for POP access":                            KindPermanent,
		"Basic authentication is disabled.":                                     KindPermanent, // P23: Exchange Online
		"Logon failure: unknown user name or bad password.":                     KindAuth,      // Exchange 2003
	} {
		t.Run(text, func(t *testing.T) {
			dialog{script: toPassword + "-ERR " + text, run: func(t *testing.T, c *Client, err error) {
				if err != nil {
					t.Fatal(err)
				}
				kind(want)(t, c, c.Login(t.Context(), me, nil))
			}}.test(t)
		})
	}
}

// writes counts them.
type writes struct {
	net.Conn
	lines []string
}

func (w *writes) Write(p []byte) (int, error) {
	w.lines = append(w.lines, string(p))
	return w.Conn.Write(p)
}

// P28, P29: a batch is one write of whole commands, and a known server that
// pipelines gets login and all in the one after its greeting: no pause in
// which it could lose patience.
func TestOneWritePerBatch(t *testing.T) {
	script := "+OK\n\tC: USER me\n\tC: PASS hunter2\n\tC: STAT\n\tC: UIDL 1\n\t+OK\n\t+OK\n\t+OK 1 2\n\t+OK 1 a"
	conn := &writes{Conn: serve(t, func(conn net.Conn) error { return play(conn, script, "\r\n") })}
	c, err := New(t.Context(), conn, Config{
		Host: "localhost", Security: Cleartext,
		Hints: Hints{Known: true, Pipelining: true, PipelineLogin: true, Mechanism: "USER"},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := c.NewBatch()
	b.Stat()
	b.UIDL(1)
	if err := c.Login(t.Context(), me, b); err != nil {
		t.Fatal(err)
	}
	if want := "USER me\r\nPASS hunter2\r\nSTAT\r\nUIDL 1\r\n"; len(conn.lines) != 1 || conn.lines[0] != want {
		t.Errorf("writes: %q", conn.lines)
	}
}

// Courier offers pipelining, but loses what follows the login in one write;
// and it shows an excuse in place of mail with Chinese headers to those who do
// not ask for UTF8.
func TestCourier(t *testing.T) {
	const capabilities = "SASL PLAIN LOGIN CRAM-MD5;TOP;UIDL;PIPELINING;UTF8 USER;IMPLEMENTATION Courier Mail Server"
	first := `+OK Hello there.
	C: CAPA
	+OK Here's what I can do:
	` + strings.ReplaceAll(capabilities, ";", "\n\t") + `
	.
	C: UTF8
	+OK UTF8 enabled
	C: ` + plainLine + `
	+OK logged in.
	C: STAT
	C: UIDL 1
	+OK 1 72
	+OK 1 UID1-1795524711`
	next := `+OK Hello there.
	C: UTF8
	C: ` + plainLine + `
	-ERR no UTF8 today
	+OK logged in.
	C: STAT
	C: UIDL 1
	+OK 1 72
	+OK 1 UID1-1795524711`
	known := Hints{Known: true, PipelineLogin: true, Pipelining: true, Mechanism: "PLAIN", Capabilities: strings.Split(capabilities, ";")}
	for script, hints := range map[string]Hints{first: {Mechanism: "PLAIN"}, next: known} {
		dialog{
			script: script, cfg: Config{Host: "localhost", Security: Cleartext, Hints: hints},
			run: func(t *testing.T, c *Client, err error) {
				if err != nil {
					t.Fatal(err)
				}
				b := c.NewBatch()
				stat, uid := b.Stat(), b.UIDL(1)
				who := me
				who.Mechanism = "PLAIN" // in clear it would be CRAM-MD5
				if err := c.Login(t.Context(), who, b); err != nil || stat.Err() != nil || uid.Err() != nil {
					t.Fatal(err, stat.Err(), uid.Err())
				}
			},
		}.test(t)
	}
}

// Servers that lose what follows the login are told by their silence.
func TestLostBatch(t *testing.T) {
	conn := serve(t, func(conn net.Conn) error { return play(conn, "+OK\n\tC: "+plainLine+"\n\tC: STAT\n\t+OK", "\r\n") })
	c, err := New(t.Context(), conn, Config{
		Host: "localhost", Security: Cleartext, CommandTimeout: 50 * time.Millisecond, DialTimeout: time.Minute,
		Hints: Hints{Known: true, Pipelining: true, PipelineLogin: true, Mechanism: "PLAIN"},
	})
	if err != nil {
		t.Fatal(err)
	}
	b := c.NewBatch()
	stat := b.Stat()
	wantError(t, c.Login(t.Context(), me, b), KindProtocol, CodeSilent, true)
	wantError(t, stat.Err(), KindNetwork, CodeTimeout, true)
}

// patient is a connection that keeps the longest deadline of its reads, of an
// octet each.
type patient struct {
	net.Conn
	longest time.Duration
}

func (p *patient) Read(b []byte) (int, error) { return p.Conn.Read(b[:min(len(b), 1)]) }

func (p *patient) SetReadDeadline(t time.Time) error {
	p.longest = max(p.longest, time.Until(t).Round(time.Second))
	return p.Conn.SetReadDeadline(t)
}

// P36: a wrong password may be answered after minutes, and so may what makes a
// server read the whole maildrop, also when it went out with the login. All
// else is as short as ever.
func TestPatience(t *testing.T) {
	for _, hints := range []Hints{{}, {Known: true, PipelineLogin: true, Pipelining: true, Mechanism: "USER"}} {
		greeting := "+OK\n\tC: CAPA\n\t-ERR\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK\n\tC: STAT\n\t+OK 1 2"
		if hints.Known {
			greeting = "+OK\n\tC: USER me\n\tC: PASS hunter2\n\tC: STAT\n\t+OK\n\t+OK\n\t+OK 1 2"
		}
		script := greeting + "\n\tC: UIDL\n\t+OK\n\t1 a\n\t.\n\tC: LIST 1\n\t+OK 1 2\n\tC: TOP 1 0\n\t+OK\n\t.\n\tC: DELE 1\n\t+OK"
		var waits []string
		conn := &patient{Conn: serve(t, func(conn net.Conn) error { return play(conn, script, "\r\n") })}
		cfg := Config{Host: "localhost", Security: Cleartext, Hints: hints, Trace: func(kind TraceKind, line string) {
			if kind == TraceReceived {
				waits = append(waits, conn.longest.String())
				conn.longest = 0
			}
		}}
		c, err := New(t.Context(), conn, cfg)
		if err != nil {
			t.Fatal(err)
		}
		b := c.NewBatch()
		b.Stat()
		if err := c.Login(t.Context(), me, b); err != nil {
			t.Fatal(err)
		}
		for _, err := range c.UIDLs(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
		}
		if conn.longest != 4*time.Minute {
			t.Errorf("rows of UIDL: %v", conn.longest)
		}
		conn.longest = 0
		if _, err := c.List(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		body, err := c.Top(t.Context(), 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		if err := body.Close(); err != nil {
			t.Fatal(err)
		}
		conn.longest = 0
		if err := c.Dele(t.Context(), 1); err != nil {
			t.Fatal(err)
		}
		want := "30s 1m0s 3m0s 3m0s 4m0s 4m0s 4m0s 1m0s 1m0s"
		if hints.Known {
			want = "30s 3m0s 3m0s 4m0s 4m0s 4m0s 1m0s 1m0s"
		}
		if got := strings.Join(waits, " "); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
