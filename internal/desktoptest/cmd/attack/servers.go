//go:build linux

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// answers is a mood that answers these commands in this way.
func answers(o popserver.Override, keywords ...string) popserver.Mood {
	return func(line string) *popserver.Override {
		if keyword, _, _ := strings.Cut(line, " "); slices.Contains(keywords, keyword) {
			return &o
		}
		return nil
	}
}

// echoes refuses a command with what it knows of it, in many forms.
func echoes(keywords ...string) popserver.Mood {
	return func(line string) *popserver.Override {
		if keyword, _, _ := strings.Cut(line, " "); !slices.Contains(keywords, keyword) {
			return nil
		}
		var forms []string
		for _, s := range []string{line, password, "\x00me\x00" + password} {
			forms = append(forms, s, strings.ToUpper(s), hex.EncodeToString([]byte(s)), base64.StdEncoding.EncodeToString([]byte(s)))
		}
		return &popserver.Override{Raw: "-ERR [" + password + "] " + strings.ReplaceAll(strings.Join(forms, " "), "\x00", "") + "\r\n"}
	}
}

// traps asks for ever for more, in answer to everything from AUTH on.
func traps(challenge string) popserver.Mood {
	var mu sync.Mutex
	begun := false
	return func(line string) *popserver.Override {
		mu.Lock()
		defer mu.Unlock()
		if begun = begun && line != "CAPA" && line != "QUIT" || strings.HasPrefix(line, "AUTH "); begun {
			return &popserver.Override{Raw: challenge}
		}
		return nil
	}
}

