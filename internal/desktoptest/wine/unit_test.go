//go:build wine

package wine

import (
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// units are the packages with code of their own for Windows, and the tests to
// run of them; empty means all.
var units = []struct{ path, run string }{
	{"internal/app", "Damage"},
	{"internal/app/ipc", ""},
	{"internal/app/notify", ""},
	{"internal/app/platform", ""},
	{"internal/app/platform/shellicon", ""},
	{"internal/app/platform/winrt", ""},
	{"internal/app/tray", ""},
	{"internal/locale", "Preferred"},
	{"internal/settings/secret/keyring", ""},
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
			out, err := j.wine.OutputIn(j.ctx, dir, "", test, "-test.v", "-test.timeout=5m", "-test.run="+u.run)
			// Wine may fail a process that had windows while it exits, when its
			// tests have passed and said so; goleak speaks after that.
			if err != nil && (!strings.HasSuffix(out, "\nPASS") || strings.Contains(err.Error(), "goleak")) {
				t.Errorf("%v\n%s", err, out)
			} else if err != nil {
				t.Logf("after it had passed: %v", err)
			}
			if !strings.Contains(out, "--- PASS: ") {
				t.Error("there are no such tests")
			}
		})
	}
}
