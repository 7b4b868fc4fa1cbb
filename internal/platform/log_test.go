package platform

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// logVariable makes the test binary write to the log it names.
const logVariable = "TRAYMAIL_PLATFORM_TEST_LOG"

// logLines is how many lines each process writes: two logs full.
const logLines = 8_000

func writeLog(path, who string) error {
	l, err := OpenLog(path)
	if err != nil {
		return err
	}
	defer func() { _ = l.Close() }()
	for i := range logLines {
		if _, err := fmt.Fprintf(l, "%s %06d %s\n", who, i, strings.Repeat("x", 240)); err != nil {
			return err
		}
	}
	return nil
}

func init() {
	children[logVariable] = func(path string) {
		if err := writeLog(path, "other"); err != nil {
			fmt.Println(err)
		}
	}
}

// Two processes write: both logs stay within bounds, no line is torn, and of
// each the last ones are there, in their order.
func TestLogIsBounded(t *testing.T) {
	if wine() {
		return // Wine 8 appends by looking for the end first, so that lines of two processes overlap
	}
	path := filepath.Join(folder(t), "log")
	other := exec.Command(os.Args[0]) // #nosec G204 G702 -- this test again
	other.Env = append(os.Environ(), logVariable+"="+path)
	var said bytes.Buffer
	other.Stdout, other.Stderr = &said, &said
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	if err := writeLog(path, "this"); err != nil {
		t.Error(err)
	}
	if err := other.Wait(); err != nil || said.Len() > 0 {
		t.Fatalf("%v, %s", err, &said)
	}
	next := map[string]int{}
	for _, name := range []string{path + ".old", path} {
		b, err := os.ReadFile(name) // #nosec G304 -- the test's
		if err != nil {
			t.Fatal(err)
		}
		if len(b) > maxLog+4096 {
			t.Errorf("%s has %d octets", name, len(b))
		}
		for line := range strings.Lines(string(b)) {
			var who, rest string
			var i int
			if n, err := fmt.Sscanf(line, "%s %d %s\n", &who, &i, &rest); n != 3 || len(rest) != 240 {
				t.Fatalf("%s: a torn line %q, %v", name, line, err)
			}
			if want, ok := next[who]; ok && i > want {
				t.Errorf("%s: line %d of %s after %d", name, i, who, want-1)
			}
			next[who] = i + 1
		}
	}
	if last := max(next["this"], next["other"]); last != logLines {
		t.Errorf("the last line is missing: %v", next)
	}
}

// Whoever removes the log gets a new one.
func TestLogIsRemoved(t *testing.T) {
	if wine() {
		return // Wine 8 keeps the name of a file that is open
	}
	path := filepath.Join(folder(t), "log")
	l, err := OpenLog(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	for range 2 {
		if _, err := l.Write([]byte("line\n")); err != nil {
			t.Fatal(err)
		}
		if got := content(path); got != "line\n" {
			t.Errorf("%q", got)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
}
