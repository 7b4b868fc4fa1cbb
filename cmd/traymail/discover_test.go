package main

import (
	"encoding/json"
	"strings"
	"testing"
)

// A provider of the table needs no network; what it wants is said.
func TestDiscoverCommand(t *testing.T) {
	s := shell{t, t.TempDir()}
	out := s.must("discover", "you@gmail.com")
	for _, want := range []string{"pop.gmail.com:995, tls, user you@gmail.com", "own list: Gmail", "app password", "https://support.google.com/mail/answer/185833"} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is not in:\n%s", want, out)
		}
	}
	var report map[string]any
	if err := json.Unmarshal([]byte(s.must("discover", "you@163.com", "--json")), &report); err != nil {
		t.Fatal(err)
	}
	candidate := report["candidates"].([]any)[0].(map[string]any)
	advice := report["advice"].([]any)[0].(map[string]any)
	if candidate["server"] != "pop.163.com" || candidate["port"] != 995.0 || candidate["confirm"] != false || advice["kind"] != "secret" || report["provider"].(map[string]any)["secret"] != "code" {
		t.Errorf("%v", report)
	}
	code, stdout, stderr := s.run("discover", "you@icloud.com")
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "iCloud Mail does not offer POP3") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	code, stdout, stderr = s.run("discover", "you@icloud.com", "--json")
	if code != exitFailed || json.Unmarshal([]byte(stdout), &report) != nil || !strings.Contains(stderr, "iCloud Mail does not offer POP3") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	if code, _, stderr = s.run("discover", "nobody"); code != exitUsage || !strings.Contains(stderr, "name@example.org") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, _ = s.run("discover"); code != exitUsage {
		t.Errorf("exit code %d", code)
	}
}

// Without --server the address is enough.
func TestAddByAddress(t *testing.T) {
	s := shell{t, t.TempDir()}
	secret := []string{"account", "add", "--secret-command", "cat /dev/null", "--address"}
	code, stdout, stderr := s.run(append(secret, "you@web.de")...)
	if code != exitDone || !strings.HasPrefix(stdout, "you-web-de-") || !strings.Contains(stderr, "pop3.web.de:995, tls, user you. From traymail’s own list: WEB.DE.") || !strings.Contains(stderr, "https://hilfe.web.de/") {
		t.Errorf("exit code %d: %s%s", code, stdout, stderr)
	}
	code, _, stderr = s.run(append(secret, "you@alice.it", "--name", "Alice", "--user", "me")...)
	if code != exitDone || !strings.Contains(stderr, "in.alice.it:110, stls") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	list := s.must("account", "list")
	for _, want := range []string{"you@web.de\tyou@pop3.web.de:995\ttls\t15m", "Alice\tme@in.alice.it:110\tstls\t10m"} {
		if !strings.Contains(list, want) {
			t.Errorf("%q is not in:\n%s", want, list)
		}
	}
	for address, want := range map[string]string{
		"you@icloud.com":  "does not offer POP3",
		"you@outlook.com": "sign in with the browser",
	} {
		if code, stdout, stderr := s.run(append(secret, address)...); code != exitFailed || stdout != "" || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit code %d: %s", address, code, stderr)
		}
	}
	if code, _, stderr = s.run(append(secret, "you@outlook.com", "--mechanism", "XOAUTH2")...); code != exitDone || strings.Contains(stderr, "cannot") {
		t.Errorf("with a token: exit code %d: %s", code, stderr)
	}
	if code, _, stderr = s.run(append(secret, "you@free.fr", "--security", "stls")...); code != exitFailed || !strings.Contains(stderr, "--server") {
		t.Errorf("another security: exit code %d: %s", code, stderr)
	}
}