// servers are what a server can do that has been believed before.
func servers() (all []attack) {
	moods := popserver.Hostile()
	delete(moods, "bytes after STLS") // see encrypted
	delete(moods, "downgrade")
	const list = "+OK\r\n"
	for name, mood := range map[string]popserver.Mood{
		"repeats the login":         echoes("USER", "PASS", "AUTH"),
		"repeats it at STAT":        echoes("STAT"),
		"repeats it at UIDL":        echoes("UIDL"),
		"repeats it at TOP":         echoes("TOP"),
		"repeats it at QUIT":        echoes("QUIT"),
		"capabilities with it":      answers(popserver.Override{Raw: list + "USER\r\nUIDL\r\nX-" + password + "\r\nIMPLEMENTATION " + password + "\r\n.\r\n"}, "CAPA"),
		"endless greeting":          answers(popserver.Override{Raw: "+OK ", Endless: strings.Repeat("x", 4096)}, "USER", "AUTH"),
		"flood of lines":            answers(popserver.Override{Endless: "+OK 5 500\r\n"}, "STAT"),
		"flood of nothing":          answers(popserver.Override{Endless: "\r\n"}, "STAT"),
		"challenges without end":    traps("+ \r\n"),
		"challenges of a megabyte":  traps("+ " + strings.Repeat("QUFB", 1<<18) + "\r\n"),
		"challenges that are none":  traps("+ ====\r\n"),
		"a count below zero":        answers(popserver.Override{Raw: "+OK -5 -500\r\n"}, "STAT"),
		"sizes of 2^63":             answers(popserver.Override{Raw: list + "1 9223372036854775808\r\n2 -1\r\n.\r\n"}, "LIST"),
		"a list of others' numbers": answers(popserver.Override{Raw: list + "0 a\r\n-1 b\r\n4000000000 c\r\n1 d\r\n1 e\r\n.\r\n"}, "UIDL"),
		"one UID for all":           answers(popserver.Override{Raw: list + "1 a\r\n2 a\r\n3 a\r\n4 a\r\n5 a\r\n.\r\n"}, "UIDL"),
		"UIDs of a megabyte":        answers(popserver.Override{Raw: list + "1 " + strings.Repeat("u", 1<<20) + "\r\n.\r\n"}, "UIDL"),
		"an empty list":             answers(popserver.Override{Raw: list + ".\r\n"}, "UIDL", "LIST"),
		"no message at all":         answers(popserver.Override{Raw: "+OK 0 0\r\n"}, "STAT"),
		"breaks off at the login":   answers(popserver.Override{Close: true}, "PASS", "AUTH"),
		"breaks off in a list":      answers(popserver.Override{Raw: list + "1 a\r\n2 ", Close: true}, "UIDL"),
		"no word at all":            answers(popserver.Override{Raw: "\x00\xff\xfe\r\n"}, "STAT", "UIDL"),
		"forged lines of a log":     answers(popserver.Override{Raw: "-ERR x\rlevel=ERROR msg=forged\x0b\x0c\u2028level=ERROR\r\n"}, "STAT"),
		"silence at the login":      answers(popserver.Override{Stall: true}, "PASS", "AUTH"),
		"silence at the list":       answers(popserver.Override{Stall: true}, "UIDL"),
		"an octet each 50 ms":       answers(popserver.Override{Raw: "+OK " + strings.Repeat("5 ", 200), Drip: 50 * time.Millisecond}, "STAT"),
	} {
		moods[name] = mood
	}
	slow := map[string]bool{"drip": true, "silence at the login": true, "silence at the list": true, "an octet each 50 ms": true}
	for _, name := range slices.Sorted(maps.Keys(moods)) {
		all = append(all, attack{"a server", name, slow[name], func(ctx context.Context, s *scene) error {
			if err := s.serve(ctx, popserver.Options{Capabilities: []string{"X-ATTACK"}}); err != nil {
				return err
			}
			return s.loses(ctx, func() error {
				s.server.SetMood(moods[name])
				for _, args := range [][]string{{"check"}, {"account", "test", s.account}, {"check", "--json"}, {"show", s.account, "5"}} {
					if _, err := s.must(ctx, "012", args...); err != nil {
						return err
					}
					if slow[name] {
						break
					}
				}
				return nil
			})
		}})
	}
	for name, greeting := range map[string]string{
		"greeting with the password": "+OK " + password, "refusal with it": "-ERR [" + password + "] " + password,
		"greeting of a megabyte": "+OK " + strings.Repeat("x", 1<<20), "another protocol's": "* OK IMAP4rev1 ready",
	} {
		all = append(all, attack{"a server", name, false, func(ctx context.Context, s *scene) error {
			if err := s.serve(ctx, popserver.Options{}); err != nil {
				return err
			}
			return s.loses(ctx, func() error {
				s.server.SetGreeting(greeting)
				_, err := s.must(ctx, "01", "check")
				return err
			})
		}})
	}
	for name, message := range messages() {
		all = append(all, attack{"a message", name, false, func(ctx context.Context, s *scene) error {
			if err := s.serve(ctx, popserver.Options{}); err != nil {
				return err
			}
			uid := s.server.Maildrop("me").Deliver(message())
			for _, args := range [][]string{{"check"}, {"list", s.account}, {"show", s.account, uid}, {"show", s.account, uid, "--json"}} {
				out, err := s.must(ctx, "0", args...)
				if err != nil {
					return err
				}
				if strings.ContainsAny(out, "\x1b\x07\u202e\u2066") {
					return fmt.Errorf("%v prints controls", args)
				}
			}
			return nil
		}})
	}
	return append(all, attack{"a server", "all of these at once, in the tray", false, func(ctx context.Context, s *scene) error {
		if err := s.serve(ctx, popserver.Options{}); err != nil {
			return err
		}
		good := s.server
		for _, name := range slices.Sorted(maps.Keys(moods)) {
			if slow[name] {
				continue
			}
			address, err := s.listen(popserver.Options{Mood: moods[name]})
			if err != nil {
				return err
			}
			s.server.Maildrop("me").Deliver(mail("one"))
			if _, err := s.add(ctx, address, "none"); err != nil {
				return err
			}
		}
		s.server = good
		t, err := s.tray(ctx, nil)
		if err != nil {
			return err
		}
		return errors.Join(s.loses(ctx, func() error {
			if err := t.rests(); err != nil {
				return err
			}
			_, err := s.must(ctx, "01", "check")
			return errors.Join(err, t.costs(), only(s, ctx))
		}), t.quit(ctx))
	}})
}

// only removes all accounts but the good one, for what is looked at afterwards.
func only(s *scene, ctx context.Context) error {
	out, err := s.must(ctx, "0", "account", "list")
	for line := range strings.Lines(out) {
		if id, _, found := strings.Cut(line, "\t"); found && id != s.account && err == nil {
			_, err = s.must(ctx, "0", "account", "remove", id)
		}
	}
	return err
}

