//go:build wine

package wine

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/platform"
)

// crashes is added to the program: nobody can send a signal to one of Windows,
// and Wine asks the user what to do about faults.
const crashes = `package main

import (
	"os"
	"path/filepath"
	"strconv"
	"time"
)

func init() {
	exe, err := os.Executable()
	if err != nil {
		panic(err)
	}
	asked := filepath.Join(filepath.Dir(exe), strconv.Itoa(os.Getpid()))
	go func() {
		for {
			if _, err := os.Stat(asked); err == nil {
				panic("as asked")
			}
			time.Sleep(20 * time.Millisecond)
		}
	}()
}
`

// A tray role that crashes is started again by the traymail.com beside it, three
// times an hour, and one that is ended is not.
func TestCrash(t *testing.T) {
	j := begin(t, 5*time.Minute)
	goBuild(t, nil, "build", "-tags", "nowindow", "-overlay", overlay(t, j.bin, map[string]string{"cmd/traymail/crash_when_asked.go": crashes}), "-ldflags", "-s -w -H=windowsgui", "-o", filepath.Join(j.bin, "traymail.exe"), "./cmd/traymail")
	goBuild(t, nil, "build", "-ldflags", "-s -w", "-o", filepath.Join(j.bin, "traymail.com"), "./cmd/traymail-com")
	j.program = j.wine.Path(filepath.Join(j.bin, "traymail.exe"))
	guard := j.wine.Path(filepath.Join(j.bin, "traymail.com"))
	profile, err := j.wine.Profile()
	j.must(err)
	state := filepath.Join(profile, "AppData", "Local", "traymail")
	_, err = j.wine.Start(j.program, "--background")
	j.must(err)
	last := 0
	next := func() { // awaits one that has another process
		j.Helper()
		j.await("the tray role", func() bool {
			var holder platform.Holder
			if text, err := os.ReadFile(filepath.Join(state, "lock.holder")); err != nil || json.Unmarshal(text, &holder) != nil || holder.PID == last {
				return false
			}
			if _, err := j.traymail("status"); err != nil {
				return false
			}
			last = holder.PID
			return true
		})
	}
	for range 3 {
		next()
		j.must(os.WriteFile(filepath.Join(j.bin, strconv.Itoa(last)), nil, 0o600))
	}
	next()
	reports := platform.CrashReports(state)
	if len(reports) != 3 {
		t.Errorf("%+v", reports)
	}
	if out, _ := j.traymail("doctor"); !strings.Contains(out, filepath.Base(reports[0].Path)) {
		t.Errorf("doctor: %s", out)
	}
	if n := j.Commands(guard); n != 1 {
		t.Errorf("%d guards", n)
	}
	_, err = j.traymail("quit")
	j.must(err)
	j.await("the end of all", func() bool { return j.Commands(j.program)+j.Commands(guard) == 0 })
}
