package pop3_test

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"net"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"

	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

//go:embed testdata/answers.tsv
var answers string

// answerTo makes a mood that gives one answer to a command.
func answerTo(command, answer string) popserver.Mood {
	return func(line string) *popserver.Override {
		if keyword, _, _ := strings.Cut(line, " "); keyword == command {
			return &popserver.Override{Raw: answer + "\r\n"}
		}
		return nil
	}
}

// connect is a session with a server.
func connect(t *testing.T, server *popserver.Server) *pop3.Client {
	t.Helper()
	here, there := net.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		server.ServeConn(there)
	}()
	t.Cleanup(func() { <-done })
	c, err := pop3.New(t.Context(), here, pop3.Config{Host: "localhost", Security: pop3.Cleartext, CommandTimeout: 20 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// answering is a session with a server that gives one answer of its own.
func answering(t *testing.T, command, answer string) (*pop3.Client, error) {
	t.Helper()
	server := popserver.New(popserver.Options{Users: map[string]string{"me": "hunter2"}, Mood: answerTo(command, answer)})
	server.Maildrop("me").Deliver([]byte("Subject: x\n\nx\n"))
	c := connect(t, server)
	return c, c.Login(t.Context(), pop3.Credentials{User: "me", Password: "hunter2", Mechanism: "USER"}, nil)
}

// ask gives the command by which a row of the answers was got.
func ask(t *testing.T, c *pop3.Client, command string) error {
	t.Helper()
	var err error
	switch command {
	case "STAT":
		_, err = c.Stat(t.Context())
	case "UIDL":
		_, err = c.UIDL(t.Context(), 1)
	case "LIST":
		_, err = c.List(t.Context(), 1)
	case "TOP":
		var body io.ReadCloser
		if body, err = c.Top(t.Context(), 1, 0); err == nil {
			err = body.Close()
		}
	}
	return err
}

// P21, P22, P23, P30, P31: what servers are known to answer, and more of the
// kind, says whose turn it is; Chinese also in GBK (P8).
func TestAnswers(t *testing.T) {
	kinds := map[pop3.Kind]int{}
	for line := range strings.Lines(answers) {
		row := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if strings.HasPrefix(line, "#") {
			continue
		}
		if len(row) != 4 || row[3] == "" {
			t.Fatalf("malformed row %q", line)
		}
		said := []string{row[1]}
		if gbk, err := simplifiedchinese.GBK.NewEncoder().String(row[1]); err == nil && gbk != row[1] && strings.ContainsFunc(row[1], func(r rune) bool { return r >= 0x4e00 && r < 0xa000 }) {
			said = append(said, gbk)
		}
		want := pop3.Kind(row[2])
		kinds[want]++
		for _, answer := range said {
			c, err := answering(t, row[0], answer)
			if row[0] != "PASS" && err == nil {
				err = ask(t, c, row[0])
			}
			var e *pop3.Error
			if !errors.As(err, &e) || e.Kind != want || e.Command != row[0] || e.Fatal() != (row[0] == "PASS") {
				t.Errorf("%s %s (%s): %v, want %s", row[0], answer, row[3], err, want)
			}
			if pop3.IsUnsupported(err) && want != pop3.KindPermanent {
				t.Errorf("%s %s passes for an unknown command", row[0], answer)
			}
			_ = c.Close()
		}
	}
	if kinds[pop3.KindTemporary] < 150 || kinds[pop3.KindAuth] < 60 || kinds[pop3.KindPermanent] < 30 {
		t.Errorf("too few rows: %v", kinds)
	}
}

// P24: what says no more than that AUTH is not known there is followed by USER
// and PASS; what may be about the password is not.
func TestFallbackFromAUTH(t *testing.T) {
	for answer, falls := range map[string]bool{
		"+ERR":                                     true,
		"+ERR what?":                               true,
		"-ERR Command not understood":              true,
		"-ERR not valid in this state":             true,
		"-ERR Command not valid in this state.":    true,
		"-ERR Unknown AUTHORIZATION state command": true,
		"-ERR unsupported mechanism":               true,
		"-ERR":                                     false,
		"+ERR wrong password":                      false,
		"+ERR mailbox is locked":                   false,
		"-ERR [AUTH] not valid in this state":      false,
		"-ERR Authentication failed":               false,
	} {
		server := popserver.New(popserver.Options{Users: map[string]string{"me": "hunter2"}, Mood: answerTo("AUTH", answer)})
		c := connect(t, server)
		err := c.Login(t.Context(), pop3.Credentials{User: "me", Password: "hunter2"}, nil)
		if (err == nil) != falls || slices.Contains(server.Commands(), "USER me") != falls {
			t.Errorf("%s: %v, %q", answer, err, server.Commands())
		}
		_ = c.Close()
	}
}

// A mechanism that was asked for and that the server lacks is no wrong
// password, and nothing else is tried in its place.
func TestMechanismThatIsNotThere(t *testing.T) {
	for name, test := range map[string]struct {
		mechanism, command, answer string
		code                       pop3.Code
	}{
		"CRAM-MD5":           {"CRAM-MD5", "AUTH", "-ERR unsupported mechanism", pop3.CodeNoMechanism},
		"with a code":        {"CRAM-MD5", "AUTH", "-ERR [AUTH] Unsupported authentication mechanism.", pop3.CodeNoMechanism},
		"not on offer":       {"SCRAM-SHA-1", "AUTH", "-ERR no", pop3.CodeNoMechanism},
		"not on offer, +ERR": {"SCRAM-SHA-1", "AUTH", "+ERR", pop3.CodeNoMechanism},
		"USER":               {"USER", "USER", "-ERR Unknown command.", pop3.CodeNoMechanism},
		"on offer, refused":  {"PLAIN", "AUTH", "-ERR no", ""},
		"the password":       {"SCRAM-SHA-1", "AUTH", "-ERR wrong password", ""},
		"the credentials":    {"SCRAM-SHA-1", "AUTH", "-ERR [AUTH] no", pop3.CodeAuth},
		"the server is busy": {"SCRAM-SHA-1", "AUTH", "-ERR server busy", ""},
	} {
		server := popserver.New(popserver.Options{Users: map[string]string{"me": "hunter2"}, Mood: answerTo(test.command, test.answer)})
		c := connect(t, server)
		err := c.Login(t.Context(), pop3.Credentials{User: "me", Password: "hunter2", Mechanism: test.mechanism}, nil)
		if pop3.CodeOf(err) != test.code || !pop3.IsFatal(err) || pop3.IsKind(err, pop3.KindConfig) != (test.code == pop3.CodeNoMechanism) || slices.Contains(server.Commands(), "PASS ***") {
			t.Errorf("%s: %v, %q", name, err, server.Commands())
		}
		_ = c.Close()
	}
}

// A server that waits for TLS is recognised by its silence, whichever of the
// two that begin without it was asked for.
func TestPortThatWantsTLS(t *testing.T) {
	identity, err := popserver.NewIdentity("localhost")
	if err != nil {
		t.Fatal(err)
	}
	server := popserver.New(popserver.Options{TLS: identity.ServerTLS(), Implicit: true})
	t.Cleanup(func() { _ = server.Close() })
	address, err := server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	for _, security := range []pop3.Security{pop3.Cleartext, pop3.STLS} {
		cfg := pop3.Config{Host: "localhost", Security: security, DialTimeout: 3 * time.Second, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			return hasty{conn}, err
		}}
		_, err := pop3.Dial(t.Context(), cfg)
		if pop3.CodeOf(err) != pop3.CodeWantsTLS || !pop3.IsKind(err, pop3.KindTLS) {
			t.Errorf("%v: %v", security, err)
		}
	}
	// One that is slow to greet is not taken for it.
	slow := popserver.New(popserver.Options{})
	t.Cleanup(func() { _ = slow.Close() })
	if address, err = slow.ListenAndServeLoopback(); err != nil {
		t.Fatal(err)
	}
	dials := 0
	c, err := pop3.Dial(t.Context(), pop3.Config{
		Host: "localhost", Security: pop3.Cleartext,
		Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(ctx, network, address)
			if dials++; dials == 1 {
				return &late{Conn: conn}, err
			}
			return conn, err
		},
	})
	if err != nil || dials != 2 {
		t.Fatalf("%v after %d connections", err, dials)
	}
	_ = c.Close()
}