// messages are of senders who mean harm. internal/message tries many more.
func messages() map[string]func() []byte {
	head := "From: \x1b[31mE\u202evil\u2066 <a@example.org>\r\nSubject: =?utf-8?q?=1B]0;x=07=E2=80=AE?=\r\nMIME-Version: 1.0\r\n"
	html := func(body string) func() []byte {
		return func() []byte { return []byte(head + "Content-Type: text/html\r\n\r\n" + body) }
	}
	return map[string]func() []byte{
		"controls in its header":  func() []byte { return []byte(head + "\r\n\x1b[2J\u202e text\r\n") },
		"100,000 elements deep":   html(strings.Repeat("<div>", 100_000)),
		"100,000 tables":          html(strings.Repeat("<table><tr><td>", 100_000)),
		"entities and attributes": html(strings.Repeat("<a href='&lt;&#x1b;' "+strings.Repeat("x=1 ", 50)+">&amp;", 5000)),
		"10,000 parts": func() []byte {
			return []byte(head + "Content-Type: multipart/mixed; boundary=b\r\n\r\n" + strings.Repeat("--b\r\n\r\nx\r\n", 10_000))
		},
		"5,000 parts deep": func() []byte {
			var b bytes.Buffer
			b.WriteString(head)
			for i := range 5000 {
				fmt.Fprintf(&b, "Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n", i, i)
			}
			return b.Bytes()
		},
		"a line of 4 MB":          func() []byte { return []byte(head + "\r\n" + strings.Repeat("x", 4<<20) + "\r\n") },
		"a header of 4 MB":        func() []byte { return []byte(head + "X: " + strings.Repeat("x ", 2<<20) + "\r\n\r\nx\r\n") },
		"100,000 lines of header": func() []byte { return []byte(head + strings.Repeat("X: y\r\n", 100_000) + "\r\nx\r\n") },
		"encoded words in a row": func() []byte {
			return []byte("Subject: " + strings.Repeat("=?utf-8?b?4oCu?= ", 50_000) + "\r\n\r\nx\r\n")
		},
	}
}

