package pop3

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dialog is a server's script and the client that talks to it. Lines that
// begin with "C: " must be what the client sends, exactly and in order;
// everything else is sent to it. It runs four ways: CRLF or LF, whole or one
// byte at a time (P1, P2).
type dialog struct {
	script string
	cfg    Config
	run    func(t *testing.T, c *Client, err error)
}

func (d dialog) test(t *testing.T) {
	t.Helper()
	for _, end := range []string{"\r\n", "\n"} {
		for _, drip := range []bool{false, true} {
			name := fmt.Sprintf("%q,drip=%v", end, drip)
			t.Run(name, func(t *testing.T) { d.once(t, end, drip) })
		}
	}
}

func (d dialog) once(t *testing.T, end string, drip bool) {
	client, server := pipe()
	done := make(chan error, 1)
	go func() { done <- play(server, d.script, end) }()
	conn := net.Conn(client)
	if drip {
		conn = dripping{client, iotest.OneByteReader(client)}
	}
	cfg := d.cfg
	if cfg.Host == "" {
		cfg.Host, cfg.Security = "localhost", Cleartext
	}
	if cfg.CommandTimeout == 0 {
		cfg.CommandTimeout = 20 * time.Second
	}
	c, err := New(t.Context(), conn, cfg)
	d.run(t, c, err)
	_ = client.Close()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// pipe is net.Pipe, except that the client sees the end of the connection as
// a socket shows it: when it reads.
func pipe() (client, server net.Conn) {
	client, server = net.Pipe()
	return socket{client}, server
}

type socket struct{ net.Conn }

func (s socket) SetReadDeadline(t time.Time) error {
	if err := s.Conn.SetReadDeadline(t); !errors.Is(err, io.ErrClosedPipe) {
		return err
	}
	return nil
}

type dripping struct {
	net.Conn
	r io.Reader
}

func (d dripping) Read(p []byte) (int, error) { return d.r.Read(p) }

const breakOff = "(breaks off)"

// play is the server. It ends with the script, and then expects no more than
// the end of the connection, unless the last line has it break off itself.
func play(conn net.Conn, script, end string) error {
	defer func() { _ = conn.Close() }()
	r := bufio.NewReader(conn)
	var send bytes.Buffer
	flush := func() error {
		_, err := conn.Write(send.Bytes())
		send.Reset()
		return err
	}
	for line := range strings.SplitSeq(strings.TrimSpace(script), "\n") {
		line = strings.TrimPrefix(line, "\t")
		if line == breakOff {
			return flush()
		}
		want, is := strings.CutPrefix(line, "C: ")
		if !is {
			send.WriteString(line + end)
			continue
		}
		if err := flush(); err != nil {
			return fmt.Errorf("before %q: %w", want, err)
		}
		got, err := r.ReadString('\n')
		if err != nil || got != want+"\r\n" {
			return fmt.Errorf("client sent %q, %w; want %q", got, err, want)
		}
	}
	_ = flush() // the client may have seen enough
	rest, _ := io.ReadAll(r)
	if len(rest) > 0 && string(rest) != "QUIT\r\n" {
		return fmt.Errorf("client sent %q after the end", rest)
	}
	return nil
}

var me = Credentials{User: "me", Password: "hunter2"}

const plainLine = "AUTH PLAIN AG1lAGh1bnRlcjI="

// begin is a session up to the TRANSACTION state, without pipelining.
const begin = `+OK ready
	C: CAPA
	+OK
	USER
	UIDL
	TOP
	PIPELINING
	.
	C: USER me
	+OK
	C: PASS hunter2
	+OK
`

func loggedIn(t *testing.T, c *Client, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Login(t.Context(), me, nil); err != nil {
		t.Fatal(err)
	}
}

func wantError(t *testing.T, err error, kind Kind, code Code, fatal bool) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Kind != kind || e.Code != code || e.Fatal() != fatal {
		t.Errorf("error %v (%+v); want %s, %q, fatal %v", err, e, kind, code, fatal)
	}
	if err != nil && strings.Contains(err.Error(), me.Password) {
		t.Errorf("the password is in the error: %v", err)
	}
}

