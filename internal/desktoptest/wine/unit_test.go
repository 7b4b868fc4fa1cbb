//go:build wine

package wine

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// units are the packages with code of their own for Windows, and the tests to
// run of them; empty means all.
var units = []struct{ path, run string }{
	{"cmd/traymail", "PasswordIsAskedFor|AccountLife|Import|ListJSON"},
	{"internal/announce", ""},
	{"internal/app", "Damage|Discover"},
	{"internal/discover", ""},
	{"internal/doctor", ""},
	{"internal/ipc", ""},
	{"internal/ledger", ""},
	{"internal/notify", ""},
	{"internal/platform", ""},
	{"internal/platform/shellicon", ""},
	{"internal/platform/winrt", ""},
	{"internal/tray", ""},
	{"internal/locale", "Preferred"},
	{"internal/pemfile", ""},
	{"internal/provider", ""},
	{"internal/secret", ""},
	{"internal/secret/keyring", ""},
	// Wine 8 cannot read a link, and is slow with damaged files.
	{"internal/settings", "UnknownKeys|Validate|WritesPrivately|NotOpened"},
	{"internal/thunderbird", ""},
	{"internal/trayview", ""},
	{"internal/wholefile", ""},
}

func TestUnits(t *testing.T) {
	j := begin(t, 10*time.Minute)
	j.must(j.wine.AddToasts(j.ctx))
	args := []string{"test", "-tags", "nowindow", "-overlay", overlay(t, j.bin, nil), "-c", "-o", j.bin + "/"}
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
	if left := j.credentials(); left != "" {
		t.Errorf("tests have left passwords in the Credential Manager: %s", left)
	}
}

// credentials is what Wine's Credential Manager keeps of ours; empty for
// nothing.
func (j *journey) credentials() string {
	j.Helper()
	out, err := j.wine.Output(j.ctx, "", "reg", "query", `HKCU\Software\Wine\Credential Manager`, "/s")
	if err != nil {
		return "" // there is no such key, before there is anything in it
	}
	var left []string
	for line := range strings.Lines(out) {
		if strings.Contains(line, "traymail") {
			left = append(left, strings.TrimSpace(line))
		}
	}
	return strings.Join(left, ", ")
}

// gaps are where Go's library takes Wine 8 for an error: the answer to a
// question that it does not know. Later versions of Wine know both, or give
// another answer.
var gaps = []struct {
	file, line, with string
	times            int
}{
	{"internal/syscall/windows/at_windows.go", "case STATUS_INVALID_INFO_CLASS,", "case NTStatus(0xC0000002), STATUS_INVALID_INFO_CLASS,", 1},                                                         // STATUS_NOT_IMPLEMENTED
	{"net/fd_windows.go", "if err != nil {\n\t\t\treturn wrapSyscallError(\"wsaioctl\", err)", "if err != nil && err != syscall.Errno(10045) {\n\t\t\treturn wrapSyscallError(\"wsaioctl\", err)", 2}, // WSAEOPNOTSUPP
}

// overlay writes what has the tests, and nothing else, built with a library
// that goes on there as with old versions of Windows, and with more files, texts
// by their paths from the root; see go help build.
func overlay(t *testing.T, dir string, more map[string]string) string {
	t.Helper()
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		t.Fatal(err)
	}
	replace := map[string]string{}
	for _, gap := range gaps {
		file := filepath.Join(strings.TrimSpace(string(root)), "src", gap.file)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if n := strings.Count(string(text), gap.line); n != gap.times {
			t.Fatalf("%s has %d times %q", file, n, gap.line)
		}
		replace[file] = filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(replace[file], []byte(strings.ReplaceAll(string(text), gap.line, gap.with)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for path, text := range more {
		file, err := filepath.Abs(filepath.Join("..", "..", "..", path))
		if err != nil {
			t.Fatal(err)
		}
		replace[file] = filepath.Join(dir, filepath.Base(file))
		if err := os.WriteFile(replace[file], []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(dir, "overlay.json")
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
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
