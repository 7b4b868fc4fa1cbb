package pop3

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// pipes is a dialler that meets the scripts one after another.
func pipes(t *testing.T, scripts ...string) func(context.Context, string, string) (net.Conn, error) {
	t.Helper()
	return func(context.Context, string, string) (net.Conn, error) {
		if len(scripts) == 0 {
			return nil, errors.New("one connection too many")
		}
		script := scripts[0]
		scripts = scripts[1:]
		return serve(t, func(conn net.Conn) error { return play(conn, script, "\r\n") }), nil
	}
}

// impatient is a connection that stops waiting once mark went over it, so that
// a test of silence is neither slow nor a race.
type impatient struct {
	net.Conn
	mark string
	over bool
}

func (i *impatient) Read(p []byte) (int, error) {
	n, err := i.Conn.Read(p)
	i.over = i.over || strings.HasSuffix(string(p[:n]), i.mark)
	return n, err
}

func (i *impatient) Write(p []byte) (int, error) {
	i.over = i.over || strings.HasSuffix(string(p), i.mark)
	return i.Conn.Write(p)
}

func (i *impatient) SetReadDeadline(t time.Time) error {
	if i.over {
		t = time.Now().Add(10 * time.Millisecond)
	}
	return i.Conn.SetReadDeadline(t)
}

// P9: a server that hangs or breaks off at CAPA is asked for a second session
// without it, and the next time from the start.
func TestServersThatFearCAPA(t *testing.T) {
	const without = "+OK\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK\n\tC: STAT\n\t+OK 1 10"
	for name, first := range map[string]string{
		"breaks off": "+OK\n\tC: CAPA\n\t" + breakOff,
		"hangs":      "+OK\n\tC: CAPA",
	} {
		t.Run(name, func(t *testing.T) {
			dial := pipes(t, first, without, without)
			cfg := Config{Host: "localhost", Security: Cleartext, Dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				conn, err := dial(ctx, network, address)
				return &impatient{Conn: conn, mark: "CAPA\r\n"}, err
			}}
			for range 2 {
				c, err := Dial(t.Context(), cfg)
				loggedIn(t, c, err)
				if s, err := c.Stat(t.Context()); err != nil || s.Messages != 1 {
					t.Errorf("%+v, %v", s, err)
				}
				cfg.Hints = c.Hints()
				_ = c.Close()
			}
		})
	}
}

// P5: blank lines after an answer are no answer to the next command.
func TestBlankLinesAfterAnswers(t *testing.T) {
	for _, end := range []string{"\r\n", "\n"} {
		dialog{script: begin + "\t\n\tC: STAT\n\t+OK 1 10\n\t\n\t\n\tC: NOOP\n\t+OK", run: func(t *testing.T, c *Client, err error) {
			loggedIn(t, c, err)
			if _, err := c.Stat(t.Context()); err != nil {
				t.Error(err)
			}
			if err := c.Noop(t.Context()); err != nil {
				t.Error(err)
			}
		}}.once(t, end, false) // a pipe would block on what is read too late
	}
}

// P5: a second status is never taken for the answer to the next command. Over
// a connection that delivers it in one piece with the first, that is.
func TestTwoAnswersToOneCommand(t *testing.T) {
	for _, extra := range []string{"+OK", "-ERR", "+OK 3 c"} {
		d := dialog{script: begin + "\tC: DELE 1\n\t-ERR no\n\t" + extra, run: func(t *testing.T, c *Client, err error) {
			loggedIn(t, c, err)
			wantError(t, c.Dele(t.Context(), 1), KindPermanent, "", false)
			wantError(t, c.Dele(t.Context(), 2), KindProtocol, CodeMalformed, true)
		}}
		d.once(t, "\r\n", false)
		d.once(t, "\n", false)
	}
}

// A server that wants its response after a "+" cannot pipeline the login.
func TestContinuationForbidsPipelinedLogin(t *testing.T) {
	const capa = "+OK\n\tC: CAPA\n\t+OK\n\tUIDL\n\tTOP\n\tPIPELINING\n\tSASL PLAIN\n\t.\n"
	dialog{script: capa + "\tC: " + plainLine + "\n\t+\n\tC: AG1lAGh1bnRlcjI=\n\t+OK", run: func(t *testing.T, c *Client, err error) {
		loggedIn(t, c, err)
		if h := c.Hints(); h.PipelineLogin || !h.Pipelining || h.Mechanism != "PLAIN" {
			t.Errorf("%+v", h)
		}
	}}.test(t)
}