func TestWholeSession(t *testing.T) {
	dialog{script: begin + `	C: STAT
	+OK 2 320 and more
	C: LIST
	+OK
	1 120
	2 200
	.
	C: UIDL
	+OK
	1 a
	2 b
	.
	C: UIDL 2
	+OK 2 b
	C: LIST 1
	+OK 1 120
	C: TOP 1 0
	+OK
	Subject: x
	..dot
	
	.
	C: NOOP
	+OK
	C: DELE 1
	+OK
	C: RSET
	+OK
	C: QUIT
	+OK bye`, run: func(t *testing.T, c *Client, err error) {
		loggedIn(t, c, err)
		ctx := t.Context()
		stat, err := c.Stat(ctx)
		if err != nil || stat != (Stat{2, 320}) { // P13: the rest is ignored
			t.Errorf("%+v, %v", stat, err)
		}
		var sizes []Size
		for s, err := range c.Lists(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, s)
		}
		var uids []Listing
		for l, err := range c.UIDLs(ctx) {
			if err != nil {
				t.Fatal(err)
			}
			uids = append(uids, l)
		}
		if fmt.Sprint(sizes, uids) != "[{1 120} {2 200}] [{1 a} {2 b}]" {
			t.Error(sizes, uids)
		}
		if uid, err := c.UIDL(ctx, 2); err != nil || uid != "b" {
			t.Error(uid, err)
		}
		if octets, err := c.List(ctx, 1); err != nil || octets != 120 {
			t.Error(octets, err)
		}
		body, err := c.Top(ctx, 1, 0)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := io.ReadAll(body)
		if text := strings.ReplaceAll(string(raw), "\r", ""); err != nil || text != "Subject: x\n.dot\n\n" {
			t.Errorf("%q, %v", text, err)
		}
		if err := errors.Join(body.Close(), c.Noop(ctx), c.Dele(ctx, 1), c.Rset(ctx), c.Quit(ctx)); err != nil {
			t.Error(err)
		}
		if _, err := c.Stat(ctx); err == nil {
			t.Error("a session that has ended answers")
		}
	}}.test(t)
}

// A server known to pipeline gets login, STAT and UIDL in one write, and the
// credentials stand in no transcript (S8).
func TestPipelinedLogin(t *testing.T) {
	transcript := &Transcript{}
	var traced []string
	dialog{
		script: `+OK ready
	C: ` + plainLine + `
	C: STAT
	C: UIDL 3
	+OK you are me, hunter2
	+OK 3 300
	+OK 3 c
	C: UIDL 4
	C: LIST 4
	C: TOP 4 0
	-ERR no such message
	-ERR no such message
	-ERR no such message`,
		cfg: Config{
			Host: "localhost", Security: Cleartext, Transcript: transcript,
			Trace: func(kind TraceKind, line string) { traced = append(traced, kind.String()+line) },
			Hints: Hints{Known: true, PipelineLogin: true, Pipelining: true, Mechanism: "PLAIN"},
		},
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			b := c.NewBatch()
			stat, last := b.Stat(), b.UIDL(3)
			if err := c.Login(t.Context(), me, b); err != nil {
				t.Fatal(err)
			}
			if s, err := stat.Value(); err != nil || s.Messages != 3 {
				t.Error(s, err)
			}
			if uid, err := last.Value(); err != nil || uid != "c" {
				t.Error(uid, err)
			}
			if f := c.Metrics().RoundTrips; f != 1 {
				t.Errorf("%d round trips", f)
			}
			b = c.NewBatch()
			uid, size := b.UIDL(4), b.List(4)
			top := b.Top(4, 0, func(io.Reader) error { t.Error("read"); return nil })
			if err := b.Do(t.Context()); err != nil {
				t.Error(err)
			}
			for _, err := range []error{uid.Err(), size.Err(), top.Err()} {
				wantError(t, err, KindPermanent, "", false)
			}
			if f := c.Metrics().RoundTrips; f != 2 {
				t.Errorf("%d round trips", f)
			}
			if text := strings.Join(append(transcript.Lines(), traced...), "\n"); strings.Contains(text, "hunter2") || strings.Contains(text, "AG1l") || !strings.Contains(text, "C: AUTH PLAIN ***") {
				t.Errorf("transcript:\n%s", text)
			}
		},
	}.test(t)
}

