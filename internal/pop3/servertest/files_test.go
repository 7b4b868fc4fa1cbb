//go:build servers

package servertest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/traymail/traymail/internal/mailfile"
)

// Dovecot reads what traymail writes: each message, with its text and the time at
// which it came.
func TestFiles(t *testing.T) {
	const messages = 50
	text := func(n int) string {
		return fmt.Sprintf("Return-Path: <a@example.org>\r\nReceived: by x; Sat, 29 Nov 2025 14:%02d:11 +0100\r\nSubject: number %d\r\nDate: Mon, 2 Jan 2006 15:04:05 -0700\r\n\r\nFrom here\r\n>From there\r\n.dot\r\nbody %[2]d\r\n", n, n)
	}
	dir := t.TempDir()
	for path := dir; len(path) > len(os.TempDir()); path = filepath.Dir(path) {
		if err := os.Chmod(path, 0o755); err != nil { // #nosec G302 -- Dovecot runs as another user
			t.Fatal(err)
		}
	}
	config := filepath.Join(dir, "dovecot.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, "base_dir = %[1]s\nlog_path = /dev/stderr\nfirst_valid_uid = 1\nssl = no\nmbox_write_locks = dotlock fcntl\n", dir), 0o644); err != nil { // #nosec G306 -- as above
		t.Fatal(err)
	}
	for kind, location := range map[mailfile.Kind]string{
		mailfile.Maildir: "maildir:%[1]s/place", mailfile.Mbox: "mbox:%[1]s/folders:INBOX=%[1]s/place",
	} {
		t.Run(string(kind), func(t *testing.T) {
			home := filepath.Join(dir, string(kind))
			s, err := mailfile.Open(kind, filepath.Join(home, "place"))
			if err != nil {
				t.Fatal(err)
			}
			for n := range messages {
				d, err := s.Begin(fmt.Sprint(n))
				if err != nil {
					t.Fatal(err)
				}
				if _, err := d.Write([]byte(text(n))); err != nil {
					t.Fatal(err)
				}
				if err := d.Commit(func(string) error { return nil }); err != nil {
					t.Fatal(err)
				}
			}
			err = filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
				if err != nil {
					return err
				}
				return os.Chown(path, mailUID, mailUID)
			})
			if err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "doveadm", "-c", config, "-o", "mail_location="+fmt.Sprintf(location, home), "fetch", "hdr.subject date.received body", "all") // #nosec G204 -- the test's
			cmd.Env = []string{"PATH=/usr/sbin:/usr/bin:/sbin:/bin", "HOME=" + home, "USER=me", "TZ=UTC"}
			cmd.Dir = home
			cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: mailUID, Gid: mailUID}}
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			got := string(out)
			for n := range messages {
				body := fmt.Sprintf("From here\n>From there\n.dot\nbody %d\n", n)
				if kind == mailfile.Mbox { // which Dovecot leaves quoted
					body = strings.NewReplacer("From here", ">From here", ">From there", ">>From there").Replace(body)
				}
				want := fmt.Sprintf("hdr.subject: number %d\ndate.received: 2025-11-29 13:%02d:11\nbody:\n%s", n, n, body)
				if !strings.Contains(strings.ReplaceAll(got, "\r", ""), want) {
					t.Fatalf("not read: %q in %q", want, got)
				}
			}
			if n := strings.Count(got, "number "); n != messages {
				t.Errorf("%d messages", n)
			}
		})
	}
}