// Hints that do not hold end in a fault, which is no refusal of the user, and
// every reply of the batch has it.
func TestWrongHints(t *testing.T) {
	dialog{
		script: "+OK\n\tC: " + plainLine + "\n\tC: STAT\n\t+ go on\n\t+OK 1 10",
		cfg: Config{
			Host: "localhost", Security: Cleartext,
			Hints: Hints{Known: true, PipelineLogin: true, Pipelining: true, Mechanism: "PLAIN"},
		},
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			b := c.NewBatch()
			stat := b.Stat()
			if stat.Err() == nil {
				t.Error("a reply before the question")
			}
			err = c.Login(t.Context(), me, b)
			wantError(t, err, KindProtocol, CodeMalformed, true)
			if !errors.Is(stat.Err(), err) {
				t.Errorf("the reply has %v", stat.Err())
			}
		},
	}.test(t)
}

// A session that breaks between login and batch says so in every reply.
func TestFaultBetweenLoginAndBatch(t *testing.T) {
	dialog{script: "+OK\n\tC: CAPA\n\t+OK\n\tUSER\n\t.\n\tC: USER me\n\t+OK\n\tC: PASS hunter2\n\t+OK\n\tC: CAPA\n\t" + breakOff, run: func(t *testing.T, c *Client, err error) {
		if err != nil {
			t.Fatal(err)
		}
		b := c.NewBatch()
		stat := b.Stat()
		err = c.Login(t.Context(), me, b)
		wantError(t, err, KindNetwork, CodeEOF, true)
		if again := c.Noop(t.Context()); !errors.Is(again, err) || !errors.Is(stat.Err(), err) {
			t.Errorf("reply %v, afterwards %v", stat.Err(), again)
		}
	}}.test(t)
}

// P24: what is not clearly about the command is a refusal, and no second
// mechanism is tried with the same password. The scripts would notice.
func TestOnlyUnknownCommandsFallBack(t *testing.T) {
	for answer, falls := range map[string]bool{
		"unknown command":                      true,
		"Unrecognized authentication type":     true,
		"command not implemented":              true,
		"Unsupported authentication mechanism": true,
		"":                                     false,
		"[AUTH] unknown command":               false,
		"unknown user":                         false,
		"invalid command or password":          true, // as ambiguous as it gets
		"basic authentication is not supported for this account": false,
		"unsupported client, log in by web":                      false,
	} {
		if got := unknownCommand(answer); got != falls {
			t.Errorf("%q: %v", answer, got)
		}
	}
}

// P17: a list without its end is a fault, never a shorter list.
func TestTruncatedLists(t *testing.T) {
	for _, end := range []string{breakOff, "4 \n\t" + breakOff, "3 c." + "\n\t" + breakOff} {
		dialog{script: begin + "\tC: UIDL\n\t+OK\n\t1 a\n\t2 b\n\t" + end, run: func(t *testing.T, c *Client, err error) {
			loggedIn(t, c, err)
			var last error
			for _, err := range c.UIDLs(t.Context()) {
				last = err
			}
			wantError(t, last, KindNetwork, CodeEOF, true)
		}}.test(t)
	}
}

