package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/locale"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// menu is a message with an attachment, in raw octets that nothing declares.
const menu = "From: =?utf-8?b?5byg5Lyf?= <zw@example.cn>\r\nTo: Lena <lena@example.org>\r\nSubject: \xbb\xe1\xd2\xe9\xb8\xc4\xc6\xda\xb5\xbd\xd6\xdc\xcb\xc4\r\n" +
	"Date: Tue, 24 Nov 2026 10:00:00 +0800\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n" +
	"--b\r\nContent-Type: text/plain; charset=gbk\r\n\r\n\xc4\xe3\xba\xc3\r\n--b\r\nContent-Type: application/pdf; name=menu.pdf\r\n\r\nx\r\n--b--\r\n"

// The keys of --json are a promise.
func TestShowJSON(t *testing.T) {
	s, server, address := world(t, popserver.Options{Pipelining: true})
	drop := server.Maildrop("me")
	uid := drop.Deliver([]byte(menu))
	bare := drop.Deliver([]byte("From: ann@example.org\n\nhello\n"))
	id := s.add(address, "--security", "none")
	s.must("check")
	for uid, want := range map[string]string{
		uid: `{"account":%q,"uid":%q,"from":"张伟","address":"zw@example.cn","to":"Lena","subject":"会议改期到周四","date":"2026-11-24T10:00:00+08:00",` +
			`"text":"你好","files":[{"name":"menu.pdf","type":"%s","octets":%s}],"complete":true}`,
		bare: `{"account":%q,"uid":%q,"from":"ann@example.org","address":"ann@example.org","to":"","subject":"","date":null,` +
			`"text":"hello","files":[],"complete":true}`,
	} {
		out := s.must("show", id, uid, "--json")
		var got bytes.Buffer
		if err := json.Compact(&got, []byte(out)); err != nil {
			t.Fatal(err)
		}
		args := []any{id, uid}
		if strings.Contains(want, "%s") {
			var m struct {
				Files []struct {
					Type   string
					Octets *int64
				}
			}
			if err := json.Unmarshal([]byte(out), &m); err != nil || len(m.Files) != 1 || m.Files[0].Type == "" {
				t.Fatalf("%s, %v", out, err)
			}
			octets := "null"
			if m.Files[0].Octets != nil {
				octets = fmt.Sprint(*m.Files[0].Octets)
			}
			args = append(args, m.Files[0].Type, octets)
		}
		if want = fmt.Sprintf(want, args...); got.String() != want {
			t.Errorf("it prints\n%s, want\n%s", got.String(), want)
		}
	}
}

// A message is printed as the reading pane shows it, and stays unseen unless
// told otherwise.
func TestShow(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	uid := drop.Deliver([]byte(menu))
	long := drop.Deliver(append(mail("long"), strings.Repeat("line\n", 1000)...))
	id := s.add(address, "--security", "none", "--unseen-existing")
	s.must("check")
	if out := s.must("show", id, uid); !strings.HasPrefix(out, "From: 张伟 <zw@example.cn>\nTo: Lena\nDate: Tue, Nov 24, 2026, ") ||
		!strings.Contains(out, "\nSubject: 会议改期到周四\nAttachments: menu.pdf") || !strings.HasSuffix(out, "\n\n你好\n") {
		t.Errorf("it prints %q", out)
	}
	var out, errs bytes.Buffer
	e := &env{loc: locale.New("zh-Hans"), stdin: strings.NewReader(""), stdout: &out, stderr: &errs}
	if code := e.run(t.Context(), []string{"--home", s.home, "show", id, uid}); code != exitDone || !strings.HasPrefix(out.String(), "发件人：张伟 <zw@example.cn>\n收件人：Lena\n日期：2026年11月24日 周二 ") {
		t.Errorf("in Chinese: %d, %q, %q", code, out.String(), errs.String())
	}
	code, beginning, stderr := s.run("show", id, long)
	if code != exitDone || strings.Count(beginning, "line\n") >= 1000 || stderr != "Only the beginning of the message was fetched; --whole fetches all of it.\n" {
		t.Errorf("the beginning: exit code %d, %d lines, %q", code, strings.Count(beginning, "line\n"), stderr)
	}
	if whole := s.must("show", id, long, "--whole"); strings.Count(whole, "line\n") != 1000 {
		t.Errorf("the whole has %d lines", strings.Count(whole, "line\n"))
	}
	if unseen := s.must("list", id, "--unseen", "--json"); strings.Count(unseen, `"uid"`) != 2 {
		t.Errorf("unseen: %s", unseen)
	}
	s.must("show", id, uid, "--headers", "--seen")
	if unseen := s.must("list", id, "--unseen", "--json"); strings.Contains(unseen, uid) || !strings.Contains(unseen, long) {
		t.Errorf("unseen: %s", unseen)
	}
}