func TestGreetings(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		kind   Kind
		code   Code
	}{
		"P27 refused":     {"-ERR too many connections", KindTemporary, ""},
		"P27 in use":      {"-ERR [IN-USE] later", KindTemporary, CodeInUse},
		"not POP3":        {"220 mail.example.org ESMTP", KindProtocol, CodeMalformed},
		"silence":         {"", KindProtocol, CodeMalformed}, // an empty line, then more of them
		"P6 endless line": {"+OK " + strings.Repeat("x", 10_000), KindProtocol, CodeTooLong},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "silence" {
				test.script = "\n\n\n\n\n\n"
			}
			client, server := pipe()
			go func() {
				_, _ = io.WriteString(server, test.script+"\r\n")
				_, _ = io.Copy(io.Discard, server)
			}()
			_, err := New(t.Context(), client, Config{Host: "localhost", Security: Cleartext})
			_ = server.Close()
			wantError(t, err, test.kind, test.code, true)
		})
	}
}

func TestLoginRefusals(t *testing.T) {
	for answer, want := range map[string]struct {
		kind Kind
		code Code
	}{
		"[AUTH] wrong":                              {KindAuth, CodeAuth},
		"wrong password":                            {KindAuth, ""},
		"[IN-USE] locked":                           {KindTemporary, CodeInUse},
		"[in-use] locked":                           {KindTemporary, CodeInUse},
		"[LOGIN-DELAY] wait":                        {KindTemporary, CodeLoginDelay},
		"[SYS/TEMP] wait":                           {KindTemporary, CodeSysTemp},
		"[SYS/PERM] no":                             {KindPermanent, CodeSysPerm},
		"[AUTH] Web login required":                 {KindAuth, CodeAuth},
		"[AUTH] You have exceeded the login limits": {KindTemporary, CodeAuth},
		"Unable to log on":                          {KindAuth, ""},
		"Login fail. Account is abnormal, service is not open, password is incorrect, login frequency limited": {KindAuth, ""},
		"duplicate login!":                           {KindTemporary, ""},
		"\xb5\xc7\xc2\xbc\xcc\xab\xc6\xb5\xb7\xb1":   {KindTemporary, ""}, // P8: 登录太频繁 in GBK
		"Basic authentication is disabled.":          {KindPermanent, ""},
		"Your account is not enabled for POP access": {KindPermanent, ""},
		"hunter2 is wrong":                           {KindAuth, ""},
	} {
		t.Run(answer, func(t *testing.T) {
			dialog{
				script: strings.Replace(begin, "C: PASS hunter2\n\t+OK", "C: PASS hunter2\n\t-ERR "+answer, 1),
				run: func(t *testing.T, c *Client, err error) {
					if err != nil {
						t.Fatal(err)
					}
					err = c.Login(t.Context(), me, nil)
					var e *Error
					if !errors.As(err, &e) || e.Kind != want.kind || e.Code != want.code || !e.Fatal() {
						t.Errorf("%v: %+v", err, e)
					}
					// P24: nothing else is sent; the script would notice.
					if again := c.Login(t.Context(), me, nil); !errors.Is(again, err) {
						t.Errorf("a second try: %v", again)
					}
				},
			}.test(t)
		})
	}
}

// What a server says back must not carry the password into an error (S8).
func TestErrorsHoldNoSecret(t *testing.T) {
	dialog{
		script: strings.Replace(begin, "C: PASS hunter2\n\t+OK", "C: PASS hunter2\n\t-ERR hunter2 is not the password of me", 1),
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, c.Login(t.Context(), me, nil), KindAuth, "", true)
		},
	}.test(t)
}

