package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// scripted runs a command with something on standard input.
func (s shell) scripted(script string, args ...string) (code int, stdout, stderr string) {
	s.t.Helper()
	var out, err bytes.Buffer
	code = run(s.t.Context(), append([]string{"--home", s.home}, args...), strings.NewReader(script), &out, &err)
	if strings.Contains(out.String()+err.String(), password) {
		s.t.Errorf("%v prints the password:\n%s%s", args, out.String(), err.String())
	}
	return code, out.String(), err.String()
}

// In a pipe the console is a script, with any server, encrypted or not.
func TestConsoleScript(t *testing.T) {
	s, server, address := world(t, popserver.Options{TLS: identity.ServerTLS()})
	server.Maildrop("me").Deliver([]byte("Subject: x\n\nhello\n"))
	address = "localhost" + address[strings.LastIndexByte(address, ':'):]
	code, out, stderr := s.scripted("user me\npass "+password+"\nretr 1\nquit\n", "console", "--server", address, "--security", "stls")
	if code != exitDone || stderr != "" || !strings.Contains(out, "C: STLS\nS: +OK begin\nC: USER me\n") || !strings.Contains(out, "\nhello\nC: QUIT\n") {
		t.Errorf("%d, %s\n%s", code, stderr, out)
	}
	code, out, stderr = s.scripted("capa\nstls\ncapa\nnonsense\nquit\n", "console", "--server", address, "--security", "none")
	if code != exitFailed || strings.Count(out, "STLS") != 2 || !strings.Contains(out, "C: STLS\nS: +OK begin\nC: CAPA\n") || !strings.Contains(stderr, "nonsense is no command of POP3") {
		t.Errorf("%d, %s\n%s", code, stderr, out)
	}
	code, out, _ = s.scripted("stat\nnoop\nquit\n", "console", "--server", address, "--security", "none", "--keep-going")
	if code != exitDone || !strings.Contains(out, "C: QUIT") {
		t.Errorf("%d\n%s", code, out)
	}
	_ = server.Close()
	if code, _, stderr = s.scripted("", "console", "--server", address); code != exitFailed || !strings.Contains(stderr, "localhost") {
		t.Errorf("%d, %s", code, stderr)
	}
	for _, wrong := range [][]string{{"console"}, {"console", "x", "--server", "localhost"}, {"console", "nobody"}} {
		if code, _, stderr = s.scripted("", wrong...); code != exitUsage {
			t.Errorf("%v: %d, %s", wrong, code, stderr)
		}
	}
}

// With an account, the console logs in, unless told not to.
func TestConsoleOfAccount(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	server.Maildrop("me").Deliver([]byte("Subject: x\n\nhello\n"))
	id := strings.TrimSpace(s.must("account", "add", "--name", "Home", "--server", address, "--security", "none",
		"--user", "me", "--secret-command", s.passwordCommand()))
	code, out, stderr := s.scripted("stat\ndele 1\nquit\n", "console", id)
	if code != exitDone || stderr != "" || !strings.Contains(out, "C: AUTH PLAIN ***\nS: +OK logged in\n") || !strings.Contains(out, "S: +OK 1 ") || len(server.Maildrop("me").Messages()) != 0 {
		t.Errorf("%d, %s\n%s", code, stderr, out)
	}
	code, out, stderr = s.scripted("stat\n", "console", id, "--no-login")
	if code != exitFailed || stderr != "" || !strings.HasSuffix(out, "C: STAT\nS: -ERR log in first\n") || strings.Contains(out, "AUTH") {
		t.Errorf("%d, %s\n%s", code, stderr, out)
	}
	server.SetPassword("me", "another-and-secret")
	code, _, stderr = s.scripted("stat\n", "console", id)
	if code != exitFailed || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "wrong user name or password") {
		t.Errorf("%d, %s", code, stderr)
	}
}
