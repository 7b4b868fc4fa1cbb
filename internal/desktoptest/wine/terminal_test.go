//go:build wine

package wine

import (
	"errors"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// traymail.com waits for the program as long as that has to do with the
// terminal, and hands on what it is given, octet for octet.
func TestTerminal(t *testing.T) {
	j := begin(t, 5*time.Minute)
	goBuild(t, nil, "build", "-tags", "nowindow", "-overlay", overlay(t, j.bin, nil), "-ldflags", "-s -w -H=windowsgui", "-o", filepath.Join(j.bin, "traymail.exe"), "./cmd/traymail")
	goBuild(t, nil, "build", "-o", filepath.Join(j.bin, "traymail.com"), "./cmd/traymail-com")
	j.program = j.wine.Path(filepath.Join(j.bin, "traymail.com"))
	for _, c := range []struct {
		args []string
		code int
		says string
	}{
		{[]string{"version"}, 0, "windows/amd64"},
		{[]string{"status"}, 1, "traymail is not running"},
		{[]string{"status", `a "b" \`}, 2, `"a \"b\" \\"`},
	} {
		out, err := j.traymail(c.args...)
		code := 0
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			code, out = exit.ExitCode(), out+string(exit.Stderr)
		} else if err != nil {
			t.Fatal(err)
		}
		if code != c.code || !strings.Contains(out, c.says) {
			t.Errorf("%q: code %d, %s", c.args, code, out)
		}
	}
	// The tray role goes on, and nobody waits for its end.
	if out, err := j.traymail("--background"); err != nil {
		t.Fatalf("%s: %v", out, err)
	}
	j.await("the tray role", func() bool { _, err := j.traymail("status"); return err == nil })
	_, err := j.traymail("quit")
	j.must(err)
}