// hasty is a connection whose first wait, that for the greeting, is over at once.
type hasty struct{ net.Conn }

func (h hasty) SetReadDeadline(t time.Time) error {
	if time.Until(t) <= time.Second { // a third of the time
		t = time.Now().Add(20 * time.Millisecond)
	}
	return h.Conn.SetReadDeadline(t)
}

// late is a connection on which the first read takes too long.
type late struct {
	net.Conn
	done bool
}

func (l *late) Read(b []byte) (int, error) {
	if !l.done {
		l.done = true
		return 0, os.ErrDeadlineExceeded
	}
	return l.Conn.Read(b)
}

// P30: a lock is one without a response code as well.
func TestIsInUse(t *testing.T) {
	for answer, want := range map[string]bool{
		"-ERR [IN-USE] no":                               true,
		"-ERR Your mailbox is already locked":            true,
		"-ERR Can't get lock.  Mailbox in use":           true,
		"-ERR 邮箱已被锁定":                                    true,
		"-ERR Account locked":                            false,
		"-ERR Server is too busy":                        false,
		"-ERR login allowed only every 15 minutes":       false,
		"-ERR wrong password or mailbox locked":          false,
		"-ERR [LOGIN-DELAY] mailbox is locked until ten": false,
	} {
		if _, err := answering(t, "PASS", answer); pop3.IsInUse(err) != want {
			t.Errorf("%s: %v", answer, err)
		}
	}
}