func TestShowHeaders(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	uid := server.Maildrop("me").Deliver([]byte("Received: from a\n\tby b\nSUBJECT: =?utf-8?b?5Lya6K6u?=\nX-Evil: \x1b]0;title\x07\u202egnp\nReceived: from c\n\nBody: x\n"))
	id := s.add(address, "--security", "none")
	if out := s.must("show", id, uid, "--headers"); out != "Received: from a by b\nSUBJECT: 会议\nX-Evil: gnp\nReceived: from c\n" {
		t.Errorf("it prints %q", out)
	}
	var fields []struct{ Name, Value string }
	if err := json.Unmarshal([]byte(s.must("show", id, uid, "--headers", "--json")), &fields); err != nil || len(fields) != 4 || fields[1].Value != "会议" {
		t.Errorf("%v, %v", fields, err)
	}
	for _, command := range server.Commands() {
		if strings.HasPrefix(command, "RETR") {
			t.Errorf("the server was asked %s", command)
		}
	}
}

// A program gets the octets as they came, and a terminal nothing that it would
// obey.
func TestShowSource(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	uid := drop.Deliver([]byte(menu + "\x1b[2J\r\n.dot\r\n"))
	id := s.add(address, "--security", "none")
	if out := s.must("show", id, uid, "--source", "--whole"); out != menu+"\x1b[2J\r\n.dot\r\n" {
		t.Errorf("for a program: %q", out)
	}
	var out bytes.Buffer
	e := &env{loc: locale.New("en"), stdin: strings.NewReader(""), stdout: &out, stderr: t.Output(), columns: 80}
	if code := e.run(t.Context(), []string{"--home", s.home, "show", id, uid, "--source"}); code != exitDone ||
		!strings.Contains(out.String(), "Subject: \\xbb\\xe1") || !strings.HasSuffix(out.String(), "\\x1b[2J\n.dot\n") {
		t.Errorf("on a terminal: %d, %q", code, out.String())
	}
	big := drop.Deliver(append(mail("big"), strings.Repeat("0123456789abcde\n", api.MaxSource>>4)...))
	code, stdout, stderr := s.run("show", id, big, "--source", "--whole")
	if code != exitFailed || len(stdout) != api.MaxSource || stderr != "traymail: Only the first 5.2 MB of the message were printed: traymail passes on no more.\n" {
		t.Errorf("exit code %d, %d octets, %q", code, len(stdout), stderr)
	}
}

func TestShowWhatIsNotThere(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	gone := drop.Deliver(mail("gone"))
	id := s.add(address, "--security", "none")
	s.must("check")
	drop.Remove(gone)
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"show", id, gone}, exitFailed, "no longer on the server"},
		{[]string{"show", id, gone, "--headers"}, exitFailed, "no longer on the server"},
		{[]string{"show", id, "unheard-of", "--source"}, exitFailed, "no longer on the server"},
		{[]string{"show", "nobody-1234", gone}, exitUsage, "no account with this ID"},
		{[]string{"show", "nobody-1234", gone, "--source"}, exitUsage, "no account with this ID"},
		{[]string{"show", id}, exitUsage, "usage"},
		{[]string{"show", id, gone, "--source", "--json"}, exitUsage, "--source goes neither"},
		{[]string{"list", "nobody-1234"}, exitUsage, "no account with this ID"},
		{[]string{"list"}, exitUsage, "usage"},
		{[]string{"list", id, "--limit", "-1"}, exitUsage, "0 or more"},
	} {
		code, stdout, stderr := s.run(test.args...)
		if code != test.code || stdout != "" || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: exit code %d, %q, %q", test.args, code, stdout, stderr)
		}
	}
}
