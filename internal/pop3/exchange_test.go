package pop3

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A person's lines go out as they are, and what comes back is as the server
// said it: status, text and lines, in step with the next command.
func TestExchange(t *testing.T) {
	dialog{
		script: `+OK ready
C: capa
+OK list
TOP
.
C: USER me
+OK
C: PASS wrong-and-long
-ERR [AUTH] no
C: PASS right-and-long
+OK in
C: LIST
+OK 2 messages
1 120
2 300
.
C: LIST 2
+OK 2 300
C: RETR 1
+OK
Subject: x

..dot
.
C: XBOGUS 1
-ERR what?
C: QUIT
+OK bye
`,
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			for _, step := range []struct {
				line, secret string
				ok           bool
				text, body   string
			}{
				{"capa", "", true, "list", "TOP\n"},
				{"USER me", "", true, "", ""},
				{"PASS wrong-and-long", "wrong-and-long", false, "[AUTH] no", ""},
				{"PASS right-and-long", "right-and-long", true, "in", ""},
				{"LIST", "", true, "2 messages", "1 120\n2 300\n"},
				{"LIST 2", "", true, "2 300", ""},
				{"RETR 1", "", true, "", "Subject: x\n\n.dot\n"},
				{"XBOGUS 1", "", false, "what?", ""},
				{"QUIT", "", true, "bye", ""},
			} {
				r, err := c.Exchange(t.Context(), Line{Text: step.line, Secret: step.secret})
				if err != nil {
					t.Fatalf("%s: %v", step.line, err)
				}
				var body []byte
				if r.Body != nil {
					body, err = io.ReadAll(r.Body)
					err = errors.Join(err, r.Body.Close())
				}
				if got := strings.ReplaceAll(string(body), "\r\n", "\n"); err != nil || r.OK != step.ok || r.Text != step.text || got != step.body || r.Challenge {
					t.Errorf("%s: %+v, %q, %v", step.line, r, got, err)
				}
			}
			if _, err := c.Exchange(t.Context(), Line{Text: "NOOP"}); !IsFatal(err) {
				t.Errorf("after QUIT: %v", err)
			}
		},
	}.test(t)
}

// What a person types for a challenge is of an AUTH, and no secret is shown or
// repeated, whichever way it went (S8).
func TestExchangeChallenge(t *testing.T) {
	const secret = "sesame-open-wide"
	plain := base64.StdEncoding.EncodeToString([]byte("\x00me\x00" + secret))
	var trace []string
	dialog{
		script: `+OK ready
C: AUTH PLAIN
+ 
C: ` + plain + `
-ERR you sent ` + secret + `
C: auth
+OK these
PLAIN
.
C: AUTH PLAIN
+ 
C: LIST
+OK
C: NOOP
+OK
`,
		cfg: Config{Trace: func(kind TraceKind, line string) { trace = append(trace, kind.String()+line) }},
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			r, err := c.Exchange(t.Context(), Line{Text: "AUTH PLAIN"})
			if err != nil || !r.Challenge {
				t.Fatalf("%+v, %v", r, err)
			}
			r, err = c.Exchange(t.Context(), Line{Text: plain, Secret: plain})
			if err != nil || r.OK || r.Challenge || r.Text != "" {
				t.Errorf("%+v, %v", r, err)
			}
			// Mechanisms are a list, and what answers a challenge is no command.
			if r, err = c.Exchange(t.Context(), Line{Text: "auth"}); err != nil || r.Body == nil {
				t.Fatalf("%+v, %v", r, err)
			}
			if listed, err := io.ReadAll(r.Body); err != nil || !strings.HasPrefix(string(listed), "PLAIN") {
				t.Errorf("%q, %v", listed, err)
			}
			for _, line := range []string{"AUTH PLAIN", "LIST", "NOOP"} {
				if r, err = c.Exchange(t.Context(), Line{Text: line}); err != nil || r.Body != nil || r.OK == r.Challenge {
					t.Fatalf("%s: %+v, %v", line, r, err)
				}
			}
			if all := strings.Join(trace, "\n"); strings.Contains(all, secret) || strings.Contains(all, plain) || !strings.Contains(all, "C: ***") {
				t.Error(all)
			}
			if shown := c.Show([]byte("X-Echo: " + secret)); strings.Contains(shown, "sesame") {
				t.Error(shown)
			}
		},
	}.test(t)
}