// P12: only what means that a command is unknown says that there is none.
func TestUnsupported(t *testing.T) {
	for answer, want := range map[string]bool{
		"-ERR unknown command":                   true,
		"-ERR Unknown command: UIDL":             true,
		"-ERR unimplemented":                     true,
		"-ERR Unknown TRANSACTION state command": true,
		"-ERR [SYS/PERM] UIDL not supported":     true,
		"-ERR Invalid command.":                  true,
		"-ERR Unbekannter Befehl":                true,
		"-ERR commande inconnue":                 true,
		"-ERR 未知命令":                              true,
		"-ERR Nieznane polecenie":                true,
		"-ERR Onbekend commando":                 true,
		"-ERR Okänt kommando":                    true,
		"-ERR Neznámý příkaz UIDL":               true,
		"-ERR Ismeretlen parancs":                true,
		"-ERR Bilinmeyen komut":                  true,
		"-ERR Невідома команда":                  true,
		"-ERR 알 수 없는 명령입니다":                      true,
		"-ERR 不明なコマンドです":                         true,
		"-ERR 알 수 없는 오류":                         false,
		"-ERR Nieznana wiadomość":                false,
		"-ERR":                                   false, // CAPA lists it
		"-ERR no such message":                   false,
		"-ERR unknown message":                   false,
		"-ERR UIDL failed":                       false,
		"-ERR command UIDL unknown, server busy": false,
		"-ERR [SYS/TEMP] unknown command":        false,
	} {
		c, err := answering(t, "UIDL", answer)
		if err != nil {
			t.Fatal(err)
		}
		if err := ask(t, c, "UIDL"); err == nil || pop3.IsUnsupported(err) != want {
			t.Errorf("%s: %v", answer, err)
		}
		_ = c.Close()
	}
}
