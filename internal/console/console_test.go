package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const password = "hunter2-very-secret"

const mail = "From: Ann <ann@example.org>\r\nSubject: =?UTF-8?B?5Y2I6aSQ?=\r\nDate: Sun, 29 Nov 2026 12:00:00 +0000\r\n\r\nSee you\x1b[2J at noon.\r\n.dot\r\n"

// desk is a console with a server of three messages.
type desk struct {
	*testing.T
	server  *popserver.Server
	options Options
	out     bytes.Buffer
	said    []string
}

func newDesk(t *testing.T, o popserver.Options) *desk {
	t.Helper()
	o.Users = map[string]string{"me": password}
	d := &desk{T: t, server: popserver.New(o)}
	t.Cleanup(func() { _ = d.server.Close() })
	for range 3 {
		d.server.Maildrop("me").Deliver([]byte(mail))
	}
	address, err := d.server.ListenAndServeLoopback()
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(address)
	n, _ := strconv.Atoi(port)
	d.options = Options{
		Dial: func(ctx context.Context, trace func(pop3.TraceKind, string)) (*pop3.Client, error) {
			return pop3.Dial(ctx, pop3.Config{Host: "127.0.0.1", Port: n, Security: pop3.Cleartext, Proxy: pop3.ProxyDirect, Trace: trace})
		},
		Out: &d.out, Say: func(sentence string) { d.said = append(d.said, sentence) }, Explain: func(err error) string { return "explained: " + err.Error() },
		Loc: locale.New("en"), Now: time.Now,
	}
	return d
}

// script runs one and returns its dialogue.
func (d *desk) script(lines ...string) (string, error) {
	d.Helper()
	d.out.Reset()
	d.said = nil
	d.options.Script = strings.NewReader(strings.Join(lines, "\n"))
	err := Run(d.Context(), d.options)
	if all := d.out.String() + strings.Join(d.said, "\n"); strings.Contains(all, password) {
		d.Errorf("the password is shown:\n%s", all)
	}
	return d.out.String(), err
}

func (d *desk) left() int { return len(d.server.Maildrop("me").Messages()) }

// A script is a dialogue, unstuffed and cleaned, and QUIT deletes.
func TestScript(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	got, err := d.script("# the article's lesson", "user me", "pass "+password, "stat", "list", "uidl 2", "top 1 2", "dele 1", "rset", "dele 3", "list", "quit", "stat")
	want := `S: +OK traymail test server ready
C: USER me
S: +OK
C: PASS ***
S: +OK logged in
C: STAT
S: +OK 3 387
C: LIST
S: +OK
1 129
2 129
3 129
C: UIDL 2
S: +OK 2 uid00000002
C: TOP 1 2
S: +OK
From: Ann <ann@example.org>
Subject: =?UTF-8?B?5Y2I6aSQ?=
Date: Sun, 29 Nov 2026 12:00:00 +0000

See you\x1b[2J at noon.
.dot
C: DELE 1
S: +OK marked
C: RSET
S: +OK
C: DELE 3
S: +OK marked
C: LIST
S: +OK
1 129
2 129
C: QUIT
S: +OK bye
`
	if err != nil || got != want || len(d.said) > 0 {
		t.Errorf("%v, %q\n%s", err, d.said, got)
	}
	if d.left() != 2 {
		t.Errorf("%d are left", d.left())
	}
}

// A message is shown decoded on demand.
func TestDecode(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	for _, command := range []string{"retr 3 | decode", "TOP 3 5|Decode"} {
		got, err := d.script("user me", "pass "+password, command, "noop", "quit")
		if err != nil || !strings.Contains(got, "From: Ann <ann@example.org>\n") || !strings.Contains(got, "Subject: 午餐\n") || !strings.Contains(got, "\nSee you at noon.\n.dot\nC: NOOP\nS: +OK\n") {
			t.Errorf("%s: %v\n%s", command, err, got)
		}
	}
	if got, err := d.script("user me", "pass "+password, "stat | decode"); !errors.Is(err, ErrFailed) || strings.Contains(got, "STAT") || len(d.said) == 0 {
		t.Errorf("%v, %q\n%s", err, d.said, got)
	}
}