// A line is one line, and a secret goes nowhere in the clear but to this
// computer, or where it is told to (S5, S7).
func TestExchangeRefuses(t *testing.T) {
	dialog{
		script: "+OK ready\nC: PASS by-permission\n+OK\n",
		cfg:    Config{Host: "pop.example.org", Security: Cleartext},
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			for line, want := range map[Line]Code{
				{Text: "NOOP\r\nDELE 1"}:                      CodeArgument,
				{Text: "PASS by-nobody", Secret: "by-nobody"}: CodeCleartext,
			} {
				if _, err := c.Exchange(t.Context(), line); CodeOf(err) != want || IsFatal(err) {
					t.Errorf("%q: %v", line.Text, err)
				}
			}
			if err := c.Authenticate(t.Context(), Credentials{User: "me", Password: "by-nobody", Mechanism: "USER"}); CodeOf(err) != CodeCleartext || IsFatal(err) {
				t.Error(err)
			}
			if r, err := c.Exchange(t.Context(), Line{Text: "PASS by-permission", Secret: "by-permission", AllowCleartext: true}); err != nil || !r.OK {
				t.Errorf("%+v, %v", r, err)
			}
		},
	}.test(t)
}

// Who was refused may try again, and the name of whoever types it is theirs to
// see.
func TestAuthenticate(t *testing.T) {
	dialog{
		script: `+OK ready <1896.697170952@dbc.mtview.ca.us>
C: AUTH PLAIN AG1lAHdyb25nLWFuZC1sb25n
-ERR not you, mrose
C: APOP mrose c4c9334bac560ecc979e58001b3e22fb
+OK hello mrose
`,
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			err = c.Authenticate(t.Context(), Credentials{User: "me", Password: "wrong-and-long", Mechanism: "plain"})
			if e, ok := As(err); !ok || e.Kind != KindAuth || e.Text != "not you, mrose" || IsFatal(err) {
				t.Errorf("%+v", err)
			}
			if err := c.Authenticate(t.Context(), Credentials{User: "me", Password: "x", Mechanism: "NONESUCH"}); CodeOf(err) != CodeArgument || IsFatal(err) {
				t.Error(err)
			}
			if err := c.Authenticate(t.Context(), Credentials{User: "mrose", Password: "tanstaaf", Mechanism: "APOP"}); err != nil {
				t.Error(err)
			}
		},
	}.test(t)
}

// What follows an answer unasked is read for as long as it comes.
func TestStray(t *testing.T) {
	dialog{
		script: "+OK ready\nC: XHELP\n+OK help follows\nUSER\n\x1b[31mPASS\n.\nC: NOOP\n+OK\n",
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			if _, err := c.Exchange(t.Context(), Line{Text: "XHELP"}); err != nil {
				t.Fatal(err)
			}
			lines, err := c.Stray(t.Context(), 200*time.Millisecond, 10)
			if got := strings.Join(lines, "|"); err != nil || got != `USER|\x1b[31mPASS|.` {
				t.Errorf("%q, %v", got, err)
			}
			if r, err := c.Exchange(t.Context(), Line{Text: "NOOP"}); err != nil || !r.OK {
				t.Errorf("%+v, %v", r, err)
			}
		},
	}.test(t)
}

// STLS by hand encrypts, with the certificate verified (S4), and forgets what
// was said before (S3).
func TestStartTLS(t *testing.T) {
	id, err := popserver.NewIdentity("localhost")
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(id.CA)
	for _, byHand := range []bool{false, true} {
		server := popserver.New(popserver.Options{TLS: id.ServerTLS(), Pipelining: true})
		client, other := pipe()
		done := make(chan struct{})
		go func() { defer close(done); server.ServeConn(other) }()
		c, err := New(t.Context(), client, Config{Host: "localhost", Security: Cleartext, RootCAs: roots})
		if err != nil {
			t.Fatal(err)
		}
		before, err := c.Capa(t.Context())
		if err != nil || !before.Has("STLS") {
			t.Fatalf("%v, %v", before, err)
		}
		if byHand {
			r, failed := c.Exchange(t.Context(), Line{Text: "stls"})
			if err = failed; !r.OK {
				t.Errorf("%+v", r)
			}
		} else {
			err = c.StartTLS(t.Context())
		}
		if err != nil || c.TLS() == nil || len(c.Capabilities()) > 0 {
			t.Errorf("%v, %v", err, c.Capabilities())
		}
		if after, err := c.Capa(t.Context()); err != nil || after.Has("STLS") || !after.Has("TOP") {
			t.Errorf("%v, %v", after, err)
		}
		if err := c.Pipelines(t.Context()); err != nil {
			t.Error(err)
		}
		if err := c.StartTLS(t.Context()); err == nil || IsFatal(err) {
			t.Errorf("a second time: %v", err)
		}
		_ = c.Close()
		<-done
		_ = server.Close()
	}
}

// A server that loses what comes in one write with another command ends the
// session within the time that it is given.
func TestPipelinesLost(t *testing.T) {
	dialog{
		script: "+OK ready\nC: CAPA\n+OK\nTOP\n.\nC: CAPA\nC: CAPA\n",
		run: func(t *testing.T, c *Client, err error) {
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
			defer cancel()
			if err := c.Pipelines(ctx); !IsFatal(err) {
				t.Error(err)
			}
		},
	}.test(t)
}
