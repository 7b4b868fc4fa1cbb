//go:build wine

// Package wine runs the real Windows program, and the unit tests of what only
// Windows has, under Wine on the virtual desktop, with real key and mouse
// events, Wine's Credential Manager and registry, and a real mail server.
package wine

import (
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/api"
	"github.com/traymail/traymail/internal/desktoptest"
)

const (
	user     = "me"
	password = "correct-horse-7"
)

// journey is a Windows desktop and the program on it.
type journey struct {
	*testing.T
	*desktoptest.Desktop
	ctx     context.Context // of the one test there is
	wine    *desktoptest.Wine
	mail    *desktoptest.Dovecot
	bin     string // where programs are built
	program string // as Windows names it
	picture int
}

// goBuild compiles for Windows.
func goBuild(t *testing.T, environment []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(append(os.Environ(), "GOOS=windows", "GOARCH=amd64", "CGO_ENABLED=0"), environment...)
	cmd.Dir = filepath.Join("..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// begin brings up a Windows on a desktop, which ends with the test.
func begin(t *testing.T, limit time.Duration) *journey {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	desktop, err := desktoptest.Start(ctx, desktoptest.Options{Taskbar: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(desktop.Close)
	wine, err := desktop.StartWine(ctx)
	if err != nil {
		t.Fatal(err)
	}
	bin := filepath.Join(desktop.Dir, "bin")
	if err := os.Mkdir(bin, 0o700); err != nil {
		t.Fatal(err)
	}
	return &journey{T: t, Desktop: desktop, ctx: ctx, wine: wine, bin: bin}
}

// must ends the test on an error.
func (j *journey) must(err error) {
	j.Helper()
	if err != nil {
		j.shot("failed")
		j.Fatal(err)
	}
}

func (j *journey) await(what string, ok func() bool) {
	j.Helper()
	j.must(j.Await(j.ctx, what, ok))
}

// shot keeps a picture under out/windows.
func (j *journey) shot(name string) {
	j.Helper()
	j.picture++
	if err := j.Keep(j.ctx, "windows", j.picture, name); err != nil {
		j.Error(err)
	}
}

// settled is shot once the screen has stopped changing.
func (j *journey) settled(name string) {
	j.Helper()
	j.Settled(j.ctx, j.Screen())
	j.shot(name)
}

// press presses a key, waits for what comes of it, which is not the screen that
// was there, and keeps a picture of that.
func (j *journey) press(key, name string) {
	j.Helper()
	j.Settled(j.ctx, j.Screen())
	before, err := j.Pixels(j.Screen())
	j.must(err)
	j.must(j.Key(j.ctx, key))
	j.await("what "+key+" does", func() bool {
		now, err := j.Pixels(j.Screen())
		return err == nil && !slices.Equal(now, before)
	})
	j.settled(name)
}

// traymail runs a command and returns what it printed.
func (j *journey) traymail(args ...string) (string, error) {
	return j.wine.Output(j.ctx, "", j.program, args...)
}

func (j *journey) status() (s api.Snapshot) {
	j.Helper()
	out, err := j.traymail("status", "--json")
	j.must(err)
	j.must(json.Unmarshal([]byte(out), &s))
	return s
}

// check polls; whether that succeeds is in the result.
func (j *journey) check() api.AccountCheck {
	j.Helper()
	out, err := j.traymail("check", "--json")
	var r api.CheckResult
	if jsonErr := json.Unmarshal([]byte(out), &r); jsonErr != nil || len(r.Accounts) != 1 {
		j.Fatalf("check: %s, %v", out, err)
	}
	return r.Accounts[0]
}

func (j *journey) deliver(from, subject, body string) {
	j.Helper()
	j.must(j.mail.Send(user, from, subject, "Content-Type: text/plain; charset=utf-8\n", body))
}

// registry is what reg.exe shows of a key.
func (j *journey) registry(key string) string {
	j.Helper()
	out, err := j.wine.Output(j.ctx, "", "reg", "query", key, "/s")
	if err != nil {
		return err.Error()
	}
	return out
}

// file is the content of one in the user's profile.
func (j *journey) file(path ...string) []byte {
	j.Helper()
	profile, err := j.wine.Profile()
	j.must(err)
	b, err := os.ReadFile(filepath.Join(append([]string{profile, "AppData"}, path...)...))
	if err != nil {
		b = []byte(err.Error())
	}
	return bytes.TrimSpace(b)
}