// The first -ERR ends a script, and nothing is deleted; or it goes on.
func TestScriptFails(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	lines := []string{"user me", "pass " + password, "dele 2", "retr 9", "noop", "quit"}
	got, err := d.script(lines...)
	if !errors.Is(err, ErrFailed) || strings.Contains(got, "NOOP") || !strings.HasSuffix(got, "S: -ERR no such message\n") || d.left() != 3 ||
		len(d.said) != 1 || !strings.Contains(d.said[0], "Nothing was deleted") || !strings.HasSuffix(d.said[0], ": 2") {
		t.Errorf("%v, %q\n%s", err, d.said, got)
	}
	d.options.KeepGoing = true
	if got, err = d.script(lines...); err != nil || !strings.Contains(got, "C: NOOP") || d.left() != 2 {
		t.Errorf("%v, %q\n%s", err, d.said, got)
	}
	d.options.KeepGoing = false
	if got, err = d.script("user me", "pass wrong-and-secret"); !errors.Is(err, ErrFailed) || strings.Contains(got, "wrong-and-secret") {
		t.Errorf("%v\n%s", err, got)
	}
	// The end of a script is a QUIT, but not one that deletes.
	if got, err = d.script("user me", "pass "+password); err != nil || !strings.HasSuffix(got, "C: QUIT\nS: +OK bye\n") {
		t.Errorf("%v\n%s", err, got)
	}
	if got, err = d.script("user me", "pass "+password, "dele 1"); !errors.Is(err, ErrFailed) || strings.Contains(got, "QUIT") || d.left() != 2 || !strings.Contains(d.said[0], "Nothing was deleted") {
		t.Errorf("%v, %q\n%s", err, d.said, got)
	}
}

// A line without end ends a script with a sentence.
func TestScriptLongLine(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	got, err := d.script("user me", "pass "+password, "dele 1", strings.Repeat("x", 100_000), "quit")
	if !errors.Is(err, ErrFailed) || !strings.HasSuffix(got, "C: DELE 1\nS: +OK marked\n") || d.left() != 3 ||
		len(d.said) != 2 || !strings.Contains(d.said[0], "more than 65,536 octets") || !strings.Contains(d.said[1], "Nothing was deleted") {
		t.Errorf("%v, %q\n%s", err, d.said, got)
	}
}

// Raw lines go out as they are, with the secrets in them kept, and what an
// unknown command answers is read to its end.
func TestRaw(t *testing.T) {
	d := newDesk(t, popserver.Options{Mood: func(line string) *popserver.Override {
		if strings.HasPrefix(line, "XHELP") {
			return &popserver.Override{Raw: "+OK follows\r\nUSER \x1b[31m\r\n.\r\n"}
		}
		return nil
	}})
	plain := "AGh1bnRlcg=="
	got, err := d.script("!xhelp Me", "!AUTH PLAIN "+plain)
	if !errors.Is(err, ErrFailed) || !strings.Contains(got, "C: xhelp Me\nS: +OK follows\nUSER \\x1b[31m\n.\nC: AUTH PLAIN ***\nS: -ERR") || strings.Contains(got, plain) {
		t.Errorf("%v\n%s", err, got)
	}
	// What is shown is what was sent, to the blank.
	if got, _ = d.script("! noop", "!  noop  x"); !strings.Contains(got, "C: noop\n") {
		t.Errorf("one blank is for the eyes:\n%s", got)
	}
	if got, _ = d.script("!  noop  x"); !strings.Contains(got, "C:  noop  x\n") {
		t.Errorf("others are sent:\n%s", got)
	}
	got, err = d.script("!AUTH PLAIN", "AG1lAGh1bnRlcjItdmVyeS1zZWNyZXQ=", "stat", "quit")
	if err != nil || !strings.Contains(got, "S: + \nC: ***\nS: +OK logged in\nC: STAT\nS: +OK 3 ") && !strings.Contains(got, "S: +\nC: ***\nS: +OK logged in\nC: STAT\nS: +OK 3 ") {
		t.Errorf("%v\n%s", err, got)
	}
}

// SASL mechanisms in a script.
func TestScriptAuth(t *testing.T) {
	d := newDesk(t, popserver.Options{})
	got, err := d.script("auth plain me "+password, "stat", "quit")
	if err != nil || !strings.Contains(got, "C: AUTH PLAIN ***\nS: +OK logged in\n") {
		t.Errorf("%v\n%s", err, got)
	}
	if got, err = d.script("auth plain me"); !errors.Is(err, ErrFailed) || strings.Contains(got, "AUTH") || len(d.said) != 1 {
		t.Errorf("%v, %q\n%s", err, d.said, got)
	}
}

