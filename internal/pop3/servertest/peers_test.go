//go:build servers

package servertest

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3"
)

// curl reads the maildrop and must find the same.
func (s *server) curl(t *testing.T, security pop3.Security, want maildrop) {
	t.Helper()
	scheme, options, name := "pop3", "", user
	if s.curlUser != "" {
		name = s.curlUser
	}
	if s.id != nil {
		ca := filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(ca, s.id.CA, 0o600); err != nil {
			t.Fatal(err)
		}
		options = fmt.Sprintf("cacert = %q\n", ca)
	}
	switch security {
	case pop3.ImplicitTLS:
		scheme = "pop3s"
	case pop3.STLS:
		options += "ssl-reqd\n"
	}
	curl := func(path, more string) string {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), "curl", "-q", "-sS", "--noproxy", "*", "--config", "-")
		cmd.Stdin = strings.NewReader(fmt.Sprintf("url = \"%s://localhost:%d/%s\"\nuser = %q\n%s%s", scheme, s.ports[security], path, name+":"+password, options, more))
		var complaint bytes.Buffer
		cmd.Stderr = &complaint
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("curl: %v: %s", err, complaint.String())
		}
		return string(out)
	}
	var sizes, uids strings.Builder
	for i := range want.raw {
		fmt.Fprintf(&sizes, "%d %d\r\n", want.sizes[i].Number, want.sizes[i].Octets)
		fmt.Fprintf(&uids, "%d %s\r\n", want.uids[i].Number, want.uids[i].UID)
	}
	if got := curl("", ""); got != sizes.String() {
		t.Errorf("curl's LIST: %q, ours %q", got, sizes.String())
	}
	if got := curl("", "request = \"UIDL\"\n"); got != uids.String() {
		t.Errorf("curl's UIDL: %q, ours %q", got, uids.String())
	}
	for i, raw := range want.raw {
		if s.utf8 && i == gbk {
			continue // it does not ask for UTF8 and gets an excuse
		}
		if got := curl(fmt.Sprint(i+1), ""); got != string(raw) {
			t.Errorf("curl's message %d: %q, ours %q", i+1, got, raw)
		}
	}
}

// mpop fetches the maildrop and must get the same.
func (s *server) mpop(t *testing.T, security pop3.Security, want maildrop) {
	t.Helper()
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	for _, sub := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(path(sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	onOff := map[bool]string{true: "on", false: "off"}
	if err := os.WriteFile(path("password"), []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	config := fmt.Sprintf("account test\nhost localhost\nport %d\nuser %s\npasswordeval cat %s\nkeep on\nreceived_header off\nuidls_file %s\ndelivery maildir %s\ntls %s\ntls_starttls %s\n",
		s.ports[security], user, path("password"), path("uids"), dir, onOff[security != pop3.Cleartext], onOff[security == pop3.STLS])
	if s.id != nil {
		if err := os.WriteFile(path("ca.pem"), s.id.CA, 0o600); err != nil {
			t.Fatal(err)
		}
		config += "tls_trust_file " + path("ca.pem") + "\n"
	}
	if security == pop3.Cleartext || s.apopUser != "" {
		config += "auth user\n" // it would take APOP, and sends no password in clear of itself
	}
	if err := os.WriteFile(path("mpoprc"), []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "mpop", "--file="+path("mpoprc"), "--quiet", "test").CombinedOutput()
	if err != nil {
		t.Fatalf("mpop: %v: %s", err, out)
	}
	listed, err := os.ReadFile(path("uids"))
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range want.uids {
		if !slices.Contains(strings.Split(string(listed), "\n"), row.UID) {
			t.Errorf("mpop has no UID %q in %q", row.UID, listed)
		}
	}
	var ours, theirs []string
	for i, raw := range want.raw {
		if s.utf8 && i == gbk {
			continue
		}
		ours = append(ours, strings.ReplaceAll(string(raw), "\r\n", "\n"))
	}
	entries, err := os.ReadDir(path("new"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		raw, err := os.ReadFile(filepath.Join(path("new"), entry.Name()))
		if err != nil {
			t.Fatal(err)
		}
		if !s.utf8 || !bytes.Contains(raw, []byte("Cannot display Unicode content")) {
			theirs = append(theirs, string(raw))
		}
	}
	slices.Sort(ours)
	slices.Sort(theirs)
	if !slices.Equal(ours, theirs) {
		t.Errorf("mpop got %q, ours %q", theirs, ours)
	}
}