// P3: a terminator without its line end is waited for, but not for ever.
func TestUnfinishedTerminator(t *testing.T) {
	conn := serve(t, func(conn net.Conn) error {
		r := bufio.NewReader(conn)
		for _, answer := range []string{"+OK\r\n", "-ERR\r\n", "+OK\r\n", "+OK\r\n", "+OK\r\nSubject: x\r\n.\r"} {
			if _, err := io.WriteString(conn, answer); err != nil {
				return err
			}
			_, _ = r.ReadString('\n')
		}
		return nil
	})
	c, err := New(t.Context(), &impatient{Conn: conn, mark: ".\r"}, Config{Host: "localhost", Security: Cleartext})
	loggedIn(t, c, err)
	body, err := c.Top(t.Context(), 1, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.ReadAll(body)
	wantError(t, err, KindNetwork, CodeTimeout, true)
}

// P6: a line of a message may be longer than any buffer, and a dot in its
// middle that begins a piece is not unstuffed.
func TestEndlessLineInBody(t *testing.T) {
	for _, n := range []int{4095, 4096, 4097, 100_000} {
		long := strings.Repeat("x", n) + strings.Repeat(".", 5000)
		dialog{script: begin + "\tC: RETR 1\n\t+OK\n\t" + long + "\n\t..\n\t.\n\tC: NOOP\n\t+OK", run: func(t *testing.T, c *Client, err error) {
			loggedIn(t, c, err)
			body, err := c.Retr(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			raw, err := io.ReadAll(body)
			if text := strings.ReplaceAll(string(raw), "\r", ""); err != nil || text != long+"\n.\n" {
				t.Errorf("%d octets, %v", len(raw), err)
			}
			if err := errors.Join(body.Close(), c.Noop(t.Context())); err != nil {
				t.Error(err)
			}
		}}.test(t)
	}
}

// P4: a dot between lone LFs is part of a message from a server that ends lines
// by CRLF, and one after a lone LF is not unstuffed; servers that have LF
// throughout end a message so.
func TestLoneLFInMessage(t *testing.T) {
	for sent, want := range map[string]string{
		"a\r\nb\n.\n+OK\r\nc\r\n.\r\n":                          "a\r\nb\n.\n+OK\r\nc\r\n",
		"a\r\nb\n.\r\nc\r\n.\r\n":                               "a\r\nb\n.\r\nc\r\n",
		"a\r\nb\n.c\r\n..d\r\n.\r\n":                            "a\r\nb\n.c\r\n.d\r\n",
		"a\r\n" + strings.Repeat("x", 4095) + "\r\n.\r\n":       "a\r\n" + strings.Repeat("x", 4095) + "\r\n",
		"a\r\nb\n.\n" + strings.Repeat("x", 4091) + "\r\n.\r\n": "a\r\nb\n.\n" + strings.Repeat("x", 4091) + "\r\n",
		"a\n..b\n.\r\n":                                         "a\n.b\n",
		"a\n..b\n.\n":                                           "a\n.b\n",
		".\r\n":                                                 "",
	} {
		for _, drip := range []bool{false, true} {
			client, server := pipe()
			go func() {
				_, _ = io.WriteString(server, "+OK\r\n")
				_, _ = io.ReadFull(server, make([]byte, len("RETR 1\r\n")))
				_, _ = io.WriteString(server, "+OK\r\n"+sent)
			}()
			conn := net.Conn(client)
			if drip {
				conn = dripping{client, iotest.OneByteReader(client)}
			}
			c, err := New(t.Context(), conn, Config{Host: "localhost", Security: Cleartext, CommandTimeout: 5 * time.Second})
			if err != nil {
				t.Fatal(err)
			}
			body, err := c.Retr(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			if got, err := io.ReadAll(body); err != nil || string(got) != want {
				t.Errorf("%q: %q, %v", sent, got, err)
			}
			_ = c.Close()
			_ = server.Close()
		}
	}
}

// P4: where more comes than a message that nothing was to follow, its end is
// not believed.
func TestMoreThanTheMessage(t *testing.T) {
	d := dialog{script: begin + "\tC: RETR 1\n\t+OK\n\ta\n\t.\n\tb\n\t.", run: func(t *testing.T, c *Client, err error) {
		loggedIn(t, c, err)
		body, err := c.Retr(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		_, err = io.ReadAll(body)
		wantError(t, err, KindProtocol, CodeMalformed, true)
	}}
	d.once(t, "\r\n", false)
	d.once(t, "\n", false)
}

// P19: a server that sends a whole message for TOP n 0 costs the session, but
// what was read of it counts.
func TestTopThatNeverEnds(t *testing.T) {
	var sb strings.Builder
	for range 10_000 {
		sb.WriteString("\tone of far too many lines of a body\n")
	}
	conn := serve(t, func(conn net.Conn) error {
		// The client leaves in the middle: an error of this end is no surprise.
		_ = play(conn, begin+"\tC: TOP 1 0\n\t+OK\n\tSubject: x\n"+sb.String()+"\t.", "\r\n")
		return nil
	})
	c, err := New(t.Context(), conn, Config{Host: "localhost", Security: Cleartext})
	loggedIn(t, c, err)
	c.hints.Pipelining = false // else the pipe, which buffers nothing, would block
	b := c.NewBatch()
	header := ""
	first := b.Top(1, 0, func(r io.Reader) error {
		var err error
		header, err = bufio.NewReader(r).ReadString('\n')
		return err
	})
	second := b.UIDL(2)
	wantError(t, b.Do(t.Context()), KindNetwork, CodeReset, true)
	if first.Err() != nil || header != "Subject: x\r\n" {
		t.Errorf("header %q, %v", header, first.Err())
	}
	wantError(t, second.Err(), KindNetwork, CodeReset, true)
}

// A batch without pipelining goes out command by command, and one that is
// larger than the buffers on the way in several writes.
func TestBatchesAreBounded(t *testing.T) {
	const messages = 1000
	for _, pipelining := range []bool{true, false} {
		longest := 0
		conn := serve(t, func(conn net.Conn) error {
			if _, err := io.WriteString(conn, "+OK\r\n"); err != nil {
				return err
			}
			buffer := make([]byte, 1<<20)
			for {
				n, err := conn.Read(buffer) // one write of the client
				if err != nil {
					return nil
				}
				longest = max(longest, n)
				var answers strings.Builder
				for line := range strings.Lines(string(buffer[:n])) {
					number, uidl := strings.CutPrefix(strings.TrimSpace(line), "UIDL ")
					if uidl {
						fmt.Fprintf(&answers, "+OK %s uid%s\r\n", number, number)
					} else {
						answers.WriteString("+OK\r\n")
					}
				}
				if _, err := io.WriteString(conn, answers.String()); err != nil {
					return err
				}
			}
		})
		c, err := New(t.Context(), conn, Config{
			Host: "localhost", Security: Cleartext,
			Hints: Hints{Known: true, PipelineLogin: pipelining, Pipelining: pipelining, Mechanism: "USER"},
		})
		if err != nil {
			t.Fatal(err)
		}
		b := c.NewBatch()
		replies := make([]*Reply[string], messages)
		for i := range replies {
			replies[i] = b.UIDL(i + 1)
		}
		if err := c.Login(t.Context(), me, b); err != nil {
			t.Fatal(err)
		}
		for i, r := range replies {
			if uid, err := r.Value(); err != nil || uid != fmt.Sprint("uid", i+1) {
				t.Fatal(i, uid, err)
			}
		}
		_ = c.Close()
		switch trips := c.Metrics().RoundTrips; {
		case pipelining && (longest > maxWrite || trips > 5):
			t.Errorf("%d round trips of up to %d octets", trips, longest)
		case !pipelining && trips != messages+2:
			t.Errorf("%d round trips one by one", trips)
		}
	}
}

func TestMaxMessages(t *testing.T) { // S9
	dialog{
		script: begin + "\tC: UIDL\n\t+OK\n\t1 a\n\t2 b\n\t3 c\n\t4 d\n\t.",
		cfg:    Config{Host: "localhost", Security: Cleartext, MaxMessages: 2},
		run: func(t *testing.T, c *Client, err error) {
			loggedIn(t, c, err)
			var last error
			for _, err := range c.UIDLs(t.Context()) {
				last = err
			}
			wantError(t, last, KindProtocol, CodeTooMany, true)
		},
	}.test(t)
}

func TestMaxBody(t *testing.T) { // S9
	dialog{
		script: begin + "\tC: TOP 1 0\n\t+OK\n\tSubject: " + strings.Repeat("x", 200) + "\n\t.",
		cfg:    Config{Host: "localhost", Security: Cleartext, MaxBody: 200},
		run: func(t *testing.T, c *Client, err error) {
			loggedIn(t, c, err)
			body, err := c.Top(t.Context(), 1, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, err = io.ReadAll(body)
			wantError(t, err, KindProtocol, CodeTooLarge, true)
		},
	}.test(t)
}
