package pop3

import (
	"bufio"
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/traymail/traymail/internal/plaintext"
)

// FuzzStatus: a status line is one of three things or a fault, and an error
// made of it is clean.
func FuzzStatus(f *testing.F) {
	f.Add([]byte("+OK 2 320\r\n"))
	f.Add([]byte("\r\n\n-err [SYS/TEMP] \x1b[31mlater\n"))
	f.Add([]byte("+ PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+\r\n"))
	f.Add([]byte("-ERR \xb5\xc7\xc2\xbc\xca\xa7\xb0\xdc\r\n"))
	f.Fuzz(func(t *testing.T, raw []byte) {
		c := &Client{cfg: (&Config{}).withDefaults()}
		c.r = bufio.NewReaderSize(strings.NewReader(string(raw)), 16)
		ok, text, err := c.readStatus(context.Background(), "STAT")
		var e *Error
		switch {
		case err != nil:
			if !errors.As(err, &e) || !e.Fatal() {
				t.Fatalf("%v is no fault", err)
			}
		case strings.ContainsAny(text, "\n"):
			t.Fatalf("text %q", text)
		case !ok:
			e := c.refusal("STAT", text, true)
			if !utf8.ValidString(e.Error()) || strings.ContainsAny(e.Error(), "\x00\x1b\r\n\u202e") {
				t.Fatalf("%q", e.Error())
			}
		}
	})
}

// FuzzRows: rows of UIDL and LIST are within bounds or none.
func FuzzRows(f *testing.F) {
	for _, row := range []string{"1 whqtswO00WBw418f9t5JxYwZ", "+OK  2  a b", "0 x", "99999999999999999999 x", "1", " 1 \xff", "3 -5", "2 200 and more"} {
		f.Add([]byte(row))
	}
	f.Fuzz(func(t *testing.T, row []byte) {
		if l, ok := parseListing(row); ok && (l.Number < 1 || l.UID == "" || len(l.UID) > 4*MaxUID+2 || !utf8.ValidString(l.UID) || strings.ContainsAny(l.UID, "\x00\r\n")) {
			t.Fatalf("%+v", l)
		}
		if s, ok := parseSize(row); ok && (s.Number < 1 || s.Octets < -1) {
			t.Fatalf("%+v", s)
		}
		if uid, err := parseUIDL(1, string(row)); err == nil && uid == "" {
			t.Fatal("an empty UID")
		}
	})
}

// BenchmarkTop reads the headers of one message as a poll does.
func BenchmarkTop(b *testing.B) {
	answer := "+OK\r\n" + strings.Repeat("Received: from mail.example.org by mx.example.org; Tue, 24 Nov 2026 04:00:00 +0000\r\n", 20) + "\r\n.\r\n"
	c := &Client{cfg: (&Config{}).withDefaults()}
	c.conn = scripted{strings.NewReader("")}
	c.r = bufio.NewReaderSize(&endless{row: answer, n: b.N}, 4096)
	b.SetBytes(int64(len(answer)))
	b.ReportAllocs()
	b.ResetTimer()
	buffer := make([]byte, 1024)
	for range b.N {
		// Past Top, whose look for unasked answers a server that talks ahead
		// would not pass.
		if _, _, err := c.readStatus(context.Background(), "TOP"); err != nil {
			b.Fatal(err)
		}
		body := c.openBody(context.Background(), "TOP")
		for {
			if _, err := body.Read(buffer); err == io.EOF { //nolint:errorlint // a fault that wraps io.EOF is not the end
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// FuzzResponseCode: whatever stands before a refusal's text is a code that can
// be shown or is left in the text, and none but a registered one comes with an
// answer that repeats a secret.
func FuzzResponseCode(f *testing.F) {
	for _, text := range []string{"[IN-USE] locked", "[SYS/TEMP/DISK] full", "[hunter22] no", "[auth]", "[]", "[a b] c", "[[x]", "[\x1b[1mx] y", "no [AUTH] hunter22"} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, login bool) {
		if len(text) > maxStatus || strings.ContainsAny(text, "\r\n") {
			return // no status line has it
		}
		c := &Client{}
		c.private.secret("hunter22")
		e := c.refusal("PASS", strings.TrimSpace(text), login)
		if code := string(e.Code); len(code) > 4*maxCode || plaintext.Clean(code) != code || strings.ToUpper(code) != code {
			t.Fatalf("code %q", code)
		}
		if e.Withheld && (e.Text != "" || e.Code != "" && e.Code != e.Code.registered()) {
			t.Fatalf("%+v", e)
		}
		if strings.Contains(lower(e.Error()), "hunter22") {
			t.Fatalf("%v", e)
		}
		switch e.Kind {
		case KindAuth, KindTemporary, KindPermanent:
		default:
			t.Fatalf("kind %q", e.Kind)
		}
	})
}
