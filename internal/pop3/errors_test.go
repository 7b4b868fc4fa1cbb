package pop3

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
)

func TestNetworkErrors(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for name, test := range map[string]struct {
		err  error
		code Code
	}{
		"refused":     {dial(os.NewSyscallError("connect", errnoRefused[0])), CodeRefused},
		"unreachable": {dial(os.NewSyscallError("connect", errnoUnreachable[0])), CodeUnreachable},
		"reset":       {dial(os.NewSyscallError("read", errnoReset[0])), CodeReset},
		"dns":         {dial(&net.DNSError{Err: "no such host", Name: "pop.example.org", IsNotFound: true}), CodeDNS},
		"timeout":     {dial(os.ErrDeadlineExceeded), CodeTimeout},
		"dial ended":  {dial(context.DeadlineExceeded), CodeTimeout},
		"eof":         {io.EOF, CodeEOF},
		"closed":      {net.ErrClosed, CodeReset},
		"other":       {dial(syscall.Errno(1)), ""},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Dial(t.Context(), Config{Host: "pop.example.org", Dial: func(context.Context, string, string) (net.Conn, error) {
				return nil, test.err
			}})
			wantError(t, err, KindNetwork, test.code, true)
			if !errors.Is(err, test.err) {
				t.Errorf("%v hides its cause", err)
			}
		})
	}
}

func TestResponseCodes(t *testing.T) { // RFC 2449, section 8
	for _, test := range []struct {
		text string
		code Code
		rest string
		kind Kind
	}{
		{"[SYS/TEMP/DISK] full", "SYS/TEMP/DISK", "full", KindTemporary},
		{"[sys/perm] gone", CodeSysPerm, "gone", KindPermanent},
		{"[SYS/TEMPERAMENT] bad", "SYS/TEMPERAMENT", "bad", KindAuth},
		{"[X-OWN] mailbox is locked", "X-OWN", "mailbox is locked", KindTemporary},
		{"[not a code] no", "", "[not a code] no", KindAuth},
		{"[unfinished", "", "[unfinished", KindAuth},
		{"[]", "", "", KindAuth},
	} {
		code, rest := responseCode(test.text)
		if code != test.code || rest != test.rest {
			t.Errorf("%q: %q, %q", test.text, code, rest)
		}
		if kind := classify(code, rest, true); kind != test.kind {
			t.Errorf("%q: %s", test.text, kind)
		}
	}
}

// S8: the user's name is replaced where a server repeats it.
func TestNames(t *testing.T) {
	who := Credentials{User: "Mail@example.org", Password: "tab\tand  blanks"}
	for raw, want := range map[string]string{
		"mailbox mail@EXAMPLE.org is locked":             "mailbox *** is locked",
		"MAIL: no such user":                             "***: no such user",
		"voicemail, mailbox":                             "voicemail, mailbox",
		"\xd3\xca\xcf\xe4 mail \xb2\xbb\xb4\xe6\xd4\xda": "邮箱 *** 不存在", // P8
	} {
		var r redactor
		r.hide(who)
		if got, spilled := r.text(raw); got != want || spilled {
			t.Errorf("%q: %q, %v, want %q", raw, got, spilled, want)
		}
		tr := &Transcript{}
		tr.keep(func(r *redactor) { r.hide(who) })
		tr.add(TraceReceived, "-ERR "+raw)
		if lines := tr.Lines(); !strings.HasSuffix(lines[0], "S: -ERR "+want) {
			t.Errorf("%q: %q", raw, lines)
		}
	}
}

// S8: what is withheld does not change what the answer means.
func TestWithheldAnswersAreJudged(t *testing.T) {
	for _, test := range []struct {
		text string
		kind Kind
		code Code
		used bool
	}{
		{"mailbox is locked", KindTemporary, "", true},
		{"[IN-USE] mailbox", KindTemporary, CodeInUse, true},
		{"[SYS/TEMP/MAILBOX] no", KindTemporary, CodeSysTemp, false},
		{"[mailbox] no", KindAuth, "", false},
		{"[mailbox] wait a minute", KindTemporary, "", false},
		{"[utf8/mailbox] no", KindAuth, "UTF8", false},
	} {
		c := &Client{}
		c.private.hide(Credentials{User: "lena", Password: "mailbox"})
		e := c.refusal("PASS", test.text, true)
		if e.Kind != test.kind || e.Code != test.code || e.Text != "" || !e.Withheld || test.used != IsInUse(e) {
			t.Errorf("%q: %+v", test.text, e)
		}
		if want := "pop3: PASS: the server repeated what was sent to it"; !strings.HasPrefix(e.Error(), want) {
			t.Errorf("%v, want %q", e, want)
		}
	}
}

func TestCredentialsDoNotPrint(t *testing.T) { // S8
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%d", "%x"} {
		for _, value := range []any{me, &me, []Credentials{me}, struct{ C Credentials }{me}} {
			if s := fmt.Sprintf(verb, value); strings.Contains(s, "hunter2") || strings.Contains(s, fmt.Sprintf("%x", "hunter2")) {
				t.Errorf("%s of %T: %s", verb, value, s)
			}
		}
	}
	if b, err := json.Marshal(map[string]any{"c": me}); err != nil || strings.Contains(string(b), "hunter2") {
		t.Errorf("%s, %v", b, err)
	}
}

func TestTranscriptIsBounded(t *testing.T) { // S9
	tr := &Transcript{}
	for i := range 10 * transcriptLines {
		tr.add(TraceReceived, fmt.Sprint(i, strings.Repeat("x", 10*transcriptWidth)))
	}
	lines := tr.Lines()
	if len(lines) != transcriptLines+1 || !strings.Contains(lines[0], fmt.Sprint(9*transcriptLines)) || !strings.Contains(lines[1], fmt.Sprint("S: ", 9*transcriptLines)) {
		t.Errorf("%d lines, %q, %q", len(lines), lines[0], lines[1])
	}
	for _, line := range lines {
		if len(line) > transcriptWidth+20 {
			t.Errorf("%d octets in a line", len(line))
		}
	}
}

func TestSingleUIDL(t *testing.T) { // P15
	for answer, want := range map[string]string{
		"3 uid": "uid", "+OK 3  uid ": "uid", "uid": "uid", "123": "123",
		"3": "", "": "", "4 uid": "", "not a uid": "",
	} {
		uid, err := parseUIDL(3, answer)
		if uid != want || (err == nil) != (want != "") {
			t.Errorf("%q: %q, %v", answer, uid, err)
		}
	}
}
