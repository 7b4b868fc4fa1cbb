package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// What a server is like is printed for persons and for programs, and the exit
// code says whether it can be used.
func TestProbe(t *testing.T) {
	s, server, address := world(t, popserver.Options{TLS: identity.ServerTLS(), Pipelining: true})
	server.SetGreeting("+OK hello \x1b[31m<1.2@example.org>")
	port := address[strings.LastIndexByte(address, ':'):]
	out := s.must("probe", "localhost"+port)
	for _, want := range []string{"localhost" + port + ", stls\n", "127.0.0.1 (answered in ", "TLS 1.3", "SHA-256 ", "Greeting: hello <1.2@example.org>\n", "Capabilities before STLS: USER, ", "Ways to log in: USER, APOP, PLAIN\n", "Round trip: about ", "! The server takes passwords before STLS", "✓ It answers several commands at once"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	var reports []map[string]any
	if err := json.Unmarshal([]byte(s.must("probe", "localhost"+port, "--json")), &reports); err != nil {
		t.Fatal(err)
	}
	long := newProbe(newEnv(nil, nil, nil)).Long
	for key := range reports[0] {
		if !strings.Contains(long, "“"+key+"”") {
			t.Errorf("%q is not documented", key)
		}
	}
	if reports[0]["security"] != "stls" || reports[0]["pipelining"] != "works" || reports[0]["error"] != nil || reports[0]["capabilities_login"] != nil {
		t.Errorf("%v", reports)
	}
	if server.Logins()+server.FailedLogins() > 0 {
		t.Error("it has logged in")
	}
}

func TestProbeFails(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	server.SetGreeting("220 smtp.example.org ESMTP")
	if code, out, stderr := s.run("probe", address, "--security", "stls"); code != exitFailed || !strings.Contains(out, "✗ ") || stderr != "" {
		t.Errorf("%d, %s%s", code, out, stderr)
	}
	for _, wrong := range [][]string{{"probe"}, {"probe", "no host"}, {"probe", "localhost:pop3"}, {"probe", "localhost:70000"}, {"probe", "localhost", "--security", "ssl"}} {
		if code, _, stderr := s.run(wrong...); code != exitUsage || stderr == "" {
			t.Errorf("%v: %d, %s", wrong, code, stderr)
		}
	}
}

// A test of an account finds out the same, and whether its login works.
func TestProbeAccount(t *testing.T) {
	s, server, address := world(t, popserver.Options{Pipelining: true})
	id := strings.TrimSpace(s.must("account", "add", "--name", "Home", "--server", address, "--security", "none",
		"--user", "me", "--secret-command", s.passwordCommand()))
	code, out, stderr := s.run("account", "test", id, "--probe")
	if code != exitDone || stderr != "" || !strings.Contains(out, "✓ The login works.") || !strings.Contains(out, "Capabilities after the login: USER, ") {
		t.Errorf("%d, %s\n%s", code, stderr, out)
	}
	server.SetPassword("me", "another-and-secret")
	code, out, stderr = s.run("account", "test", id, "--probe", "--json")
	var reports []map[string]any
	if err := json.Unmarshal([]byte(out), &reports); err != nil || code != exitFailed || stderr != "" || reports[0]["error"].(map[string]any)["kind"] != "auth" || reports[0]["logged_in"] != false {
		t.Errorf("%v, %d, %s\n%s", err, code, stderr, out)
	}
}
