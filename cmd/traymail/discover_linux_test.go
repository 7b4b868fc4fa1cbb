package main

import (
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/discover/discovertest"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// From an address at a domain that publishes its server in the DNS to its
// mail, over TLS with a certificate that the system trusts. Where the DNS
// names a host in another domain, the user decides.
func TestAddFromDNS(t *testing.T) {
	dns := discovertest.NewDNS(t)
	before := net.DefaultResolver
	net.DefaultResolver = dns.Resolver()
	t.Cleanup(func() { net.DefaultResolver = before })
	s, server, address := world(t, popserver.Options{TLS: identity.ServerTLS(), Implicit: true})
	_, port, _ := net.SplitHostPort(address)
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		t.Fatal(err)
	}
	dns.AddHost("pop.example.test")
	dns.AddSRV("_pop3s._tcp.example.test", "pop.example.test.", uint16(number))
	dns.AddSRV("_pop3s._tcp.other.test", "pop.example.test.", uint16(number))
	drop := server.Maildrop("me")
	drop.Deliver(mail("old"))

	file := s.passwordFile()
	add := []string{"account", "add", "--secret-command", "cat " + file, "--user", "me", "--address"}
	code, stdout, stderr := s.run(append(add, "me@example.test")...)
	if code != exitDone || stderr != "pop.example.test:"+port+", tls, user me. Published in the DNS: _pop3s._tcp.example.test.\n" {
		t.Fatalf("exit code %d: %s", code, stderr)
	}
	id := strings.TrimSpace(stdout)
	if out := s.must("check"); !strings.Contains(out, "0 unseen of 1") {
		t.Errorf("%s", out)
	}
	s.must("account", "remove", id)

	code, stdout, stderr = s.run(append(add, "me@other.test")...)
	if code != exitFailed || stdout != "" || !strings.Contains(stderr, "Nobody vouches for it") || !strings.Contains(stderr, "--yes") || !strings.Contains(stderr, "--server pop.example.test:"+port+" --security tls --user me") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if code, _, stderr = s.run(append(add, "me@other.test", "--yes")...); code != exitDone || !strings.Contains(stderr, "Nobody vouches") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if out := s.must("check"); !strings.Contains(out, "0 unseen of 1") {
		t.Errorf("%s", out)
	}
	code, _, stderr = s.run(append(add, "me@nowhere.test")...)
	if code != exitFailed || !strings.Contains(stderr, "No POP3 server was found for nowhere.test") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	for _, name := range dns.Asked() {
		if strings.Contains(name, "me.") || strings.Contains(name, "@") {
			t.Errorf("asked for %s", name)
		}
	}
}