// encrypted are servers that cannot be trusted, or tell whoever listens: no
// user name is sent.
func encrypted() (all []attack) {
	raw := func(answer func(net.Conn)) func(*scene) (string, func() string, error) {
		return func(s *scene) (string, func() string, error) { return s.raw(answer) }
	}
	say := func(text string) func(net.Conn) {
		return func(c net.Conn) { _, _ = io.WriteString(c, text) }
	}
	serves := func(config func(*scene) (*tls.Config, error), implicit bool, mood popserver.Mood, greeting string) func(*scene) (string, func() string, error) {
		return func(s *scene) (string, func() string, error) {
			c, err := config(s)
			if err != nil {
				return "", nil, err
			}
			address, err := s.listen(popserver.Options{TLS: c, Implicit: implicit, Mood: mood})
			if greeting != "" {
				s.server.SetGreeting(greeting)
			}
			return address, func() string { return strings.Join(s.server.Commands(), "\n") }, err
		}
	}
	good := func(s *scene) (*tls.Config, error) { return s.identity.ServerTLS(), nil }
	other := func(hosts ...string) func(*scene) (*tls.Config, error) {
		return func(*scene) (*tls.Config, error) {
			identity, err := popserver.NewIdentity(hosts...)
			if err != nil {
				return nil, err
			}
			return identity.ServerTLS(), nil
		}
	}
	with := func(change func(*tls.Config)) func(*scene) (*tls.Config, error) {
		return func(s *scene) (*tls.Config, error) {
			c := s.identity.ServerTLS().Clone()
			change(c)
			return c, nil
		}
	}
	record := func(kind byte, length uint16) string {
		head := binary.BigEndian.AppendUint16([]byte{kind, 3, 3}, length)
		return strings.Repeat(string(head)+strings.Repeat("\x00", int(length)), 64)
	}
	greets := "+OK hello\r\n"
	for _, test := range []struct {
		name, security string
		slow           bool
		server         func(*scene) (string, func() string, error)
	}{
		{"nobody's certificate", "tls", false, serves(other("127.0.0.1"), true, nil, "")},
		{"another host's certificate", "tls", false, serves(other("other.example"), true, nil, "")},
		{"TLS 1.1", "tls", false, serves(with(func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }), true, nil, "")},
		{"no TLS at all", "tls", false, raw(say(greets))},
		{"HTTP", "tls", false, raw(say("HTTP/1.1 400 Bad Request\r\n\r\n"))},
		{"an alert", "tls", false, raw(say("\x15\x03\x01\x00\x02\x02\x28"))},
		{"records of zeros", "tls", false, raw(say(record(22, 16384)))},
		{"records without a handshake", "tls", false, raw(say(record(23, 1024)))},
		{"a ServerHello of 16 MB", "tls", false, raw(say("\x16\x03\x03\x40\x00\x02\xff\xff\xff" + strings.Repeat("\x00", 1<<18)))},
		{"it ends in the handshake", "tls", false, raw(func(c net.Conn) { _, _ = c.Read(make([]byte, 100)) })},
		{"silence in the handshake", "tls", true, raw(func(c net.Conn) { _, _ = io.Copy(io.Discard, c) })},
		{"STLS is not offered", "stls", false, raw(dialog(greets, "CAPA", "+OK\r\nUSER\r\nUIDL\r\n.\r\n", "", "-ERR\r\n"))},
		{"STLS is refused", "stls", false, serves(good, false, popserver.Hostile()["downgrade"], "")},
		{"STLS with more behind", "stls", false, serves(good, false, popserver.Hostile()["bytes after STLS"], "")},
		{"STLS with nobody's certificate", "stls", false, serves(other("127.0.0.1"), false, nil, "")},
		{"STLS and no TLS", "stls", false, raw(dialog(greets, "CAPA", "+OK\r\nSTLS\r\n.\r\n", "STLS", "+OK\r\n+OK\r\n", "", "+OK\r\n"))},
		{"STLS and the end", "stls", false, raw(dialog(greets, "CAPA", "+OK\r\nSTLS\r\n.\r\n", "STLS", "+OK\r\n"))},
		{"STLS and an endless line", "stls", false, raw(dialog(greets, "CAPA", "+OK\r\nSTLS\r\n.\r\n", "STLS", "+OK "+strings.Repeat("x", 1<<20)))},
		{"logged in before STLS", "stls", false, raw(dialog("+OK hello\r\n+OK logged in\r\n+OK 5 500\r\n", "CAPA", "+OK\r\nSTLS\r\n.\r\n", "", "+OK\r\n"))},
	} {
		all = append(all, attack{"TLS", test.name, test.slow, func(ctx context.Context, s *scene) error {
			address, heard, err := test.server(s)
			if err != nil {
				return err
			}
			id, err := s.add(ctx, address, test.security)
			if err != nil {
				return err
			}
			if _, err := s.must(ctx, "1", "check"); err != nil {
				return err
			}
			if !test.slow {
				if _, err := s.must(ctx, "1", "account", "test", id); err != nil {
					return err
				}
			}
			for line := range strings.Lines(heard()) {
				for _, command := range []string{"USER", "PASS", "AUTH", "APOP"} {
					if strings.HasPrefix(line, command) || strings.Contains(line, password) {
						return fmt.Errorf("it was told %q", line)
					}
				}
			}
			return nil
		}})
	}
	return all
}

// dialog answers lines by their keywords, in turn or again; "" is any other.
func dialog(greeting string, answers ...string) func(net.Conn) {
	return func(c net.Conn) {
		if _, err := io.WriteString(c, greeting); err != nil {
			return
		}
		b := make([]byte, 4096)
		for {
			n, err := c.Read(b)
			if err != nil {
				return
			}
			keyword := strings.TrimSpace(string(b[:n]))
			i := slices.Index(answers, keyword)
			if i < 0 {
				i = slices.Index(answers, "")
			}
			if i < 0 {
				return
			}
			if _, err := io.WriteString(c, answers[i+1]); err != nil {
				return
			}
		}
	}
}

// raw serves each connection by answer, and keeps what it is told.
func (s *scene) raw(answer func(net.Conn)) (address string, heard func() string, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", nil, err
	}
	var mu sync.Mutex
	var told bounded
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = c.Close() }()
				_ = c.SetDeadline(time.Now().Add(within))
				answer(listening{c, func(b []byte) {
					mu.Lock()
					defer mu.Unlock()
					_, _ = told.Write(b)
				}})
			}()
		}
	}()
	s.closers = append(s.closers, func() { _ = l.Close() })
	return l.Addr().String(), func() string {
		mu.Lock()
		defer mu.Unlock()
		return told.String()
	}, nil
}

// listening tells what is read.
type listening struct {
	net.Conn
	heard func([]byte)
}

func (l listening) Read(b []byte) (int, error) {
	n, err := l.Conn.Read(b)
	l.heard(b[:n])
	return n, err
}
