//go:build servers

package servertest

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/traymail/traymail/internal/mailfile"
)

// filesWritten is how many messages the tests of files write.
const filesWritten = 50

// write writes a store into home, and returns what its messages are, with LF.
func write(t *testing.T, kind mailfile.Kind, home string) (texts []string) {
	t.Helper()
	s, err := mailfile.Open(kind, filepath.Join(home, "place"))
	if err != nil {
		t.Fatal(err)
	}
	for n := range filesWritten {
		text := fmt.Sprintf("Return-Path: <a@example.org>\r\nReceived: by x; Sat, 29 Nov 2025 14:%02d:11 +0100\r\nMessage-ID: <%[1]d@example.org>\r\nSubject: number %[1]d\r\nDate: Mon, 2 Jan 2006 15:04:05 -0700\r\n\r\nFrom here\r\n>From there\r\n.dot\r\nbody %[1]d\r\n", n)
		d, err := s.Begin(fmt.Sprint(n))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := d.Commit(func(string) error { return nil }); err != nil {
			t.Fatal(err)
		}
		texts = append(texts, strings.ReplaceAll(text, "\r", ""))
	}
	if err := errors.Join(s.Sync(), s.Close()); err != nil {
		t.Fatal(err)
	}
	return texts
}

// quoted is a text as it stands in an mbox, which neither Dovecot nor mutt undoes.
var quoted = strings.NewReplacer("From here", ">From here", ">From there", ">>From there")

// mutt reads what traymail writes. In an mbox it goes by when a message came; of a
// maildir it takes the Date field.
func TestMutt(t *testing.T) {
	for kind, all := range map[mailfile.Kind]string{mailfile.Maildir: "~d 2/1/2006", mailfile.Mbox: "~r 29/11/2025"} {
		t.Run(string(kind), func(t *testing.T) {
			home := t.TempDir()
			texts := write(t, kind, home)
			out := filepath.Join(home, "out")
			config := filepath.Join(home, "muttrc")
			keys := "<tag-pattern>" + all + "<enter><tag-prefix><pipe-message>cat >>" + out + "<enter><exit>"
			settings := "set folder=" + home + " quit=yes wait_key=no pipe_split=yes pipe_decode=no read_only=yes\npush '" + keys + "'\n"
			if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
				t.Fatal(err)
			}
			// It wants a terminal.
			cmd := exec.CommandContext(t.Context(), "script", "-qec", "mutt -n -F "+config+" -f "+filepath.Join(home, "place"), "/dev/null") // #nosec G204 -- the test's
			cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + home, "TERM=xterm", "TZ=UTC"}
			if _, err := cmd.StdinPipe(); err != nil { // whose end would be a Ctrl+D
				t.Fatal(err)
			}
			if said, err := cmd.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, said)
			}
			raw, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			got := string(raw)
			for _, text := range texts {
				if kind == mailfile.Mbox {
					text = quoted.Replace(text)
				}
				if !strings.Contains(got, text) {
					t.Fatalf("not read: %q in %q", text, got)
				}
			}
			if n := strings.Count(got, "Subject: number "); n != filesWritten {
				t.Errorf("%d messages", n)
			}
		})
	}
}

// notmuch, which reads files of one message each, reads what traymail writes.
func TestNotmuch(t *testing.T) {
	for _, kind := range []mailfile.Kind{mailfile.Maildir, mailfile.EML} {
		t.Run(string(kind), func(t *testing.T) {
			home := t.TempDir()
			texts := write(t, kind, home)
			config := filepath.Join(home, ".notmuch-config")
			if err := os.WriteFile(config, fmt.Appendf(nil, "[database]\npath=%s/place\n[new]\ntags=new\n", home), 0o600); err != nil {
				t.Fatal(err)
			}
			notmuch := func(args ...string) string {
				t.Helper()
				cmd := exec.CommandContext(t.Context(), "notmuch", args...) // #nosec G204 -- the test's
				cmd.Env = []string{"PATH=/usr/bin:/bin", "HOME=" + home, "NOTMUCH_CONFIG=" + config}
				var said bytes.Buffer
				cmd.Stderr = &said
				out, err := cmd.Output()
				if err != nil || said.Len() > 0 {
					t.Fatalf("notmuch %s: %v\n%s", args, err, said.String())
				}
				return strings.ReplaceAll(string(out), "\r", "")
			}
			notmuch("new")
			if n := strings.TrimSpace(notmuch("count", "tag:new")); n != fmt.Sprint(filesWritten) {
				t.Errorf("%s messages", n)
			}
			for n, text := range texts {
				id := fmt.Sprintf("id:%d@example.org", n)
				if got := notmuch("show", "--format=raw", id); got != text {
					t.Fatalf("%q, want %q", got, text)
				}
				_, body, _ := strings.Cut(text, "\n\n")
				if got := notmuch("show", "--format=text", "--entire-thread=false", id); !strings.Contains(got, body) {
					t.Fatalf("no %q in %q", body, got)
				}
			}
		})
	}
}

// Dovecot reads what traymail writes: each message, with its text and the time at
// which it came.
func TestFiles(t *testing.T) {
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
			texts := write(t, kind, home)
			err := filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
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
			for n, text := range texts {
				_, body, _ := strings.Cut(text, "\n\n")
				if kind == mailfile.Mbox {
					body = quoted.Replace(body)
				}
				want := fmt.Sprintf("hdr.subject: number %d\ndate.received: 2025-11-29 13:%02d:11\nbody:\n%s", n, n, body)
				if !strings.Contains(strings.ReplaceAll(got, "\r", ""), want) {
					t.Fatalf("not read: %q in %q", want, got)
				}
			}
			if n := strings.Count(got, "number "); n != filesWritten {
				t.Errorf("%d messages", n)
			}
		})
	}
}