func TestMechanisms(t *testing.T) {
	sasl := "+OK ready\n\tC: CAPA\n\t+OK\n\tuidl\n\tTop\n\tpipelining\n\tSasl login PLAIN\n\t.\n"
	for name, script := range map[string]string{
		"P10 PLAIN with initial response": sasl + "\tC: " + plainLine + "\n\t+OK",
		"PLAIN without initial response":  sasl + "\tC: " + plainLine + "\n\t+ \n\tC: AG1lAGh1bnRlcjI=\n\t+OK",
		"AUTH unknown after all":          sasl + "\tC: " + plainLine + "\n\t-ERR unknown command\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK",
		"P9 no CAPA":                      "+OK ready\n\tC: CAPA\n\t-ERR unknown\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK",
		"P7 +OK without text":             "+OK\n\tC: CAPA\n\t-ERR\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK",
		"P5 blank lines":                  "\n\t+OK\n\tC: CAPA\n\t\n\t-ERR\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK",
		"P11 more after login":            "+OK\n\tC: CAPA\n\t+OK\n\tUSER\n\t.\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK\n\tC: CAPA\n\t+OK\n\tUIDL\n\tTOP\n\tPIPELINING\n\t.",
	} {
		t.Run(name, func(t *testing.T) {
			if strings.HasPrefix(script, "\n") {
				script = "\t" + script
			}
			dialog{script: script, run: func(t *testing.T, c *Client, err error) {
				loggedIn(t, c, err)
				if name[:3] == "P11" && (!c.Hints().Pipelining || c.Hints().PipelineLogin) {
					t.Errorf("hints %+v", c.Hints())
				}
			}}.test(t)
		})
	}
}

func TestOddRows(t *testing.T) { // P15
	dialog{script: begin + `	C: UIDL
	+OK
	1  two blanks
	+OK 2 prefixed
	
	0 zero
	x none
	4 gap
	4 twice
	5
	6 ` + strings.Repeat("x", MaxUID+1) + `
	.
	C: UIDL 6
	+OK 6 ` + strings.Repeat("x", MaxUID+1) + `
	C: UIDL 7
	+OK nonumber
	C: UIDL 8
	+OK 9 another`, run: func(t *testing.T, c *Client, err error) {
		loggedIn(t, c, err)
		var got []string
		long := ""
		for row, err := range c.UIDLs(t.Context()) {
			if err != nil {
				t.Fatal(err)
			}
			if row.Number == 6 {
				long = row.UID
				continue
			}
			got = append(got, fmt.Sprint(row.Number, ":", row.UID))
		}
		if s := strings.Join(got, " "); s != "1:two blanks 2:prefixed 4:gap 4:twice 5:" {
			t.Errorf("rows %s", s)
		}
		if uid, err := c.UIDL(t.Context(), 6); err != nil || uid != long || len(uid) > 70 {
			t.Error(uid, err)
		}
		if uid, err := c.UIDL(t.Context(), 7); err != nil || uid != "nonumber" {
			t.Error(uid, err)
		}
		_, err = c.UIDL(t.Context(), 8)
		wantError(t, err, KindProtocol, CodeMalformed, true)
	}}.test(t)
}