// A connection that breaks at any command is a sentence, and so is what it
// means for what was marked.
func TestCut(t *testing.T) {
	lines := []string{"capa", "user me", "pass " + password, "stat", "list", "dele 2", "uidl", "top 1 0", "retr 1", "retr 1 | decode", "rset", "dele 3", "noop", "quit"}
	for _, at := range []string{"CAPA", "USER", "PASS", "STAT", "LIST", "DELE", "UIDL", "TOP", "RETR", "RSET", "NOOP", "QUIT"} {
		for _, begun := range []string{"", "+OK\r\n1 2"} {
			t.Run(fmt.Sprintf("%s,%q", at, begun), func(t *testing.T) {
				d := newDesk(t, popserver.Options{Mood: func(line string) *popserver.Override {
					if keyword, _, _ := strings.Cut(line, " "); keyword == at {
						return &popserver.Override{Raw: begun, Close: true}
					}
					return nil
				}})
				_, err := d.script(lines...)
				single := begun != "" && !strings.Contains("CAPA LIST UIDL TOP RETR", at)
				all := strings.Join(d.said, "\n")
				if !single && (!errors.Is(err, ErrFailed) || !strings.Contains(all, "closed the connection")) && !strings.Contains(all, "explained") {
					t.Errorf("%v, %q", err, d.said)
				}
				marked := strings.Contains("UIDL TOP RETR NOOP QUIT", at)
				kept, unknown := strings.Contains(all, "Nothing was deleted"), strings.Contains(all, "is not known")
				if !single && (unknown != (at == "QUIT") || kept != (marked && at != "QUIT" || at == "RSET")) {
					t.Errorf("%q", d.said)
				}
				if d.left() != 3 {
					t.Errorf("%d are left", d.left())
				}
			})
		}
	}
}

// What a server does to a terminal, and a password that it repeats, are not
// shown (S8).
func TestHostileAnswers(t *testing.T) {
	d := newDesk(t, popserver.Options{Mood: func(line string) *popserver.Override {
		switch line {
		case "STAT":
			return &popserver.Override{Raw: "+OK \x1b]0;title\x07 you said " + password + "\r\n"}
		case "NOOP":
			return &popserver.Override{Raw: "+OK \x1b[2J\u202efine\r\n"}
		case "LIST":
			return &popserver.Override{Raw: "+OK\r\n1 \x1b]0;x\x07\x9b31m\r\n2 " + password + "\r\n.\r\n"}
		case "TOP 1 0", "RETR 1":
			return &popserver.Override{Raw: "+OK\r\nSubject: " + password + "\r\n\r\n" + password + "\r\n.\r\n"}
		}
		return nil
	}})
	got, err := d.script("user me", "pass "+password, "stat", "noop", "list", "top 1 0", "retr 1 | decode", "quit")
	if err != nil || strings.ContainsAny(got, "\x1b\x07\u202e\u009b") || strings.Count(got, "repeated what was sent") < 5 || !strings.Contains(got, "S: +OK fine\n") {
		t.Errorf("%v\n%s", err, got)
	}
}

// What completes is what makes sense.
func TestComplete(t *testing.T) {
	s := &session{most: 12, marked: []int{11}}
	for line, want := range map[string]string{
		"":                 "user pass apop auth stls utf8 capa lang stat list uidl top retr dele rset noop quit help",
		"RE":               "retr",
		"help un":          "",
		"help q":           "help quit",
		"retr 1":           "retr 12|retr 10|retr 1",
		"top 3 ":           "",
		"retr 1 | d":       "retr 1 | decode",
		"stat ":            "",
		"!li":              "!list",
		"dele 9":           "dele 9",
		"dele 99999999999": "",
	} {
		got := strings.Join(s.complete(line), "|")
		if line == "" {
			got = strings.ReplaceAll(got, "|", " ")
		}
		if got != want {
			t.Errorf("%q: %q", line, got)
		}
	}
}

// A history is bounded, the owner's alone, and has no secret in it.
func TestHistory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "history")
	if err := os.WriteFile(path, []byte(password+"\n\npass "+password+"\n"), 0o600); err != nil { // as an earlier version wrote it
		t.Fatal(err)
	}
	h := readHistory(path)
	for _, line := range []string{"pass " + password, "  PASS " + password, "!pass " + password, "apop me digest-secret", "auth plain me " + password, "!AUTH PLAIN c2VjcmV0", "\x1b[31mstat", password, "!" + password, "pass\t" + password, ""} {
		h.Add(line)
	}
	if h.Len() > 0 {
		t.Errorf("%q", h.lines)
	}
	for i := range maxHistory + 20 {
		h.Add("retr " + strconv.Itoa(i))
	}
	h.Add("auth plain me")
	h.Add("stat")
	h.off = true
	h.Add("an answer")
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Fatalf("%v, %v", info, err)
	}
	h = readHistory(path)
	if h.Len() != maxHistory || h.At(0) != "stat" || h.At(1) != "retr 519" {
		t.Errorf("%d, %q", h.Len(), h.At(0))
	}
}
