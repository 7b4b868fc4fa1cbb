package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/traymail/traymail/internal/platform"
)

// state is the folder of a resident's log.
func (r *resident) state() string { return filepath.Join(r.root, ".local", "state", "traymail") }

// A tray role that crashes starts again by itself, three times an hour, and
// says where the reports are. One that is ended does not.
func TestTrayStartsAgainAfterACrash(t *testing.T) {
	r := reside(t)
	lock := filepath.Join(r.state(), "lock")
	pid := r.cmd.Process.Pid
	for crash := 1; ; crash++ {
		if err := syscall.Kill(pid, syscall.SIGABRT); err != nil {
			t.Fatal(err)
		}
		var next int
		await(t, func() bool {
			holder, held, err := platform.HolderOf(lock)
			if err != nil {
				t.Fatal(err)
			}
			next = holder.PID
			log, _ := os.ReadFile(filepath.Join(r.state(), "traymail.log"))
			return held && holder.Socket != "" && next != pid || strings.Contains(string(log), "could not start")
		})
		if crash > maxRestarts {
			break
		}
		if next == pid || next == 0 {
			t.Fatalf("after crash %d it stays off", crash)
		}
		pid = next
		defer func() { _ = syscall.Kill(next, syscall.SIGKILL) }()
	}
	log, err := os.ReadFile(filepath.Join(r.state(), "traymail.log"))
	if err != nil || !strings.Contains(string(log), "traymail has crashed 4 times within an hour and stays off.") {
		t.Errorf("the log: %s, %v", log, err)
	}
	reports := platform.CrashReports(r.state())
	if len(reports) != maxRestarts+1 {
		t.Errorf("%+v", reports)
	}
	if _, stdout, _ := r.run(nil, "doctor"); !strings.Contains(stdout, "the report is in "+reports[0].Path) {
		t.Errorf("doctor:\n%s", stdout)
	}

	// Whoever starts it now means it.
	r.start()
	report, err := os.ReadFile(reports[0].Path)
	if err != nil || !strings.HasPrefix(string(report), "traymail ") || !strings.Contains(string(report), "\ngoroutine 1 [") {
		t.Errorf("%s, %v", report, err)
	}
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGKILL, syscall.SIGQUIT} {
		r.signal(s)
		<-r.done
		if _, held, err := platform.HolderOf(lock); held || err != nil {
			t.Errorf("after %v: %v", s, err)
		}
		r.start() // it would wait for one that started by itself, and not run
		if holder, _, err := platform.HolderOf(lock); err != nil || holder.PID != r.cmd.Process.Pid {
			t.Errorf("after %v: %+v, %v", s, holder, err)
		}
	}
	// What SIGQUIT prints is a report as well.
	if n := len(platform.CrashReports(r.state())); n != maxRestarts+2 {
		t.Errorf("%d reports", n)
	}
}