func TestFaultsPoison(t *testing.T) {
	for name, test := range map[string]struct {
		script string
		kind   Kind
		code   Code
	}{
		"P4 garbage":           {"\tC: STAT\n\tgarbage", KindProtocol, CodeMalformed},
		"P13 a count of words": {"\tC: STAT\n\t+OK many", KindProtocol, CodeMalformed},
		"S9 a huge count":      {"\tC: STAT\n\t+OK 2000000 1", KindProtocol, CodeTooMany},
		"end of connection":    {"\tC: STAT", KindNetwork, CodeEOF},
		"a continuation":       {"\tC: STAT\n\t+ go on", KindProtocol, CodeMalformed},
	} {
		t.Run(name, func(t *testing.T) {
			client, server := pipe()
			done := make(chan error, 1)
			go func() {
				r := bufio.NewReader(server)
				_, _ = io.WriteString(server, "+OK\r\n")
				for range 3 {
					line, _ := r.ReadString('\n')
					if line == "CAPA\r\n" {
						_, _ = io.WriteString(server, "-ERR\r\n")
					} else {
						_, _ = io.WriteString(server, "+OK\r\n")
					}
				}
				_, _ = r.ReadString('\n')
				_, answer, _ := strings.Cut(test.script, "STAT")
				_, err := io.WriteString(server, strings.TrimLeft(answer, "\n\t")+strings.Repeat("\r\n", min(1, len(answer))))
				done <- errors.Join(err, server.Close())
			}()
			c, err := New(t.Context(), client, Config{Host: "localhost", Security: Cleartext})
			loggedIn(t, c, err)
			_, err = c.Stat(t.Context())
			wantError(t, err, test.kind, test.code, true)
			if again := c.Noop(t.Context()); !errors.Is(again, err) {
				t.Errorf("afterwards: %v", again)
			}
			if err := <-done; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestLeavingABodyEarly(t *testing.T) {
	for _, test := range []struct {
		name   string
		lines  int
		usable bool
	}{{"short", 10, true}, {"long", 20_000, false}} {
		t.Run(test.name, func(t *testing.T) {
			client, server := pipe()
			go func() {
				r := bufio.NewReader(server)
				_, _ = io.WriteString(server, "+OK\r\n")
				for {
					line, err := r.ReadString('\n')
					switch {
					case err != nil:
						_ = server.Close()
						return
					case line == "CAPA\r\n":
						_, _ = io.WriteString(server, "-ERR\r\n")
					case strings.HasPrefix(line, "TOP"):
						_, _ = io.WriteString(server, "+OK\r\n"+strings.Repeat("a line of some length\r\n", test.lines)+".\r\n")
					default:
						_, _ = io.WriteString(server, "+OK 1 1\r\n")
					}
				}
			}()
			c, err := New(t.Context(), client, Config{Host: "localhost", Security: Cleartext})
			loggedIn(t, c, err)
			body, err := c.Top(t.Context(), 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Stat(t.Context()); err == nil {
				t.Error("a command went out in the middle of an answer")
			}
			if err := body.Close(); err != nil {
				t.Error(err)
			}
			if _, err := c.Stat(t.Context()); (err == nil) != test.usable {
				t.Errorf("afterwards: %v", err)
			}
			_ = c.Close()
		})
	}
}

// S7: nothing of a command that would become two is sent.
func TestInjectionIsRefused(t *testing.T) {
	for _, who := range []Credentials{{User: "me\r\nDELE 1", Password: "x"}, {User: "me", Password: "x\nDELE 1"}, {User: "me\x00", Password: "x"}, {Password: "x"}, {User: "me", Token: "x\x01"}} {
		dialog{script: "+OK", run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, c.Login(t.Context(), who, nil), KindConfig, CodeArgument, true)
		}}.test(t)
	}
}

// S5: no password without encryption, except to this machine or on demand.
func TestCleartext(t *testing.T) {
	for _, host := range []string{"pop.example.org", "localhost.example.org", "127.0.0.1.example.org"} {
		dialog{script: "+OK", cfg: Config{Host: host, Security: Cleartext}, run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			wantError(t, c.Login(t.Context(), me, nil), KindConfig, CodeCleartext, true)
		}}.test(t)
	}
	dialog{
		script: begin, cfg: Config{Host: "pop.example.org", Security: Cleartext},
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			who := me
			who.AllowCleartext = true
			if err := c.Login(t.Context(), who, nil); err != nil {
				t.Error(err)
			}
		},
	}.test(t)
}

func TestContextEndsEverything(t *testing.T) {
	client, server := pipe()
	defer func() { _ = server.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		_, _ = io.WriteString(server, "+OK\r\n")
		_, _ = bufio.NewReader(server).ReadString('\n')
		cancel() // the client waits for an answer now
	}()
	c, err := New(ctx, client, Config{Host: "localhost", Security: Cleartext})
	if err != nil {
		t.Fatal(err)
	}
	wantError(t, c.Login(ctx, me, nil), KindNetwork, CodeCanceled, true)
}

func TestSilenceTimesOut(t *testing.T) {
	client, server := pipe()
	defer func() { _ = server.Close() }()
	_, err := New(t.Context(), client, Config{Host: "localhost", Security: Cleartext, DialTimeout: 20 * time.Millisecond})
	wantError(t, err, KindNetwork, CodeTimeout, true)
}
