//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
	"github.com/traymail/traymail/internal/pop3/popserver"
)

// A mailbox of 100,000 messages: how long its window takes to show the newest,
// and at the other end of the list their headers, and what the tray role holds
// meanwhile. The figures are printed; a busy machine must not fail the test.
func TestHugeMailbox(t *testing.T) {
	j := arrive(t, 8*time.Minute, desktoptest.Options{})
	j.picture = 170
	const all = 100_000
	server := popserver.New(popserver.Options{Users: map[string]string{user: password}, Pipelining: true})
	t.Cleanup(func() { _ = server.Close() })
	drop := server.Maildrop(user)
	for i := range all {
		drop.Deliver(fmt.Appendf(nil, "From: Sender %d <s%d@example.org>\nSubject: message %d\nDate: %s\nMessage-ID: <%d@x>\n\nhello\n",
			i%700, i%700, i+1, time.Date(2020, 1, 1, 0, i, 0, 0, time.UTC).Format(time.RFC1123Z), i))
	}
	address, err := server.ListenAndServeLoopback()
	j.must(err)
	secret := filepath.Join(j.Dir, "home", "secret")
	j.must(os.WriteFile(secret, []byte(password+"\n"), 0o600))
	_, err = j.traymail("account", "add", "--name", "Huge", "--server", address, "--security", "none", "--user", user, "--secret-command", "cat "+secret)
	j.must(err)
	j.start("--background")
	j.await("the first poll", func() bool { a := j.status().Accounts; return len(a) == 1 && a[0].Messages == all })
	held := func() int {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", j.tray.Process.Pid))
		j.must(err)
		_, rest, _ := strings.Cut(string(raw), "RssAnon:")
		kilobytes, err := strconv.Atoi(strings.Fields(rest)[0])
		j.must(err)
		return kilobytes
	}
	before := held()

	began := time.Now()
	_, err = j.traymail()
	j.must(err)
	j.drawn(mailboxTitle) // its lower left corner is the list's
	t.Logf("the newest messages are on the screen after %s", time.Since(began).Round(10*time.Millisecond))
	j.must(j.Focus(j.ctx, mailboxTitle))
	j.settled("huge")
	t.Logf("the tray role held %d kB before, and %d kB with the window", before, held())

	told := func(line string) bool {
		for _, said := range server.Commands() {
			if said == line {
				return true
			}
		}
		return false
	}
	// The end is the last of what has been listed by then.
	began = time.Now()
	j.await("the oldest headers", func() bool {
		j.keys("End")
		return told("TOP 1 0")
	})
	t.Logf("the headers of the oldest were asked for %s after the first key", time.Since(began).Round(10*time.Millisecond))
	for _, pid := range j.Processes(j.program) {
		raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
		if fields := strings.Fields(string(raw)); err == nil && len(fields) > 14 {
			user, _ := strconv.Atoi(fields[13])
			system, _ := strconv.Atoi(fields[14])
			t.Logf("CPU time so far: %d ms (tray role: %v)", 10*(user+system), pid == j.tray.Process.Pid)
		}
	}
	j.settled("huge-end")
	j.keys("ctrl+f")
	j.must(j.Type(j.ctx, "message 100"))
	j.settled("huge-search")
	t.Logf("at the end the tray role holds %d kB", held())
	j.keys("ctrl+w")
	j.await("the window to be gone", func() bool { return !j.HasWindow(j.ctx, mailboxTitle) })
	j.quit()
}
