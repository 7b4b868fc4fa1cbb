//go:build e2e

package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/traymail/traymail/internal/desktoptest"
)

// program is built once for all tests.
var program = sync.OnceValues(func() (string, error) {
	if path := os.Getenv(programVariable); path != "" {
		return path, nil
	}
	dir, err := os.MkdirTemp("", "traymail")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "traymail")
	out, err := exec.Command("go", "build", "-tags", "quiet", "-ldflags", "-checklinkname=0", "-o", path, "github.com/traymail/traymail/cmd/traymail").CombinedOutput()
	if err != nil {
		return "", &exec.Error{Name: "go build: " + string(out), Err: err}
	}
	return path, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if path, err := program(); err == nil && os.Getenv(programVariable) == "" {
		_ = os.RemoveAll(filepath.Dir(path))
	}
	os.Exit(code)
}

// begin brings up a desktop with a mail server, which end with the test, and
// the program to use on it.
func begin(t *testing.T, limit time.Duration, o desktoptest.Options, users ...string) *journey {
	t.Helper()
	j := arrive(t, limit, o)
	var err error
	j.mail, err = j.StartDovecot(j.ctx, passwordsOf(users))
	j.must(err)
	return j
}

// arrive is begin without the mail server.
func arrive(t *testing.T, limit time.Duration, o desktoptest.Options) *journey {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	t.Cleanup(cancel)
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	desktop, err := desktoptest.Start(ctx, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(desktop.Close)
	j := &journey{T: t, Desktop: desktop, ctx: ctx, program: path, home: filepath.Join(desktop.Dir, "home", "tm"), folder: "e2e"}
	t.Cleanup(func() {
		if t.Failed() {
			log, _ := os.ReadFile(filepath.Join(j.home, "state", "traymail.log"))
			t.Logf("the program's log:\n%s", log)
		}
	})
	t.Cleanup(j.guard())
	return j
}

// passwordsOf gives users the one password.
func passwordsOf(users []string) map[string]string {
	passwords := map[string]string{}
	for _, user := range users {
		passwords[user] = password
	}
	return passwords
}

// addByCommand adds the account of user, whose password a command prints.
func (j *journey) addByCommand(options ...string) {
	j.Helper()
	secret := filepath.Join(j.Dir, "home", "secret")
	j.must(os.WriteFile(secret, []byte(password+"\n"), 0o600))
	id, err := j.traymail(append([]string{
		"account", "add", "--name", "Home", "--server", "localhost:" + strconv.Itoa(j.mail.POP3S),
		"--user", user, "--secret-command", "cat " + secret, "--ca-file", j.mail.CAFile,
	}, options...)...)
	j.must(err)
	j.account = strings.TrimSpace(id)
}

// withoutTray keeps a desktop without a panel from being told about.
func (j *journey) withoutTray() {
	j.Helper()
	j.must(os.MkdirAll(filepath.Join(j.home, "state"), 0o700))
	j.must(os.WriteFile(filepath.Join(j.home, "state", "no-tray-told"), nil, 0o600))
}
