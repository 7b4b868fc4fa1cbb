//go:build e2e

package e2e

import (
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
)

// The tray role is killed at 500 moments around polls, notifications and
// writes to the ledger, while mail keeps coming. Over all its lives it
// announces what was delivered: each message, and no more than one again for
// each death.
func TestCrashes(t *testing.T) {
	const lives = 500
	j := begin(t, 15*time.Minute, desktoptest.Options{NoPanel: true}, user)
	j.withoutTray()
	j.addByCommand()
	if c := j.check(); c.State != api.OK { // the baseline, of nothing
		t.Fatalf("%+v", c.Error)
	}

	var mu sync.Mutex
	delivered := 0
	deliver := func() {
		mu.Lock()
		defer mu.Unlock()
		// No more at a time than are announced one by one, so that each is
		// known by its subject.
		if delivered-len(j.subjects()) < 3 {
			delivered++
			j.deliver("Ann <ann@example.org>", "number "+strconv.Itoa(delivered), "", "hello")
		}
	}
	r := rand.New(rand.NewPCG(1, uint64(time.Now().UnixNano())))
	for life := range lives {
		for range r.IntN(3) {
			deliver()
		}
		tray := j.Command(j.program, "--background", "--home", j.home)
		tray.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		j.must(tray.Start())
		var later sync.WaitGroup
		if r.IntN(2) == 0 {
			at := time.Duration(r.IntN(80)) * time.Millisecond
			later.Go(func() { time.Sleep(at); deliver() })
		}
		// It draws its icon after some 15 ms and has polled and announced
		// after some 60.
		time.Sleep(time.Duration(r.IntN(120)) * time.Millisecond)
		_ = syscall.Kill(-tray.Process.Pid, syscall.SIGKILL)
		_ = tray.Wait()
		later.Wait()
		if t.Failed() {
			t.Fatalf("in life %d", life)
		}
	}
	j.start("--background")
	j.await("every message to be announced", func() bool { return len(j.subjects()) == delivered })
	c := j.check()
	if c.State != api.OK || c.Messages != delivered || c.Unseen != delivered {
		t.Errorf("%d messages delivered, it knows %d, %d of them unseen, %+v", delivered, c.Messages, c.Unseen, c.Error)
	}
	times := j.subjects()
	again := 0
	for i := range delivered {
		n := times["number "+strconv.Itoa(i+1)]
		if n == 0 {
			t.Errorf("message %d was never announced", i+1)
		}
		again += n - 1
	}
	if again > lives {
		t.Errorf("%d repetitions in %d lives", again, lives)
	}
	// What explains the account is there, and no secret in it.
	status, err := j.traymail("status", "--json")
	j.must(err)
	for _, want := range []string{`"why": "interval"`, `"login": "PLAIN"`, `"version": "TLS 1.3"`, `C: AUTH PLAIN ***`} {
		if !strings.Contains(status, want) {
			t.Errorf("status --json has no %s:\n%s", want, status)
		}
	}
	if strings.Contains(status, password) {
		t.Error("status --json shows the password")
	}
	t.Logf("%d messages in %d lives, %d announced again", delivered, lives, again)
	_, err = j.traymail("quit")
	j.must(err)
}

// subjects counts how often each message was announced.
func (j *journey) subjects() map[string]int {
	times := map[string]int{}
	for _, note := range j.Notes() {
		if !note.Closed {
			subject, _, _ := strings.Cut(note.Body, "\n")
			times[subject]++
		}
	}
	return times
}
