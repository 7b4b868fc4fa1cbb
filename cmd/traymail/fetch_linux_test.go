package main

import (
	"bufio"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/traymail/traymail/internal/pop3/popserver"
)

// Where nobody reads what a run says any more, it ends as if it were interrupted:
// what has come is there and nothing is deleted, and the next one goes on.
func TestFetchUnheard(t *testing.T) {
	s, server, address := world(t, popserver.Options{})
	drop := server.Maildrop("me")
	const messages = 5
	for range messages {
		drop.Deliver(mail("one of them"))
	}
	id := s.add(address, "--security", "none")
	place := filepath.Join(t.TempDir(), "Mail")
	heard := make(chan struct{})
	server.SetMood(func(line string) *popserver.Override {
		if line == "RETR 1" {
			<-heard
		}
		return nil
	})
	cmd := exec.CommandContext(t.Context(), os.Args[0], "--home", s.home, "fetch", id, "--maildir", place, "--delete", "each", "--json")
	cmd.Env = append(os.Environ(), programVariable+"=1")
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.Contains(line, `"begin"`) {
		t.Errorf("%q, %v", line, err)
	}
	_ = out.Close()
	close(heard)
	_ = cmd.Wait()
	if cmd.ProcessState.ExitCode() != exitFailed || said.Len() > 0 || len(drop.Messages()) != messages {
		t.Errorf("%v, %d messages are left, %s", cmd.ProcessState, len(drop.Messages()), said.String())
	}
	for _, pattern := range []string{filepath.Join(place, "tmp", "*"), filepath.Join(s.home, "*", "*.journal")} {
		if left, err := filepath.Glob(pattern); err != nil || len(left) > 0 {
			t.Errorf("left behind: %v, %v", left, err)
		}
	}
	server.SetMood(nil)
	s.must("fetch", id, "--maildir", place, "--delete", "each")
	if got, err := os.ReadDir(filepath.Join(place, "new")); err != nil || len(got) != messages || len(drop.Messages()) != 0 {
		t.Errorf("%d messages came, %d are left, %v", len(got), len(drop.Messages()), err)
	}
}
