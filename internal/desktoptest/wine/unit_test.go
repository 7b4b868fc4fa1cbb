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

// units are the packages with code of their own for Windows, and the tests to
// run of them; empty means all.
var units = []struct{ path, run string }{
	{"internal/app", "Damage"},
	{"internal/ipc", ""},
	{"internal/notify", ""},
	{"internal/platform", ""},
	{"internal/platform/shellicon", ""},
	{"internal/platform/winrt", ""},
	{"internal/tray", ""},
	{"internal/locale", "Preferred"},
	{"internal/secret", ""},
	{"internal/secret/keyring", ""},
}

func TestUnits(t *testing.T) {
	j := begin(t, 10*time.Minute)
	j.must(j.wine.AddToasts(j.ctx))
	args := []string{"test", "-c", "-o", j.bin + "/"}
	for _, u := range units {
		args = append(args, "./"+u.path)
	}
	goBuild(t, nil, args...)
	for _, u := range units {
		t.Run(filepath.Base(u.path), func(t *testing.T) {
			test := j.wine.Path(filepath.Join(j.bin, filepath.Base(u.path)+".test.exe"))
			dir := filepath.Join("..", "..", "..", u.path)
			run := func() (string, error) {
				return j.wine.OutputIn(j.ctx, dir, "", test, "-test.v", "-test.timeout=5m", "-test.run="+u.run)
			}
			out, err := run()
			if endedByWine(out, err) {
				t.Logf("once more: after it had passed, %v", err)
				out, err = run()
			}
			if err != nil {
				t.Errorf("%v\n%s", err, out)
			}
			if !strings.Contains(out, "--- PASS: ") {
				t.Error("there are no such tests")
			}
		})
	}
}

// endedByWine says whether tests have passed and said so, and then their
// process failed without a word, as one that had windows once in some hundred
// runs does while Wine ends it. Go has words for all that can go wrong in our
// code: a failed test, a panic or fault (status 2), and goleak. What happens
// twice in a row is no accident.
func endedByWine(out string, err error) bool {
	var exit *exec.ExitError
	return errors.As(err, &exit) && strings.HasSuffix(out, "\nPASS") && len(exit.Stderr) == 0 && exit.ExitCode() != 1 && exit.ExitCode() != 2
}
